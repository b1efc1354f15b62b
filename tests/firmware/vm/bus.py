# The I2C bus of the RP2040 before its first transfer. Arguments: the firmware's folder.
import sys

sys.path.insert(0, sys.argv[1])

from harness import equal, run


# SDA and SCL with a sensor that wants so many clocks more before it lets SDA go.
class Wires:
    def __init__(self):
        self.owed = 0
        self.clocks = 0
        self.started = []


wires = Wires()


class Pin:
    IN, OPEN_DRAIN, PULL_UP = range(3)

    def __init__(self, number, mode=None, pull=None, value=None):
        self.level = 1

    def value(self, *level):
        for new in level:
            rises = new > self.level
            wires.clocks += rises
            wires.owed -= rises
            self.level = new
        return wires.owed <= 0


class I2C:
    def __init__(self, block, sda, scl, freq):
        wires.started.append((block, freq))


class Machine:
    pass


Machine.Pin = Pin
Machine.I2C = I2C
sys.modules["machine"] = Machine
sys.modules["rp2"] = Machine

from node.board.i2c import i2c_start  # noqa: E402  after what stands for the port's modules


def clocks_for(owed):
    wires.owed, wires.clocks = owed, 0
    wires.started.clear()
    i2c_start((0, 4, 5, 1_000_000))
    equal(wires.started, [(0, 1_000_000)])
    return wires.clocks


def test_a_sensor_left_in_the_middle_of_a_byte_gets_its_clocks():
    equal([clocks_for(owed) for owed in (1, 5, 9)], [1, 5, 9])


def test_a_bus_at_rest_is_left_alone():
    equal(clocks_for(0), 0)


def test_a_wire_that_stays_low_does_not_hold_the_boot_up():
    equal(clocks_for(1000), 9)


run(globals())
