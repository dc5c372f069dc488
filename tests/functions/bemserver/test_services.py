"""What a server does by itself, by the same functions on both generations of its API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from connectors.contract import NodeId
from connectors.errors import NotFound, Rejected
from dashboard.accounts.models import Workspace
from dashboard.connections import vault
from dashboard.connections.models import Connection, Health
from dashboard.operations import services as offered
from tests.functions.bemserver.ground import CLEAN, DAY, Ground, every
from tests.functions.bemserver.shared import KIND, NOBODY, Bare, Ours, fresh, served
from tests.sandbox.server import MEMBER, SandboxServer

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Work:
    """A service: where older servers keep its rows, and which task newer ones have for it."""

    name: str
    path: str
    target: str
    task: str
    parameters: dict[str, Any]


WORK = {
    work.name: work
    for work in (
        Work("st_cleanup_by_campaign", "st_cleanups_by_campaigns", "campaign", "Cleanup", {}),
        Work("st_check_missing_by_campaign", "st_check_missings_by_campaigns", "campaign",
             "CheckMissingData", {"min_completeness_ratio": 0.9}),
        Work("st_check_outlier_by_campaign", "st_check_outliers_by_campaigns", "campaign",
             "CheckOutliers", {"min_correctness_ratio": 0.9}),
        Work("st_download_weather_by_site", "st_download_weather_data_by_sites", "site",
             "DownloadWeatherData", {"forecast": False}),
        Work("st_download_weather_forecast_by_site", "st_download_weather_forecast_data_by_sites",
             "site", "DownloadWeatherData", {"forecast": True}),
    )
}  # fmt: skip


@dataclass
class Stage:
    """One server, with our service and a bare client."""

    server: SandboxServer
    old: bool

    def __post_init__(self) -> None:
        self.ours = Ours(self.server)
        self.bare = Bare(self.server)

    def ground(self) -> Ground:
        return Ground(self.bare)

    def target(self, work: Work) -> int:
        """A new one."""
        ground = self.ground()
        return ground.campaign if work.target == "campaign" else ground.site()

    def row(self, work: Work, number: int) -> dict[str, Any]:
        """The platform's own, by a bare client."""
        found: dict[str, Any] = self.bare("GET", f"{self.path(work)}/{number}")
        return found

    def path(self, work: Work) -> str:
        return work.path if self.old else "tasks_by_campaigns"

    def make(self, work: Work, target: int, **more: Any) -> int:
        """By hand."""
        if self.old:
            return int(self.bare.make(work.path, **{f"{work.target}_id": target}, **more)["id"])
        campaign, parameters = target, work.parameters
        if work.target == "site":
            site = self.bare("GET", f"sites/{target}")
            campaign, parameters = site["campaign_id"], parameters | {"sites": [site["name"]]}
        made = self.bare.make(
            "tasks_by_campaigns", campaign_id=campaign, task_name=work.task, offset_unit="day",
            parameters=parameters, **more,
        )  # fmt: skip
        return int(made["id"])

    def id(self, work: Work, number: int) -> str:
        return f"{work.name if self.old else 'task_by_campaign'}/{number}"


