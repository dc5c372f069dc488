"""What the platform keeps, by a table: states, rows of the sequence, texts, documents, responses.

An update asks for what is there and sends all of it back with the changes: so does the platform's
client, and a server may take no less (section 1.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from connectors.avenieca import ids
from connectors.avenieca.acts.base import Number, Twin, record, table
from connectors.avenieca.acts.models import (
    LARGEST,
    DocumentValues,
    EmbeddingValues,
    EssValues,
    RowValues,
    whole,
)
from connectors.avenieca.client import Client
from connectors.avenieca.rows import Document, Embedding, Ess, Occurrence, Response, Row
from connectors.contract import Acts
from connectors.errors import Rejected
from connectors.operations import (
    Parameters,
    Record,
    Resource,
    Table,
    changes,
    family,
    operation,
)

Which = Annotated[
    int, Field(title="Number", description="Its number; -1 is the newest.", ge=-1, le=LARGEST)
]
ALL = frozenset({"get_all", "get_one", "create", "update"})
MEMBERS = ("aggregate_id", "aggregate_module_id")
NO_STATE = "Give the numbers of the state, or the parts of an aggregate."


@dataclass(frozen=True, kw_only=True)
class Kept(Resource):
    """One sort of thing: its path is its name."""

    shape: type[Row]
    made: type[Parameters] = Parameters


OF_TWINS = (
    Kept(name="ess", one="state", many="states", verbs=ALL, shape=Ess, made=EssValues),
    Kept(
        name="sequence",
        one="row of the sequence",
        many="rows of the sequence",
        verbs=ALL,
        shape=Occurrence,
        made=RowValues,
    ),
    Kept(
        name="embedding",
        one="text of a twin",
        many="texts of a twin",
        verbs=ALL,
        shape=Embedding,
        made=EmbeddingValues,
    ),
)
OF_SERVER = (
    Kept(
        name="document",
        one="document",
        many="documents",
        verbs=ALL,
        shape=Document,
        made=DocumentValues,
    ),
    Kept(
        name="response",
        one="kept prediction",
        many="kept predictions",
        verbs=frozenset({"get_all", "get_one"}),
        shape=Response,
    ),
)


class KeptFunctions(Acts):
    """Mixed into the service."""

    _client: Client

    @family(
        OF_TWINS,
        "get_all",
        label="All {many}",
        help="All {many}, as the server lists them.",
        danger="reads",
        on=lambda row: "twin",
    )
    def list_of_twin(self, row: Kept, /, twin: Twin) -> Table:
        return table(self._client.every(f"{row.name}/{ids.twin(twin)}"), row.shape)

    @family(
        OF_TWINS,
        "get_one",
        label="One {one}",
        help="One {one} by its number.",
        danger="reads",
        on=lambda row: "twin",
    )
    def get_of_twin(self, row: Kept, /, twin: Twin, id: Which) -> Record:
        return record(self._client.one(f"{row.name}/{ids.twin(twin)}/{id}", row.shape))

    @family(
        OF_TWINS,
        "create",
        label="New {one}",
        help="Stores a new {one}.",
        danger="writes",
        on=lambda row: "twin",
        fields=lambda row: row.made,
    )
    def create_of_twin(self, row: Kept, /, twin: Twin, **values: object) -> Record:
        given = whole(row.made, values) | {"module_id": ids.twin(twin)}
        if row.made is EssValues and not (given["state"] or given["aggregate_id"]):
            raise Rejected.on("state", NO_STATE)
        return record(self._client.create(row.name, given, row.shape))

    @family(
        OF_TWINS,
        "update",
        label="Change a {one}",
        help="Changes what is given and leaves the rest as it is.",
        danger="writes",
        on=lambda row: "twin",
        fields=lambda row: changes(row.made),
    )
    def update_of_twin(self, row: Kept, /, twin: Twin, id: Number, **values: object) -> Record:
        module = ids.twin(twin)
        return self._changed(row, f"{row.name}/{module}/{id}", values, module_id=module)

    @family(
        OF_SERVER,
        "get_all",
        label="All {many}",
        help="All {many} of the server.",
        danger="reads",
    )
    def list_of_server(self, row: Kept, /) -> Table:
        return table(self._client.every(row.name), row.shape)

    @family(
        OF_SERVER, "get_one", label="One {one}", help="One {one} by its number.", danger="reads"
    )
    def get_of_server(self, row: Kept, /, id: Which) -> Record:
        return record(self._client.one(f"{row.name}/{id}", row.shape))

    @family(
        OF_SERVER,
        "create",
        label="New {one}",
        help="Stores a new {one}.",
        danger="writes",
        fields=lambda row: row.made,
    )
    def create_of_server(self, row: Kept, /, **values: object) -> Record:
        return record(self._client.create(row.name, whole(row.made, values), row.shape))

    @family(
        OF_SERVER,
        "update",
        label="Change a {one}",
        help="Changes what is given and leaves the rest as it is.",
        danger="writes",
        fields=lambda row: changes(row.made),
    )
    def update_of_server(self, row: Kept, /, id: Number, **values: object) -> Record:
        return self._changed(row, f"{row.name}/{id}", values)

    @operation(
        name="embedding.delete",
        label="Delete a text of a twin",
        help="Takes the text away. States that stand for it keep their numbers.",
        on="twin",
        danger="destroys",
        preview="embedding.get_one",
    )
    def delete_embedding(self, twin: Twin, id: Number) -> None:
        self._client.delete(f"embedding/{ids.twin(twin)}/{id}")

    @operation(
        name="document.delete",
        label="Delete a document",
        help="Takes the document away; questions no longer find it.",
        danger="destroys",
        preview="document.get_one",
    )
    def delete_document(self, id: Number) -> None:
        self._client.delete(f"document/{id}")

    def _changed(
        self, row: Kept, path: str, values: Mapping[str, object], **more: object
    ) -> Record:
        held = _held(row, self._client.one(path, row.shape), values)
        return record(self._client.change(path, {**held, **more}, row.shape))


def _held(row: Kept, found: Row, values: Mapping[str, object]) -> dict[str, object]:
    """What is there, with the changes. New parts of an aggregate let the server work out the rest.

    `embed` is no state of a document but something to be done, so it is off unless given.
    """
    there = found.model_dump(mode="json")
    names = (name for name in row.made.model_fields if there.get(name) is not None)
    kept = {name: there[name] for name in names}
    if any(name in values for name in MEMBERS):
        own = ("score", "context", "embedding_input", *MEMBERS)
        kept = {name: kept[name] for name in own if name in kept}
    return whole(row.made, kept | dict(values))
