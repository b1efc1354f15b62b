"""Open recordings that are changed before they are played: another mounting, another sensor, another tempo.

Strides and labels have to stay what they are: the best stand-in for recordings that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runslate.errors import RunslateError
from runslate.evaluate.emulated.changes import CHANGES, Change, mounting
from runslate.evaluate.emulated.scenario import PREFIX
from runslate.evaluate.found import Found
from runslate.evaluate.play import play
from runslate.evaluate.recordings import Item, Labelled, read
from runslate.evaluate.result import FIRMWARE, Result
from runslate.evaluate.score import score
from runslate.evaluate.tap import Samples
from runslate.evaluate.truth import Known, known
from runslate.sim.recording import Recording

MOUNTINGS = 6
EVERY_WALK = 3  # one walk of so many is played with each change, another one with the next


@dataclass(frozen=True)
class Altered:
    """A recording and what is changed in it."""

    set: str
    source: Item
    change: Change

    @property
    def item(self) -> Item:
        """Return what its result is filed under."""
        return Item(f"{PREFIX}_{self.set}", Path(f"{self.source.file}, {self.change.name}"))


def mountings(items: Sequence[Item]) -> Iterator[Altered]:
    """Yield every running recording at a shoe, with a gyroscope and known strides, in every mounting."""
    for item, labelled in _at_shoe(items):
        if labelled.runs and "gx" in labelled.table.columns and known(labelled).start_s.size:
            yield from (Altered("mountings", item, mounting(number)) for number in range(1, MOUNTINGS + 1))


def perturbed(items: Sequence[Item]) -> Iterator[Altered]:
    """Yield every run at a shoe with every change, and with each change some of the walks."""
    runs, walks = runs_and_walks(items)
    for number, change in enumerate(CHANGES):
        yield from (Altered("perturbed", item, change) for item in runs)
        yield from (Altered("perturbed", item, change) for item in walks[number % EVERY_WALK :: EVERY_WALK])


def runs_and_walks(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Return the recordings at a shoe in which somebody runs, and those in which nobody does."""
    runs: list[Item] = []
    walks: list[Item] = []
    for item, labelled in _at_shoe(items):
        (runs if labelled.runs else walks).append(item)
    return runs, walks


def unaltered(item: Item) -> Altered:
    """Return a recording as it is."""
    return Altered(item.set, item, CHANGES[0])


def _at_shoe(items: Sequence[Item]) -> Iterator[tuple[Item, Labelled]]:
    for item in items:
        try:
            labelled = read(item)
        except RunslateError:
            continue  # told of where the recordings themselves are evaluated
        if labelled.place == "shoe" and labelled.runs is not None:
            yield item, labelled


def run(altered: Altered) -> Result:
    """Play a changed recording and score it as it is scored otherwise."""
    found, _, truth, labelled = detect(altered)
    runs = labelled.runs
    figures = score(found, truth, runs, float(labelled.table.t_s[-1]) / altered.change.tempo, None)
    activity = f"{altered.change.name}, {'running' if runs else 'not running'}"
    return Result.of(altered.item, figures, FIRMWARE, activity, found)


def detect(altered: Altered) -> tuple[Found, Samples, Known, Labelled]:
    """Return what the firmware finds in a changed recording, its samples, what is true, and the recording."""
    labelled, change = read(altered.source), altered.change
    motion = Recording(labelled.item.path, table=change.alter(labelled.table))
    found, samples = play(motion, change.rate_hz)
    return found.until(motion.duration_s), samples, known(labelled).paced(change.tempo), labelled
