# The battery: a flat one must end a reel while there is power to end it properly.
from micropython import const

LOW_MV = const(3300)  # a lithium cell has a few percent left, the board's regulator still works
_GOOD_MV = const(3400)  # under load the voltage dips: back to good only above this
_READINGS = const(3)


class Supply:
    def __init__(self, board):
        self._board = board
        self.mv = board.battery_mv()
        self.low = False
        self._below = 0

    # Once a second. True when the battery has just become low.
    def measure(self):
        self.mv = self._board.battery_mv()
        if self.mv == 0 or self.mv >= _GOOD_MV:  # 0: not measured
            self.low = False
            self._below = 0
        elif self.mv < LOW_MV:
            self._below += 1
        if self._below < _READINGS or self.low:
            return False
        self.low = True
        return True
