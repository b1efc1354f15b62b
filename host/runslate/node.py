"""One node: its identity, clock, settings, reels and checks, as calls."""

from __future__ import annotations

import json
import queue
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from runslate_protocol import messages as wire
from runslate_protocol.constants import ResetCause, Role, name_of
from runslate_protocol.version import VERSION_HIGH, VERSION_LOW

from runslate import hostclock
from runslate.errors import RunslateError
from runslate.fetch import Window, fetch_runs
from runslate.line import SHARED
from runslate.link import Link, SilentError
from runslate.port import Port, open_port

HELLO_WAITS_S = (0.3, 0.6, 1.0, 1.6)
"""How long each HELLO waits: 3.5 s in all, a node that boots needs one or two."""

SELFTEST_TIMEOUT_S = 6.0
"""A self test programs flash and watches the sensor for a while."""

SLOW_TIMEOUT_S = 0.5
"""Before a request that writes to flash is repeated: an erase takes 45 ms typically, 400 ms at worst."""

_REPL_SIGNS = (b">>> ", b"MicroPython v", b"raw REPL", b"Traceback (most recent call last)")


class PromptError(RunslateError):
    """A board shows MicroPython's prompt where a node was expected."""


class Node:
    """A node behind an open link. `hello` is its last HELLO reply."""

    def __init__(self, link: Link, label: str = "") -> None:
        """Greet the node on this link; `label` is its name while it has none of its own.

        Raises:
            RunslateError: silence, a MicroPython prompt, or another protocol version.
        """
        self.link = link
        self._label = label
        self._fetched: queue.Queue[bytes] = queue.Queue()
        self.window = Window()
        """Pages asked for ahead on this node's link."""
        self._known = False
        self.hello = self.greet()
        self._settings: dict[str, Any] | None = None
        link.on_page = self._fetched.put

    @classmethod
    def open(cls, url: str, label: str = "", open_port: Callable[[str], Port] = open_port) -> Node:
        """Open a port and greet the node there; the port is closed again when that fails."""
        link = Link(open_port(url))
        try:
            return cls(link, label)
        except BaseException:
            link.close()
            raise

    def reopen(self, port: str = "") -> None:
        """Go on with this node at another port, or at the same one again.

        Events go on where they stopped, if the node still runs the same boot.

        Raises:
            RunslateError: the port cannot be opened, or another node is on it; then this one stays as it was.
        """
        before, old = self.hello, self.link
        old.close()
        if old.address:  # behind a radio: the first of its nodes opens the port for all
            self.link = Link(SHARED.open(port or self.port, open_port), old.address)
        else:
            self.link = Link(open_port(port or self.port))
        self.link.go_on_from(old)
        try:
            self.greet()
            if self.hello.uid != before.uid:
                raise RunslateError(
                    f"Another node is at {self.port} now.",
                    f"{before.uid.hex()} was looked for, {self.uid} is there.",
                    "Repeat the command.",
                )
        except RunslateError:
            self.link.close()
            self.link, self.hello = old, before
            raise

    def close(self) -> None:
        """Close the link; the node goes on with what it does."""
        self.link.close()

    @property
    def port(self) -> str:
        """Name of the port."""
        return self.link.port.name

    @property
    def uid(self) -> str:
        """The board's unique id, 16 hexadecimal digits."""
        return self.hello.uid.hex()

    @property
    def boot_id(self) -> int:
        """The boot that was greeted."""
        return self.link.boot_id

    def greet(self) -> wire.HelloReply:
        """Say HELLO and check that both sides speak a common protocol version."""
        hello = self._first_answer()
        if hello is None:
            raise self._stranger()
        if hello.version_low > VERSION_HIGH or hello.version_high < VERSION_LOW:
            raise RunslateError(
                f"The node at {self.port} speaks protocol {hello.version_low} to "
                f"{hello.version_high} (firmware {hello.firmware}).",
                f"This Runslate speaks {VERSION_LOW} to {VERSION_HIGH}.",
                f"Run `runslate flash --port {self.port}`, or update Runslate.",
            )
        self.hello, self._known = hello, True
        return hello

    def _first_answer(self) -> wire.HelloReply | None:
        """Say HELLO with growing patience: a node that boots needs a second or two."""
        request = wire.Hello(version_low=VERSION_LOW, version_high=VERSION_HIGH)
        for wait_s in HELLO_WAITS_S:
            try:
                return self.link.request(request, tries=1, timeout=wait_s)
            except SilentError:
                if self.link.counters["version"] or self._shows_prompt():
                    break
        return None

    def _shows_prompt(self) -> bool:
        return any(sign in self.link.noise for sign in _REPL_SIGNS)

    def _stranger(self) -> RunslateError:
        """Say what answered instead of a node, or that one which was there does not answer any more."""
        if self._known:
            return SilentError(
                f"The node {self.uid} at {self.port} does not answer any more.",
                "A node answers HELLO within milliseconds.",
                "Is it switched on, its battery charged? Its reels stay in its flash; run `runslate drain` when it is.",
            )
        cure = f"Run `runslate flash --port {self.port}`."
        expected = "A node answers HELLO within milliseconds."
        version = self.link.counters["version"]
        if version:
            return RunslateError(
                f"The board at {self.port} runs a firmware with another protocol version.",
                f"This Runslate speaks {VERSION_LOW} to {VERSION_HIGH}.",
                cure,
            )
        if not self.link.noise:
            self.link.port.write(b"\r\x02\r")  # leaves a raw prompt; the plain one shows a banner
            _settle(self.link)
        noise = self.link.noise
        if self._shows_prompt():
            return PromptError(
                f"The board at {self.port} shows MicroPython's prompt, not our firmware{_banner(noise)}.",
                expected,
                f"{cure} If the firmware is there, a reset starts it.",
            )
        if noise:
            shown = noise[-24:].hex(" ")
            return RunslateError(
                f"What is connected at {self.port} is not a node; it sends other bytes: {shown}.",
                expected,
                "Choose another port (`runslate ports`). If it is a board of yours: " + cure,
            )
        return RunslateError(
            f"Nothing answers at {self.port}.",
            expected,
            "Press the board's reset button. If it stays silent: " + cure,
        )

    def ping(self) -> dict[str, Any]:
        """Compare the clocks once; returns a clock sample (see `hostclock.clock_sample`).

        Never repeated under one id: an answer to the first sending, timed from the second, would
        look like the quickest of all.
        """
        timed = self.link.timed(wire.Ping(host_us=hostclock.now_us()), tries=1)
        reply = timed.reply
        assert isinstance(reply, wire.PingReply)
        return hostclock.clock_sample(
            timed.sent_us,
            timed.received_us,
            reply.received.total_us,
            reply.sent.total_us,
            self.boot_id,
        )

    def echo(self, data: bytes) -> bytes:
        """Send bytes there and back (1 to 600)."""
        return self.link.request(wire.Echo(data=data)).data

    def status(self) -> wire.StatusReply:
        """Ask for state, room, losses and load."""
        return self.link.request(wire.Status())

    def settings(self, *, fresh: bool = False) -> dict[str, Any]:
        """Read all settings; remembered until one is set or `fresh` is asked for."""
        if self._settings is None or fresh:
            self._settings = dict(json.loads(self.get("")))
        return self._settings

    def get(self, key: str) -> str:
        """Read one setting as text; "" reads all as a JSON object."""
        return self.link.request(wire.Get(key=key)).value

    def set(self, key: str, value: str) -> str:
        """Store one setting; returns it as stored."""
        self._settings = None
        return self.link.request(wire.Set(key=key, value=value), timeout=SLOW_TIMEOUT_S).value

    @property
    def name(self) -> str:
        """The node's name, else its label, else the end of its uid."""
        return str(self.settings().get("name") or self._label or self.uid[-4:])

    @property
    def known_name(self) -> str:
        """The name as far as it is known without asking: for sentences about a node that does not answer."""
        return str((self._settings or {}).get("name") or self._label or self.uid[-4:])

    @property
    def runner(self) -> str:
        """Who wears it: the paired runner, or the node's name while it is not paired."""
        return str(self.settings().get("runner") or self.name)

    @property
    def foot(self) -> str:
        """On which foot: "left", "right" or "" while it is not paired."""
        return str(self.settings().get("foot") or "")

    def facts(self) -> dict[str, Any]:
        """Collect what a ledger or a person wants to know of the node, JSON-ready."""
        hello = self.hello
        return {
            "uid": self.uid,
            "name": self.name,
            "runner": self.runner,
            "foot": self.foot,
            "port": self.port,
            "role": name_of(Role, hello.role),
            "firmware": hello.firmware,
            "board": hello.board,
            "imu": hello.imu,
            "boot_id": self.boot_id,
            "reset_cause": name_of(ResetCause, hello.reset_cause),
            "crash": hello.crash,
            "protocol": [hello.version_low, hello.version_high],
            "fingerprint": f"{hello.fingerprint:08x}",
            "max_payload": hello.max_payload,
        }

    def start(self, max_seconds: int = 0, utc_ms: int = 0) -> wire.StartReply:
        """Begin a reel; 0 seconds: until flash is full. It keeps `utc_ms`, the UTC of now when 0, as its beginning."""
        request = wire.Start(utc_ms=utc_ms or hostclock.utc_us() // 1000, max_seconds=max_seconds)
        return self.link.request(request, timeout=SLOW_TIMEOUT_S)

    def stop(self) -> wire.StopReply:
        """Close the reel."""
        return self.link.request(wire.Stop(), timeout=SLOW_TIMEOUT_S)

    def reels(self) -> list[wire.ReelEntry]:
        """List the reels in the node's flash, oldest first."""
        found: list[wire.ReelEntry] = []
        while True:
            reply = self.link.request(wire.Reels(skip=len(found)))
            found += reply.reels
            if not reply.reels or len(found) >= reply.total:
                return found

    def fetch(self, reel_id: int, first: int, count: int) -> tuple[list[bytes], int]:
        """Ask once for a run of pages.

        Args:
            reel_id: the reel.
            first: index of the first page.
            count: how many indices.

        Returns:
            the good pages that came, and how many the node said would come: fewer than `count`
            when flash doesn't hold all; if fewer came than were promised, the link lost some.
        """
        answers = list(fetch_runs(self, reel_id, [(first, first + count - 1)]))
        came = [page for answer in answers for page in answer.pages.values()]
        return came, sum(answer.promised for answer in answers)

    def next_page(self, seconds: float) -> bytes | None:
        """Wait for a page that was asked for; None when none came in time."""
        came: list[bytes] = []

        def attempt(limit_s: float) -> bool:
            with suppress(queue.Empty):
                came.append(self._fetched.get(timeout=limit_s))
            return bool(came)

        return came[0] if hostclock.wait(attempt, seconds) else None

    def forget_pages(self) -> None:
        """Drop pages that came unasked for."""
        while not self._fetched.empty():
            self._fetched.get_nowait()

    def check(self) -> None:
        """Raise what made the link fail, if it did."""
        if self.link.failed is not None:
            raise self.link.failed

    def receipt(self, library_id: bytes, reel_id: int, page_count: int) -> int:
        """Tell the node that all pages below `page_count` are safe; returns the pages freed."""
        request = wire.Receipt(library_id=library_id, reel_id=reel_id, pages=page_count)
        return self.link.request(request, timeout=SLOW_TIMEOUT_S).freed_pages

    def selftest(self) -> wire.SelftestReply:
        """Let the node check its sensor, flash, file system, clock and supply."""
        return self.link.request(wire.Selftest(), timeout=SELFTEST_TIMEOUT_S)

    def lamp(self, mode: int) -> None:
        """Set the lamp (see `LampMode`)."""
        self.link.request(wire.Lamp(mode=mode))

    def subscribe(self, *, events: bool, pages: bool = False) -> None:
        """Choose what the node sends without being asked."""
        self.link.request(wire.Subscribe(events=int(events), pages=int(pages)))

    def sense(self) -> wire.SenseReply:
        """Look at the sensor once."""
        return self.link.request(wire.Sense())

    def enter_repl(self) -> None:
        """Make the node leave its loop for MicroPython's prompt."""
        self.link.request(wire.EnterRepl())

    def reset(self) -> None:
        """Restart the node; greet it again afterwards."""
        self.link.request(wire.Reset())


def _banner(noise: bytes) -> str:
    """Which MicroPython on which board the prompt's greeting names; "" where it was not seen."""
    found = re.search(rb"MicroPython (v\S+) on [\d-]+; ([^\r\n]+)", noise)
    return f": it runs {found[1].decode()} on {found[2].decode(errors='replace')}" if found else ""


def _settle(link: Link) -> None:
    """Give a prompt half a second to show itself."""
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline and not link.noise:
        time.sleep(0.02)
