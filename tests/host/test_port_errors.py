"""Busy, forbidden, missing and vanished ports are told apart, each with its cure, on three systems.

The texts are what pyserial 3.5 makes of these errors; macOS and Windows were not at hand.
"""

from __future__ import annotations

import errno

import pytest
from runslate.porterrors import PortGoneError, Trouble, classify, explain
from serial import PortNotOpenError, SerialException

LOCKED = SerialException(
    errno.EAGAIN, "Could not exclusively lock port /dev/ttyACM0: [Errno 11] Resource temporarily unavailable"
)
UNPLUGGED = SerialException(
    "device reports readiness to read but returned no data (device disconnected or multiple access on port?)"
)


def opening(number: int, text: str) -> SerialException:
    return SerialException(number, f"could not open port /dev/ttyACM0: [Errno {number}] {text}: '/dev/ttyACM0'")


def windows(kind: str, number: int, text: str, code: int) -> SerialException:
    return SerialException(f"could not open port 'COM3': {kind}({number}, '{text}', None, {code})")


RECORDED = [
    ("linux", LOCKED, Trouble.BUSY),
    ("linux", opening(errno.EBUSY, "Device or resource busy"), Trouble.BUSY),
    ("linux", opening(errno.EACCES, "Permission denied"), Trouble.FORBIDDEN),
    ("linux", opening(errno.ENOENT, "No such file or directory"), Trouble.MISSING),
    ("linux", SerialException(errno.ENOTTY, "Could not configure port: (25, 'Not a tty')"), Trouble.NOT_SERIAL),
    ("linux", OSError(errno.EIO, "Input/output error"), Trouble.GONE),
    ("linux", UNPLUGGED, Trouble.GONE),
    ("linux", PortNotOpenError(), Trouble.GONE),
    ("darwin", opening(errno.EBUSY, "Resource busy"), Trouble.BUSY),
    ("darwin", opening(errno.EACCES, "Permission denied"), Trouble.FORBIDDEN),
    ("darwin", opening(errno.ENOENT, "No such file or directory"), Trouble.MISSING),
    ("darwin", OSError(errno.ENXIO, "Device not configured"), Trouble.MISSING),
    ("win32", windows("PermissionError", 13, "Access is denied.", 5), Trouble.BUSY),
    ("win32", windows("OSError", 22, "The semaphore timeout period has expired.", 121), Trouble.MISSING),
    ("win32", windows("FileNotFoundError", 2, "The system cannot find the file specified.", 2), Trouble.MISSING),
    (
        "win32",
        SerialException("ClearCommError failed (PermissionError(13, 'Access is denied.', None, 31))"),
        Trouble.GONE,
    ),
    (
        "win32",
        SerialException("WriteFile failed (PermissionError(13, 'The device does not recognize it.', None, 22))"),
        Trouble.GONE,
    ),
]


@pytest.mark.parametrize(("platform", "error", "trouble"), RECORDED, ids=lambda value: str(value)[:40])
def test_what_the_system_says_is_understood(platform: str, error: Exception, trouble: Trouble) -> None:
    assert classify(error, platform) == trouble


def test_each_trouble_has_a_cure_of_its_own_on_each_system() -> None:
    cures = {
        platform: {trouble: explain("P", error, [], platform).cure for at, error, trouble in RECORDED if at == platform}
        for platform in ("linux", "darwin", "win32")
    }
    assert "dialout" in cures["linux"][Trouble.FORBIDDEN]
    assert "dialout" not in cures["darwin"][Trouble.FORBIDDEN]
    assert "ModemManager" in cures["linux"][Trouble.BUSY]
    assert "/dev/cu." in cures["darwin"][Trouble.BUSY]
    assert "Arduino IDE" in cures["win32"][Trouble.BUSY]
    for platform, known in cures.items():
        different = {known[trouble] for trouble in known if trouble not in (Trouble.GONE, Trouble.MISSING)}
        assert len(different) == len([t for t in known if t not in (Trouble.GONE, Trouble.MISSING)]), platform


def test_a_missing_port_names_those_that_are_there_and_counts_as_vanished() -> None:
    error = explain("/dev/ttyACM7", opening(errno.ENOENT, "No such file"), ["/dev/ttyACM0"], "linux")
    assert isinstance(error, PortGoneError)
    assert "/dev/ttyACM0" in error.expected


def test_a_port_of_another_kind_is_told_as_it_is() -> None:
    error = explain("socket://nowhere:1", OSError(errno.ECONNREFUSED, "Connection refused"), [], "linux")
    assert "Connection refused" in error.what
    assert "socket://host:port" in error.expected
