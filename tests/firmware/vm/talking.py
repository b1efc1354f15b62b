# Frames and requests over a serial port in memory. Arguments: the firmware's folder, an empty folder.
import struct
import sys

sys.path.insert(0, sys.argv[1])

from bench import Bench, frame
from fakes import relock, unlock
from harness import equal, raises, run
from node import kernels, wire
from node.app import Node, crashed


def test_echo_of_every_length():
    bench = Bench()
    for n in range(0, 601, 7):
        data = bytes([(i * 3 + n) & 255 for i in range(n)])
        equal(bench.say(wire.MSG_ECHO, b"\x01\x00" + data), [(wire.MSG_ECHO | 0x80, b"\x01\x00" + data)])


def test_pieces_are_64_bytes_long():
    bench = Bench()
    bench.board.incoming += frame(wire.MSG_ECHO, b"\x01\x00" + bytes(100))
    bench.turns(3)
    equal(len(bench.board.outgoing) % 64, 0)


# A terminal may take part of a piece.
def test_partial_writes_lose_nothing():
    bench = Bench()
    board = bench.board
    sizes = [1, 63, 7, 64, 30]

    def some(view):
        locked = unlock()
        n = min(sizes[0], len(view))
        sizes.append(sizes.pop(0))
        board.outgoing += bytes(view)[:n]
        relock(locked)
        return n

    board.serial_write = some
    data = bytes(range(256))
    for i in range(1, 20):
        bench.board.incoming += frame(wire.MSG_ECHO, bytes([i, 0]) + data)
        bench.turns(12)
        equal(bench.heard(), [(wire.MSG_ECHO | 0x80, bytes([i, 0]) + data)])


def test_garbage_and_broken_frames_are_passed_over():
    bench = Bench()
    good = frame(wire.MSG_ECHO, b"\x01\x00hi")
    damaged = bytearray(good)
    damaged[12] ^= 1
    bench.board.incoming += b"MPY: soft reboot\r\n\x00" + damaged + b"\x05\x01\x00" + b"\xaa" * 2000 + b"\x00" + good
    bench.turns(3)
    equal(bench.heard(), [(wire.MSG_ECHO | 0x80, b"\x01\x00hi")])


def test_unknown_message_is_an_error():
    equal(Bench().error(0x3E, b"\x07\x00"), wire.ERROR_UNKNOWN_MESSAGE)


def test_unknown_tail_is_ignored():
    bench = Bench()
    ((kind, _),) = bench.say(wire.MSG_LAMP, b"\x07\x00\x02tail of a later version")
    equal(kind, wire.MSG_LAMP | 0x80)


def test_short_payload_is_an_error():
    bench = Bench()
    equal(bench.error(wire.MSG_START, b"\x07\x00\x01"), wire.ERROR_BAD_PAYLOAD)
    equal(bench.error(wire.MSG_SET, b"\x07\x00\x09name"), wire.ERROR_BAD_PAYLOAD)
    equal(bench.error(wire.MSG_GET, b"\x07\x00\x02\xff\xff"), wire.ERROR_BAD_PAYLOAD)
    equal(bench.error(wire.MSG_PING, b"\x07"), wire.ERROR_BAD_PAYLOAD)


# A copy that does not ask would write over whatever lies behind the link's buffer.
def test_an_answer_that_does_not_fit_is_an_error():
    bench = Bench()
    bench.node.rpc.on(0x3D, lambda payload: bytes(wire.MAX_PAYLOAD - 1))
    equal(bench.error(0x3D, b"\x07\x00"), wire.ERROR_BAD_VALUE)
    for key in ("name", "runner"):
        bench.node.settings.set(key, '"' * 40)
    ((kind, _),) = bench.say(wire.MSG_GET, b"\x08\x00\x00")
    equal(kind, wire.MSG_GET | 0x80)


