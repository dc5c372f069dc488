"""Right values for OpenergyVBP's operations, at least one of every method.

Whole organizations are emptied in the vendor's; what the suite needs again lies in another.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from connectors.contract import NodeId, Upload
from connectors.openergy.workbook import workbook
from tests.conformance.sandbox_openergy import ELSEWHERE, TUTORIAL, Bare, id_of
from tests.conformance.subject import Values

TABLE = b"date,a,b\n2024-01-01 00:00:00,1,10\n2024-01-01 01:00:00,2,20\n2024-01-01 02:00:00,3,30\n"
ANALYZE = "def analyze(df, **tools):\n    return df\n"


class Plant:
    """A project with one of everything; `fresh` makes another."""

    def __init__(self, bare: Bare, name: str = "plant", organization: str = TUTORIAL) -> None:
        self.bare = bare
        self.project = bare.project(name, organization)
        self.data = self.project["odata"]
        self.gate = bare.gate(self.data)
        self.box = bare.gate(self.data, "box")
        bare.stored(self.gate, "table.csv", TABLE)
        self.importer = bare.importer(self.data, self.gate)
        self.cleaner = bare.one("odata/cleaners", related_importer=self.importer["id"])
        self.series = bare.rows("odata/series", generator=self.importer["id"])
        body = {"project": self.data, "name": "analysis a", "comment": ""}
        self.analysis = bare("POST", "odata/analyses", body)

    def feeder(self) -> dict[str, Any]:
        """A gate's feeder, with a script that does nothing: a sandbox fetches from nowhere."""
        gate = self.bare.gate(self.data, "fed")
        made: dict[str, Any] = self.bare(
            "POST", "odata/base_feeders", {"gate": gate["id"], "crontab": "0 0 0 * * *"}
        )
        child = {"base_feeder": made["id"], "script": "pass  # nothing to fetch"}
        self.bare("POST", "odata/generic_basic_feeders", child)
        return {**made, "gate": gate}

    def notification(self) -> dict[str, Any]:
        found: dict[str, Any] = self.bare.rows("odata/notifications")[0]
        return found


def calls(bare: Bare, series: list[dict[str, Any]]) -> Mapping[str, Values]:
    """By operation; the first of each danger is the one that faults strike."""
    plant = Plant(bare, organization=ELSEWHERE)
    feeder = plant.feeder()
    ids = _ids(plant, feeder)
    return {
        **_first(plant, ids),
        **{name: _fixed(values) for name, values in _reading(ids, series).items()},
        **{name: _fixed(values) for name, values in _writing(ids).items()},
        **_making(plant, ids),
        **_destroying(plant, ids),
    }


def _fixed(values: dict[str, Any]) -> Values:
    return lambda service: values


def _ids(plant: Plant, feeder: dict[str, Any]) -> dict[str, NodeId]:
    return {
        "organization": NodeId(f"organization/{plant.project['organization']}"),
        "project": id_of("project", plant.project),
        "gate": id_of("gate", plant.gate),
        "fed": id_of("gate", feeder["gate"]),
        "feeder": id_of("base_feeder", feeder),
        "account": id_of("gate_ftp_account", plant.gate["ftp_account"]),
        "importer": id_of("importer", plant.importer),
        "cleaner": id_of("cleaner", plant.cleaner),
        "analysis": id_of("analysis", plant.analysis),
        "series": id_of("series", plant.series[0]),
    }


def _first(plant: Plant, ids: dict[str, NodeId]) -> dict[str, Values]:
    return {
        "user.me": _fixed({}),
        "gates.create": _fixed({"parent": ids["project"], "name": "gate of a call"}),
        # A DELETE answers 204, and of no body nobody can tell half; a clear answers its task.
        "importer.clear": _fixed({"which": ids["importer"]}),
    }


