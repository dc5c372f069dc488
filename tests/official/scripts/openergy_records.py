"""Client, transport, endpoints, organizations, projects, users, tasks; then gates and tools."""

from __future__ import annotations

from typing import Any

import openergy_gates
import openergy_others
import openergy_tools
import ovbpclient
from judge import Judge
from openergy_wrong import NOWHERE, code, lost, stranger
from ovbpclient.exceptions import HttpError

ORGANIZATION = "Openergy"


def judge_all(judge: Judge, client: Any) -> None:
    """Everything but cleaners, analyses and data."""
    _transport(judge, client)
    organization = _organizations(judge, client)
    project = _projects(judge, client, organization)
    _endpoints(judge, client, project)
    openergy_others.judge_all(judge, client, project)
    openergy_gates.judge_all(judge, client, project)
    openergy_tools.judge_all(judge, client, organization)


def _transport(judge: Judge, client: Any) -> None:
    rest = client.rest_client
    judge.right("RestClient.wait_for_on", rest.wait_for_on, lambda result: result is None)
    judge.wrong("RestClient.wait_for_on", lambda: rest.wait_for_on(timeout=0), raises=ValueError)
    page = judge.right(
        "RestClient.list",
        lambda: rest.list("oteams/organizations", {"start": 0, "length": 2}),
        lambda body: len(body["data"]) == 2 and body["recordsTotal"] > 2,
    )
    judge.wrong("RestClient.list", lambda: code(lambda: rest.list("odata/nothing")),
                lambda status: status == 404)  # fmt: skip
    first = page["data"][0]["id"]
    judge.right("RestClient.retrieve", lambda: rest.retrieve("oteams/organizations", first),
                lambda body: body["id"] == first and body["rights"]["can_read"])  # fmt: skip
    judge.wrong("RestClient.retrieve", lambda: rest.retrieve("oteams/organizations", NOWHERE),
                lambda error: error.code == 404 and "Not found." in error.message,
                raises=HttpError)  # fmt: skip
    body = {"organization": first, "name": "Rest", "comment": "°C"}
    made = judge.right("RestClient.create", lambda: rest.create("oteams/projects", body),
                       lambda row: (row["name"], row["comment"]) == ("Rest", "°C"))  # fmt: skip
    judge.wrong("RestClient.create", lambda: rest.create("oteams/projects", {"name": "x"}),
                lambda error: error.code == 400 and "organization" in error.message,
                raises=HttpError)  # fmt: skip
    _changes(judge, rest, made["id"])
    _actions(judge, rest)
    judge.right("RestClient.destroy", lambda: rest.destroy("oteams/projects", made["id"]),
                lambda result: result is None)  # fmt: skip
    judge.wrong("RestClient.destroy", lambda: rest.destroy("oteams/projects", made["id"]),
                lambda error: error.code == 404, raises=HttpError)  # fmt: skip


def _changes(judge: Judge, rest: Any, row_id: str) -> None:
    def patch(**values: Any) -> Any:
        return rest.partial_update("oteams/projects", row_id, values)

    judge.right("RestClient.partial_update", lambda: patch(comment="new"),
                lambda row: row["comment"] == "new" and row["name"] == "Rest")  # fmt: skip
    judge.wrong("RestClient.partial_update", lambda: patch(name=""),
                lambda error: error.code == 400 and "name" in error.message,
                raises=HttpError)  # fmt: skip
    # The toolkit refuses every PUT: for this function the refusal is what is right (1.4).
    judge.right("RestClient.update",
                lambda: code(lambda: rest.update("oteams/projects", row_id, {"name": "x"})),
                lambda status: status == 403)  # fmt: skip
    judge.wrong("RestClient.update", lambda: rest.update("odata/series", NOWHERE, {}),
                lambda error: error.code == 405, raises=HttpError)  # fmt: skip