# Two nodes that answered each other's errors would never end.
def test_what_nodes_send_is_not_answered():
    bench = Bench()
    for kind in (wire.MSG_EVENT, wire.MSG_ERROR, wire.MSG_STATUS | wire.REPLY):
        equal(bench.say(kind, b"\x07\x00\x01\x00"), [])


def test_another_boots_request_is_refused():
    bench = Bench()
    boot = bench.node.origin.boot_id
    equal(bench.error(wire.MSG_ECHO, b"\x07\x00", boot=boot ^ 1), wire.ERROR_WRONG_BOOT)
    ((kind, _),) = bench.say(wire.MSG_ECHO, b"\x07\x00", boot=boot)
    equal(kind, wire.MSG_ECHO | 0x80)


def test_frames_for_others_and_of_other_versions_are_ignored():
    bench = Bench()
    equal(bench.say(wire.MSG_ECHO, b"\x07\x00", address=5), [])
    equal(bench.say(wire.MSG_ECHO, b"\x07\x00", version=9), [])
    equal(len(bench.say(wire.MSG_ECHO, b"\x07\x00", address=255)), 1)


def test_a_repeated_request_is_answered_but_not_carried_out_again():
    bench = Bench()
    bench.start()
    bench.say(wire.MSG_STOP, b"\x0a\x00")
    first = bench.say(wire.MSG_START, struct.pack(wire.START_REQUEST, 11, 5, 0))
    again = bench.say(wire.MSG_START, struct.pack(wire.START_REQUEST, 11, 5, 0))
    equal(again, first)
    equal(len(bench.node.reels.reels), 2)
    # Nine requests later it is forgotten, and refused by what the node is doing.
    for i in range(20, 28):
        bench.say(wire.MSG_LAMP, bytes([i, 0, 0]))
    equal(bench.error(wire.MSG_START, struct.pack(wire.START_REQUEST, 11, 5, 0)), wire.ERROR_RECORDING)


def test_hello_forgets_the_requests_of_the_host_before():
    bench = Bench()
    bench.say(wire.MSG_LAMP, b"\x05\x00\x01")
    bench.say(wire.MSG_HELLO, b"\x01\x00\x01\x01")
    bench.say(wire.MSG_LAMP, b"\x05\x00\x02")
    equal(bench.node.lamp.mode, 2)


def test_settings_are_refused_while_recording():
    bench = Bench()
    bench.start()
    equal(bench.error(wire.MSG_SET, b"\x07\x00\x04foot\x04left"), wire.ERROR_RECORDING)
    bench.say(wire.MSG_STOP, b"\x08\x00")
    equal(bench.say(wire.MSG_SET, b"\x09\x00\x04foot\x04left"), [(wire.MSG_SET | 0x80, b"\x09\x00\x04left")])


def test_start_is_refused_while_flash_is_being_erased_unless_it_fits():
    bench = Bench()
    equal(bench.error(wire.MSG_START, struct.pack(wire.START_REQUEST, 7, 5, 0)), wire.ERROR_PREPARING)


def test_start_is_refused_on_a_low_battery_and_without_a_sensor():
    bench = Bench()
    while bench.node.sectors.dirty:
        bench.turns(1)
    bench.node.supply.low = True
    equal(bench.error(wire.MSG_START, struct.pack(wire.START_REQUEST, 7, 5, 0)), wire.ERROR_LOW_BATTERY)
    bench.node.supply.low = False
    bench.board.bus_read = lambda reg, buf: None
    bench.node.imu._one[0] = 0
    equal(bench.error(wire.MSG_START, struct.pack(wire.START_REQUEST, 8, 5, 0)), wire.ERROR_NO_SENSOR)


