"""What the tests of OpenergyVBP's functions stand on: a sandbox, the service, and a bare client."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import File, NodeId, Points, Upload, Window
from connectors.openergy.ids import PATHS
from connectors.operations import Operation, Progress, Record, Table, operations
from connectors.paging import walk
from connectors.sandbox.accounts import ADMIN, Person
from connectors.sandbox.openergy.settings import Settings
from tests.conformance.sandbox_openergy import TUTORIAL, Bare, subject
from tests.conformance.subject import Opened
from tests.official.clients import client_python
from tests.sandbox.server import SandboxServer

PARSE = (
    "\nimport pandas as pd\n\ndef parse(content_bytes, rel_path, **tools):\n"
    "    return pd.read_json(content_bytes)\n\n"
)
ANALYZE = (
    "\nimport pandas as pd\n\ndef analyze(df, **tools):\n"
    '    return pd.DataFrame({"a-output": df.mean(axis=1)})\n\n'
)
FIRST = 1325376000000
"""2012-01-01 00:00 as the milliseconds of a naive stamp."""
HOUR = 3_600_000
FRAME = json.dumps(
    {
        name: {str(FIRST + hour * HOUR): value for hour in range(24)}
        for name, value in (("a", 1), ("b", 2), ("c", 3))
    }
).encode()
PARIS = timedelta(hours=1)
DAY = Window(
    start=datetime(2011, 12, 31, tzinfo=UTC),
    end=datetime(2012, 1, 3, tzinfo=UTC),
)


class Ground:
    """One sandbox with an account on it."""

    def __init__(self, server: SandboxServer, person: Person = ADMIN) -> None:
        self.server = server
        self.bare = Bare(server, person)
        self.subject = subject(server, person)
        self.service: Opened = self.subject.open(seconds=300)
        self.told: list[Progress] = []
        self._known = {one.name: one for one in operations(self.subject.type)}

    def operation(self, name: str) -> Operation:
        return self._known[name]

    def do(self, operation: str, /, **values: object) -> Any:
        """The operation's result, with its progress in `told`. A record is what the platform has:
        every field of it, as the bare client sees it right after."""
        self.told.clear()
        found = self._known[operation].call(self.service, values, told=self.told.append)
        if isinstance(found, Record) and found.id:
            self._compare(found, *found.id.split("/")[:2])
        return found

    def _compare(self, found: Record, word: str, uuid: str) -> None:
        if word not in PATHS:  # files and folders are no records
            return
        wire = self.bare("GET", f"{PATHS[word]}/{uuid}")
        plain = {name for name, one in wire.items() if not isinstance(one, dict | list)}
        shown = plain & set(found.fields)
        assert "id" in shown
        assert {name: found.fields[name] for name in shown} == {name: wire[name] for name in shown}

    def record(self, operation: str, /, **values: object) -> Record:
        found = self.do(operation, **values)
        assert isinstance(found, Record)
        return found

    def rows(self, operation: str, /, **values: object) -> list[dict[str, Any]]:
        """A table, a mapping a line."""
        found = self.do(operation, **values)
        assert isinstance(found, Table)
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def points(
        self, operation: str, /, **values: object
    ) -> dict[NodeId, list[tuple[datetime, float]]]:
        """Instants and values, by series."""
        return stored(self.do(operation, **values))

    def bytes(self, operation: str, /, **values: object) -> bytes:
        found = self.do(operation, **values)
        assert isinstance(found, File)
        with found:
            return b"".join(found)

    def names(self, parent: NodeId | None) -> list[str]:
        """Of the children in the tree, over all pages."""
        return [node.name for node in self.children(parent)]

    def children(self, parent: NodeId | None) -> list[Any]:
        return list(walk(lambda cursor: self.service.children(parent, cursor)))

    def task(self, record: Record) -> str:
        return str(record.fields["base.status"])


def stored(found: Iterator[Points]) -> dict[NodeId, list[tuple[datetime, float]]]:
    held: dict[NodeId, list[tuple[datetime, float]]] = {}
    for points in found:
        for row in points.batch.to_pylist():
            held.setdefault(points.series, []).append((row["time"], row["value"]))
    return held


def at(hour: int) -> datetime:
    """An hour of the tutorial's day in Paris, as the instant that it is."""
    return datetime(2012, 1, 1, tzinfo=UTC) + timedelta(hours=hour) - PARIS


def upload(name: str, content: bytes) -> Upload:
    return Upload(name=name, content=io.BytesIO(content), size=len(content))


