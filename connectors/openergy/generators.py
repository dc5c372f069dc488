"""Importers, cleaners and analyses: run, clear, reset, switched on and off, and followed."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from connectors.contract import NodeId
from connectors.openergy import clocks, ids, shown
from connectors.openergy.client import Client, Row
from connectors.openergy.following import follow
from connectors.openergy.ids import Ref, key
from connectors.operations import Acts, Progress, Record, Resource, Table, family, operation

Which = Annotated[NodeId, Field(title="Which", description="The importer, cleaner or analysis.")]
Since = Annotated[
    datetime | None,
    Field(title="From", description="Only what is at this time or later; nothing for all."),
]


@dataclass(frozen=True, kw_only=True)
class Maker(Resource):
    """What makes series."""

    @property
    def task(self) -> str:
        return f"{self.name}_task"


_RUNS = frozenset({"run", "clear", "outputs"})
IMPORTER = Maker(name="importer", one="importer", many="importers",
                 verbs=_RUNS | {"activate", "deactivate"})  # fmt: skip
MAKERS = (
    IMPORTER,
    Maker(name="cleaner", one="cleaner", many="cleaners", verbs=_RUNS | {"reset"}),
    Maker(name="analysis", one="analysis", many="analyses",
          verbs=_RUNS | {"reset", "activate", "deactivate"}),
)  # fmt: skip
TASKS = frozenset(
    f"{one}_task" for one in ("base_feeder", "importer", "cleaner", "analysis", "series_export")
)


class Generators(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @family(
        MAKERS, "outputs", label="Output series", danger="reads", on=lambda row: row.name,
        help="The series that this {one} makes, told apart by their keys.",
    )  # fmt: skip
    def outputs(self, row: Maker, /, which: Which) -> Table:
        ref = ids.ref(which, row.name)
        return shown.table("series", self._client.every("series", generator=ref.uuid))

    @family(
        MAKERS, "run", label="Run", danger="writes", on=lambda row: row.name,
        help="Starts the {one} and follows its task to the end.",
    )  # fmt: skip
    def run(self, row: Maker, /, which: Which) -> Generator[Progress, None, Record]:
        return (yield from self._ordered(row, which, "run", None))

    @family(
        MAKERS, "clear", label="Clear", danger="destroys", on=lambda row: row.name,
        help="Empties the output series of the {one}, wholly or from a time on.",
    )  # fmt: skip
    def clear(
        self, row: Maker, /, which: Which, since: Since = None
    ) -> Generator[Progress, None, Record]:
        return (yield from self._ordered(row, which, "clear", since))

    @family(
        MAKERS, "reset", label="Reset", danger="destroys", on=lambda row: row.name,
        help="Empties the output series of the {one} and computes them again.",
    )  # fmt: skip
    def reset(
        self, row: Maker, /, which: Which, since: Since = None
    ) -> Generator[Progress, None, Record]:
        return (yield from self._ordered(row, which, "reset", since))

    @operation(
        name="importer.reset", label="Reset", danger="destroys", on="importer",
        help="Empties the output series and imports again, from a file on where one is given.",
    )  # fmt: skip
    def reset_importer(
        self,
        which: Which,
        since: Since = None,
        last_imported_path: Annotated[
            str | None,
            Field(title="After the file", description="Files up to this one are not read again."),
        ] = None,
    ) -> Generator[Progress, None, Record]:
        ref = ids.ref(which, "importer")
        if last_imported_path is not None:
            self._client.change(ref, {"last_imported_path": last_imported_path})
        return (yield from self._ordered(IMPORTER, which, "reset", since))

    @family(
        MAKERS, "activate", label="Activate", danger="writes", on=lambda row: row.name,
        help="Lets the {one} run by itself.",
    )  # fmt: skip
    def activate(self, row: Maker, /, which: Which) -> Record:
        return self._switched(row, which, value=True)

    @family(
        MAKERS, "deactivate", label="Deactivate", danger="writes", on=lambda row: row.name,
        help="The {one} no longer runs by itself.",
    )  # fmt: skip
    def deactivate(self, row: Maker, /, which: Which) -> Record:
        return self._switched(row, which, value=False)

    @operation(
        name="analysis.config", label="Configuration", on="analysis", danger="reads",
        help="How an analysis computes, or that it has no configuration yet.",
    )  # fmt: skip
    def analysis_config(
        self, analysis: Annotated[NodeId, Field(title="Analysis", description="The analysis.")]
    ) -> Record:
        row = self._client.one(ids.ref(analysis, "analysis"))
        found = key(row.get("analysisconfig"))
        if found is None:
            return Record(fields={"analysisconfig": None})
        ref = ids.ref_of("analysis_config", {"id": found})
        return shown.record("analysis_config", self._client.one(ref))

    @operation(
        name="task.wait", label="Wait for a task", danger="reads",
        help="Follows a task that was started anywhere, and says how it ended.",
    )  # fmt: skip
    def wait(
        self, task: Annotated[NodeId, Field(title="Task", description="What was started.")]
    ) -> Generator[Progress, None, Record]:
        ref = ids.ref(task, *TASKS)
        row = yield from follow(self._client, ref.type, self._client.one(ref))
        return shown.record(ref.type, row)

    def _switched(self, row: Maker, which: NodeId, *, value: bool) -> Record:
        ref = ids.ref(which, row.name)
        return shown.record(row.name, self._client.switched(ref, value=value))

    def _ordered(
        self, row: Maker, which: NodeId, name: str, since: datetime | None
    ) -> Generator[Progress, None, Record]:
        ref = ids.ref(which, row.name)
        started = self._client.order(ref, name, None if since is None else self._local(ref, since))
        task: Row = yield from follow(self._client, row.task, started)
        return shown.record(row.task, task)

    def _local(self, ref: Ref, since: datetime) -> str:
        """A time in the clock of what is made: bodies take text only (section 1.2)."""
        turn = self._client.turn("series", generator=ref.uuid)
        return clocks.local(since, turn.rows[0] if turn.rows else {})