def test_only_the_owner_may_free():
    bench = Bench()
    bench.start()
    bench.say(wire.MSG_STOP, b"\x0a\x00")
    reel_id = bench.node.origin.reel_id
    bench.say(wire.MSG_SET, b"\x0b\x00\x07library\x100011223344556677")
    receipt = struct.pack(wire.RECEIPT_REQUEST, 12, b"\x99" * 8, reel_id, 1000)
    equal(bench.error(wire.MSG_RECEIPT, receipt), wire.ERROR_NOT_OWNER)
    owner = bytes([0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77])
    ((_, content),) = bench.say(wire.MSG_RECEIPT, struct.pack(wire.RECEIPT_REQUEST, 13, owner, reel_id, 1000))
    equal(struct.unpack("<HI", content), (13, 3))
    equal(bench.error(wire.MSG_PAGES, struct.pack(wire.PAGES_REQUEST, 14, reel_id, 0, 5)), wire.ERROR_NO_SUCH_REEL)


def set_library(owner):
    return b"\x0b\x00\x07library" + bytes([len(owner)]) + owner


def test_another_library_takes_a_node_only_after_it_was_given_up():
    bench = Bench()
    bench.say(wire.MSG_SET, set_library(b"0011223344556677"))
    bench.node.rpc.forget()
    equal(bench.error(wire.MSG_SET, set_library(b"8899aabbccddeeff")), wire.ERROR_NOT_OWNER)
    equal(bench.node.settings["library"], "0011223344556677")
    bench.node.rpc.forget()
    equal(bench.say(wire.MSG_SET, set_library(b""))[0][0], wire.MSG_SET | 0x80)
    bench.node.rpc.forget()
    bench.say(wire.MSG_SET, set_library(b"8899aabbccddeeff"))
    equal(bench.node.settings["library"], "8899aabbccddeeff")


# Behind a radio several nodes hear every frame.
def test_a_node_with_an_address_answers_to_it_and_signs_with_it():
    bench = Bench()
    bench.say(wire.MSG_SET, b"\x0b\x00\x07address\x0217")
    bench.board.outgoing = bytearray()
    bench.board.incoming += frame(wire.MSG_ECHO, b"\x07\x00", address=17)
    bench.turns(3)
    raw = bytearray(bytes(bench.board.outgoing).strip(b"\x00"))
    kernels.cobs_decode(raw, len(raw))
    equal(raw[1], 17)
    bench.heard()
    equal(bench.say(wire.MSG_ECHO, b"\x08\x00", address=18), [])
    equal(len(bench.say(wire.MSG_ECHO, b"\x09\x00")), 1)  # on a cable nobody needs an address
    equal(bench.error(wire.MSG_SET, b"\x0c\x00\x07address\x03255"), wire.ERROR_BAD_VALUE)
    equal(bench.error(wire.MSG_SET, b"\x0d\x00\x07address\x02-1"), wire.ERROR_BAD_VALUE)


def test_the_host_chooses_how_much_goes_ahead():
    bench = Bench()
    for window, ahead in ((3, 3), (0, 16)):
        bench.say(wire.MSG_SUBSCRIBE, bytes([window, 1, 1, 0, window, 0]))
        for _ in range(40):
            bench.node.outbox.post(wire.EVENT_BATTERY, 0, 3700, 0)
        bench.turns(12)
        equal([kind for kind, _ in bench.heard()].count(wire.MSG_EVENT), ahead)
        bench.node.outbox.acknowledge(bench.node.outbox.next)


def test_pages_of_one_turn_are_no_more_than_the_host_wants():
    bench = Bench()
    bench.say(wire.MSG_SUBSCRIBE, b"\x01\x00\x00\x01\x00\x01")
    bench.start()
    bench.board.unread = True
    record(bench, 400)
    bench.heard()
    bench.board.unread = False
    bench.turns(1)
    assert [kind for kind, _ in bench.heard()].count(wire.MSG_PAGE) <= 2  # one was on its way


def test_the_reel_that_records_cannot_be_freed():
    bench = Bench()
    bench.start()
    receipt = struct.pack(wire.RECEIPT_REQUEST, 12, bytes(8), bench.node.origin.reel_id, 1000)
    equal(bench.error(wire.MSG_RECEIPT, receipt), wire.ERROR_RECORDING)


