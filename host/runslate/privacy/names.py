"""Finding a name in text and bytes, whatever the case of letters and however it was escaped. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any
from unicodedata import normalize

from runslate.names import same

_INSIDE = rb"[0-9A-Za-z\x80-\xff]"
"""What makes a find part of a longer word: `Al` is not in `alone`."""


PURGED_PLACE = "(purged"
"""How the place of a purged runner in a cast begins; its number and `)` follow."""


class Name:
    """A person's name, to be found."""

    def __init__(self, name: str, others: Iterable[str] = (), *, exact: bool = False) -> None:
        """Prepare to look for a name.

        Args:
            name: the person's.
            others: longer names of other people that begin or end with this one: they are left alone.
            exact: look for these very letters only, large and small: for a name that is a word as well.
        """
        self.name = name.strip()
        self._pattern = _pattern([self.name], exact)
        longer = [other for other in others if not self.is_(other) and self._pattern.search(other.encode())]
        self._others = _pattern(longer, exact) if longer else None

    def is_in(self, value: str | bytes) -> bool:
        """Tell whether the name stands in a text as a word of its own."""
        data = value.encode() if isinstance(value, str) else value
        if self._others is not None:
            data = self._others.sub(b"", data)
        return bool(self._pattern.search(data))

    def is_(self, value: str) -> bool:
        """Tell whether a text is this name and nothing else; Weiss is not Weiß."""
        return same(value, self.name)

    def is_told_in(self, document: Any) -> bool:
        """Tell whether the name stands anywhere in a JSON-like document."""
        return self.is_in(json.dumps(document, ensure_ascii=False))


def _pattern(names: list[str], exact: bool) -> re.Pattern[bytes]:
    forms = (str,) if exact else (str, str.lower, str.upper, str.title, str.capitalize)
    composed = {normalize(form, name) for name in names for form in ("NFC", "NFD")}
    cases = {form(name) for name in composed for form in forms}
    spelled = {form(case) for case in cases for form in FORMS}
    either = b"|".join(re.escape(each.encode()) for each in sorted(spelled, key=len, reverse=True))
    flags = re.NOFLAG if exact else re.IGNORECASE
    return re.compile(rb"(?<!" + _INSIDE + rb")(?:" + either + rb")(?!" + _INSIDE + rb")", flags)


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _in_ascii_json(text: str) -> str:
    return json.dumps(text)[1:-1]


FORMS = (str, escape, _in_json, _in_ascii_json)
"""How files of a library write a text."""


class _Gone:
    """Stands where an entry of a document was."""


GONE = _Gone()
PERSONS = ("runner", "candidate")
"""Fields that say whom an entry is about: an entry about the person goes as a whole, numbers and all."""


def scrub(document: Any, name: Name, stand_in: str) -> Any:
    """Take a person out of a JSON-like document; GONE when nothing else was in it.

    Entries about the person go; elsewhere a stand-in takes the place of any text that tells the name, for what is
    said of a person may tell who it is.
    """
    match document:
        case str():
            return stand_in if name.is_in(document) else document
        case list():
            return [kept for each in document if (kept := scrub(each, name, stand_in)) is not GONE]
        case dict():
            if any(isinstance(document.get(field), str) and name.is_(document[field]) for field in PERSONS):
                return GONE
            kept = {key: scrub(value, name, stand_in) for key, value in document.items() if not name.is_in(key)}
            return {key: value for key, value in kept.items() if value is not GONE}
    return document


def concerns(name: Name, kept: tuple[str, ...]) -> Callable[[dict[str, Any], str], bool]:
    """Make the test of which fields of a sealed log's line go.

    Args:
        name: who is purged; a line about the person loses all but `kept`, any other what tells the name.
        kept: fields that say nothing of anybody unless they tell the name, such as what kind of line it is.
    """

    def goes(fields: dict[str, Any], field: str) -> bool:
        about = any(isinstance(fields.get(person), str) and name.is_(fields[person]) for person in PERSONS)
        return (about and field not in kept) or name.is_told_in(fields[field])

    return goes
