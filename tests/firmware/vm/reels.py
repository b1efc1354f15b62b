# The ring in flash: marks, filling, reboot, power loss, receipts.
import sys

sys.path.insert(0, sys.argv[1])

from fakes import Board, PowerLossError
from harness import equal, raises, run
from node import page
from node.board.guard import FS_SECTORS
from node.reel import Reels
from node.sectors import DIRTY, READY, SLOTS, Sectors


def ring(board):
    reels = Reels(Sectors(board))
    reels.scan()
    return reels


def prepared(sectors=6):
    board = Board(sectors)
    reels = ring(board)
    while reels._sectors.erase_one() >= 0:
        pass
    return board, reels


def sealed(reel_id, index, kind=page.SAMPLES):
    origin = page.Origin(77)
    origin.reel_id = reel_id
    origin.index = index
    buf = bytearray(page.SIZE)
    for i in range(page.HEADER, page.HEADER + 50):
        buf[i] = (i * 7 + index) & 255
    if kind == page.CLOSE:
        buf[page.HEADER] = 1
    page.seal(buf, origin, kind, 0, index * 96, 1, 50)
    return buf


def record(reels, reel_id, pages, close=True, utc=0):
    reels.open(reel_id, utc)
    for index in range(pages - 1 if close else pages):
        reels.append(sealed(reel_id, index))
    if close:
        reels.append(sealed(reel_id, pages - 1, page.CLOSE))
        reels.close(1)


def contents(reels, reel):
    buf = bytearray(page.SIZE)
    return [i for i in range(reel.pages) if reels.read(reel, i, buf) and buf == sealed_like(reel, i)]


def sealed_like(reel, index):
    last = reel.reason and index == reel.pages - 1
    return sealed(reel.reel_id, index, page.CLOSE if last else page.SAMPLES)


def test_new_flash_is_not_trusted_however_blank():
    board = Board()
    reels = ring(board)
    equal(bytes(reels._sectors.state), bytes([DIRTY] * 6))
    equal(reels.room(), 0)


def test_erased_and_marked_sectors_survive_a_boot():
    board, _ = prepared()
    reels = ring(board)
    equal(bytes(reels._sectors.state), bytes([READY] * 6))
    equal(reels._sectors.ready, 6)


def test_blank_sector_without_mark_is_erased_again():
    board, _ = prepared()
    board.flash[FS_SECTORS + 2] = bytearray(b"\xff" * 4096)
    reels = ring(board)
    equal(reels._sectors.state[2], DIRTY)
    board.erased.clear()
    equal(reels._sectors.erase_one(), 2)
    equal(board.erased, [FS_SECTORS + 2])


# As the self-test has it: what is promised to the next reel must not count the sector that is being erased.
def test_a_sector_that_is_erased_again_is_not_ready_meanwhile():
    _, reels = prepared()
    sectors, room = reels._sectors, reels.room()
    sectors.redo()
    equal((sectors.ready, sectors.dirty, bytes(sectors.state).count(bytes([READY]))), (5, 1, 5))
    equal(reels.room(), room - SLOTS)
    sectors.erase_one()
    equal((sectors.ready, sectors.dirty, reels.room()), (6, 0, room))


def test_interrupted_mark_is_no_mark():
    board = Board()
    reels = ring(board)
    board.power = 0
    board.torn_bytes = 7
    raises(PowerLossError, reels._sectors.erase_one)
    board.power = -1
    equal(ring(board)._sectors.state[0], DIRTY)


