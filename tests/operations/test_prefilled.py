"""A form that begins with what the thing itself says."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from django.test import Client
from pydantic import Field

from connectors import registry
from connectors.contract import NodeId
from connectors.errors import Rejected
from connectors.operations import Record, Table, operation
from dashboard.connections.models import Connection
from tests.conformance.memory.service import MemoryService

Id = Annotated[NodeId, Field(title="Series", description="Which one.")]
Unit = Annotated[str | None, Field(title="Unit", description="Of its values.")]
Names = Annotated[list[str] | None, Field(title="Names", description="Of it.")]


class Prefilling(MemoryService):
    """The small platform with an operation whose form is filled in."""

    trouble = ""

    @operation(name="unit.get", label="Unit", help="Tells.", on="series", danger="reads")
    def get_unit(self, series: Id) -> Record:
        if self.trouble:
            raise Rejected(self.trouble)
        told = {"unit": "kWh", "names": ["a", "b"], "Why": "its name says so"}
        return Record(fields=told, version="7")

    @operation(name="unit.look", label="Look", help="Tells.", on="series", danger="reads")
    def look_unit(self, series: Id, unit: Unit = None) -> Table:
        return Table(columns=("as",), rows=((f"in {unit}",),))

    @operation(
        name="unit.set", label="Set the unit", help="Sets.", on="series", danger="writes",
        prefill="unit.get", preview="unit.look",
    )  # fmt: skip
    def set_unit(
        self,
        series: Id,
        unit: Unit = None,
        names: Names = None,
        version: Annotated[str, Field(title="State", description="Of it.")] = "",
    ) -> Record:
        return Record(fields={"unit": unit, "version": version})


@pytest.fixture
def prefilling(stored: Connection, monkeypatch: pytest.MonkeyPatch) -> type[Prefilling]:
    monkeypatch.setattr(registry, "load", lambda kind: Prefilling)
    return Prefilling


def shown(client: Client, stored: Connection, series: str) -> Any:
    return client.get(f"/functions/{stored.pk}/do/unit.set/", {"node": series})


def test_a_form_shows_what_the_thing_says_and_what_would_come_of_it(
    owner: Client, stored: Connection, series: str, prefilling: type[Prefilling]
) -> None:
    page = shown(owner, stored, series)
    assert page.context["form"].initial == {"unit": "kWh", "names": "a\nb", "version": "7"}
    text = page.content.decode()
    assert "its name says so" in text
    assert "in kWh" in text


def test_a_form_without_a_node_or_sent_back_asks_nothing(
    owner: Client, stored: Connection, series: str, prefilling: type[Prefilling]
) -> None:
    assert shown(owner, stored, "").context["form"].initial == {}
    address = f"/functions/{stored.pk}/do/unit.set/?node={series}"
    again = owner.post(address, {"value-series": series, "value-unit": "MWh"})
    assert again.context["prefilled"].look is None
    assert again.context["form"]["unit"].value() == "MWh"


def test_a_thing_that_says_nothing_leaves_the_form_empty_and_says_why(
    owner: Client, stored: Connection, series: str, prefilling: type[Prefilling],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(prefilling, "trouble", "Nobody knows its unit.")
    page = shown(owner, stored, series)
    assert page.status_code == 200
    assert page.context["form"].initial == {}
    assert "Nobody knows its unit." in page.content.decode()
