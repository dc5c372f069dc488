"""The client's tools, on a project and on a whole organization."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from judge import Judge
from ovbpclient.exceptions import HttpError
from ovbpclient.tools import clear, deactivate, delete, download

FILE = "date,one\n2024-01-01 00:00:00,1\n"


def judge_all(judge: Judge, client: Any, organization: Any) -> None:
    """Works in a project of its own; at the end the organization has none."""
    project = _filled(client, organization)
    missing = client.organizations.data_to_record({"id": "none"})
    lost = client.projects.data_to_record({"id": "none", "name": "none", "odata": "none"})
    _downloads(judge, project, organization)
    _deactivations(judge, project, organization, missing)
    _clearings(judge, project, organization, missing)
    judge.right("delete.delete_project", lambda: delete.delete_project(project),
                lambda _: project.id not in _ids(organization))  # fmt: skip
    judge.wrong("delete.delete_project", lambda: delete.delete_project(lost),
                lambda error: error.code == 404, raises=HttpError)  # fmt: skip
    _filled(client, organization)
    judge.right("delete.delete_organization", lambda: delete.delete_organization(organization),
                lambda _: _ids(organization) == [])  # fmt: skip
    judge.wrong("delete.delete_organization", lambda: delete.delete_organization("none"),
                raises=AttributeError)  # fmt: skip


def _ids(organization: Any) -> list[str]:
    return [project.id for project in organization.list_all_projects()]


def _filled(client: Any, organization: Any) -> Any:
    """A project with one of each, switched on."""
    project = organization.create_project("Tools / judged")
    gate = project.create_gate("gate")
    client.gate_ftp_accounts.data_to_record({"id": gate.ftp_account}).attach_new_oftp_account()
    gate.reload()
    with gate.get_ftputil_client() as host, host.open("a.csv", "w", encoding="utf-8") as file:
        file.write(FILE)
    feeder = gate.create_base_feeder()
    client.static_webservice_feeders.create(base_feeder=feeder.id)
    feeder.activate()
    importer = project.create_importer("importer")
    importer.configure(gate=gate)
    importer.run().wait_for_completion(period=20)
    importer.activate()
    cleaner = project.get_cleaner("importer")
    cleaner.create_unitcleaner("one", "clean")
    analysis = project.create_analysis("analysis")
    analysis.create_analysis_input(cleaner, "clean", "clean")
    return project


def _downloads(judge: Judge, project: Any, organization: Any) -> None:
    folder = Path(tempfile.mkdtemp())

    def names(root: Path) -> list[str]:
        return sorted(str(path.relative_to(root)) for path in root.rglob("*.json"))

    judge.right("download.download_project",
                lambda: download.download_project(project, str(folder / "one")),
                lambda _: names(folder / "one") == [
                    "1-gates/gate.json", "2-importers/importer.json",
                    "3-cleaners/importer/#cleaner.json", "3-cleaners/importer/clean.json",
                    "4-analyses/analysis.json"])  # fmt: skip
    gate = json.loads((folder / "one" / "1-gates" / "gate.json").read_text())
    assert gate["base_feeder"]["child_model"] == "staticwebservicefeeder"
    assert gate["base_feeder"]["child_data"]["base_feeder"] == gate["base_feeder"]["id"]
    judge.wrong("download.download_project",
                lambda: download.download_project(project, str(folder / "one")),
                raises=ValueError)  # fmt: skip
    judge.right("download.download_organization",
                lambda: download.download_organization(organization, str(folder / "all")),
                lambda _: len(names(folder / "all")) >= 5)  # fmt: skip
    judge.wrong("download.download_organization",
                lambda: download.download_organization(organization, str(folder / "all")),
                raises=ValueError)  # fmt: skip
    judge.right("download.sanitize_name", lambda: download.sanitize_name(project.name),
                lambda name: "/" not in name and name.startswith("tools"))  # fmt: skip
    judge.nothing_wrong("download.sanitize_name", "every text becomes some name")


def _deactivations(judge: Judge, project: Any, organization: Any, missing: Any) -> None:
    def active() -> tuple[bool, bool]:
        importer, gate = project.get_importer("importer"), project.get_gate("gate")
        return importer.active, gate.get_base_feeder().active

    assert active() == (True, True)
    judge.right("deactivate.deactivate_project", lambda: deactivate.deactivate_project(project),
                lambda _: active() == (False, False))  # fmt: skip
    judge.wrong("deactivate.deactivate_project", lambda: deactivate.deactivate_project(missing),
                raises=AttributeError)  # fmt: skip
    project.get_importer("importer").activate()
    judge.right("deactivate.deactivate_organization",
                lambda: deactivate.deactivate_organization(organization),
                lambda _: active() == (False, False))  # fmt: skip
    judge.wrong(
        "deactivate.deactivate_organization",
        lambda: deactivate.deactivate_organization(project),
        raises=AttributeError,
    )


def _clearings(judge: Judge, project: Any, organization: Any, missing: Any) -> None:
    importer = project.get_importer("importer")
    (series,) = importer.list_all_output_series()

    def values() -> list[Any]:
        return list(series.detail_action("get", "select")["data"])

    assert values() == [1.0]
    judge.right("clear.clear_project", lambda: clear.clear_project(project),
                lambda _: values() == [])  # fmt: skip
    judge.wrong("clear.clear_project", lambda: clear.clear_project(missing), raises=AttributeError)
    importer.reset().wait_for_completion(period=20)
    assert values() == [1.0]
    judge.right("clear.clear_organization", lambda: clear.clear_organization(organization),
                lambda _: values() == [])  # fmt: skip
    judge.wrong("clear.clear_organization", lambda: clear.clear_organization(project),
                raises=AttributeError)  # fmt: skip
