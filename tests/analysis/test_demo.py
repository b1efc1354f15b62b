"""The demo end to end: what it found against what really happened."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from host.commands import call, start
from host.quick import PACE, quick_demo
from host.waiting import until

RUNNER_KEYS = {"strides", "strides_truth", "cadence_spm", "gct_ms", "gct_truth_ms", "coverage"}


def answer(*words: str) -> dict[str, Any]:
    done = call(*words, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def demo(library: Path, *options: str) -> dict[str, Any]:
    with quick_demo():
        return answer("demo", "--library", str(library), "--seconds", "20", "--seed", "2", *options)


def kinds(company: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(stretch["kind"], sorted(stretch["runners"])) for stretch in company]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def shown(library: Path) -> dict[str, Any]:
    return demo(library)


def test_nothing_is_lost(shown: dict[str, Any]) -> None:
    assert shown["lost_pages"] == 0
    assert shown["gaps"] == []
    assert shown["provisional"] is False
    assert shown["time_uncertainty_us_p95"] < 5000 * PACE  # the computer is so much slower


def test_every_stride_is_found(shown: dict[str, Any]) -> None:
    assert shown["cast"] == list(shown["runners"])
    for name, runner in shown["runners"].items():
        assert set(runner) >= RUNNER_KEYS
        assert abs(runner["strides"] - runner["strides_truth"]) <= 1, name
        assert runner["gct_ms"] == pytest.approx(runner["gct_truth_ms"], abs=15), name
        assert runner["coverage"] > 0.999


def test_the_company_is_what_really_happened(shown: dict[str, Any]) -> None:
    found, truth = shown["company"], shown["company_truth"]
    assert kinds(found) == kinds(truth)
    assert {"alone", "with", "group"} <= {s["kind"] for s in found}
    for mine, real in zip(found, truth, strict=True):
        assert mine["start_s"] == pytest.approx(real["start_s"], abs=1)
        assert mine["end_s"] == pytest.approx(real["end_s"], abs=1)


def test_the_report_can_be_made_again(shown: dict[str, Any], library: Path) -> None:
    first = Path(shown["report"]).read_text()
    again = answer("report", shown["take"], "--library", str(library))
    assert again["company"] == shown["company"]
    assert shown["verdict"]["headline"] in first


def test_a_flat_battery_gives_unknown_never_alone(library: Path) -> None:
    shown = demo(library, "--fault", "flat:ben")
    assert kinds(shown["company"]) == kinds(shown["company_truth"])
    (gap,) = shown["gaps"]
    assert gap["runner"] == "Ben"
    assert "low battery" in gap["reason"]
    blind = [s for s in shown["company"] if s["end_s"] > gap["start_s"] + 0.01]
    assert {s["kind"] for s in blind} == {"unknown"}
    assert shown["lost_pages"] == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--fault", "flat:Nobody"], "Nobody called Nobody runs in this scene"),
        (["--fault", "broken"], "The fault `broken` is not known"),
        (["--waveform", "square"], "There is no waveform called `square`"),
        (["--runners", "9"], "A scene of 9 runners"),
    ],
)
def test_a_wrong_wish_is_answered_with_a_sentence(tmp_path: Path, options: list[str], words: str) -> None:
    done = call("demo", "--json", "--library", str(tmp_path / "lib"), *options)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stdout == ""


def test_ctrl_c_leaves_a_false_start_and_says_so(tmp_path: Path) -> None:
    process = start("demo", "--json", "--library", str(tmp_path / "lib"))
    assert until(lambda: any(tmp_path.glob("lib/takes/*/take.json")), 30)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert out == ""
    assert "false start" in err
    (take,) = answer("takes", "list", "--library", str(tmp_path / "lib"))["takes"]
    assert take["status"] == "false start"
    assert take["end_us"] is not None
