"""Purging one person from a library: pages, tables, reports, events, incidents, and the name in every log.

Interrupted at any point it can be repeated and then completes: the plan is noted first (`journal`), every
step may be done twice, and the plan goes last. Raw pages of everybody else stay as they are, byte by byte.
Takes with others are made anew: the purged runner's place says that nothing is known, for a take that was
run with somebody must not turn into one that was run alone.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runslate.analysis.tables import TakeData
from runslate.analysis.take import analyse
from runslate.errors import RunslateError
from runslate.files import make_folder, write_json
from runslate.incidents.keep import write_sheet
from runslate.incidents.record import FOLDER as INCIDENTS
from runslate.incidents.record import Incident, incidents
from runslate.incidents.sheet import Facts, sheet_html
from runslate.library import Library
from runslate.moment import utc_now
from runslate.privacy import journal, sweep
from runslate.privacy.journal import Plan
from runslate.privacy.names import PURGED_PLACE, Name, concerns
from runslate.reel import Reel
from runslate.report import page
from runslate.shots import store as shots
from runslate.summary import summarise
from runslate.take import CastMember, Take

RECEIPTS = "receipts"
KEPT_FIELDS = ("act", "incident", "at", "noted", "scene")
"""Of a log's line about the person: that something was said, and when."""
KEPT = ("take.json", shots.FILE)
"""Of a take that is made anew; everything else in its folder is derived from the raw pages."""


def purge(library: Library, who: str) -> dict[str, Any]:
    """Take everything of one person out of a library.

    Args:
        library: the folder.
        who: the runner's name, in any case of letters.

    Returns:
        the receipt, which names nobody; it is kept in the library too.

    Raises:
        RunslateError: nobody of this name is there, a take of the person still rolls, a take.json was damaged (whose
            reels are whose?), or something of the person is left in a file that can't be changed.
    """
    plan = journal.interrupted(library, Name(who)) or journal.begin(library, _plan(library, who))
    name = Name(plan.name, plan.longer_names, exact=plan.exact)
    gone = [library.path / "reels" / reel for reel in plan.reels]
    gone += [library.take_folder(take) for take in plan.lonely]
    gone += [library.path / INCIDENTS / incident for incident in plan.incidents]
    for folder in gone:
        if folder.exists():
            shutil.rmtree(folder)
    fields = _purge_logs(library, name, plan)
    for take in plan.takes:
        _without(library, take, name)
    for path in sweep.files_of(library):
        if sweep.tells(path, name, library.path):
            sweep.take_out(path, name, library.path)
    _rebuild(library, plan)
    return _finish(library, name, plan, fields)


def shared_takes(takes: Iterable[Take], who: str) -> list[str]:
    """Name the takes in which somebody was of the cast with others: a purge makes them unknown."""
    return [take.name for take in takes if 0 < sum(map(Name(who).is_, _cast(take))) < len(take.cast)]


def _cast(take: Take) -> list[str]:
    return [member.runner for member in take.cast]


def _plan(library: Library, who: str) -> Plan:
    """Find out what has to go; changes nothing."""
    takes = [library.take(path.parent.name) for path in sorted((library.path / "takes").glob("*/take.json"))]
    people = {person for take in takes for person in (*_cast(take), take.lead)}
    longer = sorted(other for other in people if Name(who).is_in(other) and not Name(who).is_(other))
    spelling = next((other for other in sorted(people) if Name(who).is_(other)), who)
    exact = Name(who).is_in(own_words())
    name = Name(spelling, longer, exact=exact)
    _refuse_words(name, takes)
    mine = [take for take in takes if any(map(name.is_, (*_cast(take), take.lead)))]
    rolling = next((take for take in mine if take.end_us is None), None)
    if rolling is not None:
        raise RunslateError(f"{rolling.name} still rolls.", "A take ends before it is purged.", "`runslate cut` first.")
    plan = Plan(name.name, utc_now(), longer_names=longer, exact=exact)
    _plan_reels(library, takes, name, plan)
    telling = [path for path in sweep.files_of(library) if sweep.tells(path, name, library.path)]
    read = any(sweep.tells(path, name, library.path, unreadable=False) for path in telling)
    if not read and not mine and not plan.reels:
        raise _nobody(library, who, people)
    folders = {library.take_folder(take.name): take.name for take in takes}
    shared = {folders[folder] for path in telling for folder in path.parents if folder in folders}
    plan.lonely = [take.name for take in mine if all(map(name.is_, _cast(take)))]
    plan.takes = sorted((shared | {take.name for take in mine}) - set(plan.lonely))
    plan.incidents = [each.name for each in incidents(library) if name.is_(each.runner)]
    return plan


def _refuse_words(name: Name, takes: list[Take]) -> None:
    """Refuse a name that a search can't tell from other words, before anything has changed."""
    called = [take.name for take in takes if name.is_in(take.name) or name.is_in(take.scene)]
    if called or name.is_in(own_words()):
        where = f"the takes {', '.join(called)} are called so too" if called else "every report or incident says it"
        raise RunslateError(
            f"`{name.name}` can't be told from other words: {where}.",
            "A purge searches every file for the name, so it has to be a name only.",
            "Give the runner (or those takes) another name in the take.json files, then purge that name.",
        )


