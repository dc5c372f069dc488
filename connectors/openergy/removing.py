"""Deleting what others hang on, with what would go; and the small things of an account."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Annotated

from pydantic import Field

from connectors.contract import NodeId
from connectors.openergy import ids, shown
from connectors.openergy.client import Client
from connectors.openergy.following import follow
from connectors.openergy.ids import key
from connectors.operations import Acts, Progress, Record, Table, operation

Gate = Annotated[NodeId, Field(title="Gate", description="The gate.")]
Importer = Annotated[NodeId, Field(title="Importer", description="The importer.")]
Analysis = Annotated[NodeId, Field(title="Analysis", description="The analysis.")]
Notice = Annotated[NodeId, Field(title="Notification", description="The notification.")]
Task = Annotated[NodeId, Field(title="Task", description="What was started.")]
COLUMNS = ("node", "type", "name")
TASKS = frozenset(
    f"{one}_task" for one in ("base_feeder", "importer", "cleaner", "analysis", "series_export")
)


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
        return _named("importer", [row for row in rows if key(row.get("gate")) == ref.uuid])

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
        ref = ids.ref(importer, "importer")
        project = str(key(self._client.one(ref).get("project")))
        cleaners = [
            row
            for row in self._client.every("cleaner", project=project)
            if key(row.get("related_importer")) == ref.uuid
        ]
        rows = list(_named("cleaner", cleaners).rows)
        for cleaner in cleaners:
            own = str(cleaner["id"])
            rows += _named("unitcleaner", list(self._client.every("unitcleaner", cleaner=own))).rows
            rows += _named("series", list(self._client.every("series", generator=own))).rows
        rows += _named("series", list(self._client.every("series", generator=ref.uuid))).rows
        return Table(columns=COLUMNS, rows=tuple(rows))

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
        own = ids.ref(analysis, "analysis").uuid
        rows: list[Sequence[object]] = []
        for word, by in (
            ("analysis_input", "analysis"), ("analysis_output", "analysis"), ("series", "generator")
        ):  # fmt: skip
            rows += _named(word, list(self._client.every(word, **{by: own}))).rows
        return Table(columns=COLUMNS, rows=tuple(rows))

    @operation(
        name="analysis.delete", label="Delete", on="analysis", danger="destroys",
        preview="analysis.parts", help="Deletes an analysis with its outputs.",
    )  # fmt: skip
    def delete_analysis(self, analysis: Analysis) -> None:
        self._client.delete(ids.ref(analysis, "analysis"))

    # -- the rest of an account

    @operation(
        name="analysis.config", label="Configuration", on="analysis", danger="reads",
        help="How an analysis computes, or that it has no configuration yet.",
    )  # fmt: skip
    def analysis_config(self, analysis: Analysis) -> Record:
        row = self._client.one(ids.ref(analysis, "analysis"))
        found = key(row.get("analysisconfig"))
        if found is None:
            return Record(fields={"analysisconfig": None})
        ref = ids.of("analysis_config", {"id": found})
        return shown.record("analysis_config", self._client.one(ref))

    @operation(
        name="notification.resolve", label="Resolve", on="notification", danger="writes",
        help="Takes a notification off the open ones.",
    )  # fmt: skip
    def resolve(self, notification: Notice) -> Record:
        ref = ids.ref(notification, "notification")
        return shown.record("notification", self._client.change(ref, {"resolved": True}))

    @operation(
        name="task.wait", label="Wait for a task", danger="reads",
        help="Follows a task that was started anywhere, and says how it ended.",
    )  # fmt: skip
    def wait(self, task: Task) -> Generator[Progress, None, Record]:
        ref = ids.ref(task, *TASKS)
        row = yield from follow(self._client, ref.type, self._client.one(ref))
        return shown.record(ref.type, row)

    @operation(
        name="user.me", label="Who I am", danger="reads",
        help="The account that this connection signs in with.",
    )  # fmt: skip
    def me(self) -> Record:
        return shown.record("user", self._client.me())

    @operation(
        name="user.data", label="My data user", danger="reads",
        help="The data side of this account, which owns its FTP area.",
    )  # fmt: skip
    def data_user(self) -> Record:
        found = key(self._client.me().get("odata"))
        ref = ids.of("odata_user", {"id": found})
        return shown.record("odata_user", self._client.one(ref))

    @operation(
        name="platform.health", label="Is it up", danger="reads",
        help="Whether the platform answers: a refusal counts, no answer and 503 do not.",
    )  # fmt: skip
    def health(self) -> Record:
        return Record(fields={"up": True, "status": self._client.answers()})


def _named(type: str, rows: list[dict[str, object]]) -> Table:
    found = (
        (ids.of(type, row).id, type, row.get("name") or row.get("column_name")) for row in rows
    )
    return Table(columns=COLUMNS, rows=tuple(found))
