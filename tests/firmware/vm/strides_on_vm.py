# Runs the detector over files of samples, on MicroPython: one process for a whole batch.
# Arguments: the firmware folder and a list of jobs, one a line:
#   samples-file events-file period_ticks accel_q gyro_q burst first_tick
# Samples are int16 x 6; events leave as the 16-byte records.
import sys
from array import array

sys.path.insert(0, sys.argv[1])
from node.strides import Strides


def run(source, target, period, accel_q, gyro_q, burst, tick):
    detector = Strides(accel_q, gyro_q, period)
    samples = array("h", bytearray(12 * burst))
    with open(source, "rb") as reader, open(target, "wb") as writer:
        while True:
            n = (reader.readinto(samples) or 0) // 12
            if n == 0:
                return
            count = detector.feed(samples, n, tick)
            writer.write(memoryview(detector.events)[: 16 * count])
            tick += n * period


with open(sys.argv[2]) as jobs:
    for job in jobs:
        source, target, *numbers = job.split()
        run(source, target, *[int(x) for x in numbers])