def record(bench, samples):
    at = 0
    while at < samples:
        bench.board.sense(at, 24)
        at += 24
        bench.turns(1)


def test_events_come_before_pages():
    bench = Bench()
    bench.say(wire.MSG_SUBSCRIBE, b"\x01\x00\x01\x01")
    bench.start()
    bench.board.unread = True
    record(bench, 400)
    bench.node.outbox.post(wire.EVENT_BATTERY, 0, 3700, 0)
    bench.board.outgoing = bytearray()
    bench.board.unread = False
    bench.turns(4)
    kinds = [kind for kind, _ in bench.heard()]
    # One page may have been on its way.
    last_event = max(i for i, kind in enumerate(kinds) if kind == wire.MSG_EVENT)
    equal(kinds[: last_event + 1].count(wire.MSG_PAGE) <= 1, True)
    equal(wire.MSG_PAGE in kinds[last_event:], True)


def test_an_unread_port_does_not_delay_the_sampler():
    bench = Bench()
    bench.say(wire.MSG_SUBSCRIBE, b"\x01\x00\x01\x01")
    bench.start()
    bench.board.unread = True
    record(bench, 2000)
    equal(bench.node.recorder.samples > 1970, True)
    equal(bench.node.sampler.fifo_max < 100, True)
    bench.board.unread = False
    bench.turns(30)
    pages = [content for kind, content in bench.heard() if kind == wire.MSG_PAGE]
    # Page 0 came with the answer to START.
    equal([struct.unpack_from("<I", p, 12)[0] for p in pages], list(range(1, bench.node.recorder.pages)))


def test_requests_are_answered_while_recording():
    bench = Bench()
    bench.start()
    record(bench, 100)
    ((kind, content),) = bench.say(wire.MSG_STATUS, b"\x07\x00")
    equal((kind, content[2]), (wire.MSG_STATUS | 0x80, wire.STATE_RECORDING))


def test_low_battery_closes_the_reel_with_its_reason():
    bench = Bench()
    bench.say(wire.MSG_SUBSCRIBE, b"\x01\x00\x01\x00")
    bench.start()
    bench.board.mv = 3200
    for _ in range(5):
        record(bench, 24)
        bench.board.idle(1_000_000)
    bench.turns(3)
    reel = bench.node.reels.reels[-1]
    equal((bench.node.recorder.recording, reel.reason), (False, wire.REASON_LOW_BATTERY))
    kinds = [content[4] for kind, content in bench.heard() if kind == wire.MSG_EVENT]
    equal(kinds[-2:], [wire.EVENT_BATTERY, wire.EVENT_REEL])


def test_full_flash_closes_the_reel_and_refuses_the_next():
    bench = Bench()
    bench.start()
    at = 0
    while bench.node.recorder.recording:
        record_from(bench, at)
        at += 24
    reel = bench.node.reels.reels[-1]
    equal(reel.reason, wire.REASON_FULL)
    equal(reel.pages > 5 * 15, True)
    buf = bytearray(256)
    equal(all(bench.node.reels.read(reel, i, buf) for i in range(reel.pages)), True)
    equal(buf[1], 4)
    bench.turns(3)
    equal(bench.error(wire.MSG_START, struct.pack(wire.START_REQUEST, 30, 5, 0)), wire.ERROR_FLASH_FULL)
    # Under pressure nothing is taken that nobody has drained, however long it rests.
    erased = len(bench.board.erased)
    bench.turns(200)
    equal((len(bench.board.erased), bench.node.reels.reels), (erased, [reel]))


