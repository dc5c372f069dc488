"""Whole projects and organizations: what is in them, downloaded, switched off, cleared, deleted.

The order is the published client's: analyses, importers (cleaners go with them), gates, project.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from connectors.contract import File, NodeId
from connectors.errors import ConnectorError, Rejected
from connectors.openergy import ids, shown
from connectors.openergy.client import Client, Row
from connectors.openergy.following import follow
from connectors.openergy.gates import CHILDREN
from connectors.openergy.ids import Ref, key, ref_of
from connectors.openergy.tree import data_project
from connectors.operations import Acts, Progress, Record, Table, operation

Project = Annotated[NodeId, Field(title="Project", description="The project.")]
Organization = Annotated[NodeId, Field(title="Organization", description="The organization.")]
COLUMNS = ("node", "type", "name", "organization or project")
Steps = Generator[Progress, None, None]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing of a project."""

    type: str
    row: Row
    project: str

    @property
    def ref(self) -> Ref:
        return ref_of(self.type, self.row)

    @property
    def cells(self) -> tuple[object, ...]:
        return (self.ref.id, self.type, self.row.get("name"), self.project)


Choose = Callable[[Row], Iterator[Found]]


class Projects(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @operation(
        name="project.contents", label="Contents", on="project", danger="reads",
        help="Every analysis, importer, cleaner and gate of a project, in the order of deleting.",
    )  # fmt: skip
    def contents(self, project: Project) -> Table:
        return _table(self._of_project(project, self._everything))

    @operation(
        name="organization.contents", label="Contents", on="organization", danger="reads",
        help="Every analysis, importer, cleaner and gate of all its projects.",
    )  # fmt: skip
    def organization_contents(self, organization: Organization) -> Table:
        return _table(self._of_organization(organization, self._everything))

    @operation(
        name="project.data", label="Data project", on="project", danger="reads",
        help="The data side of a project, with its mail alerts.",
    )  # fmt: skip
    def data(self, project: Project) -> Record:
        row = self._client.one(self._data_ref(project))
        return shown.record("odata_project", row)

    @operation(
        name="project.mail_alerts", label="Mail alerts", on="project", danger="writes",
        help="Lets the platform send mails about this project, or no longer.",
    )  # fmt: skip
    def mail_alerts(
        self,
        project: Project,
        activated: Annotated[bool, Field(title="Activated", description="Whether mails are sent.")],
    ) -> Record:
        ref = self._data_ref(project)
        self._client.change(ref, {"mail_alerts_activated": activated})
        return shown.record("odata_project", self._client.one(ref))

    # -- download

    @operation(
        name="project.download", label="Download the configuration", on="project", danger="reads",
        help="Gates, importers, cleaners and analyses as JSON files in a zip of four folders.",
    )  # fmt: skip
    def download(self, project: Project) -> Generator[Progress, None, File]:
        ref = ids.ref(project, "project")
        row = self._client.one(ref)
        name = slug(str(row.get("name")))
        return (yield from self._zipped([row], f"{name}.zip", deep=False))

    @operation(
        name="organization.download", label="Download the configuration", on="organization",
        danger="reads", help="All its projects as JSON files in a zip, a folder each.",
    )  # fmt: skip
    def download_organization(self, organization: Organization) -> Generator[Progress, None, File]:
        row = self._client.one(ids.ref(organization, "organization"))
        projects = list(self._projects(organization))
        return (yield from self._zipped(projects, f"{slug(str(row.get('name')))}.zip", deep=True))

    def _zipped(
        self, projects: list[Row], name: str, *, deep: bool
    ) -> Generator[Progress, None, File]:
        held = io.BytesIO()
        taken: set[str] = set()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as box:
            for number, project in enumerate(projects):
                yield Progress(text=f"{project.get('name')}", share=number / len(projects))
                before = f"{free(slug(str(project.get('name'))), taken)}/" if deep else ""
                for path, found in self._documents(project):
                    box.writestr(before + path, json.dumps(found, indent=4, ensure_ascii=False))
        content = held.getvalue()
        return File(name=name, chunks=iter((content,)), type="application/zip", size=len(content))

    def _documents(self, project: Row) -> Iterator[tuple[str, Row]]:
        """Path and content of each file; no two paths are equal, also where names are."""
        taken: set[str] = set()
        for gate in self._rows("gate", project):
            yield f"1-gates/{_file(gate, taken, '1')}", self._gate(gate)
        for importer in self._rows("importer", project):
            yield f"2-importers/{_file(importer, taken, '2')}", importer
        for cleaner in self._rows("cleaner", project):
            folder = f"3-cleaners/{free(slug(str(cleaner.get('name'))), taken, '3')}"
            yield f"{folder}/#cleaner.json", cleaner
            for one in self._client.every("unitcleaner", cleaner=str(cleaner["id"])):
                yield f"{folder}/{_file(one, taken, folder)}", one
        for analysis in self._rows("analysis", project):
            yield f"4-analyses/{_file(analysis, taken, '4')}", self._analysis(analysis)

    def _gate(self, gate: Row) -> Row:
        """With its feeder and what that runs, as the published client's tool has it."""
        if key(gate.get("base_feeder")) is None:
            return gate
        whole = self._client.one(ref_of("gate", gate))
        feeder = whole.get("base_feeder")
        if not isinstance(feeder, dict) or key(feeder.get("child_id")) is None:
            return whole
        if model := CHILDREN.get(str(feeder.get("child_model"))):
            child = self._client.one(ref_of(model, {"id": feeder["child_id"]}))
            whole = {**whole, "base_feeder": {**feeder, "child": child}}
        return whole

    def _analysis(self, analysis: Row) -> Row:
        whole = self._client.one(ref_of("analysis", analysis))
        of = str(analysis["id"])
        inputs = list(self._client.every("analysis_input", analysis=of))
        outputs = list(self._client.every("analysis_output", analysis=of))
        return {**whole, "inputs": inputs, "outputs": outputs}

    # -- switching off, clearing, deleting

    @operation(
        name="project.deactivate", label="Deactivate everything", on="project", danger="writes",
        help="Switches feeders and importers off, and says which; the rest stays as it is.",
    )  # fmt: skip
    def deactivate_project(self, project: Project) -> Generator[Progress, None, Table]:
        found = list(self._of_project(project, self._active))
        return (yield from self._each(found, self._switch_off))

    @operation(
        name="organization.deactivate", label="Deactivate everything", on="organization",
        danger="writes", help="Switches off the feeders and importers of all its projects.",
    )  # fmt: skip
    def deactivate_organization(
        self, organization: Organization
    ) -> Generator[Progress, None, Table]:
        found = list(self._of_organization(organization, self._active))
        return (yield from self._each(found, self._switch_off))

    @operation(
        name="project.clear", label="Clear", on="project", danger="destroys",
        preview="project.contents",
        help="Empties the series of every importer that has a gate.",
    )  # fmt: skip
    def clear_project(self, project: Project) -> Generator[Progress, None, Table]:
        found = list(self._of_project(project, self._gated))
        return (yield from self._each(found, self._clear))

    @operation(
        name="organization.clear", label="Clear", on="organization", danger="destroys",
        preview="organization.contents",
        help="Empties the series of every importer of all its projects.",
    )  # fmt: skip
    def clear_organization(self, organization: Organization) -> Generator[Progress, None, Table]:
        found = list(self._of_organization(organization, self._gated))
        return (yield from self._each(found, self._clear))

    @operation(
        name="project.delete", label="Delete", on="project", danger="destroys",
        preview="project.contents",
        help="Deletes the analyses, importers and gates of a project, and then the project.",
    )  # fmt: skip
    def delete_project(self, project: Project) -> Generator[Progress, None, Table]:
        found = list(self._of_project(project, self._deleted))
        return (yield from self._each(found, self._delete))

    @operation(
        name="organization.delete_projects", label="Delete all projects", on="organization",
        danger="destroys", preview="organization.contents",
        help="Deletes every project of an organization; the organization stays.",
    )  # fmt: skip
    def delete_organization(self, organization: Organization) -> Generator[Progress, None, Table]:
        found = list(self._of_organization(organization, self._deleted))
        return (yield from self._each(found, self._delete))

    def _each(
        self, found: list[Found], do: Callable[[Found], Steps]
    ) -> Generator[Progress, None, Table]:
        """One after another; at the first failure, what was done and where it stopped is said."""
        for number, one in enumerate(found):
            yield Progress(
                text=f"{one.type} {one.row.get('name')} ({number + 1} of {len(found)})",
                share=number / len(found),
            )
            try:
                yield from do(one)
            except ConnectorError as wrong:
                fault = wrong
            else:
                continue
            raise Rejected(
                f"Stopped at the {one.type} “{one.row.get('name')}” of {one.project}, after "
                f"{number} of {len(found)}: {fault.message}"
            )
        return _table(iter(found))

    def _switch_off(self, one: Found) -> Steps:
        self._client.activate(one.ref, value=False)
        yield from ()

    def _clear(self, one: Found) -> Steps:
        yield from follow(self._client, "importer_task", self._client.order(one.ref, "clear"))

    def _delete(self, one: Found) -> Steps:
        self._client.delete(one.ref)
        yield from ()

    # -- what there is

    def _of_project(self, id: NodeId, choose: Choose) -> Iterator[Found]:
        return choose(self._client.one(ids.ref(id, "project")))

    def _of_organization(self, id: NodeId, choose: Choose) -> Iterator[Found]:
        for project in self._projects(id):
            yield from choose(project)

    def _projects(self, id: NodeId) -> Iterator[Row]:
        ref = ids.ref(id, "organization")
        return self._client.every("project", organization=ref.uuid)

    def _rows(self, type: str, project: Row) -> Iterator[Row]:
        return self._client.every(type, project=data_project(project))

    def _found(self, type: str, project: Row) -> Iterator[Found]:
        for row in self._rows(type, project):
            yield Found(type, row, str(project.get("name")))

    def _everything(self, project: Row) -> Iterator[Found]:
        for word in ("analysis", "importer", "cleaner", "gate"):
            yield from self._found(word, project)
        yield Found("project", project, str(project.get("name")))

    def _deleted(self, project: Row) -> Iterator[Found]:
        return (one for one in self._everything(project) if one.type != "cleaner")

    def _active(self, project: Row) -> Iterator[Found]:
        for gate in self._found("gate", project):
            found = key(gate.row.get("base_feeder"))
            if found is None:
                continue
            feeder = self._client.one(ref_of("base_feeder", {"id": found}))
            if feeder.get("active"):
                row = {**feeder, "name": gate.row.get("name")}
                yield Found("base_feeder", row, gate.project)
        yield from (one for one in self._found("importer", project) if one.row.get("active"))

    def _gated(self, project: Row) -> Iterator[Found]:
        return (one for one in self._found("importer", project) if key(one.row.get("gate")))

    def _data_ref(self, project: NodeId) -> Ref:
        row = self._client.one(ids.ref(project, "project"))
        return ref_of("odata_project", {"id": data_project(row)})


def _table(found: Iterator[Found]) -> Table:
    return Table(columns=COLUMNS, rows=tuple(one.cells for one in found))


def slug(name: str) -> str:
    """A name as a file's: letters and digits without accents, hyphens between."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "unnamed"


def free(name: str, taken: set[str], folder: str = "") -> str:
    """The name, numbered where it is taken in the folder."""
    found, number = name, 2
    while f"{folder}/{found}" in taken:
        found, number = f"{name}-{number}", number + 1
    taken.add(f"{folder}/{found}")
    return found


def _file(row: Row, taken: set[str], folder: str) -> str:
    return f"{free(slug(str(row.get('name'))), taken, folder)}.json"
