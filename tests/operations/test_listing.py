"""What the list of all functions and the form of one say: by what they are about, with examples."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.utils.html import strip_tags

from connectors import registry
from connectors.contract import Acts
from connectors.operations import Operation, operations
from dashboard.operations.forms import OperationForm
from dashboard.operations.listing import WHOLE, groups
from dashboard.operations.services import find, offered
from dashboard.operations.templatetags.operations import examples, fact, nested

UTC = ZoneInfo("UTC")
EVERY = [
    pytest.param(one, id=f"{kind}:{one.name}")
    for kind in registry.packages()
    if issubclass(registry.load(kind), Acts)
    for one in operations(registry.load(kind))
    if any(declared.examples for declared in one.parameters.model_fields.values())
]


def titles(kind: str, text: str = "") -> list[str]:
    return [group.title for group in groups(kind, text=text)]


@pytest.mark.parametrize("kind", registry.packages())
def test_every_function_is_in_one_group_with_a_title_for_people(kind: str) -> None:
    found = [one.name for group in groups(kind) for one in group.operations]
    assert sorted(found) == sorted(one.name for one in offered(kind))
    assert not [title for title in titles(kind) if "_" in title or title != title.strip()]


def test_what_is_about_one_thing_stands_together_however_it_is_declared() -> None:
    (sites,) = [group for group in groups("bemserver") if group.title == "Sites"]
    names = {one.name for one in sites.operations}
    assert {"sites.getall", "sites.create", "sites.delete", "sites.get_degree_days"} <= names
    assert titles("bemserver")[0] == WHOLE


def test_words_are_found_in_any_order_and_the_plainest_first() -> None:
    assert titles("bemserver", "site DELETE")[0] == "Sites"
    assert titles("bemserver", "site no-such-word") == []


@pytest.mark.parametrize("operation", EVERY)
def test_an_example_is_what_the_form_takes(operation: Operation) -> None:
    form = OperationForm(operation, zone=UTC)
    for name, declared in operation.parameters.model_fields.items():
        shown = examples(form[name])
        assert len(shown) == len(declared.examples or ())
        for text in shown:
            sent = OperationForm(operation, {f"value-{name}": text}, zone=UTC)
            sent.is_valid()
            assert name not in sent.errors


def test_a_wrong_part_is_named_as_people_count() -> None:
    publish = find("avista", "database.publish")
    assert publish is not None
    typed = {"value-asset": "a", "value-database": "database/1", "value-records": '[{"time": 1}]'}
    form = OperationForm(publish, typed, zone=UTC)
    assert form.errors["records"] == ["No. 1, measure_name: Field required."]


def test_parts_are_a_line_each_and_a_text_that_only_looks_so_stays_a_text() -> None:
    assert nested('[{"a": 1}]').splitlines() == ["[", "  {", '    "a": 1', "  }", "]"]
    assert nested("[{not json") == nested("plain") == nested(1) == ""


def test_a_moment_that_came_as_text_keeps_its_zone() -> None:
    said = strip_tags(fact("2024-01-01T00:00:00+01:00"))
    assert said == "2024-01-01 00:00:00 +01:00"
    assert fact("2024-01-01T<b>") == "2024-01-01T<b>"
