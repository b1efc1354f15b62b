"""What plays one movement on the MicroPython VM: the firmware's own sensor, sampler and detector.

Nothing of the firmware is replaced between the sensor's registers and the events. Packing, flash and link are left
out: they change no event. Events leave on standard output, 16 bytes as the detector made them and 4 bytes more:
the tick of the newest sample when the event was told.
"""

from __future__ import annotations

RECORD_BYTES = 20

SCRIPT = """
import struct
import sys

firmware, part, rate, last = sys.argv[1:]
sys.path.insert(0, firmware)
from node.board import virtual as board
from node.clock import Clock
from node.imu import GYRO_Q10, Imu
from node.sampler import Sampler
from node.thin import detector


class Origin:
    def anchor(self, tick, us, wraps):
        pass


def tell(found, now):
    for i in range(found):
        sys.stdout.buffer.write(view[16 * i : 16 * i + 16])
        sys.stdout.buffer.write(struct.pack("<I", now))


imu = Imu(board)
if not imu.probe():
    sys.exit("the emulated sensor does not answer")
imu.part = part
imu.configure(int(rate))
strides = detector(imu.accel_q10, GYRO_Q10, imu.period)
view = memoryview(strides.events)
sampler = Sampler(imu, Clock(board))
origin = Origin()
sampler.start()
end = 0
last = int(last)
while end < last:
    board.idle(sampler.wait_us)
    while end < last:
        n = sampler.run(origin)
        if not n:
            break
        end = sampler.tick + n * imu.period
        tell(strides.feed(sampler.samples, n, sampler.tick), end)
tell(strides.finish(), end)
"""
