"""Footfalls as music: read back by another library than the one that wrote them."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from analysis.synthetic import contacts, join, strides, three_runners
from numpy.typing import NDArray
from runslate.analysis.tables import TakeData
from runslate.cli.score import beat_words
from runslate.errors import RunslateError
from runslate.score.beat import even_beats, on_beat
from runslate.score.click import RATE_HZ, write_clicks
from runslate.score.curve import bpm_curve, bpm_picture
from runslate.score.footfalls import Footfalls, footfalls, step_times_s
from runslate.score.midi import PITCHES, score_beats_s, write_midi
from runslate.score.tempomap import TempoMap, steady, stepped
from runslate.sim.course import Habits, Segment, lay_course

symusic = pytest.importorskip("symusic", reason="symusic reads the MIDI files back: pip install symusic")


@pytest.fixture(scope="module")
def take() -> TakeData:
    return three_runners()


def falls_of(take: TakeData) -> list[Footfalls]:
    return [footfalls(take, name) for name in take.cast]


def true_contacts_us(take: TakeData, runner: str, foot: str) -> NDArray[np.int64]:
    """Every contact: the beginning of each stride, and the end of the last one."""
    table = take.strides[runner].where(take.strides[runner].foot == foot)
    return np.append(table.ic_contact_us, table.end_us[-1] + table.ic_contact_us[-1] - table.ic_us[-1])


def lead_map(take: TakeData) -> TempoMap:
    steps = np.rint(step_times_s(footfalls(take, take.lead)) * 1e6).astype(np.int64)
    return stepped(steps.tolist(), 350_000)


@pytest.mark.parametrize("tempo", ["steps", 172.0, 20.5])
def test_every_contact_is_a_note_within_a_millisecond(take: TakeData, tmp_path: Path, tempo: str | float) -> None:
    tempo_map = lead_map(take) if tempo == "steps" else steady(float(tempo))
    count = write_midi(tmp_path / "take.mid", take.take, tempo_map, falls_of(take))
    read = symusic.Score(tmp_path / "take.mid", ttype="second")
    tracks = {track.name: track for track in read.tracks}
    assert set(tracks) == set(take.cast)
    assert count == sum(len(track.notes) for track in read.tracks)
    for runner, track in tracks.items():
        for foot, pitch in PITCHES.items():
            onsets = np.array([note.start for note in track.notes if note.pitch == pitch])
            truth = true_contacts_us(take, runner, foot) / 1e6 if onsets.size else onsets
            assert onsets.size == truth.size, (runner, foot)
            assert np.abs(onsets - truth).max(initial=0) < 0.001, (runner, foot)


def test_every_step_of_the_lead_is_a_quarter_note(take: TakeData, tmp_path: Path) -> None:
    write_midi(tmp_path / "take.mid", take.take, lead_map(take), falls_of(take))
    ticks = symusic.Score(tmp_path / "take.mid")
    (lead,) = [track for track in ticks.tracks if track.name == take.lead]
    assert {note.start % ticks.ticks_per_quarter for note in lead.notes} == {0}


def test_sixteen_runners_keep_apart_and_off_the_percussion(take: TakeData, tmp_path: Path) -> None:
    one = footfalls(take, "Ives")
    crowd = [Footfalls(f"R{k}", one.t_us, one.foot, one.gct_us, one.peak_g, one.running) for k in range(16)]
    write_midi(tmp_path / "crowd.mid", "crowd", steady(120), crowd)
    read = symusic.Score(tmp_path / "crowd.mid")
    assert [track.name for track in read.tracks] == [f"R{k}" for k in range(16)]
    assert not any(track.is_drum for track in read.tracks)
    assert {len(track.notes) for track in read.tracks} == {one.t_us.size}


def test_clicks_begin_at_the_contacts(take: TakeData, tmp_path: Path) -> None:
    lead = footfalls(take, "Ives")
    write_clicks(tmp_path / "take.wav", 40.0, [lead], "Ives")
    with wave.open(str(tmp_path / "take.wav")) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnframes()) == (48_000, 2, 48_000 * 40)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    loud = np.flatnonzero(np.abs(sound) > 16_000)
    starts = loud[np.diff(loud, prepend=-RATE_HZ) > RATE_HZ // 10]
    assert np.abs(starts / RATE_HZ - lead.t_us / 1e6).max() < 1 / RATE_HZ


def run_at(spm: float, seed: int, seconds: float = 40.0) -> NDArray[np.float64]:
    """Steps of an emulated runner, with the unevenness of a real one."""
    segments = (Segment("stand", 2.0), Segment("run", seconds, spm, 3.4))
    return np.array(lay_course(segments, Habits(), seed).steps)


@pytest.mark.parametrize("seed", range(12))
def test_a_run_at_172_is_on_a_beat_of_172_and_not_of_160(seed: int) -> None:
    steps = run_at(172, seed)
    right, wrong = (on_beat(steps, even_beats(bpm, 43.0)) for bpm in (172, 160))
    assert right is not None
    assert wrong is not None
    assert right.on_beat
    assert not wrong.on_beat
    assert right.off_ms < 25
    assert abs(wrong.share - wrong.chance) < 0.1
    assert wrong.drift_beats == pytest.approx((172 - 160) / 60 * 40, abs=1)


def test_the_words_say_what_is_lacking_and_what_chance_gives() -> None:
    steps = run_at(172, 1)
    yes, half, no = (on_beat(steps, even_beats(tempo, 40.0)) for tempo in (172, 86, 160))
    assert yes is not None
    assert half is not None
    assert no is not None
    assert "of 172.0 per minute (2 per beat of the music)" in beat_words("Ada", half)
    assert "is on the beat of 172.0" in beat_words("Ada", yes)
    assert "would have to" not in beat_words("Ada", yes)
    assert "half of them would have to. By chance it would be" in beat_words("Ada", no)


@pytest.mark.parametrize(("tempo", "division"), [(43, 4), (86, 2), (344, 0.5)])
def test_half_time_quarter_time_and_double_time_are_on_the_beat_too(tempo: float, division: float) -> None:
    found = on_beat(run_at(172, 3), even_beats(tempo, 43.0))
    assert found is not None
    assert found.on_beat
    assert (found.division, round(found.bpm)) == (division, 172)


def test_a_place_in_the_take_that_was_said_is_kept() -> None:
    beats = np.arange(100) * 0.35
    early = on_beat(beats[10:60] + 0.1, beats, at_s=0.0)
    assert early is not None
    assert early.lean_ms == pytest.approx(100, abs=1)
    assert not early.on_beat
    there = on_beat(beats[10:60] + 0.1, beats, at_s=0.1)
    assert there is not None
    assert there.share == 1


def test_a_score_gives_its_beats_through_its_tempo_map(tmp_path: Path) -> None:
    score = symusic.Score(480)
    score.tempos.append(symusic.Tempo(0, qpm=120))
    score.tempos.append(symusic.Tempo(480 * 4, qpm=150))
    track = symusic.Track()
    track.notes.append(symusic.Note(0, 480 * 8, 60, 100))
    score.tracks.append(track)
    score.dump_midi(tmp_path / "score.mid")
    beats = score_beats_s(tmp_path / "score.mid")
    assert beats == pytest.approx([0, 0.5, 1, 1.5, 2, 2.4, 2.8, 3.2, 3.6], abs=1e-4)


def test_what_is_no_score_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.mid").write_bytes(b"la la la")
    with pytest.raises(RunslateError, match="can't be read"):
        score_beats_s(tmp_path / "notes.mid")


def test_the_curve_is_the_cadence_and_stops_at_a_pause() -> None:
    steps = np.concatenate([np.arange(20) * 0.35, 20 + np.arange(20) * 0.34])
    t_s, bpm = bpm_curve(steps)
    assert np.nanmedian(bpm[t_s < 6]) == pytest.approx(60 / 0.35)
    assert np.nanmedian(bpm[t_s > 21]) == pytest.approx(60 / 0.34)
    assert np.isnan(bpm[(t_s > 7) & (t_s < 20)]).all()
    assert "beats per minute" in bpm_picture("S1-1-T1", "Mara", steps, 30.0)


def test_one_tag_gives_the_steps_of_both_feet() -> None:
    data = three_runners()
    one = {**data.strides, "Mara": strides(contacts(2, 30, 0.7), "left")}
    both = {**data.strides, "Mara": join(strides(contacts(2, 30, 0.7), "left"), strides(contacts(2.35, 30, 0.7)))}
    alone, paired = (
        step_times_s(footfalls(type(data)(**{**vars(data), "strides": tables}), "Mara")) for tables in (one, both)
    )
    assert np.diff(alone) == pytest.approx(0.35, abs=1e-3)
    assert alone.size == pytest.approx(paired.size, abs=1)
