"""Whole projects and organizations: downloaded, switched off, cleared and deleted."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.contract import NodeId
from connectors.errors import Rejected
from connectors.operations import Table
from tests.conformance.calls_openergy import Plant
from tests.conformance.faults import FaultProxy, Reply, _Handler
from tests.conformance.sandbox_openergy import id_of
from tests.functions.openergy.ground import Ground, ground

WHOLE = pytest.mark.parametrize("word", ["project", "organization"])


class Stage(Ground):
    """Two projects with everything in them, alone in their organization."""

    def filled(self) -> Stage:
        self.plants = [Plant(self.bare, "Ein Projekt"), Plant(self.bare, "Ein Projekt")]
        for plant in self.plants:
            self.bare("POST", "odata/importers", {"project": plant.data, "name": "without gate"})
            self.feeders = [one.feeder() for one in (plant,)]
        self.project = id_of("project", self.plants[0].project)
        self.organization = NodeId(f"organization/{self.plants[0].project['organization']}")
        return self

    def target(self, word: str) -> dict[str, object]:
        return {word: self.project if word == "project" else self.organization}

    def meant(self, word: str) -> list[Plant]:
        return self.plants[:1] if word == "project" else self.plants

    def active(self, plant: Plant) -> list[str]:
        """Names of importers and paths of feeders that are on."""
        importers = self.bare.rows("odata/importers", project=plant.data)
        found = [row["name"] for row in importers if row["active"]]
        for gate in self.bare.rows("odata/gates", project=plant.data):
            if gate["base_feeder"]:
                feeder = self.bare("GET", f"odata/base_feeders/{gate['base_feeder']}")
                found += ["feeder"] if feeder["active"] else []
        return found

    def switch_on(self, plant: Plant) -> None:
        for row in self.bare.rows("odata/importers", project=plant.data):
            self.bare("PATCH", f"odata/importers/{row['id']}/active", {"value": True})
        for gate in self.bare.rows("odata/gates", project=plant.data):
            if gate["base_feeder"]:
                path = f"odata/base_feeders/{gate['base_feeder']}/active"
                self.bare("PATCH", path, {"value": True})

    def points(self, plant: Plant) -> int:  # type: ignore[override]
        rows = self.bare.rows("odata/series", generator=plant.importer["id"])
        return sum(
            len(self.bare("GET", f"odata/series/{row['id']}/select")["data"]) for row in rows
        )


@pytest.fixture
def stage() -> Iterator[Stage]:
    with ground() as found:
        yield Stage(found.server).filled()


def unzipped(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        names = box.namelist()
        assert len(names) == len(set(names))
        return {name: json.loads(box.read(name)) for name in names}


@pytest.mark.covers("openergy.tools.download_project")
def test_a_project_is_four_numbered_folders_and_nothing_is_overwritten(stage: Stage) -> None:
    plant = stage.plants[0]
    stage.bare.gate(plant.data, "GATE")
    body = {"cleaner": plant.cleaner["id"], "external_name": "a", "name": "a clean", "freq": "1H"}
    stage.bare("POST", "odata/unitcleaners", body)
    found = unzipped(stage.bytes("project.download", project=stage.project))
    assert {name.partition("/")[0] for name in found} == {
        "1-gates", "2-importers", "3-cleaners", "4-analyses",
    }  # fmt: skip
    gates = [one for name, one in found.items() if name.startswith("1-gates/")]
    assert len(gates) == len(stage.bare.rows("odata/gates", project=plant.data))
    assert {"1-gates/gate.json", "1-gates/gate-2.json"} <= set(found)
    fed = next(one for one in gates if one["base_feeder"])
    assert fed["base_feeder"]["child"]["script"].startswith("pass")
    assert found["3-cleaners/importer-a/#cleaner.json"]["id"] == plant.cleaner["id"]
    assert found["3-cleaners/importer-a/a-clean.json"]["external_name"] == "a"
    assert found["4-analyses/analysis-a.json"]["inputs"] == []


@pytest.mark.covers("openergy.tools.download_organization")
def test_an_organization_is_a_folder_for_each_project(stage: Stage) -> None:
    found = unzipped(stage.bytes("organization.download", organization=stage.organization))
    alone = unzipped(stage.bytes("project.download", project=stage.project))
    tops = {name.partition("/")[0] for name in found}
    assert tops == {"ein-projekt", "ein-projekt-2"}
    assert len(found) == 2 * len(alone)


@pytest.mark.covers("openergy.tools.deactivate_project")
@pytest.mark.covers("openergy.tools.deactivate_organization")
@WHOLE
def test_feeders_and_importers_are_switched_off_and_named(stage: Stage, word: str) -> None:
    for plant in stage.plants:
        stage.switch_on(plant)
    assert sorted(stage.active(stage.plants[0])) == ["feeder", "importer a", "without gate"]
    path = f"odata/analyses/{stage.plants[0].analysis['id']}"
    before = stage.bare("GET", path)
    rows = stage.rows(f"{word}.deactivate", **stage.target(word))
    meant = stage.meant(word)
    named = [("base_feeder", "fed"), ("importer", "importer a"), ("importer", "without gate")]
    found = sorted((row["type"], row["name"]) for row in rows)
    assert found == sorted(named * len(meant))
    assert all(stage.active(plant) == [] for plant in meant)
    assert all(len(stage.active(plant)) == 3 for plant in stage.plants if plant not in meant)
    assert stage.bare("GET", path) == before


@pytest.mark.covers("openergy.tools.clear_project")
@pytest.mark.covers("openergy.tools.clear_organization")
@WHOLE
def test_importers_with_a_gate_are_cleared_and_listed_before(stage: Stage, word: str) -> None:
    assert stage.operation(f"{word}.clear").preview == f"{word}.contents"
    assert stage.operation(f"{word}.clear").danger == "destroys"
    listed = {row["node"] for row in stage.rows(f"{word}.contents", **stage.target(word))}
    meant = stage.meant(word)
    assert all(stage.points(plant) == 6 for plant in stage.plants)
    rows = stage.rows(f"{word}.clear", **stage.target(word))
    assert {row["node"] for row in rows} == {id_of("importer", one.importer) for one in meant}
    assert {row["node"] for row in rows} <= listed
    assert all(stage.points(plant) == (0 if plant in meant else 6) for plant in stage.plants)


@pytest.mark.covers("openergy.project.delete")
@pytest.mark.covers("openergy.tools.delete_project")
@pytest.mark.covers("openergy.tools.delete_organization")
@WHOLE
def test_a_project_is_deleted_with_all_that_was_listed(stage: Stage, word: str) -> None:
    name = "project.delete" if word == "project" else "organization.delete_projects"
    assert stage.operation(name).preview == f"{word}.contents"
    listed = stage.rows(f"{word}.contents", **stage.target(word))
    kinds = [row["type"] for row in listed if row["organization or project"]]
    assert list(dict.fromkeys(kinds)) == [
        "analysis", "importer", "cleaner", "gate", "project",
    ]  # fmt: skip
    meant = stage.meant(word)
    projects = [row["node"] for row in listed if row["type"] == "project"]
    assert sorted(projects) == sorted(id_of("project", plant.project) for plant in meant)
    deleted = [row for row in listed if row["type"] != "cleaner"]  # each goes with its importer
    assert stage.rows(name, **stage.target(word)) == deleted
    for plant in stage.plants:
        gone = plant in meant
        paths = (
            f"oteams/projects/{plant.project['id']}", f"odata/importers/{plant.importer['id']}",
            f"odata/gates/{plant.gate['id']}", f"odata/analyses/{plant.analysis['id']}",
        )  # fmt: skip
        assert [stage.bare.status("GET", path) for path in paths] == [404 if gone else 200] * 4
    left = f"oteams/organizations/{stage.organization.partition('/')[2]}"
    assert stage.bare.status("GET", left) == 200


def test_a_failure_in_the_middle_says_where_it_stopped(stage: Stage) -> None:
    def refusing(handler: _Handler, ask: Any) -> None:
        if handler.command == "DELETE" and "gates" in handler.path:
            handler.reply(Reply(status=403, body=b'{"detail": "Still in use."}'))
        else:
            handler.reply(ask())

    with FaultProxy(stage.subject.settings["url"]) as proxy:
        opened = stage.subject.open(proxy.url)
        with (
            proxy.failing(refusing),
            pytest.raises(Rejected, match=r"Stopped at the gate .* Still in use"),
        ):
            stage.operation("project.delete").call(opened, {"project": stage.project})
    assert stage.bare.status("GET", f"oteams/projects/{stage.plants[0].project['id']}") == 200
    path = f"odata/analyses/{stage.plants[0].analysis['id']}"
    assert stage.bare.status("GET", path) == 404


def test_an_empty_project_has_only_itself(stage: Stage) -> None:
    row = stage.bare.project("empty")
    found = stage.do("project.contents", project=id_of("project", row))
    assert isinstance(found, Table)
    assert [cells[1] for cells in found.rows] == ["project"]
