# Packs what a file holds and prints the pages; the reader of the other side checks them.
# Arguments: the firmware's folder, a file of int16 samples (six a time), lengths of the bursts, places of gaps.
import sys

sys.path.insert(0, sys.argv[1])

from array import array
from binascii import hexlify

from node import page
from node.packer import CHANNELS, Packer

_PERIOD = 96


class Reel:
    def __init__(self):
        self.origin = page.Origin(1)
        self.origin.reel_id = 2
        self.origin.period = _PERIOD

    def take(self, buf, flags, tick, count, used):
        page.seal(buf, self.origin, page.SAMPLES, flags, tick, count, used)
        print(str(hexlify(buf), "ascii"))
        self.origin.index += 1


def numbers(text):
    return [int(part) for part in text.split(",") if part]


with open(sys.argv[2], "rb") as file:
    samples = array("h", file.read())
bursts = numbers(sys.argv[3])
gaps = numbers(sys.argv[4])
packer = Packer(Reel().take)
packer.reset(_PERIOD)
at = 0
turn = 0
tick = 0
while at < len(samples) // CHANNELS:
    if turn in gaps:
        packer.flush()
        packer.lost()
        tick += 10 * _PERIOD
    n = min(bursts[turn % len(bursts)], len(samples) // CHANNELS - at)
    packer.feed(samples[at * CHANNELS : (at + n) * CHANNELS], n, tick)
    at += n
    tick += n * _PERIOD
    turn += 1
packer.flush()
