"""Why a port could not be opened, or is gone: what the operating system said, as a sentence with its cure. Pure.

Linux and macOS tell by errno, Windows by pyserial's text of a Windows error. Linux was tried on pseudo-terminals and
locked devices; the sentences for macOS and Windows follow those systems' documentation, and were
not tried on such a computer.
"""

from __future__ import annotations

import errno
import re
import sys
from enum import Enum

from runslate.errors import RunslateError

_GONE = (
    errno.EIO, errno.ENXIO, errno.ENODEV, errno.EBADF, errno.EPIPE, errno.ECONNRESET, errno.ECONNABORTED,
    errno.ETIMEDOUT,
)  # fmt: skip
"""What a read or write says after the cable was pulled: EIO on Linux, ENXIO on macOS, EBADF when closed meanwhile."""

_BUSY = (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK)
_FORBIDDEN = (errno.EACCES, errno.EPERM)
_MISSING = (errno.ENOENT, errno.ENXIO, errno.ENODEV)

_WINDOWS = {
    2: "missing",  # ERROR_FILE_NOT_FOUND: no such COM port
    3: "missing",  # ERROR_PATH_NOT_FOUND
    5: "busy",  # ERROR_ACCESS_DENIED: another program has the COM port open
    22: "gone",  # ERROR_BAD_COMMAND: the device does not recognize the command, it was pulled
    31: "gone",  # ERROR_GEN_FAILURE: a device attached to the system is not functioning
    32: "busy",  # ERROR_SHARING_VIOLATION
    121: "missing",  # ERROR_SEM_TIMEOUT: a Bluetooth port whose device is off
    433: "gone",  # ERROR_NO_SUCH_DEVICE
    995: "gone",  # ERROR_OPERATION_ABORTED: a read was cut off as the device went
    1167: "gone",  # ERROR_DEVICE_NOT_CONNECTED
}
"""Windows' error codes of CreateFile, ReadFile and WriteFile on a COM port."""


class PortGoneError(RunslateError):
    """A port vanished: while it was open, or before it could be opened."""


class BusyError(RunslateError):
    """Another program has the port open."""


class Trouble(Enum):
    """What is the matter with a port."""

    BUSY = "busy"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    GONE = "gone"
    NOT_SERIAL = "not serial"
    OTHER = "other"


def classify(error: Exception, platform: str = sys.platform) -> Trouble:
    """Tell what is the matter from what pyserial or the system raised.

    Args:
        error: an OSError, pyserial's SerialException (which is one), or a ValueError.
        platform: as `sys.platform` has it.
    """
    text = str(error)
    if platform == "win32":
        return _of_windows(error, text)
    number = error.errno if isinstance(error, OSError) and error.errno else _errno_in(text)
    if "exclusively lock" in text or number in _BUSY:
        return Trouble.BUSY
    if number in _FORBIDDEN:
        return Trouble.FORBIDDEN
    if "returned no data" in text or "Attempting to use a port that is not open" in text:
        return Trouble.GONE
    if number in _MISSING:
        return Trouble.MISSING
    if number in (errno.ENOTTY, errno.EINVAL) or "configure port" in text:
        return Trouble.NOT_SERIAL
    return Trouble.GONE if number in _GONE else Trouble.OTHER


def _errno_in(text: str) -> int | None:
    found = re.search(r"\[Errno (\d+)\]|^\((\d+),", text)
    return int(found[1] or found[2]) if found else None


def _of_windows(error: Exception, text: str) -> Trouble:
    """pyserial on Windows wraps the system's error in its text: `PermissionError(13, 'Access is denied.', None, 5)`."""
    number = getattr(error, "winerror", None)
    if number is None:
        found = re.search(r"None, (\d+)\)|WinError (\d+)", text)
        number = int(found[1] or found[2]) if found else None
    if number is not None and number in _WINDOWS:
        return Trouble(_WINDOWS[number])
    if "PermissionError" in text or "Access is denied" in text:
        return Trouble.BUSY
    return Trouble.MISSING if "FileNotFoundError" in text else Trouble.OTHER


_PROGRAMS = "a second `runslate`, mpremote, Thonny, a serial monitor"

_BUSY_CURE = {
    "linux": f"Close the other one ({_PROGRAMS}; ModemManager lets go after some seconds).",
    "darwin": f"Close the other one ({_PROGRAMS}); open /dev/cu.*, not /dev/tty.*, which waits for a carrier.",
    "win32": f"Close the other one ({_PROGRAMS}, Arduino IDE).",
}

_FORBIDDEN_CURE = {
    "linux": (
        "On Linux the ports belong to the group `dialout` (or `uucp`).",
        "Run `sudo usermod -aG dialout $USER`, log out and in again.",
    ),
    "darwin": (
        "On macOS every user may open /dev/cu.*; a sandboxed terminal may not.",
        "Allow the terminal access to devices in System Settings, Privacy and Security, or use Terminal.app.",
    ),
    "win32": (
        "On Windows a COM port is refused only while another program has it.",
        f"Close the other program ({_PROGRAMS}, Arduino IDE).",
    ),
}


def explain(name: str, error: Exception, found: list[str], platform: str = sys.platform) -> RunslateError:
    """Say in sentences why a port could not be opened.

    Args:
        name: the port.
        error: what opening it raised.
        found: ports of nodes that are there.
        platform: as `sys.platform` has it.
    """
    trouble = classify(error, platform)
    system = platform if platform in _BUSY_CURE else "linux"
    example = "COM3" if platform == "win32" else "/dev/cu.usbmodem1101" if platform == "darwin" else "/dev/ttyACM0"
    match trouble:
        case Trouble.BUSY:
            return BusyError(
                f"The port {name} is busy: another program has it open.",
                "One program at a time talks to a node.",
                _BUSY_CURE[system],
            )
        case Trouble.FORBIDDEN:
            return RunslateError(f"You are not allowed to open the port {name}.", *_FORBIDDEN_CURE[system])
        case Trouble.MISSING | Trouble.GONE:
            return no_such_port(name, found)
        case Trouble.NOT_SERIAL:
            return RunslateError(
                f"{name} is not a serial port.",
                f"A port is a device such as {example}.",
                "`runslate ports` lists the ports of nodes.",
            )
    return RunslateError(
        f"The port {name} could not be opened ({error}).",
        f"A device such as {example}, or an address such as socket://host:port.",
        "`runslate ports` lists the ports of nodes.",
    )


def no_such_port(name: str, found: list[str]) -> PortGoneError:
    """Say that there is no such port, and which there are."""
    return PortGoneError(
        f"There is no port {name}.",
        f"Ports of nodes that are here: {', '.join(found)}." if found else "No node is connected.",
        "`runslate ports` lists them; check the cable (some only charge).",
    )


def gone(name: str, error: Exception) -> PortGoneError:
    """Say that a port vanished while it was open; what was recorded stays in the node's flash."""
    return PortGoneError(
        f"The port {name} vanished ({error}).",
        "A node stays connected while a command runs.",
        "Its reel is safe in its flash: plug it in again and run `runslate drain`.",
    )
