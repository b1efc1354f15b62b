"""`runslate audit SOURCE`: does a rule hold over a library or a catalogue, and where not."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runslate.cli.common import AsJson, answer, log_to_stderr, progress_bars, table

if TYPE_CHECKING:
    from runslate.audit.case import Case
    from runslate.audit.count import Audit
    from runslate.rules.kinds import Rule


class By(StrEnum):
    """What the counts are grouped by."""

    SERIES = "series"
    TITLE = "title"
    SCENE = "scene"
    PARTNER = "partner"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit_command)


def audit_command(
    source: Annotated[str, typer.Argument(help="A library's folder, a catalogue (CSV), or `filmography`.")],
    lead: Annotated[str, typer.Option(help="The runner whom the rule is about. Default: the only lead.")] = "",
    by: Annotated[By, typer.Option(help="Count by this; of takes, a series is a scene.")] = By.SERIES,
    rules: Annotated[Path | None, typer.Option(help="Rules (TOML) instead of `the lead runs alone`.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Write a picture here too (.svg or .png).")] = None,
    as_json: AsJson = False,
) -> None:
    """Say where the lead runs alone, and name every exception."""
    from runslate.audit.count import audit
    from runslate.audit.document import audit_document

    log_to_stderr()
    lead, cases = _cases(source, lead)
    laws = _rules(rules, lead)
    every = _all_of(laws)
    found = audit(cases, every, lead)
    document = audit_document(found, by.value)
    if len(laws) > 1:
        document["rules"] = [audit_document(audit(cases, law, lead), by.value) for law in laws]
    if picture is not None:
        _draw(found, by, picture)
        document["picture"] = str(picture)
    if as_json:
        answer(document)
    else:
        _print(found, by)


def _rules(path: Path | None, lead: str) -> list[Rule]:
    from runslate.rules.file import read_rules
    from runslate.rules.kinds import Alone

    return [Alone(lead)] if path is None else read_rules(path, lead)


def _all_of(laws: list[Rule]) -> Rule:
    from runslate.rules.kinds import AllOf

    return laws[0] if len(laws) == 1 else AllOf(tuple(laws))


def _cases(source: str, lead: str) -> tuple[str, list[Case]]:
    """Return the lead's name as the source spells it, and the cases."""
    from runslate.audit import catalogue, shelf
    from runslate.library import Library

    if not Path(source).is_dir():
        rows = catalogue.read_catalogue(catalogue.catalogue_path(source))
        lead = catalogue.spelled(rows, lead, source)
        return lead, catalogue.cases(rows, lead)
    library = Library(source, create=False)
    lead = lead or catalogue.only_lead(shelf.leads(library), source)
    takes = shelf.countable(library, lead)
    lead = shelf.known_lead(library, takes, lead)
    with progress_bars("reading") as progress:
        return lead, shelf.cases(library, takes, lead, lambda done, total: progress("takes", done, total))


def _draw(found: Audit, by: By, picture: Path) -> None:
    from runslate.audit.picture import audit_picture
    from runslate.report.standalone import write_picture

    write_picture(picture, audit_picture(found, by.value))


def _print(found: Audit, by: By) -> None:
    from runslate.audit.count import evidence
    from runslate.audit.document import sentence
    from runslate.audit.interval import LEVEL_WORDS

    typer.echo(sentence(found) + "\n")
    groups = found.by(by.value)
    rows = []
    for name, tally in groups.items():
        low, high = (100 * end for end in tally.interval)
        unknown = str(tally.unknown) if tally.unknown else ""
        rows.append([name, tally.word, f"{tally.holds} of {tally.total}", f"{low:.0f} to {high:.0f} %", unknown])
    table([by.value, "", "holds in", f"{LEVEL_WORDS} interval", "unknown"], rows)
    if found.exceptions:
        typer.echo("")
        told = [[e.case.when[:10], e.case.name, e.kind, ", ".join(e.partners), evidence(e)] for e in found.exceptions]
        table(["", "exception", "kind", "with", "evidence"], told, whole=("", "kind"))
    if found.unknowns:
        typer.echo("")
        table(
            ["", "unknown", "why"], [[e.case.when[:10], e.case.name, evidence(e)] for e in found.unknowns], whole=("",)
        )
