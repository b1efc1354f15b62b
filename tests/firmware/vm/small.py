# Clock, outbox, settings, supply, lamp, crash notes. Arguments: the firmware's folder, an empty folder.
import json
import os
import struct
import sys

sys.path.insert(0, sys.argv[1])

from fakes import Board
from harness import equal, raises, run
from node import clock as clocks
from node import wire
from node.clock import Clock, Timer
from node.crash import Crash
from node.lamp import Lamp
from node.outbox import CAPACITY, WINDOW, Outbox
from node.refusal import Refusal
from node.settings import Settings
from node.supply import Supply

FOLDER = sys.argv[2]
WRAP = 1 << 30


# Clock


def test_clock_counts_wraps():
    board = Board()
    board.us = WRAP - 10
    clock = Clock(board)
    seen = []
    for _ in range(5):
        board.idle(WRAP // 2)
        us = clock.read()
        seen.append(clock.wraps * WRAP + us)
    steps = [seen[i + 1] - seen[i] for i in range(4)]
    equal(steps, [WRAP // 2] * 4)
    equal(seen[0], WRAP - 10 + WRAP // 2)


def test_differences_hold_across_the_wrap():
    board = Board()
    board.us = WRAP - 100
    clock = Clock(board)
    began = clock.read()
    board.idle(250)
    equal(clock.since(began), 250)
    equal(clocks.plus(WRAP - 100, 250), 150)
    equal(clocks.plus(100, 250), 350)


def test_timer_keeps_its_period_though_it_is_asked_late():
    board = Board()
    board.us = WRAP - 2_500_000
    clock = Clock(board)
    timer = Timer(clock, 1_000_000)
    fired = 0
    for _ in range(100):
        board.idle(70_000)
        clock.read()
        fired += timer.due()
    equal(fired, 7)


# Outbox


def outbox():
    board = Board()
    clock = Clock(board)
    return board, clock, Outbox(clock)


def sent(box):
    found = []
    sequence = box.due()
    while sequence >= 0:
        found.append(sequence)
        box.sent()
        sequence = box.due()
    return found


def test_events_go_out_once_up_to_the_window():
    _, _, box = outbox()
    for i in range(WINDOW + 5):
        box.post(9, 0, i, 0)
    equal(sent(box), list(range(WINDOW)))
    box.acknowledge(3)
    equal(sent(box), list(range(WINDOW, WINDOW + 3)))


def test_unacknowledged_events_are_sent_again():
    board, clock, box = outbox()
    for i in range(4):
        box.post(9, 0, i, 0)
    equal(sent(box), [0, 1, 2, 3])
    box.acknowledge(1)
    board.idle(500_000)
    clock.read()
    equal(sent(box), [1, 2, 3])
    equal(sent(box), [])
    box.acknowledge(4)
    board.idle(500_000)
    clock.read()
    equal(sent(box), [])


def test_a_hole_that_the_host_tells_of_is_filled_soon_and_alone():
    board, _, box = outbox()
    for i in range(4):
        box.post(9, 0, i, 0)
    equal(sent(box), [0, 1, 2, 3])
    box.acknowledge(1)
    box.acknowledge(1)  # the host has 2: 1 was lost
    equal(sent(box), [])
    board.idle(150_000)
    equal(sent(box), [1])
    equal(sent(box), [])
    box.acknowledge(4)
    equal(box.first, 4)


def test_new_events_do_not_put_off_that_the_oldest_is_sent_again():
    board, _, box = outbox()
    box.post(9, 0, 0, 0)
    equal(sent(box), [0])
    for i in range(1, 4):
        board.idle(100_000)
        box.post(9, 0, i, 0)
        found = sent(box)
    equal(found, [0, 1, 2, 3])


def test_overflow_drops_the_oldest_and_counts():
    _, _, box = outbox()
    for i in range(CAPACITY + 10):
        box.post(9, 0, i, 0)
    equal((box.dropped, box.first), (10, 10))
    buf = bytearray(16)
    box.copy(box.due(), buf, 0)
    equal(struct.unpack("<BBIHHHHH", buf)[3], 10)


def test_acknowledging_what_was_never_posted_changes_nothing():
    _, _, box = outbox()
    box.post(9, 0, 0, 0)
    box.acknowledge(50)
    equal(sent(box), [0])


# Settings


def fresh():
    for name in os.listdir(FOLDER):
        os.remove(FOLDER + "/" + name)


def test_settings_survive_a_boot():
    fresh()
    Settings(FOLDER).set("runner", "Zoë")
    equal(Settings(FOLDER)["runner"], "Zoë")
    equal(json.loads(Settings(FOLDER).text(""))["odr_hz"], "417")


def test_power_loss_while_storing_keeps_the_old_settings():
    fresh()
    Settings(FOLDER).set("name", "old")
    with open(FOLDER + "/settings.json.new", "w") as file:
        file.write('{"name": "ne')
    equal(Settings(FOLDER)["name"], "old")


def test_unreadable_settings_do_not_keep_the_node_from_starting():
    fresh()
    for text in ("{", "[]", '{"name": 5, "foot": "left"}'):
        with open(FOLDER + "/settings.json", "w") as file:
            file.write(text)
        equal(Settings(FOLDER)["name"], "")


def test_a_value_that_another_firmware_left_does_not_keep_the_node_from_starting():
    fresh()
    with open(FOLDER + "/settings.json", "w") as file:
        file.write('{"name": "left", "odr_hz": "7680", "role": "drone", "address": "many"}')
    settings = Settings(FOLDER)
    equal([settings[key] for key in ("name", "odr_hz", "role", "address")], ["left", "417", "tag", "0"])


def test_wrong_values_are_refused_with_what_is_right():
    fresh()
    settings = Settings(FOLDER)
    for key, value, word in (
        ("foot", "middle", "left"),
        ("odr_hz", "400", "417"),
        ("library", "xyz", "16"),
        ("name", "x" * 41, "40"),
        ("name", "a\x01", "control"),
        ("colour", "red", "runner"),
    ):
        error = raises(Refusal, settings.set, key, value)
        equal((error.code, word in error.sentence), (wire.ERROR_BAD_VALUE, True))


# Supply


def test_battery_is_low_after_three_readings_in_a_row():
    board = Board()
    supply = Supply(board)
    found = []
    for mv in (3290, 3290, 3450, 3290, 3290, 3290, 3290, 3350, 3290, 3450):
        board.mv = mv
        found.append((supply.measure(), supply.low))
    equal([now for now, _ in found].index(True), 5)
    equal(sum(now for now, _ in found), 1)
    equal(found[-1], (False, False))


def test_unmeasured_battery_is_not_low():
    board = Board()
    board.mv = 0
    supply = Supply(board)
    equal([supply.measure() for _ in range(5)], [False] * 5)


# Lamp


def test_lamp_blinks_by_state_and_by_command():
    board = Board()
    clock = Clock(board)
    lamp = Lamp(board, clock)

    def changes(state, seconds, alarm=0):
        count = 0
        for _ in range(int(seconds * 100)):
            before = board.lit
            board.idle(10_000)
            clock.read()
            lamp.turn(state, alarm)
            count += board.lit != before
        return count

    def share_lit(state):
        lit = 0
        for _ in range(1000):
            board.idle(10_000)
            clock.read()
            lamp.turn(state)
            lit += board.lit
        return lit / 1000

    # Across a room: armed is lit but for a wink, at rest dark but for one; an alarm flickers whatever the state.
    equal((share_lit(wire.STATE_ARMED) > 0.9, share_lit(wire.STATE_IDLE) < 0.1), (True, True))
    equal((changes(wire.STATE_RECORDING, 10, 1) > 35, changes(wire.STATE_RECORDING, 10, 2) > 100), (True, True))
    equal(changes(wire.STATE_RECORDING, 10) in (19, 20), True)
    lamp.set(wire.LAMP_OFF)
    equal((board.lit, changes(wire.STATE_RECORDING, 5)), (False, 0))
    lamp.set(wire.LAMP_ON)
    equal((board.lit, changes(wire.STATE_IDLE, 5)), (True, 0))
    lamp.set(wire.LAMP_BLINK)
    equal(changes(wire.STATE_IDLE, 10) > 60, True)


# Crash


def test_crash_leaves_its_trace_and_its_cause_once():
    fresh()
    crash = Crash(FOLDER)
    equal((crash.trace, crash.cause(1)), ("", 1))
    try:
        [][5]
    except IndexError as error:
        crash.note(error)
    crash.note_cause(wire.RESET_CRASH)
    crash = Crash(FOLDER)
    equal("IndexError" in crash.trace and len(crash.trace) <= wire.MAX_CRASH, True)
    equal((crash.cause(3), crash.cause(3)), (wire.RESET_CRASH, 3))


run(globals())
