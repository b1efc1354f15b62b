"""Verifying: pages, hashes and ledgers of a library agree, or it is said where they don't."""

from __future__ import annotations

from typing import Any

from runslate import ledger as ledgers
from runslate.library import Library
from runslate.reel import Reel
from runslate.reelstore import ReelStore
from runslate.take import Take


def verify_reels(library: Library, take: Take | None) -> list[dict[str, Any]]:
    """Verify the reels of one take, or all reels; one JSON-ready result each."""
    if take is None:
        return [verify_reel(store) for store in library.reels()]
    return [verify_reel(library.reel(node.uid, node.reel_id)) for member in take.cast for node in member.nodes]


def verify_reel(store: ReelStore) -> dict[str, Any]:
    """Read a reel back and compare it with its ledger.

    Returns:
        `problems` are disagreements (then `verified` is false); `notes` are gaps and their
        reasons, stated in the ledger: a verified reel may have gaps.
    """
    ledger = store.ledger()
    reel = Reel.load(store)
    digest, _ = store.digest()
    problems = list(reel.notes)
    if not ledger.sha256:
        problems.append("The reel was never drained to its end: run `runslate drain`.")
    elif digest != ledger.sha256:
        problems.append("The page log's SHA-256 is not the ledger's: it was changed.")
    if ledgers.ranges(int(index) for index in reel.head["index"]) != ledger.have:
        problems.append("The page log holds other pages than the ledger says.")
    problems += _against_end(reel)
    return {
        "reel": store.folder.name,
        "uid": store.uid,
        "reel_id": f"{store.reel_id:08x}",
        "verified": not problems,
        "problems": problems,
        "notes": [*ledger.notes, *(_sentence(hole) for hole in ledger.missing)],
        "pages": len(reel.head),
        "missing": [vars(hole) for hole in ledger.missing],
        "closed": ledger.closed,
        "reason": ledgers.REASONS.get(ledger.reason, str(ledger.reason)),
        "sha256": digest,
    }


def _against_end(reel: Reel) -> list[str]:
    """Compare what was decoded with the end page's own counts."""
    counts = [(len(part.ticks), part.malformed.size) for part in reel.parts()]
    samples, malformed = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    problems = [f"Pages whose blocks do not add up: {malformed}."] if malformed else []
    if reel.end is None or len(reel.head) != reel.end.pages:
        return problems
    if samples != reel.end.samples:
        problems.append(f"The pages hold {samples} samples, the end page says {reel.end.samples}.")
    if len(reel.events) != reel.end.events:
        problems.append(f"The pages hold {len(reel.events)} events, the end page says {reel.end.events}.")
    return problems


def _sentence(hole: ledgers.Missing) -> str:
    span = f"Page {hole.first} is" if hole.first == hole.last else (f"Pages {hole.first} to {hole.last} are")
    return f"{span} missing: {hole.why}."