def _actions(judge: Judge, rest: Any) -> None:
    importer = rest.list("odata/importers", {"length": 1})["data"][0]["id"]

    def active(data: Any) -> Any:
        return rest.detail_action("odata/importers", importer, "patch", "active", data=data)

    judge.right("RestClient.detail_action", lambda: active({"value": False}),
                lambda row: row["active"] is False)  # fmt: skip
    judge.right("RestClient.detail_action", lambda: active({"value": True}),
                lambda row: row["active"] is True)  # fmt: skip
    judge.wrong("RestClient.detail_action", lambda: active({"value": "maybe"}),
                lambda error: error.code == 400, raises=HttpError)  # fmt: skip
    judge.right("RestClient.list_action", lambda: rest.list_action("oteams/users", "get", "me"),
                lambda me: me["email"] == "admin@sandbox.example")  # fmt: skip
    judge.wrong("RestClient.list_action",
                lambda: rest.list_action("odata/series", "post", "export", data={"series": []}),
                lambda error: error.code == 400, raises=HttpError)  # fmt: skip


def _organizations(judge: Judge, client: Any) -> Any:
    organization = judge.right("Client.get_organization",
                               lambda: client.get_organization(ORGANIZATION),
                               lambda row: row.name == ORGANIZATION)  # fmt: skip
    judge.wrong("Client.get_organization", lambda: client.get_organization("Nobody"),
                raises=ovbpclient.RecordDoesNotExistError)  # fmt: skip
    missing = lost(client.organizations)
    judge.right("Organization.reload", organization.reload,
                lambda _: organization.rights["can_read"] is True)  # fmt: skip
    judge.wrong("Organization.reload", missing.reload, lambda error: error.code == 404,
                raises=HttpError)  # fmt: skip
    judge.right("Organization.update", lambda: organization.update(comment="Ours"),
                lambda _: organization.comment == "Ours")  # fmt: skip
    judge.wrong("Organization.update", lambda: organization.update(name=None),
                lambda error: error.code == 400, raises=HttpError)  # fmt: skip
    # Nothing tells that the platform lets go of an organization: the stand-in refuses [G].
    judge.right("Organization.delete", lambda: code(organization.delete),
                lambda status: status == 405)  # fmt: skip
    theirs = stranger(client).organizations.data_to_record(organization.data)
    judge.wrong("Organization.delete", theirs.delete, lambda error: error.code == 401,
                raises=HttpError)  # fmt: skip
    judge.right("Organization.detail_action",
                lambda: code(lambda: organization.detail_action("get", "anything")),
                lambda status: status == 404)  # fmt: skip
    judge.wrong("Organization.detail_action",
                lambda: theirs.detail_action("get", "anything"), raises=HttpError)  # fmt: skip
    return organization


def _projects(judge: Judge, client: Any, organization: Any) -> Any:
    project = judge.right(
        "Organization.create_project",
        lambda: organization.create_project("Judge", comment="by the client"),
        lambda row: (row.name, row.comment) == ("Judge", "by the client"),
    )
    judge.wrong("Organization.create_project", lambda: organization.create_project(""),
                lambda error: error.code == 400, raises=HttpError)  # fmt: skip
    judge.right(
        "Organization.get_project",
        lambda: organization.get_project("Judge"),
        lambda row: row.id == project.id and row.organization["name"] == ORGANIZATION,
    )
    judge.wrong("Organization.get_project", lambda: organization.get_project("judge"),
                raises=ovbpclient.RecordDoesNotExistError)  # fmt: skip
    judge.right("Organization.list_all_projects", organization.list_all_projects,
                lambda rows: [row.id for row in rows] == [project.id])  # fmt: skip
    theirs = stranger(client).organizations.data_to_record(organization.data)
    judge.wrong("Organization.list_all_projects", theirs.list_all_projects,
                lambda error: error.code == 401, raises=HttpError)  # fmt: skip
    judge.right("Client.get_project", lambda: client.get_project(ORGANIZATION, "Judge"),
                lambda row: len(row.data) == 11)  # fmt: skip
    judge.wrong("Client.get_project", lambda: client.get_project(ORGANIZATION, "None"),
                raises=ovbpclient.RecordDoesNotExistError)  # fmt: skip
    _project_record(judge, client, project)
    _project_children(judge, client, project)
    return project