@pytest.fixture(scope="module", params=["0.24.3", "0.26.0"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with served(flavour=request.param) as server:
        yield Stage(server, old=request.param < "0.26")


def every_service(verb: str) -> pytest.MarkDecorator:
    """A test of one verb of all five."""
    rows = [pytest.param(work, id=name, marks=pytest.mark.covers(f"bemserver.{name}.{verb}"))
            for name, work in WORK.items()]  # fmt: skip
    return pytest.mark.parametrize("work", rows)


@every_service("getall")
def test_every_setting_is_listed_and_one_target_s_alone(stage: Stage, work: Work) -> None:
    one, other = stage.target(work), stage.target(work)
    first, second = stage.make(work, one), stage.make(work, other, is_enabled=False)
    key = f"{work.target}_id"
    rows = {row["node"]: row for row in stage.ours.rows(f"{work.name}.getall")}
    for target, number, on in ((one, first, True), (other, second, False)):
        node = stage.id(work, number)
        expected = {"node": node, "id": number, key: target, "is_enabled": on}
        assert rows[node] == expected
        asked = {key: f"{work.target}/{target}"}
        assert stage.ours.rows(f"{work.name}.getall", **asked) == [expected]
    if stage.old:
        assert [row["id"] for row in rows.values()] == [
            r["id"] for r in stage.bare.every(work.path)
        ]


@every_service("create")
def test_a_new_one_is_a_row_and_a_target_has_one_only(stage: Stage, work: Work) -> None:
    target, key = stage.target(work), f"{work.target}_id"
    made = stage.ours.do(f"{work.name}.create", **{key: f"{work.target}/{target}"})
    assert made.id == stage.id(work, made.fields["id"])
    assert (made.fields[key], made.fields["is_enabled"]) == (target, True)
    row = stage.row(work, made.fields["id"])
    if stage.old:
        assert row == made.fields
    else:
        named = {} if work.target == "campaign" else {
            "sites": [stage.bare("GET", f"sites/{target}")["name"]]
        }  # fmt: skip
        assert (row["task_name"], row["parameters"]) == (work.task, work.parameters | named)
        ahead = work.parameters.get("forecast", False)
        assert (row["start_offset"], row["end_offset"]) == ((0, 3) if ahead else (-1, 0))
    before = len(stage.bare.every(stage.path(work)))
    with pytest.raises(Rejected) as wrong:
        stage.ours.do(f"{work.name}.create", **{key: str(target)})
    assert set(wrong.value.fields) == {key}
    assert len(stage.bare.every(stage.path(work))) == before
    off = stage.ours.do(f"{work.name}.create", **{key: str(stage.target(work))}, is_enabled=False)
    assert stage.row(work, off.fields["id"])["is_enabled"] is False


@every_service("getone")
def test_one_is_what_was_made_and_not_fetched_while_it_is_unchanged(
    stage: Stage, work: Work
) -> None:
    target = stage.target(work)
    number = stage.make(work, target)
    found = stage.ours.do(f"{work.name}.getone", id=stage.id(work, number))
    told = {"id": number, f"{work.target}_id": target, "is_enabled": True}
    assert told.items() <= found.fields.items()
    answer = stage.bare.answer("GET", f"{stage.path(work)}/{number}")
    assert found.version == answer.headers["ETag"].strip('"')
    same = stage.ours.do(f"{work.name}.getone", id=found.id, version=found.version)
    assert same.fields == {"unchanged": True}
    with pytest.raises(NotFound):
        stage.ours.do(f"{work.name}.getone", id=stage.id(work, NOBODY))


@every_service("update")
def test_it_is_switched_off_and_on_and_a_stale_version_is_a_conflict(
    stage: Stage, work: Work
) -> None:
    number = stage.make(work, stage.target(work))
    before = stage.row(work, number)
    node = stage.id(work, number)
    found = stage.ours.do(f"{work.name}.getone", id=node)
    off = stage.ours.do(f"{work.name}.update", id=node, is_enabled=False, version=found.version)
    assert off.fields["is_enabled"] is False
    assert stage.row(work, number) == before | {"is_enabled": False}
    with pytest.raises(Rejected, match="meantime"):
        stage.ours.do(f"{work.name}.update", id=node, is_enabled=True, version=found.version)
    with pytest.raises(Rejected, match="Nothing was given"):
        stage.ours.do(f"{work.name}.update", id=node)
    assert stage.row(work, number)["is_enabled"] is False
    stage.ours.do(f"{work.name}.update", id=node, is_enabled=True)
    assert stage.row(work, number) == before


@every_service("delete")
def test_a_deleted_one_is_gone_and_its_target_is_shown_as_off(stage: Stage, work: Work) -> None:
    target = stage.target(work)
    number = stage.make(work, target)
    node = stage.id(work, number)
    with pytest.raises(Rejected, match="meantime"):
        stage.ours.do(f"{work.name}.delete", id=node, version="0" * 40)
    assert stage.row(work, number)["id"] == number
    stage.ours.do(f"{work.name}.delete", id=node)
    assert stage.bare("GET", f"{stage.path(work)}/{number}") == 404
    with pytest.raises(NotFound):
        stage.ours.do(f"{work.name}.delete", id=node)
    rows = stage.ours.rows(f"{work.name}.get_full")
    (row,) = [row for row in rows if row[f"{work.target}_id"] == target]
    assert (row["node"], row["id"], row["is_enabled"]) == (None, None, False)


@every_service("get_full")
def test_every_target_has_a_line_and_those_without_a_row_are_off(stage: Stage, work: Work) -> None:
    key, name = f"{work.target}_id", f"{work.target}_name"
    on, off, never = (stage.target(work) for _ in range(3))
    first, second = stage.make(work, on), stage.make(work, off, is_enabled=False)
    rows = {row[key]: row for row in stage.ours.rows(f"{work.name}.get_full")}
    targets = stage.bare.every(f"{work.target}s")
    assert {(row[key], row[name]) for row in rows.values()} == {
        (row["id"], row["name"]) for row in targets
    }
    assert len(rows) == len(targets)
    for target, number, switched in ((on, first, True), (off, second, False), (never, None, False)):
        found = rows[target]
        assert (found["id"], found["is_enabled"]) == (number, switched)
        assert found["node"] == (None if number is None else stage.id(work, number))
    for switched in (True, False):
        narrowed = stage.ours.rows(f"{work.name}.get_full", is_enabled=switched)
        assert {row[key] for row in narrowed} == {
            row[key] for row in rows.values() if row["is_enabled"] == switched
        }
    word = rows[never][name].upper()
    assert [row[key] for row in stage.ours.rows(f"{work.name}.get_full", in_name=word)] == [never]
    member = Ours(stage.server, MEMBER).rows(f"{work.name}.get_full")
    seen = Bare(stage.server, MEMBER).every(f"{work.target}s")
    assert {row[key] for row in member} == {row["id"] for row in seen} < set(rows)


# -- up to when series are clean


CLEANED = "st_cleanup_by_timeseries"


@pytest.fixture
def cleaned(stage: Stage) -> tuple[Ground, int, int]:
    """A campaign with a series that is clean up to an hour, and one that is not."""
    ground = stage.ground()
    series, other = ground.series()["id"], ground.series()["id"]
    ground.fill(series, every(HOUR, 3), CLEAN)
    if stage.old:
        last = DAY + 2 * HOUR
        stage.server.bemserver.store.add(
            "st_cleanups_by_timeseries", timeseries_id=series,
            last_timestamp=int(last.timestamp() * 1_000_000),
        )  # fmt: skip
    return ground, series, other


@pytest.mark.covers("bemserver.st_cleanup_by_timeseries.getall")
@pytest.mark.covers("bemserver.st_cleanup_by_timeseries.getone")
def test_cleaned_series_are_listed_and_shown_with_their_last_time(
    stage: Stage, cleaned: tuple[Ground, int, int]
) -> None:
    ground, series, other = cleaned
    for filters in ({"campaign_id": ground.node}, {"timeseries_id": str(series)}):
        (row,) = stage.ours.rows(f"{CLEANED}.getall", **filters)
        assert (row["timeseries_id"], row["last_timestamp"]) == (
            series, (DAY + 2 * HOUR).isoformat(),
        )  # fmt: skip
    found = stage.ours.do(f"{CLEANED}.getone", id=row["node"])
    assert found.id == row["node"]
    assert found.fields["last_timestamp"] == row["last_timestamp"]
    assert stage.ours.rows(f"{CLEANED}.getall", timeseries_id=str(other)) == []
    if stage.old:  # a newer server would be asked for the statistics of years of readings
        whole = stage.ours.rows(f"{CLEANED}.getall")
        assert len({row["timeseries_id"] for row in whole}) == len(whole) > 1
    missing = f"{CLEANED}/{NOBODY}" if stage.old else f"timeseries/{other}@{CLEAN}"
    with pytest.raises(NotFound):
        stage.ours.do(f"{CLEANED}.getone", id=missing)


@pytest.mark.covers("bemserver.st_cleanup_by_timeseries.get_full")
def test_every_series_has_a_line_with_its_last_clean_time(
    stage: Stage, cleaned: tuple[Ground, int, int]
) -> None:
    ground, series, other = cleaned
    rows = stage.ours.rows(f"{CLEANED}.get_full", campaign_id=ground.node)
    times = {row["timeseries_id"]: row["last_timestamp"] for row in rows}
    assert times == {series: (DAY + 2 * HOUR).isoformat(), other: None}
    assert {row["timeseries_unit_symbol"] for row in rows} == {"kWh"}
    names = {row["name"] for row in stage.bare.every("timeseries", campaign_id=ground.campaign)}
    assert {row["timeseries_name"] for row in rows} == names
    if not stage.old:
        return
    member = Ours(stage.server, MEMBER).rows(f"{CLEANED}.get_full")
    assert len(member) == len(Bare(stage.server, MEMBER).every("timeseries"))


@pytest.fixture
def connection(stage: Stage, workspace: Workspace) -> Connection:
    """One that a person has stored."""
    config = stage.ours.subject.config.model_dump()
    return Connection.objects.create(
        workspace=workspace, kind=KIND, name="Server", health=Health.OK,
        sealed=vault.seal({"password": config.pop("password").get_secret_value()}), settings=config,
    )  # fmt: skip


@pytest.mark.parametrize(
    "verb",
    [
        pytest.param(verb, marks=pytest.mark.covers(f"bemserver.{CLEANED}.{verb}"))
        for verb in ("create", "update", "delete")
    ],
)
def test_what_the_server_keeps_itself_is_not_offered_and_an_attempt_is_refused_unsent(
    connection: Connection, stage: Stage, verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    names = {one.name for one in offered.offered(KIND)}
    assert f"{CLEANED}.{verb}" not in names
    assert {f"st_cleanup_by_campaign.{verb}", f"{CLEANED}.getone"} <= names
    with (
        caplog.at_level("DEBUG", "connectors.http"),
        pytest.raises(CommandError, match=f"There is no function {CLEANED}.{verb}"),
    ):
        call_command("platform", connection.name, f"{CLEANED}.{verb}", "id=1")
    assert caplog.records == []


# -- rows of newer servers that are more than a switch


@pytest.fixture(scope="module")
def new() -> Iterator[Stage]:
    with served(flavour="0.26.0") as server:
        yield Stage(server, old=False)


WEATHER = "st_download_weather_by_site"


@pytest.mark.covers("bemserver.st_download_weather_by_site.update")
@pytest.mark.covers("bemserver.st_download_weather_by_site.delete")
@pytest.mark.covers("bemserver.st_download_weather_by_site.getall")
def test_a_task_of_several_sites_is_listed_for_each_and_not_changed_for_one(new: Stage) -> None:
    ground = new.ground()
    sites = [ground.site() for _ in range(2)]
    names = [new.bare("GET", f"sites/{site}")["name"] for site in sites]
    row = new.bare.make("tasks_by_campaigns", campaign_id=ground.campaign, offset_unit="day",
                        task_name="DownloadWeatherData", parameters={"sites": names})  # fmt: skip
    found = [each for each in new.ours.rows(f"{WEATHER}.getall") if each["id"] == row["id"]]
    assert [each["site_id"] for each in found] == sites
    node = f"task_by_campaign/{row['id']}"
    for verb, values in (("update", {"is_enabled": False}), ("delete", {})):
        with pytest.raises(Rejected, match="several sites"):
            new.ours.do(f"{WEATHER}.{verb}", id=node, **values)
    assert new.bare("GET", f"tasks_by_campaigns/{row['id']}") == row


@pytest.mark.covers("bemserver.st_download_weather_by_site.getone")
@pytest.mark.covers("bemserver.st_cleanup_by_campaign.getone")
def test_a_task_of_another_kind_is_not_found_under_a_service(new: Stage) -> None:
    forecast, site = WORK["st_download_weather_forecast_by_site"], new.ground().site()
    node = f"task_by_campaign/{new.make(forecast, site)}"
    assert new.ours.do(f"{forecast.name}.getone", id=node).fields["site_id"] == site
    for name in (WEATHER, "st_cleanup_by_campaign"):
        for verb in ("getone", "delete"):
            with pytest.raises(NotFound):
                new.ours.do(f"{name}.{verb}", id=node)


@pytest.mark.covers("bemserver.st_download_weather_by_site.create")
def test_a_name_that_two_sites_have_cannot_be_told_to_the_server(new: Stage) -> None:
    name = fresh("Twin")
    sites = [new.ground().site(name) for _ in range(2)]
    with pytest.raises(Rejected) as wrong:
        new.ours.do(f"{WEATHER}.create", site_id=str(sites[0]))
    assert "Several sites" in wrong.value.fields["site_id"]
    assert NodeId(f"site/{sites[0]}") == new.ours.opened.node(NodeId(f"site/{sites[0]}")).id
