"""`runslate ports` and `runslate doctor`: what is connected; what is wrong and the cure."""

from __future__ import annotations

from typing import Any

import typer

from runslate.cli.common import AsJson, LibraryPath, Ports, answer, table


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("ports")(ports_command)
    app.command("doctor")(doctor_command)


def ports_command(ports: Ports = None, as_json: AsJson = False) -> None:
    """List the ports where nodes are, and what answers there."""
    from runslate.discovery import choose_ports
    from runslate.examine import look_at_ports

    found = look_at_ports(choose_ports(ports))
    if as_json:
        answer({"ports": found})
    elif found:
        table(
            ["port", "kind", "node", "runner", "foot", "firmware", "state"],
            [[str(port.get(key) or "-") for key in _COLUMNS] for port in found],
        )
    else:
        typer.echo(
            "No node is connected. Plug one in, or start an emulated one with `runslate sim`. "
            "Other ports are never probed: name one with --port."
        )
    problems = [port["problem"] for port in found if port["problem"]]
    for problem in problems:
        typer.echo(problem, err=True)
    raise typer.Exit(1 if problems and ports else 0)


_COLUMNS = ("port", "kind", "name", "runner", "foot", "firmware", "state")


def doctor_command(ports: Ports = None, library: LibraryPath = None, as_json: AsJson = False) -> None:
    """Check this computer, the library and every node; say what is wrong and the cure."""
    from runslate.examine import examine

    checks: list[dict[str, Any]] = examine(ports, library)
    healthy = all(check["passed"] for check in checks)
    if as_json:
        answer({"healthy": healthy, "checks": checks})
    else:
        table(
            ["", "what", "check", "found"],
            [[_mark(check), check["subject"], check["check"], check["detail"]] for check in checks],
        )
        for check in checks:
            if _mark(check) != "ok" and check["cure"]:
                typer.echo(f"{check['subject']}, {check['check']}: {check['cure']}")
    raise typer.Exit(0 if healthy else 1)


def _mark(check: dict[str, Any]) -> str:
    return "WRONG" if not check["passed"] else "note" if check["note"] else "ok"
