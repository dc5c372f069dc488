"""The same verbs over every sort of row, from one table (section 7)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from connectors.bemserver.client import Client
from connectors.bemserver.resources import SORTS, Sort
from connectors.bemserver.shelf import Shelf
from connectors.bemserver.states import States
from connectors.contract import NodeId
from connectors.operations import Acts, Record, Table, family

Id = Annotated[
    NodeId,
    Field(title="Id", description="Which one: its id, or the platform's number.", max_length=100),
]


class Families(Acts):
    """Mixed into the service, which has the client."""

    _client: Client
    _states: States

    @family(SORTS, "getall", label="All {many}", danger="reads", fields=lambda row: row.listed,
            help="Those that this account may see, narrowed by what is filled in.")  # fmt: skip
    def list_rows(self, row: Sort, /, **values: Any) -> Table:
        return self._shelf(row).table(values)

    @family(SORTS, "getone", label="The {one}", danger="reads", fields=lambda row: row.looked,
            on=lambda row: row.kind, help="The {one} with all that is known of it.")  # fmt: skip
    def show_row(self, row: Sort, /, id: Id, **values: Any) -> Record:
        return self._shelf(row).record(id, values.get("version"))

    @family(SORTS, "create", label="New {one}", danger="writes", fields=lambda row: row.made,
            on=lambda row: row.under, help="A new {one} with these values.")  # fmt: skip
    def create_row(self, row: Sort, /, **values: Any) -> Record:
        return self._shelf(row).create(values)

    @family(SORTS, "update", label="Change the {one}", danger="writes",
            fields=lambda row: row.changed, on=lambda row: row.kind, prefill="getone",
            help="What is left out stays as it is.")  # fmt: skip
    def update_row(self, row: Sort, /, id: Id, **values: Any) -> Record:
        return self._shelf(row).update(id, values)

    @family(SORTS, "dependents", label="What goes with the {one}", danger="reads",
            on=lambda row: row.kind,
            help="Everything that is deleted together with the {one}, by name.")  # fmt: skip
    def list_dependents(self, row: Sort, /, id: Id) -> Table:
        return self._shelf(row).parts(id)

    @family(SORTS, "delete", label="Delete the {one}", danger="destroys",
            fields=lambda row: row.guarded, on=lambda row: row.kind, preview="dependents",
            help="With everything that hangs on it, its data too.",
            )  # fmt: skip
    def delete_row(self, row: Sort, /, id: Id, **values: Any) -> None:
        self._shelf(row).delete(id, values.get("version"))

    def _shelf(self, row: Sort) -> Shelf:
        return Shelf(client=self._client, states=self._states, sort=row)
