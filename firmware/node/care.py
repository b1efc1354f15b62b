# Keeps the motion sensor usable: found, set up as the settings say, its part known. It is identified at rest, once, and
# remembered: after a reset in a run it moves.
from node.refusal import Refusal


class Care:
    def __init__(self, board, imu, sampler, settings):
        self._board = board
        self._imu = imu
        self._sampler = sampler
        self._settings = settings

    # The settings changed, or the sensor has just been found.
    def apply(self):
        imu = self._imu
        if imu.present:
            imu.part = self._settings["part"]
            imu.configure(int(self._settings["odr_hz"]))

    def usable(self):
        return self._imu.present and bool(self._imu.part)

    # The sensor is there and known, if that can be had.
    def ensure(self):
        imu = self._imu
        try:
            if not imu.answers():
                if not imu.probe():
                    return False
                self.apply()
            if not imu.part:
                imu.part = imu.identify(self._pause)
                if imu.part:
                    self._keep(imu.part)
        except OSError:
            imu.present = False
        return self.usable()

    # A file system that is full or worn out keeps it until the power goes.
    def _keep(self, part):
        try:
            self._settings.set("part", part)
        except Refusal:
            pass

    def _pause(self):
        self._board.idle(10_000)

    # Reads the sensor; the highest acceleration is kept for SENSE.
    def look(self):
        try:
            self._imu.look()
        except OSError:
            self._imu.present = False
            return
        sampler = self._sampler
        sampler.peak_square = max(sampler.peak_square, self._imu.square())
