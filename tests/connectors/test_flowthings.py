"""flowthings.io's settings, ids, texts and forms, without a platform."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.contract import NodeId
from connectors.errors import NotFound
from connectors.flowthings import elems, ids
from connectors.flowthings.buckets import started
from connectors.flowthings.client import ended
from connectors.flowthings.config import FlowthingsConfig
from connectors.flowthings.problems import camel, snake
from connectors.registry import configure

FLOW = "f" + "0" * 24


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", "ftp://here"),
        ("url", "https://a:b@here"),
        ("url", "https://here?x=1"),
        ("url", "https://here/../there"),
        ("url", "https://here:99999"),
        ("url", "https://[::1"),
        ("url", "https://he re"),
        ("socket", "ftp://here"),
        ("account", "a/b"),
        ("account", ""),
        ("token", ""),
        ("version", "x"),
        ("query", "novalue"),
        ("time", "a b"),
    ],
)
def test_a_wrong_setting_is_said_in_a_sentence(name: str, value: str) -> None:
    given = {"account": "me", "token": "secret", name: value}
    with pytest.raises(ValidationError) as wrong:
        FlowthingsConfig.model_validate(given)
    assert {error["loc"][0] for error in wrong.value.errors()} == {name}


def test_an_address_is_kept_in_one_spelling() -> None:
    found = configure(
        "flowthings", {"account": "me", "token": "secret", "url": "API.Example.org/x/"}
    )
    assert isinstance(found, FlowthingsConfig)
    assert found.root == "https://api.example.org/x/v0.1/me"
    assert found.live == "https://api.example.org/x"


@pytest.mark.parametrize(
    "one",
    [
        ids.Object("flow", FLOW),
        ids.Folder("/admin/a"),
        ids.Series(FLOW, "deep.v"),
        ids.Series(FLOW, "odd name @/é", "when"),
        ids.Drop(FLOW, "d" + "1" * 24),
    ],
)
def test_every_id_is_read_back_as_it_was_minted(one: ids.Place) -> None:
    assert ids.parse(one.id) == one


@pytest.mark.parametrize(
    "id", ["flow/t" + "0" * 24, "flow/f1", "path/..", "path", "series/f1/x", f"series/{FLOW}/"]
)
def test_what_was_never_minted_is_not_found(id: str) -> None:
    with pytest.raises(NotFound):
        ids.parse(NodeId(id))


def test_typed_and_plain_elems_have_the_same_leaves() -> None:
    plain = {"n": 1, "on": True, "deep": {"v": 2.5}, "word": "x", "tags": ["a"]}
    typed = {
        "n": {"type": "integer", "value": 1},
        "on": {"type": "boolean", "value": True},
        "deep": {"type": "map", "value": {"v": 2.5}},
        "word": {"type": "string", "value": "x"},
        "tags": {"type": "list", "value": ["a"]},
    }
    expected = {"n": "number", "on": "number", "deep.v": "number", "word": "state"}
    assert elems.series_of([{"elems": plain}]) == elems.series_of([{"elems": typed}]) == expected
    assert [elems.leaf(typed, name) for name in expected] == [1, True, 2.5, "x"]
    assert [elems.leaf(plain, name) for name in expected] == [1, True, 2.5, "x"]
    dated = {"when": {"type": "date", "value": 5}, "at": {"type": "location", "value": {"lat": 1}}}
    assert elems.series_of([{"elems": dated}]) == {}


def test_names_are_spelled_both_ways() -> None:
    for ours, theirs in (
        ("display_name", "displayName"),
        ("js", "js"),
        ("member_ids", "memberIds"),
    ):
        assert (camel(ours), snake(theirs)) == (theirs, ours)


def test_a_page_that_may_have_been_cut_is_not_the_last() -> None:
    assert [ended(rows, 200) for rows in (0, 7, 199, 200, 100, 20)] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def test_the_parts_of_a_date_are_a_moment() -> None:
    parts = {"$year": 2024, "$month": 5, "$day": 6, "$hour": 7}
    assert started(parts).isoformat() == "2024-05-06T07:00:00+00:00"
    named = {f"{part}:when": value for part, value in parts.items()}
    assert started(named, "when") == started(parts)
