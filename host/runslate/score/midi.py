"""MIDI files: the footfalls of a take written, the beats of a score read. mido is imported when needed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runslate.errors import RunslateError
from runslate.score.footfalls import Footfalls
from runslate.score.tempomap import TempoMap

PITCHES = {"left": 60, "right": 62}
"""Middle C and the D above it."""

OTHER_PITCH = 64
"""Of a tag that was not paired to a foot."""

CHANNELS = [channel for channel in range(16) if channel != 9]
"""The tenth channel is percussion's; a sixteenth runner shares the first one, on a track of its own."""

SHORT_US = 60_000
"""Length of a note whose contact time is not known."""

SOFT, LOUD = 48, 120
"""Velocities of a runner's lightest and hardest contacts (5th and 95th percentile)."""


def write_midi(path: Path, title: str, tempo: TempoMap, runners: Sequence[Footfalls]) -> int:
    """Write a MIDI file: a track with the tempo map, then a track per runner; returns the number of notes."""
    mido = _mido()
    file = mido.MidiFile(type=1, ticks_per_beat=tempo.ticks)
    file.tracks.append(_tempo_track(mido, title, tempo))
    for index, runner in enumerate(runners):
        file.tracks.append(_note_track(mido, runner, tempo, CHANNELS[index % len(CHANNELS)]))
    with path.open("wb") as out:
        file.save(file=out)
    return sum(runner.t_us.size for runner in runners)


def score_beats_s(path: Path) -> NDArray[np.float64]:
    """Return the instants of the quarter notes of a score, from its start to its last event, seconds.

    Raises:
        RunslateError: the file is no MIDI file, or its time is not in beats.
    """
    mido = _mido()
    try:
        file = mido.MidiFile(path)
    except (OSError, EOFError, ValueError, KeyError, IndexError) as error:
        raise RunslateError(
            f"The score {path} can't be read ({error}).",
            "A score is a standard MIDI file.",
            "Export it from the music program as `.mid`.",
        ) from error
    if file.ticks_per_beat <= 0 or file.ticks_per_beat >= 0x8000:
        raise RunslateError(
            f"The score {path} counts in film frames.", "Its time has to be in beats.", "Export it with a tempo."
        )
    return _beats(mido, file)


def _beats(mido: Any, file: Any) -> NDArray[np.float64]:
    ticks, tempo, instants, changes = 0, 500_000, [0.0], []
    for message in mido.merge_tracks(file.tracks):
        ticks += message.time
        if message.type == "set_tempo":
            changes.append((ticks, message.tempo))
    at, second = 0, 0.0
    for quarter in range(1, ticks // file.ticks_per_beat + 1):
        target = quarter * file.ticks_per_beat
        while changes and changes[0][0] <= target:
            change, following = changes.pop(0)
            second += mido.tick2second(change - at, file.ticks_per_beat, tempo)
            at, tempo = change, following
        second += mido.tick2second(target - at, file.ticks_per_beat, tempo)
        at = target
        instants.append(second)
    return np.array(instants)


def _tempo_track(mido: Any, title: str, tempo: TempoMap) -> Any:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=_latin(title))])
    at = 0
    for tick, quarter in zip(tempo.start_ticks.tolist(), tempo.quarters_us.tolist(), strict=True):
        track.append(mido.MetaMessage("set_tempo", tempo=quarter, time=tick - at))
        at = tick
    return track


def _note_track(mido: Any, runner: Footfalls, tempo: TempoMap, channel: int) -> Any:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=_latin(runner.runner))])
    at = 0
    for tick, kind, pitch, velocity in _events(runner, tempo):
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - at))
        at = tick
    return track


def _events(runner: Footfalls, tempo: TempoMap) -> list[tuple[int, str, int, int]]:
    """Notes on and off in order of time; a note ends before the next one of its foot."""
    events = []
    velocities = _velocities(runner.peak_g)
    for foot in np.unique(runner.foot):
        mine = runner.foot == foot
        start = tempo.to_ticks(runner.t_us[mine])
        length = np.where(runner.gct_us[mine] > 0, runner.gct_us[mine], SHORT_US)
        end = np.maximum(tempo.to_ticks(runner.t_us[mine] + length), start + 1)
        end[:-1] = np.minimum(end[:-1], start[1:])
        pitch = PITCHES.get(str(foot), OTHER_PITCH)
        for first, last, velocity in zip(start.tolist(), end.tolist(), velocities[mine].tolist(), strict=True):
            events += [(first, "note_on", pitch, velocity), (last, "note_off", pitch, 0)]
    return sorted(events, key=lambda event: (event[0], event[1] == "note_on"))


def _velocities(peak_g: NDArray[np.float64]) -> NDArray[np.int64]:
    if not peak_g.size:
        return np.empty(0, np.int64)
    low, high = np.percentile(peak_g, [5, 95])
    share = (peak_g - low) / (high - low) if high > low else np.full(peak_g.size, 0.5)
    return np.asarray(np.clip(np.rint(SOFT + share * (LOUD - SOFT)), 1, 127).astype(np.int64))


def _latin(words: str) -> str:
    """MIDI text is Latin-1; other letters become question marks."""
    return words.encode("latin-1", "replace").decode("latin-1")


def _mido() -> Any:
    try:
        return import_module("mido")
    except ImportError as error:
        raise RunslateError(
            "The package mido is not installed.",
            "MIDI files are written and read with it.",
            "Install it with `pip install mido`.",
        ) from error
