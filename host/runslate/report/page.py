"""The report of a take: one HTML file that needs nothing else, readable in a hurry."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from pathlib import Path

from runslate.analysis.tables import TakeData
from runslate.analysis.take import Analysis
from runslate.analysis.verdict import LIMITS, SCOPES
from runslate.files import make_folder, write_private
from runslate.report import sections
from runslate.report.bar import bar_section
from runslate.report.checks import checks_section
from runslate.report.clearance import clearance_section
from runslate.report.energy import pace_section
from runslate.report.html import local_time, tag, wrap
from runslate.report.incidents import incidents_section
from runslate.report.instep import in_step
from runslate.report.notices import alerts_section
from runslate.report.shots import frame_section
from runslate.report.symmetry import symmetry_section
from runslate.take import STATUSES


def write_report(data: TakeData, result: Analysis, path: Path) -> Path:
    """Write the report of a take as one private file; returns its path.

    Args:
        data: the take's tables.
        result: the analysis of the same tables.
        path: the file to write; missing folders are made.
    """
    make_folder(path.parent)
    write_private(path, page(data, result).encode())
    return path


def page(data: TakeData, result: Analysis) -> str:
    """Return the report as one HTML document without any outside reference."""
    style = files("runslate.report").joinpath("style.css").read_text(encoding="utf-8")
    body = [
        _header(data, result),
        _verdict(result),
        alerts_section(data, result),
        sections.who_ran(data, result),
        frame_section(data, result),
        clearance_section(data, result),
        incidents_section(data),
        symmetry_section(data, result),
        sections.runners(data, result),
        sections.curves(data, result),
        sections.contacts(data, result),
        pace_section(data, result),
        bar_section(data, result),
        in_step(data, result),
        sections.quality(data, result),
        checks_section(data, result),
        sections.method(),
        _footer(data),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(data.take)}: {escape(result.verdict.headline)}</title>"
        f"<style>{style}</style></head><body><main>{''.join(body)}</main></body></html>\n"
    )


def _header(data: TakeData, result: Analysis) -> str:
    provisional = result.verdict.provisional
    badge = (
        tag("span", "provisional: not everything is drained yet", "badge provisional")
        if provisional
        else tag("span", "final: drained and verified", "badge final")
    )
    others = ", ".join(name for name in data.cast if name != data.lead) or "nobody else"
    length = (data.end_us - data.start_us) / 1e6
    facts = [
        _when(data),
        f"{length:.1f} s" + _status(data.status),
        f"lead <b>{escape(data.lead)}</b> &middot; with tags too: {escape(others)}",
    ]
    lines = "<br>".join(filter(None, facts))
    return wrap("header", wrap("div", tag("h1", f"Take {data.take}") + badge) + wrap("div", lines, "facts"))


def _status(status: str) -> str:
    return f" &middot; status <b>{escape(status)}</b>: {escape(STATUSES[status])}" if status in STATUSES else ""


def _when(data: TakeData) -> str:
    start = local_time(data.start_utc, data.zone)
    if start is None:
        return ""
    return f"<b>{start:%A, %d %B %Y, %H:%M:%S}</b> ({escape(_offset(data.zone))})"


def _offset(zone: str) -> str:
    return f"UTC{zone}" if zone[:1] in ("+", "-") else zone or "UTC"


def _verdict(result: Analysis) -> str:
    verdict = result.verdict
    css = verdict.answer.replace(" ", "")
    sentence = " ".join(filter(None, (verdict.sentence, verdict.step_sentence)))
    headline = ("Provisional. " if verdict.provisional else "") + verdict.headline
    return wrap(
        "section",
        tag("p", headline, "headline")
        + tag("p", sentence)
        + (tag("p", verdict.caution, "warn") if verdict.caution else "")
        + tag("p", f"{SCOPES[verdict.scope]} {LIMITS}", "note"),
        f"verdict {css}",
    )


def _footer(data: TakeData) -> str:
    reels = ", ".join(f"{n.uid} {n.reel}" for n in data.nodes if n.reel)
    firmware = ", ".join(sorted({n.firmware for n in data.nodes if n.firmware}))
    words = f"Runslate report of take {data.take}. Reels: {reels or 'none'}."
    if firmware:
        words += f" Firmware {firmware}."
    return tag("footer", words + " Every number here is made from the raw pages in the library.")
