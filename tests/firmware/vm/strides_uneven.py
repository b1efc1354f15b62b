# Samples one by one, with uneven time stamps and some of them lost. Arguments: the firmware folder, a file of
# samples, how far time stamps stray (ticks), how many of 100 samples are lost. Prints the events.
import random
import struct
import sys
from array import array

sys.path.insert(0, sys.argv[1])
from node.strides import Strides

PERIOD = 96
stray, lost = [int(x) for x in sys.argv[3:5]]
random.seed(4)

with open(sys.argv[2], "rb") as reader:
    detector = Strides(999, 717, PERIOD)
    sample = array("h", bytearray(12))
    i = 0
    while reader.readinto(sample):
        if random.randint(0, 99) >= lost:
            for k in range(detector.feed(sample, 1, max(0, i * PERIOD + random.randint(-stray, stray)))):
                print(*struct.unpack_from("<BBIHHHHH", detector.events, 16 * k))
        i += 1