@contextmanager
def ground(**settings: Any) -> Iterator[Ground]:
    """Without scripts, unless the settings say otherwise; tasks end at once."""
    chosen = Settings(**{"instant": True, "schedules": False, **settings})
    with SandboxServer("openergy", settings={"openergy": chosen}) as server:
        yield Ground(server)


class Tutorial(Ground):
    """The vendor's tutorial, done by our own functions: what each gave is in `saw`."""

    def __init__(self, server: SandboxServer) -> None:
        super().__init__(server)
        self.saw: dict[str, Any] = {}
        self.ids: dict[str, NodeId] = {}
        self._began()
        self._imported()
        self._cleaned()
        self._analysed()

    def _keep(self, word: str, record: Record) -> Record:
        assert record.id is not None
        self.saw[word], self.ids[word] = record, record.id
        return record

    def _began(self) -> None:
        found = self._keep("organization", self.record("organizations.find", name=TUTORIAL))
        project = self.record("projects.create", parent=found.id, name="Ovbpclient documentation")
        self._keep("project", project)
        gate = self.record(
            "gates.create", parent=project.id, name="gate", comment="documentation gate"
        )
        self._keep("gate", gate)
        self.saw["before attach"] = self.record("gate.account", gate=gate.id)
        self.saw["attached"] = self.record("gate.attach", gate=gate.id)
        self.saw["uploaded"] = self.service.put(self.ids["gate"], upload("first.json", FRAME))

    def _imported(self) -> None:
        made = self.record(
            "importers.create", parent=self.ids["project"], name="importer-a",
            comment="documentation importer",
        )  # fmt: skip
        self._keep("importer", made)
        self.saw["configured"] = self.record(
            "importers.update", which=made.id, gate=self.ids["gate"], parse_script=PARSE,
            crontab="0 0 0 1 1 *",
        )  # fmt: skip
        self.saw["importer run"] = self.record("importer.run", which=made.id)
        cleaner = self.record("cleaners.find", parent=self.ids["project"], name="importer-a")
        self._keep("cleaner", cleaner)

    def _cleaned(self) -> None:
        for name in "abc":
            made = self.record(
                "unitcleaners.create", parent=self.ids["cleaner"], external_name=name,
                name=f"{name}-cleaned",
            )  # fmt: skip
            self._keep(f"unitcleaner {name}", made)

    def _analysed(self) -> None:
        made = self.record(
            "analyses.create", parent=self.ids["project"], name="analysis-a",
            comment="documentation analysis",
        )  # fmt: skip
        self._keep("analysis", made)
        self.saw["no config"] = self.record("analysis.config", analysis=made.id)
        for name in ("a-cleaned", "b-cleaned"):
            one = self.record(
                "analysis_inputs.create", parent=made.id, column_name=name,
                input_series_generator=self.ids["cleaner"], input_series_name=name,
            )  # fmt: skip
            self._keep(f"input {name}", one)
        output = self.record("analysis_outputs.create", parent=made.id, name="a-output", unit="°C")
        self._keep("output", output)
        config = self.record(
            "analysis_configs.create", parent=made.id, input_freq="3H", output_freq="3H",
            script=ANALYZE,
        )  # fmt: skip
        self._keep("config", config)
        self.saw["analysis run"] = self.record("analysis.run", which=made.id)

    def series_of(self, maker: str) -> dict[str, NodeId]:
        """Node ids by name, as the bare client sees them."""
        rows = self.bare.rows("odata/series", generator=self.ids[maker].partition("/")[2])
        return {row["name"]: NodeId(f"series/{row['id']}/{row['otsdb_pk']}") for row in rows}

    def wire(self, word: str) -> dict[str, Any]:
        """The record as the platform has it now, by the bare client."""
        paths = {"cleaner": "odata/cleaners", "analysis": "odata/analyses"}
        kind = word.partition(" ")[0]
        path = paths.get(kind, f"odata/{kind}s")
        found: dict[str, Any] = self.bare("GET", f"{path}/{self.uuid(word)}")
        return found

    def uuid(self, word: str) -> str:
        return self.ids[word].split("/")[1]


@contextmanager
def tutorial() -> Iterator[Tutorial]:
    """Scripts run in the Python of the vendor's client, which has pandas."""
    python = client_python("requirements-openergy-1.5.2.txt")
    settings = Settings(instant=True, schedules=False, script_python=str(python))
    with SandboxServer("openergy", settings={"openergy": settings}) as server:
        yield Tutorial(server)
