"""The sensor's FIFO: tagged words made a block of samples ahead, so that a read is a slice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from runslate.sim.registers import (
    FIFO_WORDS,
    TAG_ACCEL,
    TAG_GYRO,
    TAG_TIMESTAMP,
    WORD_BYTES,
    FifoPlan,
)

# Slots per block: a multiple of every decimation, and about a second at 417 Hz.
_BLOCK = 512

# Samples for the given sensor ticks: accel and gyro as int16 (n, 3) each.
MakeSamples = Callable[[NDArray[np.int64]], tuple[NDArray[np.int16], NDArray[np.int16]]]


class Fifo:
    """The words of one enabling of the FIFO.

    Args:
        plan: which words come in which slot.
        first_tick: oscillator count of the first slot.
        stamp_zero: oscillator count at which the part's time stamp was 0.
        make: gives the samples at oscillator counts.
        stop_when_full: FIFO mode instead of continuous mode.
    """

    def __init__(
        self,
        plan: FifoPlan,
        first_tick: int,
        stamp_zero: int,
        make: MakeSamples,
        stop_when_full: bool,
    ) -> None:
        self.plan = plan
        self.first_tick = first_tick
        self.overrun = False
        self.overrun_latched = False
        self._stamp_zero = stamp_zero
        self._make = make
        self._stop_when_full = stop_when_full
        self._block_words = plan.words(_BLOCK)
        self._blocks: dict[int, bytes] = {}
        self._read = 0  # words read or lost so far
        self._written = 0
        self._dropped = 0  # words that FIFO mode refused, once it had been full
        self._rest = b""  # of the word in the output registers: an overrun does not touch it

    def advance(self, tick: int) -> int:
        """Take in what was produced until oscillator count `tick`; return unread words."""
        slots = (tick - self.first_tick) // self.plan.period + 1
        written = self.plan.words(slots) if slots > 0 else 0
        if written - self._read > FIFO_WORDS:
            self.overrun_latched = self.overrun = True
            if self._stop_when_full:
                written = self._written = self._read + FIFO_WORDS
            else:
                self._read = written - FIFO_WORDS
        self._written = written
        return written - self._read

    def due_tick(self, level: int) -> int:
        """Return the oscillator count at which the FIFO holds `level` unread words."""
        slots = self.plan.slots_for(self._read + max(level, 1))
        return self.first_tick + (slots - 1) * self.plan.period

    def read(self, count: int) -> bytes:
        """Return `count` bytes as a burst from the tag register on; an empty FIFO gives zeros."""
        self.overrun = False
        data, self._rest = self._rest[:count], self._rest[count:]
        start = self._read * WORD_BYTES
        end = min(start + count - len(data), self._written * WORD_BYTES)
        self._read = -(-end // WORD_BYTES)
        words = self._bytes(start, self._read * WORD_BYTES)
        data += words[: end - start]
        self._rest += words[end - start :]
        return data + bytes(count - len(data))

    def _bytes(self, start: int, end: int) -> bytes:
        size = self._block_words * WORD_BYTES
        data = b""
        while start < end:
            block, offset = divmod(start, size)
            part = self._words(block)[offset : offset + end - start]
            data = data + part if data else part
            start += len(part)
        return data

    def _words(self, block: int) -> bytes:
        words = self._blocks.get(block)
        if words is None:
            words = self._make_block(block)
            self._blocks[block] = words
            self._blocks.pop(block - 2, None)
        return words

    def _make_block(self, block: int) -> bytes:
        plan = self.plan
        slots = np.arange(block * _BLOCK, (block + 1) * _BLOCK, dtype=np.int64)
        ticks = self.first_tick + slots * plan.period
        accel, gyro = self._make(ticks)
        words = np.zeros((_BLOCK, 3, WORD_BYTES), dtype=np.uint8)
        present = np.zeros((_BLOCK, 3), dtype=np.bool_)
        stamps = ((ticks - self._stamp_zero) & 0xFFFFFFFF).astype("<u4")
        # The time stamp opens its slot (Linux' st_lsm6dsx relies on that order), gyroscope next.
        sources = (
            (plan.timestamp, TAG_TIMESTAMP, stamps[:, None].view(np.uint8)),
            (plan.gyro, TAG_GYRO, gyro.astype("<i2").view(np.uint8)),
            (plan.accel, TAG_ACCEL, accel.astype("<i2").view(np.uint8)),
        )
        for column, (divisor, tag, data) in enumerate(sources):
            if divisor:
                words[:, column, 0] = _tags(tag, slots)
                words[:, column, 1 : 1 + data.shape[1]] = data
                present[:, column] = slots % divisor == 0
        return words[present].tobytes()


def _tags(sensor: int, slots: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Tag bytes: sensor, two-bit slot counter, and a bit that makes the number of ones even."""
    counter = (slots & 3).astype(np.uint8)
    ones = np.array([(sensor << 3 | c << 1).bit_count() & 1 for c in range(4)], dtype=np.uint8)
    return np.asarray((sensor << 3) | (counter << 1) | ones[counter], dtype=np.uint8)
