"""Drops one by one: found, made, changed and deleted in a flow, or in several at once (3.2)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from connectors.contract import Acts, NodeId
from connectors.errors import BadAnswer
from connectors.flowthings import forms, ids
from connectors.flowthings.calls import Calls
from connectors.flowthings.client import Client
from connectors.flowthings.objects import Default, Ids, Many
from connectors.operations import Record, Resource, Table, changes, family, operation

COLUMNS = ("id", "creationDate", "elems", "location", "fhash")

Flow = Annotated[NodeId, Field(title="Flow", description="Whose drops.", max_length=100)]
Key = Annotated[str, Field(title="Drop", description="The id of the drop.", max_length=100)]

# One row: only families take their form from a model.
_DROP = (
    Resource(
        name="drop",
        one="drop",
        many="drops",
        verbs=frozenset(("find_many", "find", "create", "update", "save")),
    ),
)


class SavedDrop(changes(forms.Drop)):  # type: ignore[misc]
    """What is given says what is meant."""

    id: str = Field(default="", title="Drop", description="Change this one.", max_length=100)
    many: dict[str, dict[str, Any]] = Field(
        default={}, title="Several", description="For each id the members that change."
    )


def _flow(row: Resource) -> str:
    return ids.FLOW


class Drops(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @family(_DROP, "find_many", label="All {many}", help="The {many} of a flow that pass.",
            danger="reads", on=_flow, fields=lambda row: forms.Listing)  # fmt: skip
    def find_drops(self, row: Resource, /, flow: Flow, **values: Any) -> Table:
        return self._drops(flow).find_many(values)

    @family(_DROP, "find", label="Find {many}", help="One, some or all of a flow's {many}.",
            danger="reads", on=_flow, fields=lambda row: forms.Finding)  # fmt: skip
    def find_drop(self, row: Resource, /, flow: Flow, **values: Any) -> Table:
        return self._drops(flow).find(values)

    @family(_DROP, "create", label="New {one}", help="Puts a {one} into a flow.", danger="writes",
            on=_flow, fields=lambda row: forms.Drop)  # fmt: skip
    def create_drop(self, row: Resource, /, flow: Flow, **values: Any) -> Record:
        return self._drops(flow).create(values)

    @family(_DROP, "update", label="Change a {one}", help="The elems change as a whole.",
            danger="writes", on=_flow, fields=lambda row: changes(forms.Drop))  # fmt: skip
    def update_drop(self, row: Resource, /, flow: Flow, drop: Key, **values: Any) -> Record:
        return self._drops(flow).update(drop, values)

    @family(_DROP, "save", label="Save a {one}", help="Makes a {one}, or changes one or several.",
            danger="writes", on=_flow, fields=lambda row: SavedDrop)  # fmt: skip
    def save_drop(self, row: Resource, /, flow: Flow, **values: Any) -> Record:
        return self._drops(flow).save(values)

    @operation(name="drop.read", label="A drop", help="One drop of a flow.", on="flow",
               danger="reads")  # fmt: skip
    def read_drop(self, flow: Flow, drop: Key) -> Record:
        return self._drops(flow).read(drop)

    @operation(name="drop.read_or_else", label="A drop, if any", on="flow", danger="reads",
               help="One drop, or what you say instead when there is none.")  # fmt: skip
    def read_drop_or_else(self, flow: Flow, drop: Key, default: Default = "") -> Record:
        return self._drops(flow).read_or_else(drop, default)

    @operation(name="drop.read_many", label="Some drops", on="flow", danger="reads",
               help="The drops of these ids, in one request.")  # fmt: skip
    def read_drops(self, flow: Flow, ids: Ids) -> Table:
        return self._drops(flow).read_many(ids)

    @operation(name="drop.update_many", label="Change some drops", on="flow", danger="writes",
               help="Each drop gets its own changes, in one request.")  # fmt: skip
    def update_drops(self, flow: Flow, changes: Many) -> Table:
        return self._drops(flow).update_many(changes)

    @operation(name="drop.delete", label="Delete a drop", help="The flow keeps the others.",
               on="flow", danger="destroys")  # fmt: skip
    def delete_drop(self, flow: Flow, drop: Key) -> None:
        self._drops(flow).delete(drop)

    @operation(name="drop.delete_all", label="Empty", on="flow", danger="destroys",
               help="Deletes every drop; the flow itself stays.",
               preview="flow.read")  # fmt: skip
    def empty_flow(self, flow: Flow) -> None:
        self._client.delete(self._drops(flow).path)

    @operation(name="drop.create_by_path", label="New drop at a path", danger="writes",
               help="Puts a drop into the flow that has this path.")  # fmt: skip
    def create_at_path(
        self,
        path: Annotated[forms.Path, Field(title="Path", description="Of the flow.")],
        elems: Annotated[
            dict[str, Any],
            Field(title="Elems", description='Names and values, for example {"value": 21.5}.'),
        ],
    ) -> Record:
        row = self._client.create("drop", {"path": path, "elems": elems})
        return self._drops(NodeId(f"flow/{row.get('flowId')}")).record(row)

    @operation(name="drop.find_many_flows", label="Drops of several flows", danger="reads",
               help="Each flow with its own limit and filter, in one request.")  # fmt: skip
    def find_in_flows(
        self,
        flows: Annotated[
            dict[str, forms.Asked],
            Field(title="Flows", description="For each flow's id its limit and filter.",
                  min_length=1),
        ],
    ) -> Table:  # fmt: skip
        asked = [
            {"flowId": ids.key(NodeId(key), ids.FLOW), "params": one.model_dump(exclude_none=True)}
            for key, one in flows.items()
        ]
        found = self._client.call("MGET", "drop", asked).body
        if not isinstance(found, dict):
            raise BadAnswer("flowthings.io answered something else than the flows' drops.")
        rows = [(flow, drop) for flow, drops in found.items() for drop in drops]
        cells = tuple((flow, *(drop.get(name) for name in COLUMNS)) for flow, drop in rows)
        return Table(columns=("flow", *COLUMNS), rows=cells)

    def _drops(self, flow: NodeId) -> Calls:
        """Every call is bound to one flow."""
        key = ids.key(flow, ids.FLOW)
        return Calls(self._client, f"drop/{key}", f"drop/{key}", COLUMNS)
