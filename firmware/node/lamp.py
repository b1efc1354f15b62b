# What the lamp shows. On and off times in milliseconds, by mode and, in auto, by the node's state.
from node import wire
from node.clock import MASK

_ALWAYS = 1 << 20
_PATTERNS = {
    wire.STATE_IDLE: (50, 1950),
    wire.STATE_RECORDING: (500, 500),
    wire.STATE_PREPARING: (100, 100),
    wire.STATE_ARMED: (1950, 50),
}
# By the recorder's alarm, before the state: 1 amber, 2 red.
_ALARMS = {1: (250, 250), 2: (60, 60)}
_MODES = {
    wire.LAMP_OFF: (0, _ALWAYS),
    wire.LAMP_ON: (_ALWAYS, 0),
    wire.LAMP_BLINK: (125, 125),
}


class Lamp:
    def __init__(self, board, clock):
        self._board = board
        self._clock = clock
        self._from = clock.us
        self.mode = wire.LAMP_AUTO
        self.lit = False

    def turn(self, state, alarm=0):
        on, off = _MODES.get(self.mode) or _ALARMS.get(alarm) or _PATTERNS[state]
        ms = ((self._clock.us - self._from) & MASK) // 1000
        if self.lit and ms >= on and off:
            self._show(False)
        elif not self.lit and ms >= off and on:
            self._show(True)

    def set(self, mode):
        self.mode = mode
        if mode != wire.LAMP_AUTO:
            self._show(mode != wire.LAMP_OFF)

    def _show(self, lit):
        self._from = self._clock.us
        if lit != self.lit:
            self.lit = lit
            self._board.lamp(lit)