def _project_record(judge: Judge, client: Any, project: Any) -> None:
    """The client has two classes of this name, the team's and the data side's: both are called."""
    missing = lost(client.odata_projects)
    data = judge.right("Project.get_odata_project", project.get_odata_project,
                       lambda row: row.id == project.odata)  # fmt: skip
    judge.wrong("Project.get_odata_project", lambda: lost(client.projects).get_odata_project(),
                raises=AttributeError)  # fmt: skip
    judge.right("Project.reload", lambda: (project.reload(), data.reload()),
                lambda _: data.base == project.id and data.name == "Judge")  # fmt: skip
    judge.wrong("Project.reload", missing.reload, lambda e: e.code == 404,
                raises=HttpError)  # fmt: skip
    judge.right("Project.activate_mail_alerts", data.activate_mail_alerts,
                lambda _: data.mail_alerts_activated is True)  # fmt: skip
    judge.wrong("Project.activate_mail_alerts", missing.activate_mail_alerts,
                lambda e: e.code == 404, raises=HttpError)  # fmt: skip
    judge.right(
        "Project.deactivate_mail_alerts",
        data.deactivate_mail_alerts,
        lambda _: client.odata_projects.retrieve(data.id).mail_alerts_activated is False,
    )
    judge.wrong("Project.deactivate_mail_alerts", missing.deactivate_mail_alerts,
                lambda e: e.code == 404, raises=HttpError)  # fmt: skip
    judge.right("Project.update",
                lambda: (project.update(name="Renamed"), data.update(mail_alerts_activated=True)),
                lambda _: client.odata_projects.retrieve(data.id).name == "Renamed")  # fmt: skip
    judge.wrong("Project.update", lambda: data.update(mail_alerts_activated="perhaps"),
                lambda e: e.code == 400, raises=HttpError)  # fmt: skip
    judge.right("Project.detail_action",
                lambda: (code(lambda: project.detail_action("post", "x")),
                         code(lambda: data.detail_action("post", "x"))),
                lambda codes: codes == (404, 404))  # fmt: skip
    judge.wrong("Project.detail_action", lambda: missing.detail_action("post", "x"),
                raises=HttpError)  # fmt: skip
    project.update(name="Judge")
    spare = client.projects.create(organization=client.get_organization(ORGANIZATION).id,
                                   name="Spare", comment="")  # fmt: skip
    side = spare.get_odata_project()
    # A project is deleted by its team id; the data side goes with it and cannot go alone (2.1).
    judge.right("Project.delete", lambda: (code(side.delete), spare.delete(), code(side.reload)),
                lambda codes: codes == (405, None, 404))  # fmt: skip
    judge.wrong("Project.delete", spare.delete, lambda e: e.code == 404, raises=HttpError)


