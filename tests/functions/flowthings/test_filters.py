"""Filters, built by us and typed by people: which drops the platform then lets through."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import Rejected
from connectors.flowthings import filters
from tests.conformance.sandbox_flowthings import Bare
from tests.functions.flowthings.shared import Ours, fresh
from tests.sandbox.server import SandboxServer

NOW = int(datetime.now(UTC).timestamp() * 1000)
DROPS: dict[str, dict[str, Any]] = {
    "a": {"elems": {"n": 1, "m": 1, "text": "it's", "on": True, "tags": ["x", "y"],
                    "ts": {"type": "date", "value": NOW - 3_600_000}}},
    "b": {"elems": {"n": 42, "m": 7, "text": 'say "hi"', "on": False, "tags": ["y"]}},
    "c": {"elems": {"n": 43.5, "text": "a/b Path", "deep": {"x": 5},
                    "ts": {"type": "date", "value": NOW}},
          "location": {"lat": 40.75, "lon": -73.99}},
    "d": {"elems": {"word": "C:\\temp"}, "location": {"lat": 41.0, "lon": -73.99},
          "creationDate": NOW - 86_400_000},
}  # fmt: skip


@pytest.fixture(scope="module")
def ours(server: SandboxServer) -> Ours:
    return Ours(server)


@pytest.fixture(scope="module")
def flow(server: SandboxServer) -> str:
    bare = Bare(server)
    made = bare.flow(fresh("filtered"))
    for name, drop in DROPS.items():
        bare("POST", f"/drop/{made}", {**drop, "fhash": name})
    return made


def cover(row: str, text: str, expected: str) -> object:
    """One row of the filter language, its text, and the drops that pass."""
    return pytest.param(text, expected, marks=pytest.mark.covers(f"flowthings.filter.{row}"))


CASES = [
    cover("find_positional", filters.both("n > 1", "text =~ /hi/"), "b"),
    cover("member", filters.compare(filters.member("elems", "deep", "x"), "==", 5), "c"),
    cover("member", filters.compare("deep.x", "==", 5), "c"),
    cover("eq", filters.compare("elems.n", "==", 42), "b"),
    cover("eq", filters.compare("elems.text", "==", "it's"), "a"),
    cover("eq", filters.compare("elems.text", "==", 'say "hi"'), "b"),
    cover("eq", filters.compare("elems.word", "==", "C:\\temp"), "d"),
    cover("eq", filters.compare("elems.on", "==", given=True), "a"),
    cover("eq", filters.compare("elems.on", "==", given=False), "b"),
    cover("eq", filters.same("elems.n", "elems.m"), "a"),
    cover("ne", filters.compare("elems.n", "!=", 42), "acd"),
    cover("gt", filters.compare("elems.n", ">", 42), "c"),
    cover("ge", filters.compare("elems.n", ">=", 42), "bc"),
    cover("lt", filters.compare("elems.n", "<", 42), "a"),
    cover("le", filters.compare("elems.n", "<=", 42), "ab"),
    cover("re", filters.found("elems.text", "^a/B", "i"), "c"),
    cover("re", filters.found("elems.text", filters.literal("a/b"), ""), "c"),
    cover("and", filters.both(filters.exists("elems.n"), "elems.on == true"), "a"),
    cover("or", filters.either("elems.n == 1", "elems.n == 42"), "ab"),
    cover("in", filters.one_of("elems.n", [1, 43.5, "x"]), "ac"),
    cover("in", filters.one_of("elems.n", []), ""),
    cover("contains", filters.contains("elems.tags", ["x", "y"]), "a"),
    cover("contains", filters.contains("elems.tags", ["y"]), "ab"),
    cover("within_coords", filters.within("location", 5, "MILES", 40.7506, -73.9972), "c"),
    cover("within_coords", filters.within("location", 30, "KM", 40.7506, -73.9972), "cd"),
    cover("within_zip", filters.within_zip("location", 5, "KM", "10001"), "c"),
    cover("exists", filters.exists("elems.deep"), "c"),
    cover("has", filters.has("float"), "c"),
    cover("matches", filters.matches("A/b", "i"), "c"),
    cover("not", filters.negated("elems.n == 1 || elems.n == 42"), "cd"),
    cover("age", filters.age("<", 3_600_000), "abc"),
    cover("age_member", filters.age(">=", 1_800_000, "elems.ts"), "a"),
    cover("raw", "elems.m % 7 == 0 && NOT elems.on == true", "b"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_filter_lets_through_what_it_says(
    ours: Ours, flow: str, text: str, expected: str
) -> None:
    assert filters.checked(text) == text
    found = ours.rows("drop.find_many", flow=flow, filter=[text])
    assert "".join(sorted(row["fhash"] for row in found)) == expected


@pytest.mark.covers("flowthings.filter.find_positional")
def test_several_filters_are_joined_by_and(ours: Ours, flow: str) -> None:
    found = ours.rows("drop.find_many", flow=flow, filter=["elems.n > 1", "elems.n < 43"])
    assert [row["fhash"] for row in found] == ["b"]


@pytest.mark.covers("flowthings.filter.member")
@pytest.mark.covers("flowthings.filter.within_zip")
@pytest.mark.covers("flowthings.filter.age")
@pytest.mark.covers("flowthings.filter.re")
@pytest.mark.parametrize(
    "build",
    [
        lambda: filters.member("a b"),
        lambda: filters.member("1a"),
        lambda: filters.member("NOT"),
        lambda: filters.within_zip("location", 5, "KM", ""),
        lambda: filters.within("location", 5, "YARDS", 1, 1),
        lambda: filters.within("location", 5, "KM", 91, 1),
        lambda: filters.age("<", 0),
        lambda: filters.age("<", -5),
        lambda: filters.found("a", "("),
        lambda: filters.found("a", "b", "q"),
        lambda: filters.compare("a", "=", 1),
        lambda: filters.value("ends with \\"),
        lambda: filters.value(float("nan")),
        lambda: filters.has("a b"),
    ],
)
def test_what_cannot_be_written_is_refused_before_it_is_sent(build: object) -> None:
    assert callable(build)
    with pytest.raises(ValueError, match=r"\.$"):
        build()


@pytest.mark.covers("flowthings.filter.raw")
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a ==", "Line 1, column 5"),
        ("a == 1 &&\n  b =", "Line 2, column 5"),
        ("(a == 1", "Line 1, column 8"),
        ("a b", "Line 1, column 3"),
        ("path =~ /(/", "Line 1, column 9"),
        ("a == 'x", "Line 1, column 6"),
    ],
)
def test_a_wrong_filter_is_pointed_at_beside_its_field(
    ours: Ours, flow: str, text: str, place: str
) -> None:
    with pytest.raises(Rejected) as refused:
        ours.rows("drop.find_many", flow=flow, filter=[text])
    assert place in refused.value.fields["filter"]
    with pytest.raises(Rejected) as refused:
        ours.do("flow.create", path="/admin/wrong/filter", filter=text)
    assert place in refused.value.fields["filter"]


def test_what_only_the_platform_finds_wrong_stands_beside_the_filter_too(
    ours: Ours, flow: str
) -> None:
    with pytest.raises(Rejected) as refused:
        ours.rows("drop.find_many", flow=flow, filter=["location WITHIN 5 KM OF [ZIP=99999]"])
    assert "ZIP" in refused.value.fields["filter"]


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_is_a_filter_or_pointed_at(text: str) -> None:
    began = time.monotonic()
    told = ""
    try:
        assert filters.checked(text) == text
    except ValueError as wrong:
        told = str(wrong)
    assert told == "" or told.endswith(".")
    assert time.monotonic() - began < 5


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=40))
def test_a_built_filter_holds_its_text_and_nothing_more(text: str) -> None:
    try:
        built = filters.compare("elems.text", "==", text)
    except ValueError:
        return
    assert filters.checked(built) == built


@pytest.mark.parametrize("text", ["(" * 5000 + "a" + ")" * 5000, "NOT " * 5000 + "a == 1"])
def test_a_filter_of_endless_depth_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at most"):
        filters.checked(text)
