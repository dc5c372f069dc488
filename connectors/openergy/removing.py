"""Deleting what others hang on, with what would go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Field

from connectors.contract import NodeId
from connectors.openergy import ids
from connectors.openergy.client import Client, Row
from connectors.openergy.ids import key
from connectors.operations import Acts, Table, operation

Gate = Annotated[NodeId, Field(title="Gate", description="The gate.")]
Importer = Annotated[NodeId, Field(title="Importer", description="The importer.")]
Analysis = Annotated[NodeId, Field(title="Analysis", description="The analysis.")]
Lines = Iterator[tuple[object, ...]]


class Removing(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @operation(
        name="gate.users", label="What uses it", on="gate", danger="reads",
        help="The importers that read a gate, and would have none.",
    )  # fmt: skip
    def gate_users(self, gate: Gate) -> Table:
        ref = ids.ref(gate, "gate")
        project = str(key(self._client.one(ref).get("project")))
        rows = self._client.every("importer", project=project)
        return _table(_lines("importer", (row for row in rows if key(row.get("gate")) == ref.uuid)))

    @operation(
        name="gate.delete", label="Delete", on="gate", danger="destroys", preview="gate.users",
        help="Deletes a gate with its files.",
    )  # fmt: skip
    def delete_gate(self, gate: Gate) -> None:
        self._client.delete(ids.ref(gate, "gate"))

    @operation(
        name="importer.parts", label="What goes with it", on="importer", danger="reads",
        help="The cleaner, unit cleaners and series that are deleted with an importer.",
    )  # fmt: skip
    def importer_parts(self, importer: Importer) -> Table:
        return _table(self._of_importer(ids.ref(importer, "importer")))

    @operation(
        name="importer.delete", label="Delete", on="importer", danger="destroys",
        preview="importer.parts", help="Deletes an importer with its cleaner and all their series.",
    )  # fmt: skip
    def delete_importer(self, importer: Importer) -> None:
        self._client.delete(ids.ref(importer, "importer"))

    @operation(
        name="analysis.parts", label="What goes with it", on="analysis", danger="reads",
        help="The inputs, outputs and series that are deleted with an analysis.",
    )  # fmt: skip
    def analysis_parts(self, analysis: Analysis) -> Table:
        return _table(self._of_analysis(ids.ref(analysis, "analysis").uuid))

    @operation(
        name="analysis.delete", label="Delete", on="analysis", danger="destroys",
        preview="analysis.parts", help="Deletes an analysis with its outputs.",
    )  # fmt: skip
    def delete_analysis(self, analysis: Analysis) -> None:
        self._client.delete(ids.ref(analysis, "analysis"))

    def _of_importer(self, ref: ids.Ref) -> Lines:
        project = str(key(self._client.one(ref).get("project")))
        every = self._client.every("cleaner", project=project)
        cleaners = [row for row in every if key(row.get("related_importer")) == ref.uuid]
        yield from _lines("cleaner", cleaners)
        for cleaner in cleaners:
            own = str(cleaner["id"])
            yield from _lines("unitcleaner", self._client.every("unitcleaner", cleaner=own))
            yield from _lines("series", self._client.every("series", generator=own))
        yield from _lines("series", self._client.every("series", generator=ref.uuid))

    def _of_analysis(self, own: str) -> Lines:
        for part in ("analysis_input", "analysis_output"):
            yield from _lines(part, self._client.every(part, analysis=own))
        yield from _lines("series", self._client.every("series", generator=own))


def _lines(type: str, rows: Iterable[Row]) -> Lines:
    for row in rows:
        yield ids.ref_of(type, row).id, type, row.get("name") or row.get("column_name")


def _table(lines: Lines) -> Table:
    return Table(columns=("node", "type", "name"), rows=tuple(lines))
