"""`runslate proxy`: a bad link between any port and any node, by a seed."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from runslate.cli.common import AsJson, answer

if TYPE_CHECKING:
    from runslate.proxy.relay import Proxy

Chance = Annotated[float, typer.Option(min=0, max=1, help="Chance per frame.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("proxy")(proxy_command)


def proxy_command(
    port: Annotated[str, typer.Option("--port", "-p", help="The node's port, or any address that can be opened.")],
    seed: Annotated[int, typer.Option(help="Decides what happens to which frame.")] = 0,
    drop: Chance = 0.02,
    flip: Chance = 0.02,
    duplicate: Chance = 0.02,
    insert: Chance = 0.02,
    cut: Chance = 0.02,
    stall: Chance = 0.001,
    jitter: Chance = 0.2,
    hangup: Chance = 0.0,
    baud: Annotated[int, typer.Option(min=0, help="Throttle to this line rate; 0: as fast as it goes.")] = 0,
    away: Annotated[float, typer.Option(min=0, help="Seconds that the port is gone after a hang-up.")] = 0.5,
    seconds: Annotated[float, typer.Option(min=0, help="End after so long; 0: on Ctrl-C.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Stand between a node and the host, and harm what passes; on Ctrl-C says what was done."""
    from runslate.port import open_port
    from runslate.proxy.listing import Listing
    from runslate.proxy.relay import Proxy
    from runslate.proxy.wire import Chances

    chances = Chances(drop, flip, duplicate, insert, cut, stall, jitter, hangup)
    with Listing(port, os.getpid()) as listing:

        def front(name: str) -> None:
            listing.move(name)
            if not name:
                return
            print(json.dumps({"port": name}) if as_json else f"{port} is now at {name}", file=sys.stderr, flush=True)

        with Proxy(open_port(port), chances, seed, baud=baud, away_s=away, on_front=front) as proxy:
            _wait(seconds)
            _tell(proxy, port, seed, as_json)


def _wait(seconds: float) -> None:
    end = time.monotonic() + seconds
    with suppress(KeyboardInterrupt):
        while not seconds or time.monotonic() < end:
            time.sleep(0.1)


def _tell(proxy: Proxy, port: str, seed: int, as_json: bool) -> None:
    injected = dict(sorted(proxy.counts.items()))
    if as_json:
        answer({"port": port, "seed": seed, "injected": injected})
    else:
        typer.echo("Injected: " + (", ".join(f"{kind} {count}" for kind, count in injected.items()) or "nothing"))
