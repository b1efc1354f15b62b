"""The table of quantities is what the analysis computes and what the documents say."""

from __future__ import annotations

import re
import subprocess
import sys
from html import escape
from pathlib import Path

import pytest
from gait.shoes import END_US, take, told
from runslate.analysis.quantities import QUANTITIES, TAKEN
from runslate.analysis.take import analyse
from runslate.report import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_metrics_is_fresh() -> None:
    tool = ROOT / "tools" / "metrics_page.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_stale_page_is_noticed_and_written_anew(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "metrics.md"
    page.write_text("old")
    command = [sys.executable, str(ROOT / "tools" / "metrics_page.py"), "--root", str(tmp_path)]
    stale = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    assert (stale.returncode, page.read_text()) == (1, "old")
    subprocess.run(command, check=True)
    assert page.read_text() == (ROOT / "docs" / "metrics.md").read_text()


def test_every_quantity_is_computed_and_nothing_else_is() -> None:
    values = analyse(take(told(), [(0, END_US)])).metrics["Mara"].values
    assert set(values) == {quantity.name for quantity in QUANTITIES}
    needs_both_feet = {"flight_ms", "si_gct_pct"}
    assert {name for name, value in values.items() if value is None} == needs_both_feet


def test_speed_is_distance_over_time_as_the_report_says() -> None:
    data = take(told(), [(0, END_US)])
    result = analyse(data)
    values = result.metrics["Mara"].values
    run = data.strides["Mara"].where(data.strides["Mara"].running)
    speed, distance = values["speed_mps"], values["distance_m"]
    assert speed is not None
    assert speed * run.duration_ms.sum() / 1000 == pytest.approx(distance, rel=1e-6)
    assert escape(TAKEN) in page(data, result)


def test_nothing_is_stated_that_a_shoe_cannot_know() -> None:
    words = " ".join(f"{q.name} {q.label} {q.unit}" for q in QUANTITIES).lower()
    assert not re.search(r"oscillation|power|newton|loading|strike type|watt", words)
