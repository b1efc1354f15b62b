"""What a drain brought and what a take shows, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from runslate.cli.common import table

if TYPE_CHECKING:
    from runslate.drain import Drained


def print_drained(results: list[Drained]) -> None:
    """Print what draining brought, reel by reel, and what is missing."""
    if not results:
        typer.echo("The nodes hold no reels.")
        return
    rows = [[r.name, f"{r.reel_id:08x}", r.state, f"{r.pages} (+{r.fetched})", r.reason] for r in results]
    table(["node", "reel", "", "pages (new)", "ended"], rows)
    for result in results:
        for note in result.notes:
            typer.echo(f"{result.name}: {note}")
        for hole in result.missing:
            typer.echo(f"{result.name}: pages {hole.first} to {hole.last} missing: {hole.why}.")


def print_summary(document: dict[str, Any]) -> None:
    """Print what `summary.summarise` found, for people."""
    provisional = " (provisional)" if document["provisional"] else ""
    uncertainty_us = document["time_uncertainty_us_p95"]
    times = f"within {uncertainty_us / 1000:.2f} ms (p95)" if uncertainty_us else "not known"
    typer.echo(
        f"\n{document['take']}{provisional}: {document['seconds']:.1f} s, lead {document['lead']}; "
        f"times between nodes {times}."
    )
    typer.echo(f"{document['verdict']['headline']} {document['verdict']['sentence']}".strip())
    for line in filter(None, (document["verdict"]["caution"], *document["alerts"], *document["bar"]["topped"])):
        typer.echo(line)
    rows = [
        [
            name,
            str(runner["strides"]),
            "-" if runner["cadence_spm"] is None else f"{runner['cadence_spm']:.1f}",
            "-" if runner["gct_ms"] is None else f"{runner['gct_ms']:.0f}",
            f"{100 * runner['coverage']:.1f} %",
        ]
        for name, runner in document["runners"].items()
    ]
    table(["runner", "running strides", "cadence", "contact ms", "covered"], rows)
    for gap in document["gaps"]:
        typer.echo(f"{gap['runner']}: nothing from {gap['start_s']:.1f} to {gap['end_s']:.1f} s: {gap['reason']}.")
