"""The results of all takes of a library: those on file, and those that are made anew by analysing a take."""

from __future__ import annotations

from runslate.analysis.take import analyse
from runslate.bar.mark import Mark
from runslate.bar.records import marks_of
from runslate.bar.shelf import Bests, counts, keep_bests, kept_bests
from runslate.collect import take_tables
from runslate.library import Library
from runslate.take import Take


def library_marks(library: Library) -> list[Mark]:
    """Return the marks of all takes that count, oldest first; takes without a file are analysed."""
    takes = [take for take in library.takes() if counts(take)]
    return [mark for take in takes for mark in marks_of(take.name, take.start_utc, _kept_or_made(library, take))]


def _kept_or_made(library: Library, take: Take) -> Bests:
    bests = kept_bests(library, take)
    if bests is None:
        bests = analyse(take_tables(library, take)).bests
        keep_bests(library, take, bests)
    return bests
