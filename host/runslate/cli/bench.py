"""`runslate bench ...`: what the firmware costs, measured."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from runslate.cli.common import AsJson, answer, say, table

commands = typer.Typer(help="Benchmarks: what the firmware costs on a board, how well clocks agree.")

CPU_SHARE_LIMITS = {"417": 0.25, "1667": 0.60}
"""Emulated cycles know no cache misses: these are half of what a real board may be busy."""

SECONDS = 3.0
"""Of emulated time per recording: long enough for strides, events and flash sectors to end and begin."""


class Target(StrEnum):
    """Where cycles can be counted."""

    PICO = "pico"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="bench", no_args_is_help=True)


@commands.command()
def device(
    target: Annotated[Target, typer.Option(help="pico: the emulated RP2040.")] = Target.PICO,
    image: Annotated[Path, typer.Option(help="Stock MicroPython, from `make image`.")] = Path(
        "build/micropython-pico.uf2"
    ),
    budget: Annotated[Path | None, typer.Option(help="Fail when a stage exceeds this budget by 5 %.")] = None,
    write_budget: Annotated[Path | None, typer.Option(help="Write what was measured as the new budget.")] = None,
    rate: Annotated[int | None, typer.Option(help="Only this rate, without requests and burst.")] = None,
    seconds: Annotated[float, typer.Option(help="Emulated length of each recording.")] = SECONDS,
    as_json: AsJson = False,
) -> None:
    """Count the firmware's cycles per sample, stage by stage, at 417, 833 and 1667 Hz."""
    import json

    from runslate.bench.budget import budget_of, excesses, failures, load
    from runslate.bench.device import bench_device, setups

    runs = setups(rate, seconds)
    say(f"Recording at {', '.join(f'{run.hz} Hz ({run.bus})' for run in runs)} on the emulated {target.value} ...")
    measured = bench_device(image, runs, whole=rate is None)
    if write_budget is not None:
        write_budget.write_text(json.dumps(budget_of(measured), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    problems = list(failures(measured, CPU_SHARE_LIMITS))
    if budget is not None:
        problems += excesses(measured, load(budget))
    if as_json:
        answer(measured)
    else:
        _show(measured)
    for problem in problems:
        say(problem)
    raise typer.Exit(1 if problems else 0)


@commands.command()
def clocks(
    takes: Annotated[int, typer.Option(min=2, help="Takes of two nodes each.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Compare how far two nodes' times are apart with what others make of the same link."""
    from runslate.bench.clocks import bench_clocks

    measured = bench_clocks(takes)
    if as_json:
        answer(measured)
        return
    for name, result in measured["benchmarks"].items():
        rows = [["ours", str(result["ours"]), ""]]
        rows += [[peer, str(value), f"{result['ratio'][peer]:.1f}"] for peer, value in result["peers"].items()]
        table([name, result["unit"], "ours is better by"], rows)
    keys = list(next(iter(measured["statements"].values())))
    rows = [[name, *(str(result[key]) for key in keys)] for name, result in measured["statements"].items()]
    table(["what takes state", *keys], rows)


def _show(measured: dict[str, Any]) -> None:
    rates = list(measured["hz"])
    stages = sorted({stage for figures in measured["hz"].values() for stage in figures["stages"]})
    rows = []
    for stage in stages:
        cells = [measured["hz"][hz]["stages"].get(stage, {}).get("cycles_per_sample", "") for hz in rates]
        rows.append([stage, *(str(cell) for cell in cells)])
    table(["cycles per sample", *(f"{hz} Hz" for hz in rates)], rows)
    keys = (
        "bus",
        "cpu_share",
        "cycles_per_event",
        "fifo_overruns",
        "lost_pages",
        "heap_free_min",
        "irq_off_us_max",
        "loop_us_max",
    )
    rows = [[key, *(str(measured["hz"][hz][key]) for hz in rates)] for key in (*keys, "fifo_fill_max")]
    table(["", *(f"{hz} Hz" for hz in rates)], rows)
    worst = [str(measured["hz"][hz]["worst_flash"]["cpu_share"]) for hz in rates]
    table(["slowest flash", *(f"{hz} Hz" for hz in rates)], [["cpu_share", *worst]])
    if "rpc_cycles" in measured:
        table(["request", "cycles"], [[name, str(cycles)] for name, cycles in measured["rpc_cycles"].items()])
    say("Lower bounds: the emulator knows no cache misses.")