# Wild samples: pages fill fast.
def record_from(bench, at):
    for i in range(at, at + 24):
        counter = (i & 3) << 1
        wild = (i * 26417) % 65536 - 32768
        stamp = struct.pack("<BIH", 4 << 3 | counter, i * 96, 0) if i % 8 == 0 else b""
        gyro = struct.pack("<Bhhh", 1 << 3 | counter, wild, ~wild, 3)
        bench.board.words += stamp + gyro + struct.pack("<Bhhh", 2 << 3 | counter, ~wild, wild, wild)
    bench.turns(1)


def torn_off(reg, content):
    raise OSError(5)


def test_a_silent_sensor_ends_the_reel():
    bench = Bench()
    bench.start()
    record(bench, 100)
    for _ in range(50):
        bench.board.idle(60_000)
        bench.turns(1)
    equal(bench.node.reels.reels[-1].reason, wire.REASON_SENSOR_LOST)


def test_a_sensor_that_does_not_answer_ends_the_reel():
    bench = Bench()
    bench.start()
    record(bench, 100)
    bench.board.bus_read = torn_off
    bench.turns(2)
    equal(bench.node.reels.reels[-1].reason, wire.REASON_SENSOR_LOST)


# On SPI wires that nobody drives read as ones.
def test_a_sensor_that_reads_as_ones_ends_the_reel():
    bench = Bench()
    bench.start()
    record(bench, 100)

    def ones(reg, buf):
        for i in range(len(buf)):
            buf[i] = 0xFF

    bench.board.bus_read = ones
    bench.turns(2)
    equal(bench.node.reels.reels[-1].reason, wire.REASON_SENSOR_LOST)
    equal(bench.node.sampler.overruns, 0)


# A battery that fades takes the sensor with it.
def test_a_sensor_that_fails_while_the_reel_is_closed_ends_nothing_else():
    bench = Bench()
    bench.start()
    record(bench, 100)
    bench.board.bus_write = torn_off
    bench.node.supply._below = 2
    bench.board.mv = 3200
    bench.board.idle(1_000_000)
    bench.turns(1)
    equal(bench.node.reels.reels[-1].reason, wire.REASON_LOW_BATTERY)
    equal(bench.node.imu.present, False)


def test_a_sensor_that_lost_its_power_is_set_up_again():
    bench = Bench()
    set_up = dict(bench.board.registers)
    bench.board.registers.clear()
    bench.start()
    equal(
        {reg: bench.board.registers[reg] for reg in (0x10, 0x11, 0x09)},
        {reg: set_up[reg] for reg in (0x10, 0x11, 0x09)},
    )
    equal(bench.board.registers[0x18], 0xE2)  # I3C is off


class BeltBench(Bench):
    def __init__(self):
        super().__init__()
        self.node.settings.set("role", "belt")
        super().__init__(self.board)


def test_a_belt_tells_each_second_how_far_it_ran():
    bench = BeltBench()
    bench.say(wire.MSG_SUBSCRIBE, b"\x01\x00\x01\x00")
    bench.start()
    for _ in range(3):
        bench.board.idle(1_000_000)
        bench.board.belt.count += 70_000
        bench.board.belt.last_us = bench.board.us
        bench.turns(1)
    # Nobody acknowledges: by its sequence, each counts once.
    events = {content[:4]: content[4:] for kind, content in bench.heard() if kind == wire.MSG_EVENT}
    pulses = [p[3] | p[4] << 16 for p in (struct.unpack(wire.EVENT_FORMAT, e) for e in events.values()) if p[0] == 10]
    equal(sorted(pulses), [70_000, 140_000, 210_000])


# Its ticks would leave 30 bits after 7.4 hours: an allocation on the board, under the lock.
def test_a_belts_reel_ends_before_its_ticks_do():
    bench = BeltBench()
    bench.start()
    recorder = bench.node.recorder
    hours = 25_000 - 3
    recorder._seconds = hours
    bench.node.origin.anchor_tick = hours * 40_000
    bench.board.idle(1_000_000)
    bench.turns(1)
    equal(recorder.recording, True)
    for _ in range(4):
        bench.board.idle(1_000_000)
        bench.turns(1)
    equal((recorder.recording, recorder.reason), (False, wire.REASON_MAX_SECONDS))
    equal(bench.node.origin.anchor_tick < 1 << 30, True)


