"""The one error that a user sees: what happened, what was expected, what to do."""

from __future__ import annotations


class RunslateError(Exception):
    """A failure told in sentences.

    Args:
        what: what happened, one sentence.
        expected: what was expected instead, one sentence, or empty.
        cure: what the user can do now, one sentence, or empty.
    """

    def __init__(self, what: str, expected: str = "", cure: str = "") -> None:
        self.what = what
        self.expected = expected
        self.cure = cure
        super().__init__(" ".join(part for part in (what, expected, cure) if part))
