# The detector with the heap locked, as in the firmware's loop: any allocation raises MemoryError.
# Arguments: the firmware folder, a file of samples, the period. Prints the number of events.
import sys
from array import array

import micropython

sys.path.insert(0, sys.argv[1])
from node.strides import Strides


def run(reader, detector, period):
    burst = array("h", bytearray(12 * 48))
    found = 0
    tick = 0
    while True:
        n = (reader.readinto(burst) or 0) // 12
        if n == 0:
            return found
        micropython.heap_lock()
        found += detector.feed(burst, n, tick)
        micropython.heap_unlock()
        tick += n * period


with open(sys.argv[2], "rb") as reader:
    detector = Strides(999, 717, int(sys.argv[3]))
    print(run(reader, detector, int(sys.argv[3])))
