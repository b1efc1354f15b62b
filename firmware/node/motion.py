# Has a walk or a run begun? A foot that strikes the ground twice within two seconds walks; a tag that is strapped on or
# carried to the set hardly does.
import micropython
from micropython import const
from node.clock import MASK

_STRIKE_MG = const(2000)  # heel strikes of slow walking reach 2 to 4 g on the shoe
_APART_US = const(200_000)  # one strike rings on
_TOGETHER_US = const(2_000_000)


# 1 when one of the samples has an acceleration whose square is above `most`; axes are halved so that three of them stay
# within 30 bits.
@micropython.viper
def exceeds(samples: ptr16, n: int, most: int) -> int:
    for i in range(n):
        square = 0
        for k in range(3):
            a = ((samples[i * 6 + k] ^ 0x8000) - 0x8000) >> 1
            square += a * a
        if square > most:
            return 1
    return 0


class Motion:
    def __init__(self, clock, accel_q10):
        self._clock = clock
        half = _STRIKE_MG * 512 // accel_q10
        self._most = half * half
        self._struck = False  # once
        self._us = 0  # when

    # True when a run of samples brings the second strike.
    def feed(self, samples, n):
        if not exceeds(samples, n, self._most):
            return False
        apart = (self._clock.us - self._us) & MASK
        if self._struck and apart < _APART_US:
            return False
        walks = self._struck and apart < _TOGETHER_US
        self._struck = True
        self._us = self._clock.us
        return walks
