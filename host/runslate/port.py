"""Serial ports: one small protocol, pyserial behind it, and errors that name the cure."""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import Any, Protocol

import serial

from runslate.errors import RunslateError
from runslate.porterrors import PortGoneError, explain, gone

__all__ = ["BAUD", "Port", "PortGoneError", "SerialPort", "gone", "open_port"]

BAUD = 115_200
"""USB ports ignore it; a radio bridge is set up for its own rate by whoever wires it."""

READ_TIMEOUT_S = 0.1
"""How long a read waits: a closing link's reader thread notices within this."""

WRITE_TIMEOUT_S = 2.0
"""A board that reads nothing for so long is stuck: better an error than a hang."""


class Port(Protocol):
    """A byte stream to one node."""

    name: str

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read without waiting."""
        ...

    def read(self, size: int) -> bytes:
        """Read at least one byte if one arrives soon, at most `size`; b"" when none came."""
        ...

    def write(self, data: bytes) -> None:
        """Write all bytes."""
        ...

    def close(self) -> None:
        """Close the port; closing twice is fine."""
        ...


class SerialPort:
    """A port opened by pyserial: a device, or `socket://` and `rfc2217://` addresses."""

    def __init__(self, handle: Any, name: str) -> None:
        self._handle = handle
        self.name = name

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read without waiting."""
        try:
            return int(self._handle.in_waiting)
        except (OSError, TypeError) as error:
            raise gone(self.name, error) from error

    def read(self, size: int) -> bytes:
        """Read what is there, or wait up to READ_TIMEOUT_S for the first byte."""
        try:
            return bytes(self._handle.read(max(1, min(size, self._handle.in_waiting))))
        except (OSError, TypeError) as error:  # TypeError: pyserial's when closed meanwhile
            raise gone(self.name, error) from error

    def write(self, data: bytes) -> None:
        """Write all bytes.

        Raises:
            PortGoneError: the port vanished.
            RunslateError: the board does not read.
        """
        try:
            self._handle.write(data)
        except serial.SerialTimeoutException as error:
            raise RunslateError(
                f"The board at {self.name} does not read what is sent to it.",
                f"It should take a few bytes within {WRITE_TIMEOUT_S:.0f} s.",
                "Unplug it, plug it in again and repeat the command.",
            ) from error
        except (OSError, TypeError) as error:
            raise gone(self.name, error) from error

    def close(self) -> None:
        """Close the port; one that vanished is closed as well as it goes."""
        try:
            self._handle.close()
        except OSError:
            return


def open_port(url: str) -> SerialPort:
    """Open a port for this program alone.

    Args:
        url: a device such as /dev/ttyACM0, or an address that pyserial understands.

    Raises:
        RunslateError: there is none, it is busy, not allowed, or not a serial port.
    """
    if "://" not in url and sys.platform != "win32":  # COM3 is no path there
        _check_device(url)
    try:
        handle = serial.serial_for_url(
            url,
            baudrate=BAUD,
            timeout=READ_TIMEOUT_S,
            write_timeout=WRITE_TIMEOUT_S,
            do_not_open=True,
        )
        if "://" not in url:
            handle.exclusive = True  # flock: two programs on one port would eat each other's bytes
        handle.open()
    except (OSError, ValueError) as error:
        raise _explain(url, error) from error
    return SerialPort(handle, url)


def _check_device(path: str) -> None:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise _explain(path, error) from error
    if not stat.S_ISCHR(mode):
        raise _explain(path, OSError(errno.ENOTTY, "not a character device"))


def _explain(url: str, error: Exception) -> RunslateError:
    from runslate.discovery import find_ports

    return explain(url, error, [port.device for port in find_ports()])
