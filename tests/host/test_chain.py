"""The log that only grows: what was written is noticed when it changes, and one person can be taken out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from runslate.chain import FIRST, PURGED, Chain
from runslate.errors import RunslateError


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    chain = Chain(tmp_path / "log.jsonl")
    for number, who in enumerate(("Ann", "Bö", "Ann"), 1):
        chain.append({"act": "ask", "who": who, "why": f"reason {number}", "at_us": number})
    return chain


def lines(chain: Chain) -> list[bytes]:
    return chain.path.read_bytes().splitlines(keepends=True)


def test_lines_come_back_as_they_were_written(chain: Chain) -> None:
    assert [(e.number, e.fields["who"], e.fields["at_us"]) for e in chain.entries()] == [
        (1, "Ann", 1), (2, "Bö", 2), (3, "Ann", 3),
    ]  # fmt: skip
    assert chain.seal == chain.entries()[-1].seal != FIRST
    assert chain.path.stat().st_mode & 0o777 == 0o600


def _change(chain: Chain) -> None:
    chain.path.write_bytes(chain.path.read_bytes().replace(b"reason 2", b"reason X"))


def _remove(chain: Chain) -> None:
    chain.path.write_bytes(b"".join(lines(chain)[:1] + lines(chain)[2:]))


def _swap(chain: Chain) -> None:
    first, second, third = lines(chain)
    chain.path.write_bytes(first + third + second)


def _cut_end(chain: Chain) -> None:
    chain.path.write_bytes(b"".join(lines(chain)[:2]))


def _cut_inside_a_line(chain: Chain) -> None:
    chain.path.write_bytes(chain.path.read_bytes()[:-10])


def _all_gone(chain: Chain) -> None:
    chain.path.unlink()


def _head_gone(chain: Chain) -> None:
    chain.head.unlink()


def _head_garbled(chain: Chain) -> None:
    chain.head.write_bytes(b'{"lines": 3')


def _sealed_anew(chain: Chain) -> None:
    """Somebody writes a whole new history and forgets the head."""
    other = Chain(chain.path.with_name("other.jsonl"))
    for _ in range(3):
        other.append({"act": "grant", "who": "Ann"})
    chain.path.write_bytes(other.path.read_bytes())


@pytest.mark.parametrize(
    "harm", [_change, _remove, _swap, _cut_end, _cut_inside_a_line, _all_gone, _head_gone, _head_garbled, _sealed_anew]
)
def test_every_harm_is_noticed_and_nothing_is_added_behind_it(chain: Chain, harm: Callable[[Chain], None]) -> None:
    harm(chain)
    with pytest.raises(RunslateError, match="backup"):
        chain.entries()
    with pytest.raises(RunslateError):
        chain.append({"act": "grant"})
    if chain.path.exists():
        with pytest.raises(RunslateError):
            chain.purge(lambda *_: True)


def test_power_loss_between_line_and_head_loses_nothing(chain: Chain) -> None:
    head = chain.head.read_bytes()
    chain.append({"act": "grant", "who": "Cid"})
    chain.head.write_bytes(head)
    assert len(chain.entries()) == 4
    chain.append({"act": "revoke", "who": "Cid"})
    assert [e.number for e in chain.entries()] == [1, 2, 3, 4, 5]


def test_power_loss_inside_a_line_leaves_what_was_whole(chain: Chain) -> None:
    with chain.path.open("ab") as file:
        file.write(b'{"n": 4, "fie')
    assert len(chain.entries()) == 3
    chain.append({"act": "grant", "who": "Cid"})
    assert [e.text("who") for e in chain.entries()] == ["Ann", "Bö", "Ann", "Cid"]


def test_one_person_is_taken_out_and_the_seals_still_hold(chain: Chain) -> None:
    seal = chain.seal
    assert chain.purge(lambda fields, name: fields["who"] == "Ann" and name in ("who", "why")) == 4
    assert b"Ann" not in chain.path.read_bytes()
    assert b"reason 1" not in chain.path.read_bytes()
    assert [e.text("who") for e in chain.entries()] == [PURGED, "Bö", PURGED]
    assert chain.seal == seal
    chain.append({"act": "ask", "who": "Dan"})
    assert len(chain.entries()) == 4


def test_a_purged_name_cant_be_put_back_or_guessed_from_its_digest(chain: Chain) -> None:
    chain.purge(lambda fields, name: fields[name] == "Ann")
    first = json.loads(lines(chain)[0])
    assert "who" not in first["salts"]
    forged = first | {"fields": first["fields"] | {"who": "Eve"}, "salts": first["salts"] | {"who": "00" * 8}}
    chain.path.write_bytes(json.dumps(forged).encode() + b"\n" + b"".join(lines(chain)[1:]))
    with pytest.raises(RunslateError, match="Line 1"):
        chain.entries()


LINE = {
    "n": 1,
    "fields": {"who": "Bö", "why": {"purged": "480a48e89a33d031175d9d52d64e5166364696e53d881b0de31793c6e4d53fdb"}},
    "salts": {"who": "0000000000000003"},
    "before": FIRST,
    "seal": "6bf694478697208adc8ca448813fc833aac8341749b53f2f22ea5c1d2bcc0c0c",
}
"""As the first release writes it."""


def test_a_log_that_an_earlier_release_wrote_is_still_whole(tmp_path: Path) -> None:
    """Logs are kept for years: how a line is sealed is a format."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(json.dumps(LINE).encode() + b"\n")
    path.with_suffix(".head.json").write_text(json.dumps({"lines": 1, "seal": LINE["seal"]}))
    (entry,) = Chain(path).entries()
    assert entry.fields == {"who": "Bö", "why": PURGED}
