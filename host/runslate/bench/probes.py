"""What is measured on the board: functions of the firmware, each shown on a pin while it runs.

The firmware knows nothing of it: before it starts, the bench wraps these functions on the board.
"""

from __future__ import annotations

from dataclasses import dataclass

CALIBRATION_CALLS = 50


@dataclass(frozen=True)
class Probe:
    """One function of the firmware.

    Attributes:
        stage: what its cycles are booked under; several functions may share a stage.
        module: where the name is looked up when it is called.
        name: function, or Class.method.
        arguments: as in its definition, self included.
        pin: GPIO that is high while it runs.
    """

    stage: str
    module: str
    name: str
    arguments: str
    pin: int


# Pins that neither the sensor nor the lamp uses.
PROBES = (
    Probe("idle", "node.board.rp2", "idle", "a", 0),
    Probe("bus", "node.board.rp2", "bus_read", "a,b", 1),
    Probe("decode", "node.sampler", "decode", "a,b,c,d,e,f", 2),
    Probe("sampler", "node.sampler", "Sampler.run", "a,b,c=False", 3),
    Probe("detector", "node.strides", "Strides.feed", "a,b,c,d", 7),
    Probe("packer", "node.packer", "Packer.feed", "a,b,c,d", 8),
    Probe("page", "node.page", "seal", "a,b,c,d,e,f,g", 9),
    Probe("flash", "node.board.rp2", "flash_program", "a,b", 10),
    Probe("reel", "node.reel", "Reels.append", "a,b", 11),
    Probe("events", "node.recorder", "Recorder._tell", "a,b", 12),
    Probe("link", "node.link", "Link.send", "a,b", 13),
    Probe("frame", "node.link", "Link._frame", "a,b,c", 14),
    Probe("usb", "node.board.rp2", "serial_write", "a", 15),
    Probe("read back", "node.board.rp2", "flash_read", "a,b", 20),
    Probe("receive", "node.link", "Link.receive", "a", 21),
    Probe("rpc", "node.rpc", "Rpc.handle", "a", 22),
    Probe("rest", "node.app", "Node._at_rest", "a", 23),
    Probe("record", "node.recorder", "Recorder.turn", "a", 24),
    Probe("loop", "node.app", "Node.turn", "a", 26),
)

CALIBRATION_PIN = 27
NOTHING_PIN = 28

_WRAP = """
import sys
from machine import Pin
def _wrap(module, name, taken, number):
    __import__(module)
    owner = sys.modules[module]
    parts = name.split('.')
    for part in parts[:-1]:
        owner = getattr(owner, part)
    pin = Pin(number, Pin.OUT, value=0)
    scope = {'inner': getattr(owner, parts[-1]), 'high': pin.high, 'low': pin.low}
    given = ','.join(part.split('=')[0] for part in taken.split(','))
    exec('def outer(%s):\\n high()\\n r = inner(%s)\\n low()\\n return r' % (taken, given), scope)
    setattr(owner, parts[-1], scope['outer'])
"""

_CALIBRATE = """
class _bench:
    def nothing(a): pass
sys.modules['_bench'] = _bench
def _many(call, pin):
    pin.high()
    for _ in range(%d):
        call(0)
    pin.low()
_pin = Pin(%d, Pin.OUT, value=0)
_many(_bench.nothing, _pin)
_wrap('_bench', 'nothing', 'a', %d)
_many(_bench.nothing, _pin)
"""

_RUN = """
import micropython
from node.board import this_board
board = this_board()
%s
micropython.kbd_intr(-1)
from node.app import run
run(board)
"""


def board_source(probed: bool) -> str:
    """Source for the board's prompt that starts the firmware, with or without probes."""
    if not probed:
        return _RUN % ""
    wraps = [f"_wrap({p.module!r}, {p.name!r}, {p.arguments!r}, {p.pin})" for p in PROBES]
    calibration = _CALIBRATE % (CALIBRATION_CALLS, CALIBRATION_PIN, NOTHING_PIN)
    return _WRAP + calibration + _RUN % "\n".join(wraps)
