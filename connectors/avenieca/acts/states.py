"""What can be asked of states besides: `ess` (section 3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from connectors.avenieca import ids
from connectors.avenieca.acts.base import (
    EssId,
    Number,
    RowId,
    State,
    Twin,
    check_length,
    record,
    table,
)
from connectors.avenieca.client import Client
from connectors.avenieca.rows import Ess
from connectors.avenieca.tree import Tree
from connectors.contract import Acts, NodeId
from connectors.operations import Record, Table, operation

FOUND = ("distance", "id", "state", "valence", "score", "context", "updated_at")


class StateFunctions(Acts):
    """Mixed into the service."""

    _client: Client
    _tree: Tree

    @operation(
        name="ess.get_all_sequence",
        label="States in sequence",
        help="The state behind each row of the sequence, the newest first. It tells no times.",
        on="twin",
        danger="reads",
    )
    def states_in_sequence(self, twin: Twin) -> Table:
        return table(self._client.ess_of_rows(ids.twin(twin)), Ess)

    @operation(
        name="ess.get_one_sequence",
        label="State behind a row",
        help="The state behind one row of the sequence.",
        on="twin",
        danger="reads",
    )
    def state_of_row(self, twin: Twin, row: RowId = -1) -> Record:
        return record(self._client.ess_of_row(ids.twin(twin), row))

    @operation(
        name="ess.get_one_with_embedding",
        label="State of a text",
        help="The state that stands for a registered text.",
        on="twin",
        danger="reads",
    )
    def state_of_embedding(self, twin: Twin, embedding: Number) -> Record:
        return record(self._client.ess_of_embedding(ids.twin(twin), embedding))

    @operation(
        name="ess.get_one_pretty",
        label="State in words",
        help="One state as people read it: an aggregate part by part, an embedding as its text.",
        on="twin",
        danger="reads",
    )
    def state_in_words(self, twin: Twin, id: EssId) -> Record:
        return record(self._client.ess_pretty(ids.twin(twin), id))

    @operation(
        name="ess.get_all_aggregates",
        label="Aggregates with a state",
        help="The states of an aggregate twin that contain this state.",
        on="twin",
        danger="reads",
    )
    def aggregates_with(
        self,
        twin: Twin,
        aggregate: Annotated[
            NodeId, Field(title="Aggregate", description="The twin that is made of others.")
        ],
        id: EssId,
    ) -> Table:
        module, above = ids.twin(twin), ids.twin(aggregate)
        return table(self._client.ess_aggregates(module, above, id), Ess)

    @operation(
        name="ess.search",
        label="Search by vector",
        help="The states nearest to a vector by Euclidean distance, the nearest first.",
        on="twin",
        danger="reads",
    )
    def search_states(
        self,
        twin: Twin,
        state: State,
        limit: Annotated[
            int, Field(title="Most", description="How many states at most.", ge=1, le=1000)
        ] = 10,
    ) -> Table:
        module = ids.twin(twin)
        check_length(self._tree, module, "state", state)
        found = self._client.ess_search(module, state, limit)
        cells = [one.ess.model_dump(mode="json") | {"distance": one.score} for one in found]
        return Table(columns=FOUND, rows=[tuple(row[name] for name in FOUND) for row in cells])

    @operation(
        name="ess.upsert",
        label="Index a state",
        help="Copies a state to the index of vectors, where searches find it.",
        on="twin",
        danger="writes",
    )
    def index_state(self, twin: Twin, id: EssId) -> None:
        self._client.ess_upsert(ids.twin(twin), id)