def test_a_belt_without_a_sensor_passes_its_self_test():
    bench = BeltBench()
    bench.board.bus_read = torn_off
    ((_, content),) = bench.say(wire.MSG_SELFTEST, b"\x07\x00")
    equal((content[2], content[3]), (1, 3))


def test_a_gap_is_told_by_event_and_page():
    bench = Bench()
    bench.say(wire.MSG_SUBSCRIBE, b"\x01\x00\x01\x01")
    bench.start()
    bench.board.sense(0, 48)
    bench.turns(1)
    bench.board.words = bytearray()  # an overrun takes the oldest
    bench.board.sense(500, 48)
    bench.board.overrun = True
    bench.turns(2)
    heard = bench.say(wire.MSG_STOP, b"\x0a\x00")
    bench.turns(10)
    heard += bench.heard()
    flags = [content[3] for kind, content in heard if kind == wire.MSG_PAGE and content[1] == 1]
    equal(flags, [0, 1])
    # Nobody acknowledges: by its sequence, each counts once.
    events = {content[:4]: content[4:] for kind, content in heard if kind == wire.MSG_EVENT}
    gaps = [struct.unpack("<BBIHHHHH", e) for e in events.values() if e[0] == wire.EVENT_GAP]
    # Sample 44 was whole but not yet told from what follows it: it counts as lost too.
    equal([(tick // 96, lost) for _, _, tick, lost, _, _, _, _ in gaps], [(500, 500 - 44)])


class Careless:
    events = bytearray(16)

    def feed(self, samples, n, tick):
        return len([tick]) - 1


def test_an_allocation_on_the_way_of_a_sample_is_found_at_once():
    bench = Bench()
    bench.start()
    record(bench, 100)
    bench.node.recorder._strides = Careless()
    raises(MemoryError, record, bench, 100)
    # The lock was given back: the crash can be noted.
    bytearray(1000)


def test_reset_leaves_a_note_and_waits_for_its_reply():
    bench = Bench()
    equal(bench.say(wire.MSG_RESET, b"\x05\x00"), [(wire.MSG_RESET | 0x80, b"\x05\x00")])
    equal(bench.board.restarted, wire.RESET_SOFT)
    equal(Node(bench.board).cause, wire.RESET_SOFT)


def test_crash_is_told_by_the_next_hello():
    bench = Bench()
    try:
        bench.node.recorder.nothing()
    except AttributeError as error:
        crashed(bench.board, bench.node, error)
    equal(bench.board.restarted, wire.RESET_CRASH)
    again = Node(bench.board)
    equal((again.cause, "AttributeError" in again.crash.trace), (wire.RESET_CRASH, True))


class Broken:
    def feed(self, samples, n, tick):
        raise ValueError("a fault in the detector")


def test_a_crash_in_a_reel_costs_what_was_not_written_and_is_told():
    bench = Bench()
    bench.start()
    record(bench, 400)
    reel = bench.node.reels.open_reel
    bench.node.recorder._strides = Broken()
    crashed(bench.board, bench.node, raises(ValueError, record, bench, 48))
    again = Bench(bench.board)
    (found,) = again.node.reels.reels
    equal((found.reel_id, found.pages, found.reason, found.torn), (reel.reel_id, reel.pages, wire.REASON_OPEN, 0))
    buf = bytearray(256)
    equal(all(again.node.reels.read(found, i, buf) for i in range(found.pages)), True)
    ((_, hello),) = again.say(wire.MSG_HELLO, b"\x01\x00\x01\x01")
    equal(struct.unpack_from(wire.HELLO_REPLY, hello)[9], wire.RESET_CRASH)
    assert b"a fault in the detector" in hello


run(globals())
