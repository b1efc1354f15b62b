"""The register model behaves as the data sheets say, where the firmware relies on it."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from runslate.errors import RunslateError
from runslate.sim import registers as reg
from runslate.sim.imu import Imu
from runslate.sim.motion import Floats, Sampled, Standing, Truth

PERIOD_S = 96 / 40_000  # 417 Hz


class Ramp:
    """Acceleration along x tells the time: 1 mg per ms; rotation about y is 100 deg/s."""

    duration_s = 100.0

    def sample(self, t_s: Floats) -> Sampled:
        accel = np.zeros((t_s.size, 3))
        accel[:, 0] = t_s
        gyro = np.zeros((t_s.size, 3))
        gyro[:, 1] = 100.0
        return accel, gyro

    def truth(self) -> Truth:
        return Truth()


def configure(imu: Imu, t: float = 0.0, accel: int = 0x64, watermark: int = 48) -> None:
    """Set up as the firmware does: 417 Hz, widest ranges, stamps every 8, continuous mode."""
    for address, value in (
        (reg.CTRL1_XL, accel),
        (reg.CTRL2_G, 0x6C),
        (reg.CTRL10_C, 0x20),
        (reg.FIFO_CTRL1, watermark),
        (reg.FIFO_CTRL3, 0x66),
        (reg.INT1_CTRL, reg.INT1_FIFO_TH),
        (reg.FIFO_CTRL4, 0x86),
    ):
        imu.write(address, bytes((value,)), t)


def level(imu: Imu, t: float) -> tuple[int, int]:
    low, high = imu.read(reg.FIFO_STATUS1, 2, t)
    return low | (high & 3) << 8, high


def words(imu: Imu, count: int, t: float) -> list[tuple[int, int, bytes]]:
    """Read words as (sensor, slot counter, data), after checking parity."""
    data = imu.read(reg.FIFO_DATA_OUT_TAG, 7 * count, t)
    out = []
    for at in range(0, len(data), 7):
        tag = data[at]
        assert tag.bit_count() % 2 == 0, f"tag {tag:#04x} has odd parity"
        out.append((tag >> 3, tag >> 1 & 3, data[at + 1 : at + 7]))
    return out


@pytest.mark.parametrize(("part", "counts"), [("LSM6DSO32", 1025), ("LSM6DSOX", 2049)])
def test_a_resting_part_shows_1_g_in_its_own_range(part: str, counts: int) -> None:
    imu = Imu(Standing(tilt_deg=0.0), part)
    assert imu.read(reg.WHO_AM_I, 1, 0.0) == b"\x6c"
    imu.write(reg.CTRL1_XL, b"\x64", 0.0)  # code 01: 32 g on one part, 16 g on the other
    accel = struct.unpack("<3h", imu.read(reg.OUTX_L_A, 6, 1.0))
    assert np.linalg.norm(accel) == pytest.approx(counts, rel=0.05)


def test_words_carry_sensor_slot_and_parity_in_order() -> None:
    imu = Imu(Ramp(), ppm=0.0)
    configure(imu)
    got = words(imu, 17 * 4, 100 * PERIOD_S)
    sensors = [sensor for sensor, _, _ in got]
    assert sensors == [4, *[1, 2] * 8] * 4
    slots = [slot for sensor, slot, _ in got if sensor == 2]
    assert slots == [k % 4 for k in range(len(slots))]
    stamp_slots = [slot for sensor, slot, _ in got if sensor == 4]
    assert stamp_slots == [0, 0, 0, 0]


def test_stamps_are_exactly_eight_periods_apart_whatever_the_clock_error() -> None:
    imu = Imu(Ramp(), ppm=23_000.0)
    configure(imu)
    stamps = [struct.unpack("<I", d[:4])[0] for s, _, d in words(imu, 200, 1.0) if s == 4]
    assert len(stamps) >= 11
    assert set(np.diff(stamps)) == {8 * 96}


def test_the_clock_error_shows_in_rate_and_stamp_alike() -> None:
    fast = Imu(Ramp(), ppm=50_000.0)
    configure(fast)
    assert level(fast, 0.5)[0] == pytest.approx(0.5 * 416.67 * 1.05 * 17 / 8, abs=3)
    stamp = struct.unpack("<I", fast.read(reg.TIMESTAMP0, 4, 2.0))[0]
    assert stamp == pytest.approx(2 * 42_000, abs=2)
    fine = struct.unpack("b", fast.read(reg.INTERNAL_FREQ_FINE, 1, 0.0))[0]
    assert fine * 0.0015 == pytest.approx(0.05, abs=0.00075)


def test_samples_show_the_movement_at_their_own_instant() -> None:
    imu = Imu(Ramp(), ppm=0.0, seed=5)
    configure(imu)
    got = [struct.unpack("<3h", d)[0] for s, _, d in words(imu, 1000, 0.55) if s == 2]
    g = np.array(got) * 0.000976
    slope = np.polyfit(np.arange(len(g)) * PERIOD_S, g, 1)[0]
    assert slope == pytest.approx(1.0, rel=0.02)  # the ramp is 1 g per second


def test_count_watermark_and_interrupt_follow_the_production() -> None:
    imu = Imu(Ramp(), ppm=0.0)
    configure(imu)
    due = imu.next_int1_s(0.0)
    assert 22 * PERIOD_S < due < 24 * PERIOD_S  # 48 words are 22.6 slots
    assert not imu.int1(due - PERIOD_S)
    assert imu.int1(due)
    count, status = level(imu, due)
    assert count in (48, 49)
    assert status & reg.STATUS2_WTM
    words(imu, count, due)
    assert level(imu, due) == (0, 0)
    assert not imu.int1(due)
    assert imu.next_int1_s(due) > due + 20 * PERIOD_S


def test_overrun_keeps_the_newest_512_words_and_is_latched_until_read() -> None:
    imu = Imu(Ramp(), ppm=0.0)
    configure(imu)
    count, status = level(imu, 2.0)
    assert count == 512
    assert status & reg.STATUS2_OVR
    assert status & reg.STATUS2_OVR_LATCHED
    assert status & reg.STATUS2_FULL
    got = words(imu, 512, 2.0)
    newest = struct.unpack("<3h", got[-1][2])[0] * 0.000976
    assert newest == pytest.approx(2.0, abs=0.05)
    assert not level(imu, 2.0)[1] & reg.STATUS2_OVR_LATCHED


def test_a_burst_may_end_inside_a_word_and_an_empty_fifo_gives_zeros() -> None:
    one, two = Imu(Ramp(), seed=1), Imu(Ramp(), seed=1)
    configure(one)
    configure(two)
    whole = one.read(reg.FIFO_DATA_OUT_TAG, 70, 0.1)
    parts = two.read(reg.FIFO_DATA_OUT_TAG, 33, 0.1) + two.read(reg.FIFO_DATA_OUT_TAG, 37, 0.1)
    assert parts == whole
    left = level(one, 0.1)[0]
    words(one, left, 0.1)
    assert one.read(reg.FIFO_DATA_OUT_TAG, 14, 0.1) == bytes(14)


def test_saturation_stops_at_the_range() -> None:
    class Hard(Ramp):
        def sample(self, t_s: Floats) -> Sampled:
            return np.full((t_s.size, 3), -50.0), np.full((t_s.size, 3), 3000.0)

    imu = Imu(Hard())
    imu.write(reg.CTRL1_XL, b"\x64", 0.0)
    imu.write(reg.CTRL2_G, b"\x6c", 0.0)
    assert struct.unpack("<6h", imu.read(reg.OUTX_L_G, 12, 1.0)) == (32767,) * 3 + (-32768,) * 3


def test_a_stamp_reset_and_a_software_reset_start_over() -> None:
    imu = Imu(Ramp(), ppm=0.0)
    configure(imu)
    imu.write(reg.TIMESTAMP2, b"\xaa", 1.0)
    assert struct.unpack("<I", imu.read(reg.TIMESTAMP0, 4, 1.5))[0] == pytest.approx(20_000, abs=2)
    imu.write(reg.CTRL3_C, b"\x01", 2.0)
    assert imu.read(reg.CTRL1_XL, 3, 2.0) == b"\x00\x00\x04"
    assert level(imu, 3.0)[0] == 0


def test_a_recording_motion_begins_when_the_fifo_is_enabled() -> None:
    plays: list[tuple[float, float]] = []
    imu = Imu(Ramp(), ppm=0.0, start="record", on_play=lambda now, end: plays.append((now, end)))
    configure(imu, t=7.0)
    assert plays == [(7.0, 107.0)]
    early = [struct.unpack("<3h", d)[0] * 0.000976 for s, _, d in words(imu, 20, 7.5) if s == 2]
    assert early[2:] == pytest.approx([0.0] * len(early[2:]), abs=0.06)
    imu.write(reg.FIFO_CTRL4, b"\x00", 8.0)
    assert plays[-1] == (8.0, 8.0)


def test_a_board_without_a_sensor_answers_with_ones() -> None:
    assert Imu(Standing(), "none").read(reg.WHO_AM_I, 2, 0.0) == b"\xff\xff"


def test_an_unknown_part_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RunslateError, match="LSM6DSO32, LSM6DSOX and none"):
        Imu(Standing(), "MPU6050")


def test_an_overrun_in_the_middle_of_a_burst_leaves_words_whole() -> None:
    imu = Imu(Ramp())
    configure(imu)
    t, step = 2.0, PERIOD_S / 14.4
    tags = []
    for _ in range(200):
        # A slow bus: samples come, and push out the oldest words, while one word is read byte by byte.
        word = [imu.read(reg.FIFO_DATA_OUT_TAG, 1, t + i * step)[0] for i in range(7)]
        t += 7 * step
        tags.append(word[0] >> 3)
    assert set(tags) == {reg.TAG_GYRO, reg.TAG_ACCEL, reg.TAG_TIMESTAMP}