def _reading(ids: dict[str, NodeId], series: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    window = {"start": "2024-01-01T00:00+01:00", "end": "2024-01-01T06:00+01:00"}
    both = [id_of("series", row) for row in series]
    exported = {"series": [ids["series"]]}
    return {
        "gates.list": {"project": ids["project"]},
        "gates.get": {"which": ids["gate"]},
        "gates.find": {"parent": ids["project"], "name": "gate"},
        "organizations.find": {"name": TUTORIAL},
        "project.contents": {"project": ids["project"]},
        "organization.contents": {"organization": ids["organization"]},
        "project.data": {"project": ids["project"]},
        "project.download": {"project": ids["project"]},
        "organization.download": {"organization": ids["organization"]},
        "gate.users": {"gate": ids["gate"]},
        "importer.parts": {"importer": ids["importer"]},
        "analysis.parts": {"analysis": ids["analysis"]},
        "analysis.config": {"analysis": ids["analysis"]},
        "user.data": {},
        "user.ftp_account": {},
        "platform.health": {},
        "importer.outputs": {"which": ids["importer"]},
        "gate.account": {"gate": ids["gate"]},
        "ftp.password": {"area": ids["gate"]},
        "folder.list": {"folder": ids["gate"]},
        "gate.feeder": {"gate": ids["fed"]},
        "base_feeder.child": {"feeder": ids["feeder"]},
        "series.select": {"series": both[0], "resample": "1H", **window},
        "series.select_many": {"series": both, **window},
        "exports.list": {},
        "cleaner.export_excel": {"cleaner": ids["cleaner"]},
        "series.export": exported,
        "series.export_table": exported,
        "series.export_frame": {**exported, "out_freq": "1H"},
        "series.export_file": exported,
    }


def _writing(ids: dict[str, NodeId]) -> dict[str, dict[str, Any]]:
    return {
        "gates.update": {"which": ids["gate"], "comment": "changed"},
        "project.mail_alerts": {"project": ids["project"], "activated": True},
        "importer.run": {"which": ids["importer"]},
        "importer.activate": {"which": ids["importer"]},
        "importer.deactivate": {"which": ids["importer"]},
        "gate.attach": {"gate": ids["fed"]},
        "gate_ftp_account.attach": {"account": ids["account"]},
        "gate.activate": {"gate": ids["fed"]},
        "gate.deactivate": {"gate": ids["fed"]},
        "base_feeder.activate": {"feeder": ids["feeder"]},
        "base_feeder.deactivate": {"feeder": ids["feeder"]},
        "record.action": {"record": ids["importer"], "action": "action", "body": '{"name": "run"}'},
        "records.list_action": {
            "type": "user", "action": "me", "method": "GET",
        },
    }  # fmt: skip


def _making(plant: Plant, ids: dict[str, NodeId]) -> dict[str, Values]:
    number = iter(range(1_000))

    def configured(service: object) -> dict[str, Any]:
        content = workbook("p", "c", [], [{"external_name": "a"}])
        return {
            "cleaner": ids["cleaner"],
            "file": Upload(name="c.xlsx", content=io.BytesIO(content), size=len(content)),
        }

    def renamed(service: object) -> dict[str, Any]:
        name = f"old {next(number)}.csv"
        plant.bare.stored(plant.box, name, b"x")
        return {"file": NodeId(f"file/{plant.box['id']}/{name}"), "name": f"new {name}"}

    def noticed(service: object) -> dict[str, Any]:
        return {"notification": id_of("notification", plant.notification())}

    def waited(service: object) -> dict[str, Any]:
        path = f"odata/importers/{plant.importer['id']}/action"
        return {"task": id_of("importer_task", plant.bare("POST", path, {"name": "run"}))}

    def fed(service: object) -> dict[str, Any]:
        return {"feeder": ids["feeder"]}

    return {
        "cleaner.configure_excel": configured,
        "folder.make": lambda service: {
            "folder": ids["gate"], "name": f"folder {next(number)}"
        },
        "file.rename": renamed,
        "notification.resolve": noticed,
        "task.wait": waited,
        "base_feeder.feed": fed,
        "gate.run": lambda service: {"gate": ids["fed"]},
    }  # fmt: skip


def _destroying(plant: Plant, ids: dict[str, NodeId]) -> dict[str, Values]:
    bare = plant.bare
    number = iter(range(1_000))
    emptied = id_of("organization", bare.one("oteams/organizations", name=TUTORIAL))

    def output(service: object) -> dict[str, Any]:
        name = f"gone {next(number)}"
        body = {"analysis": plant.analysis["id"], "name": name, "resample_rule": "mean"}
        return {"which": id_of("analysis_output", bare("POST", "odata/analysis_outputs", body))}

    def importer(service: object) -> dict[str, Any]:
        body = {"project": plant.data, "name": "gone", "comment": ""}
        return {"importer": id_of("importer", bare("POST", "odata/importers", body))}

    def analysis(service: object) -> dict[str, Any]:
        body = {"project": plant.data, "name": "gone", "comment": ""}
        return {"analysis": id_of("analysis", bare("POST", "odata/analyses", body))}

    return {
        "analysis_outputs.delete": output,
        "importer.delete": importer,
        "analysis.delete": analysis,
        "gate.delete": lambda service: {"gate": id_of("gate", bare.gate(plant.data, "gone"))},
        "importer.reset": _fixed({"which": ids["importer"], "since": "2024-01-01T00:00Z"}),
        "cleaner.reset": _fixed({"which": ids["cleaner"]}),
        "project.deactivate": _fixed({"project": ids["project"]}),
        "organization.deactivate": _fixed({"organization": emptied}),
        "project.clear": _fixed({"project": ids["project"]}),
        "organization.clear": _fixed({"organization": emptied}),
        "project.delete": lambda service: {"project": id_of("project", bare.project("gone"))},
        "organization.delete_projects": _fixed({"organization": emptied}),
    }
