"""The same verbs for every sort of record: lists, pages, and what is made, changed and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import NodeId
from connectors.egress import Deadline, Egress
from connectors.errors import ConfigInvalid, NotFound, Rejected, Unavailable
from connectors.openergy.ids import PATHS
from connectors.openergy.resources import SORTS
from connectors.openergy.values import defining
from connectors.registry import Terms, open_service
from connectors.sandbox.accounts import OUTSIDER
from tests.conformance.calls_openergy import Plant
from tests.conformance.faults import FaultProxy, Reply, _Handler, status
from tests.conformance.sandbox_openergy import NOBODY, id_of, subject
from tests.conformance.subject import Kept
from tests.connectors.certificates import Authority
from tests.functions.openergy.ground import Ground, ground
from tests.sandbox.server import SandboxServer

LISTED = {
    "organizations": "organizations.list_all",
    "projects": "projects.list_all",
    "users": "users.list_all",
    "odata_users": "odata_users.list_all",
    "user_ftp_accounts": "user_ftp_accounts.list_all",
    "odata_projects": "odata_projects.list_all",
    "gate_ftp_accounts": "gate_ftp_accounts.list_all",
    "base_feeders": "base_feeders.list_all",
    "generic_basic_feeders": "generic_basic_feeders.list_all",
    "static_webservice_feeders": "static_webservice_feeders.list_all",
    "base_feeder_tasks": "base_feeder_tasks.list_all",
    "importer_tasks": "importer_tasks.list_all",
    "cleaner_tasks": "cleaner_tasks.list_all",
    "analysis_configs": "analysis_configs.list_all",
    "analysis_tasks": "analysis_tasks.list_all",
    "series_export_tasks": "series_export_tasks.list_all",
}
"""The sorts whose lists are a row of their own."""
IN_PROJECT = {
    "gates": "project.list_all_gates",
    "importers": "project.list_all_importers",
    "cleaners": "project.list_all_cleaners",
    "analyses": "project.list_all_analyses",
}


class Stage(Ground):
    """One of everything that a list can show."""

    plant: Plant

    def filled(self) -> Stage:
        self.plant = plant = Plant(self.bare)
        self.feeder = plant.feeder()
        other = self.bare.gate(plant.data, "web")
        web = self.bare("POST", "odata/base_feeders", {"gate": other["id"]})
        self.web = self.bare("POST", "odata/static_webservice_feeder", {"base_feeder": web["id"]})
        self.web_feeder = web
        config = {
            "analysis": plant.analysis["id"], "input_freq": "1H", "output_freq": "1H",
            "script": "def analyze(df, **tools):\n    return df\n",
        }  # fmt: skip
        self.config = self.bare("POST", "odata/analysis_configs", config)
        self.bare("POST", f"odata/base_feeders/{self.feeder['id']}/feed")
        self.bare("POST", f"odata/cleaners/{plant.cleaner['id']}/action", {"name": "run"})
        self.bare("POST", f"odata/analyses/{plant.analysis['id']}/action", {"name": "run"})
        self.bare("POST", "odata/series/export", {"series": [plant.series[0]["id"]]})
        self.project = id_of("project", plant.project)
        return self


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with ground() as found:
        yield Stage(found.server).filled()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.covers(f"openergy.{row}"))
        for name, row in LISTED.items()
    ],
)
def test_every_record_of_a_sort_is_listed_once(stage: Stage, name: str) -> None:
    (sort,) = (one for one in SORTS if one.name == name)
    wire = stage.bare.rows(PATHS[sort.word])
    rows = stage.rows(f"{name}.list")
    assert wire
    assert [row["node"] for row in rows] == [id_of(sort.word, row) for row in wire]
    assert "password" not in rows[0]
    shared = set(wire[0]) & set(rows[0])
    assert shared >= {"id"}
    plain = {name for name in shared if not isinstance(wire[0][name], dict | list)}
    assert {name: rows[0][name] for name in plain} == {name: wire[0][name] for name in plain}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.covers(f"openergy.{row}"))
        for name, row in IN_PROJECT.items()
    ],
)
def test_everything_of_a_project_is_listed_once_over_all_pages(stage: Stage, name: str) -> None:
    (sort,) = (one for one in SORTS if one.name == name)
    data = stage.bare.project(f"many {name}")
    if name == "cleaners":
        path, names = "odata/importers", range(203)
    else:
        path, names = PATHS[sort.word], range(203)
    for number in names:
        body = {"project": data["odata"], "name": f"n {number}", "comment": ""}
        stage.bare("POST", path, body)
    rows = stage.rows(f"{name}.list", project=id_of("project", data))
    wanted = stage.bare.rows(PATHS[sort.word], project=data["odata"])
    assert {row["node"] for row in rows} == {id_of(sort.word, row) for row in wanted}
    assert len(rows) == 203
    shown = [node for node in stage.children(id_of("project", data)) if node.type == sort.word]
    assert len(shown) == len({node.id for node in shown}) == 203


@pytest.mark.covers("openergy.records.list")
def test_all_26_sorts_are_listed_with_exact_filters(stage: Stage) -> None:
    assert len(SORTS) == len(PATHS) == 26
    for sort in SORTS:
        wire = stage.bare.rows(PATHS[sort.word])
        assert len(stage.rows(f"{sort.name}.list")) == len(wire), sort.name
    assert [row["name"] for row in stage.rows("gates.list", project=stage.project, name="web")] == [
        "web"
    ]
    assert stage.rows("gates.list", project=stage.project, name="we") == []


@pytest.mark.covers("openergy.records.iter")
def test_pages_are_fetched_on_demand(stage: Stage) -> None:
    with FaultProxy(stage.subject.settings["url"]) as proxy:
        opened = stage.subject.open(proxy.url)
        found = stage.operation("series.list").call(opened, {})
        counted = Counting(proxy)
        rows = iter(found.rows)  # type: ignore[union-attr]
        next(rows)
        assert counted.asked == 0
        rest = list(rows)
        assert len(rest) == len(stage.bare.rows("odata/series")) - 1
        assert counted.asked == 1


class Counting:
    """Counts the requests that pass a proxy from now on."""

    def __init__(self, proxy: FaultProxy) -> None:
        self.asked = 0
        proxy.spoil = self.passed

    def passed(self, handler: _Handler, ask: Any) -> None:
        self.asked += 1
        handler.reply(ask())


@pytest.mark.covers("openergy.records.list_all")
def test_smaller_pages_than_asked_for_lose_nothing(stage: Stage) -> None:
    wanted = {row["id"] for row in stage.bare.rows("odata/series")}
    assert len(wanted) > 200

    def smaller(handler: _Handler, ask: Any) -> None:
        handler.path = handler.path.replace("length=200", "length=70")
        handler.reply(ask())

    with FaultProxy(stage.subject.settings["url"]) as proxy:
        opened = stage.subject.open(proxy.url)
        with proxy.failing(smaller):
            found = stage.operation("series.list").call(opened, {})
            rows = list(found.rows)  # type: ignore[union-attr]
        assert len(proxy.struck) == -(-len(wanted) // 70)
    assert {row[1] for row in rows} == wanted
    assert len(rows) == len(wanted)


@pytest.mark.covers("openergy.organization.list_all_projects")
def test_every_project_of_an_organization_is_there_once(stage: Stage) -> None:
    organization = stage.plant.project["organization"]
    wanted = stage.bare.rows("oteams/projects", organization=organization)
    rows = stage.rows("projects.list", organization=NodeId(f"organization/{organization}"))
    assert [row["node"] for row in rows] == [id_of("project", row) for row in wanted]
    shown = stage.children(NodeId(f"organization/{organization}"))
    assert [node.id for node in shown] == [row["node"] for row in rows]


@pytest.mark.covers("openergy.records.create")
@pytest.mark.covers("openergy.records.retrieve")
@pytest.mark.covers("openergy.type.http_error")
def test_a_new_record_is_shown_and_a_refusal_stands_beside_its_field(stage: Stage) -> None:
    made = stage.record("gates.create", parent=stage.project, name="made", comment="here")
    assert made.id is not None
    wire = stage.bare("GET", f"odata/gates/{made.id.partition('/')[2]}")
    found = stage.record("gates.get", which=made.id)
    assert found.fields["comment"] == wire["comment"] == "here"
    assert stage.service.node(made.id).name == wire["name"] == "made"
    assert found.fields["rights.can_write"] is True
    with pytest.raises(NotFound):
        stage.do("gates.get", which=f"gate/{NOBODY}")
    feeder = {"parent": id_of("gate", stage.feeder["gate"]), "crontab": "0 0 0 99 * *"}
    with pytest.raises(Rejected) as refused:
        stage.do("base_feeders.create", **feeder)
    assert "crontab" in refused.value.fields
    with FaultProxy(stage.subject.settings["url"]) as proxy:
        opened = stage.subject.open(proxy.url)
        with proxy.failing(status(503)), pytest.raises(Unavailable):
            opened.check()


@pytest.mark.covers("openergy.record.update")
@pytest.mark.covers("openergy.record.reload")
@pytest.mark.covers("openergy.gate.update")
def test_an_update_sends_what_was_given_and_the_page_shows_what_is(stage: Stage) -> None:
    gate = stage.bare.gate(stage.plant.data, "old name")
    which = id_of("gate", gate)
    stage.bare("PATCH", f"odata/gates/{gate['id']}", {"comment": "meanwhile"})
    assert stage.record("gates.get", which=which).fields["comment"] == "meanwhile"
    stage.do("gates.update", which=which, name="new name")
    wire = stage.bare("GET", f"odata/gates/{gate['id']}")
    assert (wire["name"], wire["comment"]) == ("new name", "meanwhile")
    stage.do("gates.update", which=which, comment="now")
    assert stage.bare("GET", f"odata/gates/{gate['id']}")["comment"] == "now"


@pytest.mark.covers("openergy.project.update")
def test_a_projects_name_and_comment_change(stage: Stage) -> None:
    row = stage.bare.project("before")
    stage.do("projects.update", which=id_of("project", row), name="after", comment="said")
    wire = stage.bare("GET", f"oteams/projects/{row['id']}")
    assert (wire["name"], wire["comment"]) == ("after", "said")


@pytest.mark.covers("openergy.record.delete")
@pytest.mark.parametrize("answer", [None, Reply(status=200, body=b"{}")])
def test_a_deleted_record_is_gone_whether_204_or_200_says_so(
    stage: Stage, answer: Reply | None
) -> None:
    body = {"analysis": stage.plant.analysis["id"], "name": "gone", "resample_rule": "mean"}
    row = stage.bare("POST", "odata/analysis_outputs", body)

    def told(handler: _Handler, ask: Any) -> None:
        real = ask()
        handler.reply(answer or real)

    with FaultProxy(stage.subject.settings["url"]) as proxy:
        opened = stage.subject.open(proxy.url)
        with proxy.failing(told):
            which = id_of("analysis_output", row)
            stage.operation("analysis_outputs.delete").call(opened, {"which": which})
    assert stage.bare.status("GET", f"odata/analysis_outputs/{row['id']}") == 404


@pytest.mark.covers("openergy.record.detail_action")
def test_any_action_of_a_record_is_callable(stage: Stage) -> None:
    which = id_of("importer", stage.plant.importer)
    found = stage.record("record.action", record=which, action="action", body='{"name": "run"}')
    assert stage.bare("GET", f"odata/importer_tasks/{found.fields['id']}")["name"] == "run"
    with pytest.raises(Rejected) as refused:
        stage.do("record.action", record=which, action="action", body="run")
    assert "body" in refused.value.fields
    account = id_of("gate_ftp_account", stage.plant.gate["ftp_account"])
    secret = stage.bare("GET", f"odata/gate_ftp_accounts/{account.partition('/')[2]}/password")
    hidden = stage.record("record.action", record=account, action="password", method="GET")
    assert secret["password"] not in str(hidden.fields)


@pytest.mark.covers("openergy.records.list_action")
def test_any_action_of_a_list_is_callable(stage: Stage) -> None:
    key = stage.plant.series[0]["otsdb_pk"]
    found = stage.record(
        "records.list_action", type="series", action="multi_select",
        body=f'{{"otsdb_pk": ["{key}"]}}', query='{"max_rows_nb": 2}',
    )  # fmt: skip
    assert found.fields[f"{key}.data"] == "[1.0,2.0]"


@pytest.mark.covers("openergy.type.multiple_records_returned")
def test_a_name_that_two_have_asks_to_pick_by_id(stage: Stage) -> None:
    for _ in range(2):
        stage.bare.gate(stage.plant.data, "double")
    with pytest.raises(Rejected) as refused:
        stage.do("gates.find", parent=stage.project, name="double")
    assert "Pick the gate" in refused.value.fields["name"]
    assert stage.names(stage.project).count("double") == 2


@pytest.mark.covers("openergy.client.wait_for_on")
def test_a_refusal_is_up_and_503_and_no_answer_are_not(stage: Stage) -> None:
    assert stage.record("platform.health").fields == {"up": True, "status": 200}
    with FaultProxy(stage.subject.settings["url"]) as proxy:
        opened = stage.subject.open(proxy.url)
        health = stage.operation("platform.health")
        with proxy.failing(status(401)):
            assert health.call(opened, {}).fields["status"] == 401  # type: ignore[union-attr]
        with proxy.failing(status(503)), pytest.raises(Unavailable):
            health.call(opened, {})
    with pytest.raises(Unavailable):
        health.call(stage.subject.open(proxy.url, seconds=5), {})


@pytest.mark.covers("openergy.auth.url_and_tls")
def test_another_host_a_path_and_the_operators_authority_are_accepted(
    stage: Stage, tmp_path: Path
) -> None:
    url = stage.subject.settings["url"]
    assert stage.subject.open(f"{url}/").check() == stage.service.check()
    authority = Authority.made(tmp_path)
    authority.server("127.0.0.1")
    (file,) = (str(one) for one in tmp_path.iterdir() if str(one) != authority.file)
    with SandboxServer("openergy", tls=(file, file)) as server:
        assert server.url.startswith("https://")
        assert checked(server, authority.file).endswith("@sandbox.example)")
        with pytest.raises(ConfigInvalid, match="authority"):
            checked(server, None)


def checked(server: SandboxServer, authorities: str | None) -> str:
    """Who the platform says we are, when these authorities are trusted."""
    values = subject(server).settings
    egress = Egress(allow=frozenset({("127.0.0.1", server.port)}), authorities=authorities)
    terms = Terms(egress=egress, deadline=Deadline.after(20), keep=Kept())
    with open_service("openergy", values, terms) as service:
        return service.check().label


@pytest.mark.covers("openergy.user.me")
@pytest.mark.covers("openergy.user.get_odata_user")
@pytest.mark.covers("openergy.user.get_odata_ftp_account")
def test_the_accounts_own_user_data_user_and_area_are_found(stage: Stage) -> None:
    me = stage.bare("GET", "oteams/users/me")
    assert stage.record("user.me").fields["login"] == me["login"]
    assert stage.service.check().id.endswith(f"#{me['id']}")
    data = stage.bare("GET", f"odata/users/{me['odata']}")
    assert stage.record("user.data").id == id_of("odata_user", data)
    assert stage.record("user.ftp_account").fields["id"] == data["ftp_account"]
    assert stage.service.node(NodeId("home")).role == "folder"


@pytest.mark.covers("openergy.project.get_odata_project")
@pytest.mark.covers("openergy.cleaner.get_odata_project")
@pytest.mark.covers("openergy.odata_project.activate_mail_alerts")
@pytest.mark.covers("openergy.odata_project.deactivate_mail_alerts")
def test_mail_alerts_of_a_project_are_switched(stage: Stage) -> None:
    found = stage.record("project.data", project=stage.project)
    assert found.fields["name"] == stage.plant.project["name"]
    for value in (True, False):
        stage.do("project.mail_alerts", project=stage.project, activated=value)
        wire = stage.bare("GET", f"odata/projects/{stage.plant.data}")
        assert wire["mail_alerts_activated"] is value


@pytest.mark.covers("openergy.project.list_all_notifications")
@pytest.mark.covers("openergy.project.list_all_notifications_unresolved")
@pytest.mark.covers("openergy.notification.resolve")
def test_notifications_are_listed_open_or_all_and_leave_when_resolved(stage: Stage) -> None:
    wire = stage.bare.rows("odata/notifications")
    data = next(row["project"] for row in wire if row["resolved"])
    project = NodeId(f"project/{stage.bare('GET', f'odata/projects/{data}')['base']}")
    every = stage.rows("notifications.list", project=project)
    still = stage.rows("notifications.list", project=project, resolved=False)
    done = stage.rows("notifications.list", project=project, resolved=True)
    assert still
    assert done
    assert len(every) == len(still) + len(done)
    assert not any(row["resolved"] for row in still)
    stage.do("notification.resolve", notification=still[0]["node"])
    path = f"odata/notifications/{still[0]['id']}"
    assert stage.bare("GET", path)["resolved"] is True
    left = stage.rows("notifications.list", project=project, resolved=False)
    assert [row["node"] for row in left] == [row["node"] for row in still[1:]]


@pytest.mark.covers("openergy.project.create_cleaner")
def test_a_cleaner_can_be_made_by_itself(stage: Stage) -> None:
    made = stage.record("cleaners.create", parent=stage.project, name="lonely")
    row = stage.bare("GET", f"odata/cleaners/{str(made.id).partition('/')[2]}")
    assert (row["name"], row["related_importer"]) == ("lonely", None)


def test_an_outsider_sees_no_organization(stage: Stage) -> None:
    other = Ground(stage.server, OUTSIDER)
    assert other.rows("organizations.list") == []


def test_a_script_that_defines_something_else_is_told_by_its_line() -> None:
    with pytest.raises(ValueError, match="Line 2"):
        defining("fct")("x = 1\ny = (")
