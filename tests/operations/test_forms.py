"""What a typed form means to an operation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pytest
from pydantic import Field

from connectors.contract import Acts, NodeId
from connectors.operations import operation, operations
from dashboard.operations.forms import OperationForm, names_node


class _Sample(Acts):
    @operation(label="Try", help="One of each.", danger="writes")
    def attempt(
        self,
        *,
        kept: Annotated[bool | None, Field(title="Kept")] = None,
        sure: Annotated[bool, Field(title="Sure")] = False,
        level: Annotated[Literal["low", "high"] | None, Field(title="Level")] = None,
        names: Annotated[tuple[str, ...], Field(title="Names")] = (),
        numbers: Annotated[tuple[int, ...], Field(title="Numbers")] = (),
        parts: Annotated[dict[str, Any] | None, Field(title="Parts")] = None,
        at: Annotated[datetime | None, Field(title="At")] = None,
        text: Annotated[str, Field(title="Text", max_length=2000)] = "",
    ) -> None: ...

    @operation(label="Connect", help="Some that have to be said.", danger="writes")
    def connect(
        self,
        *,
        note: Annotated[str, Field(title="Note")] = "",
        title: Annotated[str, Field(title="Title")],
        many: Annotated[int, Field(title="Many")] = 1,
        place: Annotated[str, Field(title="Place")],
    ) -> None: ...


ATTEMPT, CONNECT = operations(_Sample)
PARIS = ZoneInfo("Europe/Paris")


def sent(**typed: str) -> OperationForm:
    form = OperationForm(ATTEMPT, {f"value-{n}": text for n, text in typed.items()}, zone=PARIS)
    form.is_valid()
    return form


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ({}, {}),
        ({"kept": "unknown"}, {}),
        ({"kept": "true"}, {"kept": True}),
        ({"kept": "false"}, {"kept": False}),
        ({"sure": "on"}, {"sure": True}),
        ({"level": ""}, {}),
        ({"level": "high"}, {"level": "high"}),
        ({"names": "one\n two \n\n"}, {"names": ["one", "two"]}),
        ({"numbers": "1\n2"}, {"numbers": ["1", "2"]}),
        ({"parts": '{"a": [1]}'}, {"parts": {"a": [1]}}),
        ({"text": " kept as typed "}, {"text": " kept as typed "}),
    ],
)
def test_what_is_typed_is_what_is_meant(typed: dict[str, str], values: dict[str, Any]) -> None:
    form = sent(**typed)
    assert not form.errors
    assert form.cleaned_data["values"] == values


def test_a_time_is_local_unless_it_says_otherwise() -> None:
    summer = datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
    for typed in ("2026-07-01T08:30", "2026-07-01T06:30+00:00"):
        assert sent(at=typed).cleaned_data["values"]["at"] == summer


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"parts": "{"}, "parts"),
        ({"parts": "[1]"}, "parts"),
        ({"numbers": "one"}, "numbers"),
        ({"at": "tomorrow"}, "at"),
        ({"level": "middle"}, "level"),
        ({"text": "x" * 2001}, "text"),
    ],
)
def test_what_cannot_be_meant_is_said_beside_the_field(typed: dict[str, str], field: str) -> None:
    form = sent(**typed)
    assert list(form.errors) == [field]


def test_what_has_to_be_filled_in_comes_first() -> None:
    form = OperationForm(CONNECT, zone=PARIS)
    assert list(form.fields) == ["title", "place", "note", "many"]


def test_long_texts_lists_and_parts_get_room_to_type() -> None:
    form = OperationForm(ATTEMPT, zone=PARIS)
    areas = {n for n, field in form.fields.items() if "textarea" in str(form[n])}
    assert areas == {"names", "numbers", "parts", "text"}
    assert 'type="datetime-local"' in str(form["at"])


def test_a_parameter_that_is_one_node_offers_those_to_choose_from() -> None:
    assert names_node(NodeId)
    assert names_node(Annotated[NodeId | None, Field(title="Gate")])
    assert not names_node(list[NodeId])
    assert not names_node(str | None)
