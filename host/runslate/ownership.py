"""Whose a node is: only its owning library's receipt frees its space; any other may read it."""

from __future__ import annotations

from runslate.errors import RunslateError
from runslate.library import Library
from runslate.node import Node

SETTING = "library"


def owner_of(node: Node) -> str:
    """Give the id of the library that owns a node; "" while nobody does."""
    return str(node.settings().get(SETTING) or "")


def claim(node: Node, library: Library, *, force: bool = False) -> str:
    """Make a library a node's owner.

    Args:
        node: it must not be recording.
        library: the new owner.
        force: take it from another owner, whose laptop is lost.

    Returns:
        the id of the owner before, "" if there was none.

    Raises:
        RunslateError: another library owns it and `force` is not set.
    """
    before = owner_of(node)
    if before == library.id:
        return before
    if before and not force:
        raise RunslateError(
            f"{node.name} belongs to another library ({before}).",
            "A node has one owner: only that one may free its space.",
            "Run `runslate node release` on the laptop that has it; with --force it is taken without asking.",
        )
    if before:
        node.set(SETTING, "")
    node.set(SETTING, library.id)
    return before


def release(node: Node, library: Library) -> None:
    """Give a node up, so that another library can claim it; its reels stay in its flash.

    Raises:
        RunslateError: it belongs to another library.
    """
    owner = owner_of(node)
    if owner and owner != library.id:
        raise RunslateError(
            f"{node.name} belongs to another library ({owner}).",
            "Only its owner gives it up.",
            "Run the command on the laptop that owns it, or name its library with --library.",
        )
    node.set(SETTING, "")
