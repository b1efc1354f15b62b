"""When two spellings of a person's name are one: any case of letters, composed or not; Weiss is not Weiß."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import normalize


def plain(name: str) -> str:
    """Return the spelling by which names are compared."""
    return normalize("NFC", name.strip().lower())


def same(first: str, second: str) -> bool:
    """Tell whether two spellings are one name."""
    return plain(first) == plain(second)


def known_as(name: str, known: Iterable[str]) -> str | None:
    """Return how known names spell this one: just so, else as the first that is the same name; None: none is."""
    alike = [each for each in known if same(each, name)]
    return name if name in alike else next(iter(alike), None)