def own_words() -> str:
    """Return the words that every report and every incident's page has: those of a take of nobody."""
    nothing = TakeData("", "", [], 0, 1_000_000, {}, {})
    nobodys = Incident("", "", "", "", "", "", "", 0, "", [], "")
    return page(nothing, analyse(nothing)) + sheet_html(nobodys, [], Facts("", "", ""))


def _plan_reels(library: Library, takes: list[Take], name: Name, plan: Plan) -> None:
    """Choose the person's reels: by the cast of the takes that use them, else by their start pages."""
    claimed = {reel: name.is_(member.runner) for take in takes for member in take.cast for reel in _reels(member)}
    for store in library.reels():
        reel = Reel.load(store)
        told = bool(reel.start and name.is_(reel.start.runner))
        if not claimed.get((store.uid, store.reel_id), told):
            plan.others[store.folder.name] = store.digest()[0]
            continue
        plan.reels.append(store.folder.name)
        plan.pages += len(reel.head)
        if not store.ledger().receipted:
            plan.may_still_hold.append(store.uid)


def _nobody(library: Library, who: str, people: set[str]) -> RunslateError:
    known = ", ".join(sorted(people - {""}))
    return RunslateError(
        f"Nothing in {library.path} is of `{who}`.",
        f"Runners of its takes: {known}." if known else "It has no takes.",
        "Write the name as `runslate runner list` shows it.",
    )


def _reels(member: CastMember) -> list[tuple[str, int]]:
    return [(node.uid, node.reel_id) for node in member.nodes]


def _purge_logs(library: Library, name: Name, plan: Plan) -> int:
    """Take the person out of all sealed logs; returns how many fields went."""
    own = set(plan.incidents)
    by_name = concerns(name, KEPT_FIELDS)

    def goes(fields: dict[str, Any], field: str) -> bool:
        mine = fields.get("incident") in own and field not in KEPT_FIELDS
        return mine or by_name(fields, field)

    return sum(log.purge(goes) for log in sweep.logs_of(library))


def _without(library: Library, take_name: str, name: Name) -> None:
    """Leave of a shared take's folder what others ran, with an empty place for the purged runner."""
    folder = library.take_folder(take_name)
    for path in folder.iterdir():
        if path.name not in KEPT:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    take = library.take(take_name)
    place = _place(take)
    take.cast = [CastMember(place) if name.is_(member.runner) else member for member in take.cast]
    take.lead = place if name.is_(take.lead) else take.lead
    take.notes = [note for note in take.notes if not name.is_in(note)]
    library.save_take(take)
    path = folder / shots.FILE
    if shots.load_shots(library, take) is None:
        path.unlink(missing_ok=True)  # there is none, or nobody knows what it tells
        return
    document = json.loads(path.read_bytes())
    for row in document["rows"]:
        row["runners"] = [place if name.is_in(runner) else runner for runner in row["runners"]]
    write_json(path, document)


def _place(take: Take) -> str:
    taken = sum(member.runner.startswith(PURGED_PLACE) for member in take.cast)
    return f"{PURGED_PLACE} {taken + 1})"


def _rebuild(library: Library, plan: Plan) -> None:
    """Make tables, reports and incident pages of the others anew."""
    for take in plan.takes:
        summarise(library, library.take(take), report=True)
    for incident in incidents(library):
        if incident.name not in plan.incidents and (library.path / INCIDENTS / incident.name).exists():
            write_sheet(library, incident)


def _finish(library: Library, name: Name, plan: Plan, fields: int) -> dict[str, Any]:
    """Search the whole library, compare the others' raw pages, and write the receipt."""
    root = library.path
    left = [str(path.relative_to(root)) for path in sweep.files_of(library) if sweep.tells(path, name, root)]
    changed = [folder for folder, sha256 in plan.others.items() if _digest(root / "reels" / folder, library) != sha256]
    if left or changed:
        raise RunslateError(
            f"The purge is not complete: still named in {', '.join(left) or 'no file'}"
            + (f"; raw pages changed meanwhile: {', '.join(changed)}." if changed else "."),
            "Raw pages of another runner are never changed: a tag's own name may tell who wore it before.",
            "Look at these files, then repeat the purge: it goes on.",
        )
    receipt = {
        "receipt": secrets.token_hex(6),
        "library": library.id,
        "begun": plan.begun,
        "finished": utc_now(),
        "reels_deleted": len(plan.reels),
        "pages_deleted": plan.pages,
        "takes_deleted": len(plan.lonely),
        "takes_made_anew": plan.takes,
        "incidents_deleted": len(plan.incidents),
        "log_fields_deleted": fields,
        "other_reels_unchanged": plan.others,
        "nodes_that_may_still_hold_pages": sorted(set(plan.may_still_hold)),
        "files_searched": sum(1 for _ in sweep.files_of(library)),
    }
    write_json(make_folder(library.path / RECEIPTS) / f"purge-{receipt['receipt']}.json", receipt)
    journal.finish(library)
    return receipt


def _digest(folder: Path, library: Library) -> str:
    uid, _, reel_id = folder.name.rpartition("-")
    return library.reel(uid, int(reel_id, 16)).digest()[0]
