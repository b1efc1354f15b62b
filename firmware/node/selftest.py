# What a node can find out about itself. Each check returns what it found as a sentence's rest, or raises.
import math
import os

from node import page

_LOOKS = 8


def selftest(node):
    checks = _SENSOR + _BOARD if node.belt is None else _BOARD
    return [_run(name, check, node) for name, check in checks]


def _run(name, check, node):
    try:
        passed, detail = check(node)
    except Exception as error:
        passed, detail = False, "failed with %r" % error
    return name, passed, detail


def _sensor(node):
    imu = node.imu
    if not imu.answers():
        return False, "does not answer; check the wiring"
    node.care.ensure()
    return bool(imu.part), "%s, oscillator %+.2f %%" % (
        imu.part or "not identified: keep the tag still",
        imu.freq_fine * 0.15,
    )


def _mean(node, first):
    total = [0, 0, 0]
    for _ in range(_LOOKS):
        node.board.idle(5000)
        node.imu.look()
        for i in range(3):
            total[i] += node.imu.axis(first + i)
    return math.sqrt(sum(t * t for t in total)) / _LOOKS


def _gravity(node):
    mg = _mean(node, 0) * node.imu.accel_q10 / 1024
    return 850 < mg < 1150, "%d mg; at rest 1000 are expected" % mg


def _gyro(node):
    dps = _mean(node, 3) * 0.07
    return dps < 20, "%.1f deg/s; at rest under 20 are expected" % dps


# A sector of the ring: erased, marked, written and read back. Only one that holds nothing is used.
def _flash(node):
    sectors = node.sectors
    if sectors.ready:
        sectors.redo()
    if not sectors.dirty:
        return True, "full: nothing free to test"
    sector = sectors.erase_one()
    sectors.read(sector, 0, sectors.buf)
    marked = sectors.marked(sectors.buf) is not None
    sectors.read(sector, 1, sectors.buf)
    return marked and page.blank(sectors.buf), "%d of %d sectors ready" % (sectors.ready, sectors.count)


def _files(node):
    path = node.board.FS + "/selftest.tmp"
    with open(path, "w") as file:
        file.write("runslate")
    with open(path) as file:
        same = file.read() == "runslate"
    os.remove(path)
    return same, "written and read back"


# The sensor's clock against the board's: percents apart is normal, more is a fault.
def _clock(node):
    us, tick = node.clock.read(), node.imu.tick()
    node.board.idle(100_000)
    while node.clock.since(us) < 100_000:
        node.board.idle(10_000)
    took = node.clock.since(us)
    ratio = 25 * (node.imu.tick() - tick) / took
    return 0.9 < ratio < 1.1, "sensor's clock runs at %.3f of the board's" % ratio


def _battery(node):
    mv = node.supply.mv
    return not node.supply.low, "%d mV" % mv if mv else "not measured"


_SENSOR = (("sensor", _sensor), ("gravity", _gravity), ("gyro", _gyro), ("clock", _clock))  # a belt has none
_BOARD = (("flash", _flash), ("files", _files), ("battery", _battery))
