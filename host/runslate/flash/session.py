"""One board from what it runs now to a node that answers HELLO with this Runslate's firmware."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from runslate_protocol.constants import Capability, State
from runslate_protocol.fingerprint import fingerprint

from runslate.discovery import find_ports
from runslate.errors import RunslateError
from runslate.flash import onboard
from runslate.flash.build import build_files, firmware_version
from runslate.flash.drive import Drive, check_image, choose_drive, copy_image
from runslate.flash.install import board_facts, check_board, install, prepare
from runslate.flash.repl import PATIENCE_S, NoPromptError, SerialRepl
from runslate.flash.uf2 import read_uf2
from runslate.link import Link
from runslate.node import Node, PromptError
from runslate.port import open_port

BOOT_S = 40.0
"""A node answers a few seconds after its reset; once, after new files, it checks where they lie."""

LOOK_S = 0.3
"""Pause between looks for a port or a drive."""

Tell = Callable[[str, int, int], None]
"""Called with what happens now, how much is done and how much there is in all."""


@dataclass
class Flashed:
    """What came of it.

    Attributes:
        port: where the node is now.
        uid: the board's unique id.
        firmware: its version.
        board: its kind.
        written: names of the files that were written; empty when all were right already.
        image: the image that was copied, if one was.
    """

    port: str
    uid: str
    firmware: str
    board: str
    written: list[str] = field(default_factory=list)
    image: str = ""


class Flasher:
    """Puts this Runslate's firmware onto one board; `state` says what a stop leaves behind.

    Args:
        firmware: folder with the firmware's sources.
        tell: called as the work goes on.
        patience_s: how long to wait for each answer of a board.
        boot_s: how long to wait for a board to start.
    """

    def __init__(self, firmware: Path, tell: Tell, patience_s: float = PATIENCE_S, boot_s: float = BOOT_S) -> None:
        self._firmware = firmware
        self._tell = tell
        self._patience_s = patience_s
        self._boot_s = boot_s
        self._changing = False
        self.state = "Nothing was changed on the board."

    def put_files(self, port: str) -> Flashed:
        """Put the firmware as files onto a board with stock MicroPython, and start it.

        Raises:
            RunslateError: a recording node, no prompt, a board of another kind, no room.
        """
        open_port(port).close()  # a wrong name is told before the firmware is compiled
        self._tell("compile the firmware", 0, 1)
        files = build_files(self._firmware)
        repl = self._prompt(port)
        try:
            check_board(board_facts(repl), files)
            prepare(repl, self._firmware)
            written = install(repl, files, self._before_step)
            self._changing = False
            self.state = "The firmware is on the board and starts with its next reset."
            repl.start(onboard.RESTART)
        except BaseException:
            self._give_back(repl)
            raise
        finally:
            repl.close()
        done = self._greet(port)
        done.written = written
        return done

    def put_image(self, image: Path, named: Path | None, port: str | None) -> Flashed:
        """Copy an image onto a board in boot mode; then the files too, if it has no firmware.

        Args:
            image: the UF2.
            named: the boot drive, or None to look for it.
            port: the board's port; if it is there, the board is put into boot mode first.

        Raises:
            RunslateError: no such image or drive, another chip, or no node afterwards.
        """
        uf2 = read_uf2(image)
        before = {each.device for each in find_ports()}
        # A Windows port has no path of its own.
        through_port = named is None and (port in before or Path(port or "").is_char_device())
        if port is not None and through_port:
            self._to_boot_mode(port)
        drive = self._drive(named, wait=through_port)
        check_image(uf2, drive)
        self.state = "The board is in boot mode: repeat the command. Its reels and settings are untouched."
        copy_image(uf2, drive, lambda n, of: self._tell(f"copy {image.name}", n, of))
        self.state = "The board has taken the image."
        there = port or self._new_port(before)
        done = self.put_files(there) if self._comes_to_prompt(there) else self._greet(there)
        done.image = image.name
        return done

    def _before_step(self, words: str, number: int, total: int) -> None:
        self._changing = True
        self.state = (
            f"{number} of {total} steps are done: the firmware does not start until the command "
            "is repeated, which goes on from here. Reels and settings are untouched."
        )
        self._tell(words, number, total)

    def _prompt(self, port: str) -> SerialRepl:
        """Bring the board to its raw prompt, whatever runs there."""
        self._tell("ask what is there", 0, 1)
        was_node = _ask_for_prompt(port)
        try:
            return self._enter(port, was_node)
        except NoPromptError:
            # A node that was still booting: neither HELLO nor Ctrl-C reached it.
            if was_node or not _ask_for_prompt(port):
                raise _no_prompt(port) from None
        return self._enter(port, was_node=True)

    def _enter(self, port: str, was_node: bool) -> SerialRepl:
        repl = SerialRepl(port, self._patience_s)
        try:
            repl.enter()
            facts = board_facts(repl)
            # A strange program may hold open files: a soft reset closes them. Ours must not have
            # one, for it would end the timer that feeds the watchdog.
            if not (was_node or facts.firmware_ran or facts.installer_was_here):
                repl.enter(soft_reset=True)
        except BaseException:
            repl.close()
            raise
        return repl

    def _give_back(self, repl: SerialRepl) -> None:
        """After a stop: an unchanged board goes on with what it ran before, a changed one waits."""
        with contextlib.suppress(RunslateError):
            repl.enter()
            if self._changing:
                repl.leave()
            else:
                repl.start(onboard.RESTART)

    def _to_boot_mode(self, port: str) -> None:
        repl = self._prompt(port)
        try:
            repl.start(onboard.BOOT_MODE)
        finally:
            repl.close()

    def _drive(self, named: Path | None, *, wait: bool) -> Drive:
        deadline = time.monotonic() + (self._boot_s if wait else 0.0)
        while True:
            try:
                return choose_drive(named)
            except RunslateError:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(LOOK_S)

    def _new_port(self, before: set[str]) -> str:
        deadline = time.monotonic() + self._boot_s
        while time.monotonic() < deadline:
            new = [each.device for each in find_ports() if each.device not in before]
            if new:
                return new[0]
            time.sleep(LOOK_S)
        raise RunslateError(
            f"{self.state} But its serial port has not appeared within {self._boot_s:.0f} s.",
            "A board with MicroPython shows as a serial port.",
            "Plug it in again, then run `runslate flash --port P`.",
        )

    def _comes_to_prompt(self, port: str) -> bool:
        """Wait until something answers after an image was copied: a bare prompt, or a node?"""
        self._tell("wait for the board", 0, 1)
        deadline = time.monotonic() + self._boot_s
        while time.monotonic() < deadline:
            try:
                Node.open(port).close()
                return False
            except PromptError:
                return True
            except RunslateError:
                pass  # not there yet; what is wrong in the end is told by who greets it next
            time.sleep(LOOK_S)
        return False

    def _greet(self, port: str) -> Flashed:
        """Wait for the node that was flashed, and check that it is the firmware of this Runslate."""
        self._tell("wait for the node", 0, 1)
        deadline = time.monotonic() + self._boot_s
        while True:
            try:
                node = Node.open(port)
                break
            except RunslateError as error:
                if time.monotonic() > deadline:
                    raise RunslateError(
                        f"{self.state} But no node answers at {port}: {error.what}",
                        f"It answers within {self._boot_s:.0f} s of its reset.",
                        "Plug it in again and run `runslate doctor --port P`.",
                    ) from error
            time.sleep(LOOK_S)
        try:
            return self._check(node)
        finally:
            node.close()

    def _check(self, node: Node) -> Flashed:
        hello, version = node.hello, firmware_version(self._firmware)
        if (hello.firmware, hello.fingerprint) != (version, fingerprint()):
            raise RunslateError(
                f"The node at {node.port} answers, but with firmware {hello.firmware}, messages "
                f"{hello.fingerprint:08x}.",
                f"This Runslate's are {version} and {fingerprint():08x}.",
                "Take the image of this Runslate (`make image`), or `runslate flash --port P`.",
            )
        return Flashed(node.port, node.uid, hello.firmware, hello.board)


def _ask_for_prompt(port: str) -> bool:
    """Ask our firmware for MicroPython's prompt; False: something else is on the board.

    Raises:
        RunslateError: the port cannot be opened, or the node records or is an emulated one.
    """
    link = Link(open_port(port))
    try:
        node = Node(link)
    except RunslateError:
        link.close()
        return False
    try:
        _refuse_if_busy(node)
        node.enter_repl()
    finally:
        node.close()
    return True


def _refuse_if_busy(node: Node) -> None:
    if not node.hello.capabilities & Capability.REPL:
        raise RunslateError(
            f"The node at {node.port} is an emulated one.",
            "It runs the firmware of this Runslate as it is.",
            "Restart it (`runslate sim`) to have it run what has changed.",
        )
    if node.status().state == State.RECORDING:
        raise RunslateError(
            f"{node.name} is recording, so it was left alone.",
            "A node is flashed at rest.",
            "Stop it with `runslate cut`, bring its reel in with `runslate drain`, then repeat.",
        )


def _no_prompt(port: str) -> RunslateError:
    return RunslateError(
        f"The board at {port} neither answers as a node nor comes to MicroPython's prompt.",
        "Stock MicroPython shows its prompt after Ctrl-C; our firmware answers ENTER_REPL.",
        "Plug it in and hold BOOTSEL from just after that for three seconds (safe mode), then "
        "repeat. If that does not help, plug it in with BOOTSEL held and repeat with --image.",
    )
