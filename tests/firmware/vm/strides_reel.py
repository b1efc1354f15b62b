# A reel that ends early, and one with a gap. Arguments: the firmware folder, a file of samples, the
# number of samples that the reel holds, the first sample lost and the number lost. Prints the
# events as they came, then a line "finish", then those that the end of the reel brought.
import struct
import sys
from array import array

sys.path.insert(0, sys.argv[1])
from node.strides import Strides

PERIOD = 96
hold, lost_at, lost = [int(x) for x in sys.argv[3:6]]


def show(events, count):
    for i in range(count):
        print(*struct.unpack_from("<BBIHHHHH", events, 16 * i))


with open(sys.argv[2], "rb") as reader:
    detector = Strides(999, 717, PERIOD)
    sample = array("h", bytearray(12))
    for i in range(hold):
        reader.readinto(sample)
        if not lost_at <= i < lost_at + lost:
            show(detector.events, detector.feed(sample, 1, i * PERIOD))
    print("finish")
    show(detector.events, detector.finish())
