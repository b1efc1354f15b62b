"""Small pieces of HTML: escaped text, tables, keys, wall-clock times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from html import escape
from zoneinfo import ZoneInfo


def tag(name: str, text: str, css: str = "") -> str:
    """Wrap escaped text."""
    return wrap(name, escape(text), css)


def wrap(name: str, inner: str, css: str = "") -> str:
    """Wrap ready HTML."""
    attribute = f' class="{css}"' if css else ""
    return f"<{name}{attribute}>{inner}</{name}>"


def alert(words: str, wrong: bool) -> str:
    """Mark ready HTML where something is wrong."""
    return wrap("span", words, "warn") if wrong else words


def table(head: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int = 1) -> str:
    """Build a table of ready HTML cells; the first `text_columns` are aligned left."""

    def row(cells: Sequence[str], name: str) -> str:
        return wrap("tr", "".join(wrap(name, c, "l" * (i < text_columns)) for i, c in enumerate(cells)))

    body = "".join(row(cells, "td") for cells in rows)
    return wrap("table", wrap("thead", row(head, "th")) + wrap("tbody", body))


def head(label: str, unit: str = "", inline: bool = False) -> str:
    """Build a heading with its unit below it, or behind it when `inline`; unit 1 is not said."""
    if unit in ("", "1"):
        return escape(label)
    return f"{escape(label)} " + wrap("span", escape(unit), "unit inline" if inline else "unit")


def key(entries: Sequence[tuple[str, str]]) -> str:
    """Build the key of a picture from (style class, words)."""
    items = "".join(f'<span><i class="{css}"></i>{escape(words)}</span>' for css, words in entries)
    return wrap("div", items, "key")


def number(value: float | None, digits: int = 0) -> str:
    """Write a number, or a dash where it was not measured."""
    return "–" if value is None or value != value else f"{value:.{digits}f}"


def local_time(start_utc: str, zone: str) -> datetime | None:
    """Return a take's start on the set's clock; None where no start was noted.

    Args:
        start_utc: ISO 8601.
        zone: an IANA name or an offset such as `+02:00`; empty means UTC.
    """
    if not start_utc:
        return None
    return datetime.fromisoformat(start_utc).astimezone(_zone(zone))


def _zone(zone: str) -> tzinfo:
    if zone[:1] in ("+", "-"):
        hours, minutes = zone[1:].split(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-offset if zone[0] == "-" else offset)
    return ZoneInfo(zone or "UTC")