def _project_children(judge: Judge, client: Any, project: Any) -> None:
    bad = stranger(client).projects.data_to_record(project.data)
    for kind, plural in (("gate", "gates"), ("importer", "importers"), ("cleaner", "cleaners"),
                         ("analysis", "analyses")):  # fmt: skip
        create, get = getattr(project, f"create_{kind}"), getattr(project, f"get_{kind}")
        made = judge.right(
            f"Project.create_{kind}",
            lambda c=create: c("one", comment="first"),
            lambda row: (row.name, row.project) == ("one", project.odata),
        )
        judge.wrong(f"Project.create_{kind}", lambda c=create: c(None),
                    lambda e: e.code == 400 and "name" in e.message, raises=HttpError)  # fmt: skip
        if kind == "cleaner":  # the importer's has this name already
            judge.wrong("Project.get_cleaner", lambda g=get: g("one"),
                        raises=ovbpclient.MultipleRecordsReturnedError)  # fmt: skip
            made.delete()
        judge.right(f"Project.get_{kind}", lambda g=get: g("one"),
                    lambda row: row.comment in ("first", ""))  # fmt: skip
        judge.wrong(f"Project.get_{kind}", lambda g=get: g("two"),
                    raises=ovbpclient.RecordDoesNotExistError)  # fmt: skip
        name = f"list_all_{plural}"
        judge.right(f"Project.{name}", getattr(project, name),
                    lambda rows: [row.name for row in rows] == ["one"])  # fmt: skip
        judge.wrong(f"Project.{name}", getattr(bad, name), lambda e: e.code == 401,
                    raises=HttpError)  # fmt: skip
    judge.right("Project.list_all_series", project.list_all_series, lambda rows: rows == [])
    judge.wrong("Project.list_all_series", bad.list_all_series, lambda e: e.code == 401,
                raises=HttpError)  # fmt: skip
    project.get_importer("one").run()  # it has no gate, and a notification tells so
    judge.right("Project.list_all_notifications",
                lambda: (project.list_all_notifications(resolved=False),
                         project.list_all_notifications(resolved=True)),
                lambda lists: [len(rows) for rows in lists] == [1, 0])  # fmt: skip
    judge.wrong("Project.list_all_notifications", bad.list_all_notifications,
                lambda e: e.code == 401, raises=HttpError)  # fmt: skip


def _endpoints(judge: Judge, client: Any, project: Any) -> None:
    """Counted on the class of `client.series`, which inherits what every endpoint has."""
    series, wrong = client.series, stranger(client).series
    every = judge.right("SeriesEndpoint.list_all", series.list_all,
                        lambda rows: len({row.id for row in rows}) == len(rows) > 200)  # fmt: skip
    judge.wrong("SeriesEndpoint.list_all", wrong.list_all, lambda e: e.code == 401,
                raises=HttpError)  # fmt: skip
    judge.right("SeriesEndpoint.list", lambda: series.list(start=1, limit=3),
                lambda rows: [r.id for r in rows] == [r.id for r in every[1:4]])  # fmt: skip
    judge.wrong("SeriesEndpoint.list", lambda: series.list(start="soon"),
                lambda e: e.code == 400, raises=HttpError)  # fmt: skip
    name = every[0].name
    judge.right("SeriesEndpoint.iter", lambda: list(series.iter(filter_by={"name": name})),
                lambda rows: {row.name for row in rows} == {name})  # fmt: skip
    judge.wrong("SeriesEndpoint.iter", lambda: list(wrong.iter()), lambda e: e.code == 401,
                raises=HttpError)  # fmt: skip
    judge.right(
        "SeriesEndpoint.retrieve",
        lambda: series.retrieve(every[0].id),
        lambda row: row.otsdb_pk == every[0].otsdb_pk and row.rights["can_read"],
    )
    judge.wrong("SeriesEndpoint.retrieve", lambda: series.retrieve("no uuid"),
                lambda e: e.code == 404, raises=HttpError)  # fmt: skip
    judge.right("SeriesEndpoint.data_to_record", lambda: series.data_to_record({"id": "x"}),
                lambda row: repr(row) == "<odata/series: x>")  # fmt: skip
    judge.nothing_wrong("SeriesEndpoint.data_to_record", "it takes anything and sends nothing")
    # Series are made by generators only; the platform has nothing to create one with (2.11).
    judge.right("SeriesEndpoint.create", lambda: code(lambda: series.create(name="x")),
                lambda status: status == 405)  # fmt: skip
    judge.wrong("SeriesEndpoint.create", lambda: wrong.create(name="x"),
                lambda e: e.code == 401, raises=HttpError)  # fmt: skip
    body = {"series": [every[0].id], "start": "2016-01-01T00:00:00", "end": "2016-01-02T00:00:00"}
    judge.right(
        "SeriesEndpoint.list_action",
        lambda: series.list_action("post", "export", data=body),
        lambda task: task["base"]["status"] in ("pending", "running", "finished"),
    )
    judge.wrong("SeriesEndpoint.list_action", lambda: series.list_action("get", "export"),
                lambda e: e.code == 405, raises=HttpError)  # fmt: skip
