"""When two spellings of a person's name are one: any case of letters, composed or not; Weiss is not Weiß."""

from __future__ import annotations

from unicodedata import normalize


def plain(name: str) -> str:
    """Return the spelling by which names are compared."""
    return normalize("NFC", name.strip().lower())


def same(first: str, second: str) -> bool:
    """Tell whether two spellings are one name."""
    return plain(first) == plain(second)
