"""What came of one recording or one emulated scenario."""

from __future__ import annotations

from dataclasses import dataclass, field

from runslate.evaluate.found import Found
from runslate.evaluate.opinion import Opinion
from runslate.evaluate.recordings import Item
from runslate.evaluate.score import Score
from runslate.evaluate.watch import Watched

FIRMWARE, HOST = "firmware", "host reference"


@dataclass(frozen=True)
class Result:
    """One row of an evaluation.

    Attributes:
        item: which recording or scenario.
        score: its figures.
        detector: `FIRMWARE`, `HOST`, or None where neither is made for the place of the sensor.
        activity: what is done in it.
        strides_found, running_found: how many, of these how many are labelled running.
        note: why something is missing, in a sentence.
        error: why it could not be read or played; everything else is then empty.
        opinion: what the host makes of the same samples.
        watch: what the injury watch said, where that is known to be right or wrong.
    """

    item: Item
    score: Score = field(default_factory=Score)
    detector: str | None = None
    activity: str = ""
    strides_found: int = 0
    running_found: int = 0
    note: str = ""
    error: str = ""
    opinion: Opinion | None = None
    watch: Watched | None = None

    @classmethod
    def of(
        cls,
        item: Item,
        score: Score,
        detector: str,
        activity: str,
        found: Found,
        opinion: Opinion | None = None,
        watch: Watched | None = None,
    ) -> Result:
        """Return the result of a detector that found something."""
        strides, running = found.begin_s.size, int(found.running.sum())
        return cls(item, score, detector, activity, strides, running, opinion=opinion, watch=watch)
