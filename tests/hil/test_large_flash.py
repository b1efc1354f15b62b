"""The image for a board of 16 MB: it starts, says how long it can record, and writes where a Pico has no flash."""

from __future__ import annotations

from pathlib import Path

import pytest
from hil.fullflash import OLD_REEL, ring_sectors, with_old_reel
from hil.images import find_image
from hil.picobench import PicoBench
from hil.recording import assert_unbroken, drain, start_reel
from hil.targets import PICO
from runslate import pages
from runslate.sim.pico.board import EmulatedPico
from runslate_protocol.page import PAGES_PER_SECTOR, SECTOR_SIZE

pytestmark = [pytest.mark.pico, pytest.mark.long, pytest.mark.timeout(PICO.test_timeout_s)]

FLASH_BYTES, STORAGE_AT = 16 << 20, 1 << 20
SECTORS = ring_sectors(FLASH_BYTES - STORAGE_AT)
OLD_SECTORS = 2
BEFORE_THE_END = 4
"""Sectors between the old reel and the end of the flash: the new reel crosses it and goes on at the beginning."""

REEL_S = 6
MINUTES = 55


def sector_of(flash: bytes, page: bytes) -> int:
    """Where on the ring a page lies."""
    return (flash.index(page) - FLASH_BYTES) // SECTOR_SIZE + SECTORS


def test_board_of_16_mb_records_over_the_end_of_its_flash(tmp_path: Path) -> None:
    image = find_image("runslate", "picolipo")
    blank = EmulatedPico(image, flash_bytes=FLASH_BYTES).flash_contents()
    storage = with_old_reel(blank[STORAGE_AT:], SECTORS - BEFORE_THE_END - OLD_SECTORS, OLD_SECTORS)
    bench = PicoBench(PICO.wiring, image, blank[:STORAGE_AT] + storage, flash_bytes=FLASH_BYTES)
    node = bench.connect()
    assert (node.hello.board, node.hello.crash) == ("picolipo", "")
    assert [entry.reel_id for entry in node.reels()] == [OLD_REEL]
    status = node.status()
    assert status.pages_total == SECTORS * PAGES_PER_SECTOR
    assert status.seconds_left > MINUTES * 60
    reel_id = start_reel(node, bench, REEL_S)
    bench.wait(REEL_S + 1.5)
    reel, ledger = drain(node, tmp_path, reel_id)
    assert ledger.whole
    assert_unbroken(reel)
    bench.disconnect()
    flash = bench.pico.flash_contents()
    lies = [sector_of(flash, row.tobytes()) for row in reel.table if pages.page_is_good(row.tobytes())]
    assert lies[0] == SECTORS - BEFORE_THE_END
    assert SECTORS - 1 in lies
    assert lies[-1] < BEFORE_THE_END
