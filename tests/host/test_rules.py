"""Rules from a file: what each kind calls kept, broken and unknown."""

from __future__ import annotations

from pathlib import Path

import pytest
from runslate.audit.case import Case, Moment
from runslate.errors import RunslateError
from runslate.rules.file import read_rules
from runslate.rules.kinds import AllOf, Alone, Apart, AtMost, DoubleOnly


def case(*present: str, **company: tuple[Moment, ...]) -> Case:
    return Case("T1", "take", "", {"title": "T1"}, present, company)


def ran(*runners: str, unseen: tuple[str, ...] = (), unnamed: int = 0) -> Moment:
    return Moment(runners, unseen, unnamed)


def answer(rule: object, of: Case) -> str | None:
    found = rule.judge(of)  # type: ignore[attr-defined]
    return found.answer if found else None


def test_alone_needs_everybodys_record() -> None:
    rule = Alone("Ada")
    assert answer(rule, case(Ada=(ran(),))) == "holds"
    assert answer(rule, case(Ada=(ran(), ran(unseen=("Ben",))))) == "unknown"
    assert answer(rule, case(Ada=(ran(unseen=("Ben",)), ran("Cleo")))) == "broken"
    assert answer(rule, case(Ada=(ran(unseen=("Ada",)),))) == "unknown"
    assert answer(rule, case(Ben=(ran(),))) is None


def test_apart_looks_at_both_and_only_where_both_were() -> None:
    rule = Apart("Ada", "ben")
    assert answer(rule, case("Ben", Ada=(ran("Cleo"),))) == "holds"
    assert answer(rule, case("Ben", Ada=(ran("Ben"),))) == "broken"
    assert answer(rule, case("Ben", Ada=(ran(unseen=("Ben",)),))) == "unknown"
    assert answer(rule, case("Ada", Ben=(ran("Ada"),))) == "broken"
    assert answer(rule, case("Cleo", Ada=(ran("Cleo"),))) is None
    assert answer(rule, case(Ada=(ran(unnamed=2),))) == "unknown"


def test_double_only_is_broken_where_the_runner_runs() -> None:
    rule = DoubleOnly("Ada", "Dora")
    assert answer(rule, case("Ada", Dora=(ran("Ben"),))) == "holds"
    assert answer(rule, case("Dora", Ada=(ran(),))) == "broken"
    assert answer(rule, case("Dora", Ada=(ran(unseen=("Ada",)),), Dora=(ran(),))) == "unknown"
    assert answer(rule, case("Ben", Ben=(ran(),))) is None


def test_at_most_counts_everybody_who_ran_at_once() -> None:
    rule = AtMost(2)
    assert answer(rule, case(Ada=(ran("Ben"),), Ben=(ran("Ada"),))) == "holds"
    assert answer(rule, case(Ben=(ran("Cleo", "Dora"),))) == "broken"
    assert answer(rule, case(Ada=(ran("Ben", unseen=("Cleo",)),))) == "unknown"
    assert answer(rule, case(Ada=(ran(unseen=("Cleo",)),), Cleo=(ran(unseen=("Cleo",)),))) == "holds"
    assert answer(rule, case(Ada=(ran("Ben", unnamed=1),))) == "broken"


def test_of_several_rules_the_worst_answer_counts() -> None:
    both = AllOf((Alone("Ada"), AtMost(2)))
    assert answer(both, case(Ada=(ran("Ben"),))) == "broken"
    assert answer(both, case(Ada=(ran(unseen=("Ben",)),))) == "unknown"
    assert answer(both, case(Ada=(ran(),))) == "holds"


def test_a_file_of_every_kind_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        '[[rule]]\nkind = "alone"\n[[rule]]\nkind = "apart"\nrunner = "Ben"\nother = "Cleo"\n'
        '[[rule]]\nkind = "double only"\ndouble = "Dora"\n[[rule]]\nkind = "at most"\nrunners = 3\n'
    )
    assert read_rules(path, "Ada") == [Alone("Ada"), Apart("Ben", "Cleo"), DoubleOnly("Ada", "Dora"), AtMost(3)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[rule]]\nkind = "always"\n', "rule 1 of the kind 'always'"),
        ('[[rule]]\nkind = ["alone"]\n', "rule 1 of the kind ['alone']"),
        ('[[rule]]\nkind = "apart"\n', "good `other` in rule 1"),
        ('[[rule]]\nkind = "at most"\nrunners = 0\n', "good `runners` in rule 1"),
        ('[[rule]]\nkind = "alone"\n[[rule]]\nkind = "alone"\nwho = "x"\n', "field `who` in rule 2"),
        ("[[rule\n", "can't be read"),
        ('lead = "x"\n', "does not consist of"),
    ],
)
def test_a_broken_file_is_told_with_the_rule_and_the_field(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(RunslateError) as caught:
        read_rules(path, "Ada")
    assert words in str(caught.value)
