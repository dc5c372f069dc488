"""What every connector says of itself: one schema, marks that agree with the code, a computed
tier, and a contract test that wrote down what it saw."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors import quality, registry
from connectors.contract import (
    Aggregates,
    Downloads,
    Searches,
    Shares,
    Streams,
    Uploads,
    Writes,
    powers,
)
from connectors.quality import Contract, Quality
from tests.conformance.record import HERE, Tally

KINDS = sorted(registry.OURS)
ABILITIES = {
    "aggregates": Aggregates,
    "search": Searches,
    "writes": Writes,
    "streams": Streams,
    "sharing": Shares,
    "downloads": Downloads,
    "uploads": Uploads,
}
RIGHT = {
    "kind": "x",
    "api": ["1"],
    "must": dict.fromkeys(quality.Must.model_fields, "done"),
    "should": dict.fromkeys(quality.Should.model_fields, "done"),
    "may": {},
}


def of(kind: str) -> Quality:
    found = quality.quality(kind)
    assert found is not None, "every connector brings a quality.toml"
    return found


def changed(part: str, name: str, mark: str) -> dict[str, Any]:
    return RIGHT | {part: RIGHT[part] | {name: mark}}  # type: ignore[operator]


@pytest.mark.parametrize("kind", KINDS)
def test_every_connector_says_what_it_promises(kind: str) -> None:
    found = of(kind)
    assert found.kind == kind
    assert found.tier in ("proven", "sound", "limited")
    assert len(set(found.gaps)) == len(found.gaps)
    assert "tier" not in tomllib.loads((quality.folder(kind) / "quality.toml").read_text())


@pytest.mark.parametrize("kind", KINDS)
def test_an_ability_is_done_where_the_connector_has_the_power_and_only_there(kind: str) -> None:
    said = of(kind).may.marks()
    held = powers(registry.load(kind))
    wrong = {
        name: mark for name, mark in said.items() if (mark == "done") != (ABILITIES[name] in held)
    }
    assert not wrong


@pytest.mark.parametrize("kind", KINDS)
def test_who_claims_the_contract_test_has_one(kind: str) -> None:
    claimed = of(kind).must.conformance == "done"
    assert claimed <= (HERE / f"test_{kind}.py").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_live_run_is_claimed_by_nobody_whose_gaps_say_otherwise(kind: str) -> None:
    found = of(kind)
    assert found.should.live_run != "done" or not found.gaps


@pytest.mark.parametrize(
    "wrong",
    [
        RIGHT | {"tier": "proven"},
        changed("must", "speed", "done"),
        changed("may", "flies", "done"),
        changed("should", "pacing", "exempt: "),
        changed("should", "pacing", "exempt: no"),
        changed("should", "pacing", "exempt"),
        changed("should", "pacing", "todo"),
        RIGHT | {"api": []},
        {name: value for name, value in RIGHT.items() if name != "must"},
    ],
)
def test_unknown_keys_and_marks_without_a_reason_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Quality.model_validate(wrong)


@pytest.mark.parametrize(
    ("found", "tier"),
    [
        (RIGHT, "proven"),
        (changed("should", "live_run", "exempt: nobody has an account"), "sound"),
        (changed("must", "conformance", "exempt: it has no platform"), "limited"),
        (changed("may", "search", "exempt: by exact names only"), "proven"),
    ],
)
def test_the_tier_follows_from_the_marks(found: dict[str, Any], tier: str) -> None:
    assert Quality.model_validate(found).tier == tier


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_contract_test_wrote_down_can_be_read(kind: str) -> None:
    found = quality.contract(kind)
    if found is None:
        return
    assert found.on <= datetime.now(UTC)
    assert found.kept > 0
    assert (found.rows is None) == (found.rows_tested is None)
    if found.rows is not None and found.rows_tested is not None:
        assert found.rows_tested <= found.rows


def test_what_is_written_down_is_read_back_as_it_was() -> None:
    found = Contract(
        on=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        against='a "stand-in"\\',
        kept=7,
        lacking=2,
        exempt={"test_one": 'It says\n"no".'},
        rows=9,
        rows_tested=8,
        code="ab",
    )
    read = Contract.model_validate(tomllib.loads(quality.written(found)))
    assert read == found.model_copy(update={"exempt": {"test_one": 'It says "no".'}})


def test_another_line_of_code_is_another_connector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "kindly"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(registry.OURS, "kindly", "kindly")
    first = quality.fingerprint("kindly")
    (package / "notes.txt").write_text("no code")
    assert quality.fingerprint("kindly") == first
    (package / "more.py").write_text("ONE = 1\n")
    assert quality.fingerprint("kindly") != first
    assert quality.quality("kindly") is None
    assert quality.contract("kindly") is None


def test_the_tally_tells_what_was_kept_from_what_was_left_out() -> None:
    tally = Tally()

    def report(name: str, outcome: str, says: str = "", when: str = "call") -> None:
        place = f"tests/conformance/test_box.py::{name}"
        told = ("base.py", 30, f"Skipped: {says}") if says else None
        made = pytest.TestReport(place, ("", 0, ""), {}, outcome, told, when)  # type: ignore[arg-type]
        tally.pytest_runtest_logreport(made)

    for when in ("setup", "call", "teardown"):
        report("TestBox::test_a", "passed", when=when)
    report("TestBox::test_b[1]", "skipped", "exempt: no clock", "setup")
    report("TestBox::test_c", "skipped", "box does not write")
    report("TestBox::test_d", "failed")
    report("test_something_else", "passed")
    assert (tally.passed, tally.failed, tally.lacking) == ({"box": 1}, {"box": 1}, {"box": 1})
    assert tally.exempt == {"box": {"test_b": "no clock"}}
