# Has a walk or a run begun? A foot that strikes the ground twice within two seconds walks; a tag that is strapped on or
# carried to the set hardly does.
from micropython import const
from node.clock import MASK
from node.sampler import peak_square

_STRIKE_MG = const(2000)  # heel strikes of slow walking reach 2 to 4 g on the shoe
_APART_US = const(200_000)  # one strike rings on
_TOGETHER_US = const(2_000_000)


class Motion:
    def __init__(self, clock, accel_q10):
        self._clock = clock
        half = _STRIKE_MG * 512 // accel_q10
        self._most = half * half
        self._struck = False  # once
        self._us = 0  # when

    # True when a run of samples brings the second strike.
    def feed(self, samples, n):
        if peak_square(samples, n) <= self._most:
            return False
        apart = (self._clock.us - self._us) & MASK
        if self._struck and apart < _APART_US:
            return False
        walks = self._struck and apart < _TOGETHER_US
        self._struck = True
        self._us = self._clock.us
        return walks
