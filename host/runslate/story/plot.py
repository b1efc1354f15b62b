"""The story, beat by beat: what is shot, which command answers, and the figure that it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from runslate import hostclock
from runslate.library import Library
from runslate.sim.patient import PatientWall
from runslate.story import desk, figures
from runslate.story.scenes import BEAT_SPM, CANDIDATE, LEAD, STRANGER, Run, Shot
from runslate.story.stage import Stage

PACE: Final = 10.0
"""Seconds of the story per second of the wall, at most: its time waits for tags that can't keep up."""

SERIES: Final = "12"
"""The scene in which the rule holds."""

JOINT: Final = "31"
"""The scene in which the lead runs with somebody."""

GYM: Final = "GYM"
"""The treadmill."""

SPRINT_MPS: Final = 3.6
SLOW_MPS: Final = 2.7
SPRINT_SPM: Final = 170.0

SPRINT = Shot(SERIES, (Run(LEAD, 36.0, SPRINT_SPM, SPRINT_MPS),))
CHASE = Shot(SERIES, (Run(LEAD, 24.0, BEAT_SPM, 3.7),))
ANKLE = Shot(SERIES, (Run(LEAD, 46.0, SPRINT_SPM, SPRINT_MPS, limps=True),))
TOGETHER = Shot(
    JOINT,
    (
        Run(LEAD, 24.0, SPRINT_SPM, SPRINT_MPS),
        Run(CANDIDATE, 20.0, SPRINT_SPM, 3.5, 6.0, ("right",), follows=True),
    ),
)
UNCLEARED = Shot(JOINT, (*TOGETHER.runs, Run(STRANGER, 15.0, 158.0, 3.3, 9.0, ("right",))))


def treadmill(seconds: float, speed_mps: float) -> Shot:
    """A timed run of the candidate on a belt that a node counts."""
    return Shot(GYM, (Run(CANDIDATE, seconds, SPRINT_SPM, speed_mps),), belt_mps=speed_mps)


ATTEMPTS: Final = (
    ("too short", treadmill(9.0, 3.8), 1.0),
    ("too slow", treadmill(24.0, SLOW_MPS), 1.0),
    ("good", treadmill(25.0, 3.8), 1.02),
    ("good again", treadmill(26.0, 3.9), 1.0),
)
"""What becomes of it, the run, and the display's speed as a share of the belt's."""


@dataclass(frozen=True)
class Beat:
    """One beat of the story."""

    title: str
    command: str
    """As a person types it."""
    figure: str
    """What it said, in a line."""
    document: dict[str, Any]
    """The command's whole answer."""

    def to_json(self) -> dict[str, Any]:
        """Give the beat as a document."""
        return {"beat": self.title, "command": self.command, "figure": self.figure, "answer": self.document}


Tell = Callable[[Beat], None]


def play_story(library: Library, seed: int, tell: Tell) -> list[Beat]:
    """Play the whole story into an empty library.

    Args:
        library: a new one.
        seed: makes clocks, noise and habits.
        tell: hears every beat as it comes.

    Raises:
        RunslateError: a node or a command failed.
    """
    wall = PatientWall(PACE)
    beats = []
    with hostclock.follow(wall):
        for beat in _Story(Stage(library, wall, seed)).beats():
            beats.append(beat)
            tell(beat)
    return beats


class _Story:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._library = stage.library.path
        self._made = self._library / "story"
        self._profile = self._made / "lead.toml"

    def beats(self) -> Iterator[Beat]:
        """Play everything in its order."""
        yield from self._alone()
        yield from self._refused()
        yield from self._qualifies()
        yield from self._runs_together()
        yield from self._breaks_an_ankle()
        yield self._audited()

    def _alone(self) -> Iterator[Beat]:
        """A sprint in one long take, and a chase that its score carries."""
        self._made.mkdir(exist_ok=True, mode=0o700)
        sprint = self._stage.shoot(SPRINT)
        yield self._beat("a sprint held in one long take", figures.sprint, "report", sprint)
        chase = self._stage.shoot(CHASE)
        music = ("--tempo", f"{BEAT_SPM:g}", "-o", str(self._made / "chase.mid"))
        yield self._beat("a chase carried by its score", figures.beat, "score", chase, *music)
        yield self._beat("by no other tempo", figures.beat, "score", chase, "--tempo", "160")
        words = ("profile", "lead", sprint, chase, "-o", str(self._profile))
        yield self._beat("how the lead runs", figures.profile, *words)

    def _refused(self) -> Iterator[Beat]:
        yield self._word("ask", "she asks to run beside the lead", CANDIDATE, "the scene needs two")
        yield self._word("refuse", "the first no", LEAD, "nobody runs on screen with me")

    def _qualifies(self) -> Iterator[Beat]:
        """Treadmill runs until nobody can refuse."""
        for word, shot, display in ATTEMPTS:
            take = self._stage.shoot(shot)
            said = f"{(shot.belt_mps or 0) * display * 3.6:.1f} km/h"
            words = ("qualify", "--candidate", CANDIDATE, "--against", str(self._profile), "--take", take)
            yield self._beat(f"a timed run, {word}", figures.attempt, *words, "--display", said)

    def _runs_together(self) -> Iterator[Beat]:
        yield self._word("grant", "the lead's word", LEAD, "her runs say so")
        together = self._stage.shoot(TOGETHER)
        yield self._beat("they run together", figures.company, "report", together)
        yield self._beat("a third runner, whom nobody cleared", figures.company, "report", self._stage.shoot(UNCLEARED))

    def _breaks_an_ankle(self) -> Iterator[Beat]:
        take = self._stage.shoot(ANKLE)
        yield self._beat("an ankle breaks", figures.company, "report", take)
        found = self._beat("what the record says of it", figures.incidents, "incidents", "list")
        yield found
        first = found.document["incidents"][0]["name"]
        word = ("--by", "stunt coordinator")
        yield self._beat("somebody looks", figures.state_of, "incidents", "ack", first, *word)
        done = ("--action", "run stopped, medic called", "--follow-up", "back when a doctor says so")
        yield self._beat("the safety file", figures.state_of, "incidents", "close", first, *word, *done)

    def _audited(self) -> Beat:
        library = str(self._library)
        words = ["audit", library, "--lead", LEAD]
        return self._answer("does the rule hold?", figures.audit, words)

    def _word(self, act: str, title: str, by: str, why: str) -> Beat:
        about = ("--candidate", CANDIDATE, "--lead", LEAD, "--scene", JOINT)
        return self._beat(title, figures.state, "clear", act, *about, "--by", by, "--why", why)

    def _beat(self, title: str, figure: Callable[[dict[str, Any]], str], *words: str) -> Beat:
        return self._answer(title, figure, [*words, "--library", str(self._library)])

    def _answer(self, title: str, figure: Callable[[dict[str, Any]], str], words: list[str]) -> Beat:
        document = desk.run(words)
        return Beat(title, desk.typed(words), figure(document), document)