def test_erase_cut_short_leaves_no_mark_behind():
    board, reels = prepared()
    record(reels, 5, 10)
    reels.free(reels.find(5), 10)

    def cut(addr):
        # What such an erase can look like: everything is blank but the page that held the mark.
        kept = board.flash[addr // 4096][:256]
        board.flash[addr // 4096] = bytearray(kept + b"\xff" * (4096 - 256))
        for i in range(128, 256):
            board.flash[addr // 4096][i] = 0xFF
        raise PowerLossError

    board.flash_erase = cut
    raises(PowerLossError, reels._sectors.erase_one)
    equal(ring(board)._sectors.dirty, 1)


def test_every_page_comes_back_after_a_boot():
    board, reels = prepared()
    record(reels, 5, 40, utc=123)
    reels = ring(board)
    reel = reels.find(5)
    equal((reel.pages, reel.reason, reel.torn), (40, 1, 0))
    equal(contents(reels, reel), list(range(40)))


def test_nothing_is_erased_while_recording():
    board, reels = prepared()
    board.erased.clear()
    record(reels, 5, 60)
    equal(board.erased, [])


def test_a_reel_stops_short_of_the_sectors_that_are_ready():
    _, reels = prepared()
    reels.open(5, 0)
    equal(reels.left(), 6 * SLOTS - 15)
    while reels.left() > 0:
        reels.append(sealed(5, reels.open_reel.pages))
    # What a turn and the closing may still write fits.
    for _ in range(15):
        reels.append(sealed(5, reels.open_reel.pages))
    equal(contents(reels, reels.open_reel), list(range(6 * SLOTS)))


def test_torn_page_is_counted_and_not_read():
    board, reels = prepared()
    reels.open(5, 0)
    for index in range(20):
        reels.append(sealed(5, index))
    board.power = 0
    raises(PowerLossError, reels.append, sealed(5, 20))
    board.power = -1
    reels = ring(board)
    reel = reels.find(5)
    equal((reel.pages, reel.reason, reel.torn), (20, 0, 1))
    equal(contents(reels, reel), list(range(20)))


def test_torn_page_that_begins_a_sector_belongs_to_the_reel_before():
    board, reels = prepared()
    reels.open(5, 0)
    for index in range(SLOTS):
        reels.append(sealed(5, index))
    board.power = 0
    raises(PowerLossError, reels.append, sealed(5, SLOTS))
    board.power = -1
    reels = ring(board)
    equal((reels.find(5).pages, reels.find(5).torn), (SLOTS, 1))
    equal(reels.free(reels.find(5), SLOTS), SLOTS)
    equal(reels._sectors.dirty, 2)


def test_a_page_torn_before_its_first_byte_is_blank_and_harmless():
    board, reels = prepared()
    reels.open(5, 0)
    reels.append(sealed(5, 0))
    board.power = 0
    board.torn_bytes = 0
    raises(PowerLossError, reels.append, sealed(5, 1))
    board.power = -1
    reel = ring(board).find(5)
    equal((reel.pages, reel.torn), (1, 0))


def test_receipt_frees_whole_sectors_only():
    _, reels = prepared()
    record(reels, 5, 40)
    reel = reels.find(5)
    equal(reels.free(reel, 20), SLOTS)
    equal(contents(reels, reel), list(range(SLOTS, 40)))
    equal(reels.free(reel, 40), 25)
    equal(reels.find(5), None)


def test_freed_stamp_outlives_a_boot_before_the_erase():
    board, reels = prepared()
    record(reels, 5, 40)
    board.erased.clear()
    reels.free(reels.find(5), 20)
    equal(board.erased, [])
    reels = ring(board)
    reel = reels.find(5)
    equal((reel.freed, reel.pages, reels._sectors.dirty), (1, 40, 1))
    equal(contents(reels, reel), list(range(SLOTS, 40)))


def test_reels_wrap_round_the_end_of_the_ring():
    board, reels = prepared()
    record(reels, 5, 4 * SLOTS, utc=1)
    reels.free(reels.find(5), 1000)
    while reels._sectors.erase_one() >= 0:
        pass
    record(reels, 6, 5 * SLOTS, utc=2)
    equal(reels.find(6).first_sector, 4)
    reels = ring(board)
    equal(contents(reels, reels.find(6)), list(range(5 * SLOTS)))


def test_a_new_reel_never_takes_sectors_of_another():
    _, reels = prepared()
    record(reels, 5, 20, utc=1)
    record(reels, 6, 20, utc=2)
    equal(reels.room(), 2 * SLOTS - 15)
    reels.free(reels.find(5), 1000)
    while reels._sectors.erase_one() >= 0:
        pass
    equal(reels.room(), 4 * SLOTS - 15)
    record(reels, 7, 40, utc=3)
    equal(contents(reels, reels.find(6)), list(range(20)))
    equal(contents(reels, reels.find(7)), list(range(40)))


def test_reels_are_listed_oldest_first_after_a_boot():
    board, reels = prepared()
    for reel_id, utc in ((9, 3000), (5, 2000)):
        reels.open(reel_id, utc)
        start = bytearray(page.SIZE)
        origin = page.Origin(1)
        origin.reel_id = reel_id
        start[page.HEADER + 8 : page.HEADER + 16] = utc.to_bytes(8, "little")
        page.seal(start, origin, page.START, 0, 0, 0, 16)
        reels.append(start)
        reels.close(0)
    equal([(reel.reel_id, reel.utc_ms) for reel in ring(board).reels], [(5, 2000), (9, 3000)])


def test_page_of_another_reel_is_not_handed_out():
    board, reels = prepared()
    record(reels, 5, 20)
    reel = reels.find(5)
    board.flash_erase((FS_SECTORS + reel.first_sector) * 4096)
    reels._sectors.program(reel.first_sector, 1, sealed(6, 0))
    equal(reels.read(reel, 0, bytearray(page.SIZE)), False)


run(globals())
