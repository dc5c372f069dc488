"""The same verbs for every sort of record, and any action by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, Field, SecretStr

from connectors.contract import NodeId
from connectors.errors import NotFound, Rejected
from connectors.openergy import ids, shown
from connectors.openergy.client import Client, Method
from connectors.openergy.ids import PATHS
from connectors.openergy.resources import SORTS, Sort
from connectors.openergy.tree import data_project
from connectors.operations import Acts, Record, Table, family, operation


def _known(word: str) -> str:
    if word not in PATHS:
        raise ValueError("There is no such type of record on this platform.")
    return word


Which = Annotated[NodeId, Field(title="Which", description="The record it is about.")]
Above = Annotated[NodeId, Field(title="In", description="What the new one belongs to.")]
Inside = Annotated[NodeId, Field(title="In", description="Where it is looked for.")]
Name = Annotated[
    str, Field(title="Name", description="Its whole name, as it is written.", min_length=1)
]
Type = Annotated[
    str,
    Field(title="Record type", description=f"Whose list it is an action of: {', '.join(PATHS)}."),
    AfterValidator(_known),
]
Action = Annotated[
    str,
    Field(title="Action", description="Its name on the wire.", pattern="^[a-z_]{1,60}$"),
]
Verb = Annotated[
    Literal["GET", "POST", "PUT", "PATCH", "DELETE"],
    Field(title="Method", description="How the action is asked."),
]
Body = Annotated[
    str | None,
    Field(title="Body", description="A JSON object to send; nothing for none.", max_length=100_000),
]
Query = Annotated[
    str | None,
    Field(title="Query", description="A JSON object of further parameters; nothing for none."),
]


class Records(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @family(
        SORTS,
        "list",
        label="List {many}",
        help="All {many} that this account sees, or those with exactly these values.",
        danger="reads",
        fields=lambda row: row.filtered,
    )
    def list_records(self, row: Sort, /, **values: Any) -> Table:
        filters = {name: self._wired(name, value) for name, value in values.items()}
        given = {name: value for name, value in filters.items() if value is not None}
        return shown.table(row.word, self._client.every(row.word, **given))

    @family(
        SORTS,
        "get",
        label="Show {one}",
        help="Every field of one {one}, as the platform has it now.",
        danger="reads",
        on=lambda row: row.word,
    )
    def get_record(self, row: Sort, /, which: Which) -> Record:
        return shown.record(row.word, self._client.one(ids.ref(which, row.word)))

    @family(
        SORTS,
        "find",
        label="Find {one} by name",
        help="The {one} that has exactly this name.",
        danger="reads",
        on=lambda row: row.above,
    )
    def find_record(self, row: Sort, /, parent: Inside, name: Name) -> Record:
        filters = {row.belongs: self._uuid(row.belongs, parent)}
        found = self._client.named(row.word, name, field=row.naming, **filters)
        return shown.record(row.word, one_of(row.one, found))

    @operation(
        name="organizations.find",
        label="Find organization by name",
        help="The organization that has exactly this name.",
        danger="reads",
    )
    def find_organization(self, name: Name) -> Record:
        found = self._client.named("organization", name)
        return shown.record("organization", one_of("organization", found))

    @family(
        SORTS,
        "create",
        label="New {one}",
        help="Adds a new {one}.",
        danger="writes",
        on=lambda row: row.above,
        fields=lambda row: row.made,
    )
    def create_record(self, row: Sort, /, parent: Above, **values: Any) -> Record:
        fields = row.made(**values).model_dump() if row.whole else values
        wire = {name: self._wired(name, value) for name, value in fields.items()}
        above = {row.belongs: self._uuid(row.belongs, parent)}
        return shown.record(row.word, self._client.create(row.word, {**above, **wire, **row.fixed}))

    @family(
        SORTS,
        "update",
        label="Change {one}",
        help="Changes what is given here; the rest of the {one} stays.",
        danger="writes",
        on=lambda row: row.word,
        fields=lambda row: row.changed,
    )
    def update_record(self, row: Sort, /, which: Which, **values: Any) -> Record:
        if not values:
            raise Rejected("Nothing was given that could be changed.")
        wire = {name: self._wired(name, value) for name, value in values.items()}
        return shown.record(row.word, self._client.change(ids.ref(which, row.word), wire))

    @family(
        SORTS,
        "delete",
        label="Delete {one}",
        help="Deletes the {one} for good.",
        danger="destroys",
        on=lambda row: row.word,
    )
    def delete_record(self, row: Sort, /, which: Which) -> None:
        self._client.delete(ids.ref(which, row.word))

    @operation(
        name="record.action",
        label="Any action of a record",
        help="Calls an action by its name, for what the other functions do not cover.",
        danger="destroys",
    )
    def record_action(
        self, record: Which, action: Action, method: Verb = "POST", body: Body = None
    ) -> Record:
        path = f"{ids.ref(record).path}{action}/"
        return self._acted(method, path, body, None)

    @operation(
        name="records.list_action",
        label="Any action of a list",
        help="Calls an action of a whole list by its name.",
        danger="destroys",
    )
    def list_action(
        self,
        type: Type,
        action: Action,
        method: Verb = "POST",
        body: Body = None,
        query: Query = None,
    ) -> Record:
        return self._acted(method, f"{PATHS[type]}/{action}/", body, query)

    def _acted(self, method: Method, path: str, body: str | None, query: str | None) -> Record:
        params = {name: str(value) for name, value in (_object("query", query) or {}).items()}
        found = self._client.act(method, path, _object("body", body), params=params)
        if isinstance(found, dict) and isinstance(found.get("password"), str):
            found = {**found, "password": "not shown here"}
        return shown.answered(found)

    def _wired(self, name: str, value: object) -> Any:
        """A value as the wire has it: ids lose our prefix, a project is its data project."""
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        if value is None or name not in _REFERENCES:
            return value
        return self._uuid(name, NodeId(str(value)))

    def _uuid(self, name: str, id: NodeId) -> str:
        """What a field refers to. Raises NotFound for an id of something else."""
        try:
            ref = ids.ref(id, *_REFERENCES[name])
        except NotFound:
            said = f"This is no {' or '.join(_REFERENCES[name])} of this platform."
            raise NotFound(said) from None
        return data_project(self._client.one(ref)) if name == "project" else ref.uuid


_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "organization": ("organization",),
    "project": ("project",),
    "generator": ("importer", "cleaner", "analysis"),
    "input_series_generator": ("importer", "cleaner", "analysis"),
    "importer": ("importer",),
    "cleaner": ("cleaner",),
    "analysis": ("analysis",),
    "gate": ("gate",),
    "base_feeder": ("base_feeder",),
}
"""Which fields refer to what."""


def one_of(word: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """The only one. Raises NotFound for none, Rejected for several."""
    if not found:
        raise NotFound(f"OpenergyVBP has no {word} of this name there.")
    if len(found) > 1:
        raise Rejected.on(
            "name",
            f"Several have this name. Pick the {word} in the tree, where ids tell them apart.",
        )
    return found[0]


def _object(name: str, text: str | None) -> dict[str, Any] | None:
    if text is None or not text.strip():
        return None
    try:
        found = orjson.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        said = 'Write a JSON object, for example {"name": "run"}.'
        raise Rejected(said, {name: said})
    return found
