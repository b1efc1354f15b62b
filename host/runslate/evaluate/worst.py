"""The worst rows of an evaluation, and pictures of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runslate.evaluate.emulated import altered, scenario
from runslate.evaluate.pictures import Scene, picture
from runslate.evaluate.result import FIRMWARE, Result
from runslate.evaluate.run import Work

FIVE = 5


def worst(results: Sequence[Result], count: int = FIVE) -> list[int]:
    """Return which rows are worst, the worst first; those without a mistake are none of them."""
    order = sorted(range(len(results)), key=lambda n: -badness(results[n]))
    return [n for n in order[:count] if badness(results[n]) > 0]


def badness(result: Result) -> float:
    """Return how wrong a row is: the shares of strides and labels that are wrong, and false running by the minute."""
    figures = result.score
    wrong = 0.0 if figures.labelled_right in (True, None) else 1.0
    for tally in (figures.strides, figures.running):
        wrong += 0.0 if tally.f1 is None else 1.0 - tally.f1
    return wrong + (figures.false_running / figures.still_min if figures.still_min else 0.0)


def draw(work: Work, folder: Path, rank: int) -> Path:
    """Play one piece of work again and write its picture.

    Returns:
        the file.
    """
    scene = _scene(work)
    folder.mkdir(parents=True, exist_ok=True)
    words = "".join(c if c.isalnum() or c in "-." else "_" for c in f"{work.item.set} {work.item.file}")
    path = folder / f"{rank}-{words.removesuffix('.csv.gz')}.svg"
    path.write_text(picture(scene), encoding="utf-8")
    return path


def _scene(work: Work) -> Scene:
    title = f"{work.item.set}: {work.item.file}"
    if isinstance(work, scenario.Scenario):
        found, samples, truth = scenario.detect(work)
        return Scene(title, found, truth, samples)
    piece = work if isinstance(work, altered.Altered) else altered.unaltered(work)
    found, samples, truth, labelled = altered.detect(piece)
    return Scene(f"{title} ({labelled.activity})", found, truth, samples)


def drawable(result: Result) -> bool:
    """Return whether there are samples of a shoe to show."""
    return result.detector == FIRMWARE
