"""Open recordings of running with the sensor mounted six other ways: the strides have to stay the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runslate.errors import RunslateError
from runslate.evaluate.emulated.scenario import PREFIX
from runslate.evaluate.found import Found
from runslate.evaluate.play import play
from runslate.evaluate.recordings import Item, Labelled, read
from runslate.evaluate.result import FIRMWARE, Result
from runslate.evaluate.score import score
from runslate.evaluate.tap import Samples
from runslate.evaluate.truth import known
from runslate.sim.recording import Recording
from runslate.sim.rigid import Turned, any_mounting

MOUNTINGS = 6


@dataclass(frozen=True)
class Mounted:
    """A recording and which of the other mountings it gets."""

    source: Item
    number: int

    @property
    def item(self) -> Item:
        """Return what its result is filed under."""
        return Item(f"{PREFIX}_mountings", Path(f"{self.source.file}, mounting {self.number}"))


def mountings(items: Sequence[Item]) -> Iterator[Mounted]:
    """Yield every running recording at a shoe, with a gyroscope and known strides, in every mounting."""
    for item in items:
        try:
            labelled = read(item)
        except RunslateError:
            continue  # told of where the recordings themselves are evaluated
        runs_with_gyro = labelled.runs and labelled.place == "shoe" and "gx" in labelled.table.columns
        if runs_with_gyro and known(labelled).start_s.size:
            yield from (Mounted(item, number) for number in range(1, MOUNTINGS + 1))


def run(mounted: Mounted) -> Result:
    """Play a recording in another mounting and score it as it is scored otherwise."""
    labelled = read(mounted.source)
    found, _ = detect(labelled, mounted.number)
    figures = score(found, known(labelled), labelled.runs, float(labelled.table.t_s[-1]), None)
    return Result.of(mounted.item, figures, FIRMWARE, labelled.activity, found)


def detect(labelled: Labelled, number: int) -> tuple[Found, Samples]:
    """Return what the firmware finds in a recording in one mounting, and its samples; 0 is the recording's own."""
    motion = Recording(labelled.item.path, table=labelled.table)
    found, samples = play(Turned(motion, any_mounting(number)) if number else motion)
    return found.until(motion.duration_s), samples
