"""What a server's answers mean: their marks, pages, refusals and choices."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import NodeId
from connectors.errors import BadAnswer, NotFound, Rejected
from connectors.operations import operations
from connectors.registry import load
from tests.conformance.faults import FaultProxy, Reply
from tests.functions.bemserver.ground import CLEAN, DAY, Ground, node
from tests.functions.bemserver.shared import KIND, NOBODY, Bare, Ours, asked, fresh, served
from tests.sandbox.server import SandboxServer


@pytest.mark.covers("bemserver.client.if_none_match")
def test_what_has_not_changed_is_not_sent_again_and_the_copy_serves(
    server: SandboxServer, bare: Bare, caplog: pytest.LogCaptureFixture
) -> None:
    opened = Ours(server).opened
    with caplog.at_level("DEBUG", "connectors.http"):
        first = opened.children(None)
        asked(caplog)
        assert opened.children(None) == first
        assert {state for verb, _, state in asked(caplog) if verb == "GET"} == {"304"}
        made = bare.make("campaigns", name=fresh("A campaign"), timezone="UTC")
        names = {item.id for item in opened.children(None).items}
        assert names == {item.id for item in first.items} | {f"campaign/{made['id']}"}
        assert ("GET", "/campaigns/", "200") in asked(caplog)


@pytest.mark.covers("bemserver.client.if_none_match")
def test_where_an_operator_has_switched_marks_off_everything_is_sent_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with served(etags=False) as server, caplog.at_level("DEBUG", "connectors.http"):
        opened = Ours(server).opened
        first = opened.children(None)
        asked(caplog)
        assert opened.children(None) == first
        assert {state for verb, _, state in asked(caplog) if verb == "GET"} == {"200"}


@pytest.mark.covers("bemserver.client.pagination")
def test_totals_are_shown_and_pages_of_a_hundred_are_fetched(
    ours: Ours, bare: Bare, proxy: FaultProxy
) -> None:
    ground = Ground(bare)
    for _ in range(3):
        ground.series()
    total = len(bare.every("timeseries"))
    assert ours.do("timeseries.total").fields == {"total": total}
    assert ours.do("timeseries.total", campaign_id=ground.node).fields == {"total": 3}
    assert ours.do("events.total", campaign_id=ground.node).fields == {"total": 0}
    queries: list[str] = []

    def look(handler: Any, ask: Any) -> None:
        queries.append(handler.path)
        handler.reply(ask())

    with proxy.failing(look):
        opened = ours.subject.open(proxy.url)
        named = {one.name: one for one in operations(load(KIND))}
        table: Any = named["timeseries.getall"].call(opened, {})
        rows = list(table.rows)
    assert len(rows) == total
    pages = [query for query in queries if query.startswith("/timeseries/?")]
    assert len(pages) == -(-total // 100)
    assert all("page_size=100" in query for query in pages)


@pytest.mark.covers("bemserver.type.client_response")
def test_status_data_mark_and_total_are_read_and_other_answers_stay_bytes(
    server: SandboxServer, ours: Ours, bare: Bare, proxy: FaultProxy
) -> None:
    told = bare.answer("GET", "campaigns/1")
    found = ours.do("campaigns.getone", id="campaign/1")
    assert (found.fields, found.version) == (told.json(), told.headers["ETag"].strip('"'))
    ground = Ground(bare)
    series = ground.series()["id"]
    ground.fill(series, {DAY: 0.1}, CLEAN)
    span = {"start_time": DAY.isoformat(), "end_time": DAY.replace(hour=1).isoformat()}
    wire = bare.session.get(
        f"{server.url}/timeseries_data/", headers={"Accept": "text/csv"},
        params={"timeseries": series, "data_state": CLEAN, "timezone": "UTC", **span}, timeout=10,
    )  # fmt: skip
    with ours.do("timeseries_data.download", series=node(series, CLEAN), start_time=DAY,
                 end_time=DAY.replace(hour=1)) as file:  # fmt: skip
        assert b"".join(file) == wire.content
    assert file.type == "text/csv"
    page = Reply(status=200, headers={"Content-Type": "text/html"}, body=b"<html>Hello</html>")
    opened = ours.subject.open(proxy.url)
    opened.check()
    with proxy.failing(lambda handler, ask: handler.reply(page)), pytest.raises(BadAnswer):
        opened.children(None)


@pytest.mark.covers("bemserver.type.not_found_error")
def test_an_unknown_id_is_said_to_be_gone_on_the_platform(ours: Ours) -> None:
    for missing in (f"campaign/{NOBODY}", f"timeseries/{NOBODY}@1", f"user/{NOBODY}"):
        with pytest.raises(NotFound) as gone:
            ours.opened.node(NodeId(missing))
        assert gone.value.whose == "platform"
        assert "no longer" in gone.value.message
    with pytest.raises(NotFound):
        ours.do("campaigns.getone", id=f"campaign/{NOBODY}")


@pytest.mark.covers("bemserver.type.validation_error")
def test_each_message_stands_beside_its_field_and_general_ones_on_top(
    ours: Ours, bare: Bare
) -> None:
    with pytest.raises(Rejected) as wrong:
        ours.do("campaigns.create", name=fresh("Wrong"), timezone="Europe/Kiev")
    assert set(wrong.value.fields) == {"timezone"}
    assert len(wrong.value.fields["timezone"]) <= 200  # the platform lists 471 zones
    campaign, site = Ground(bare), Ground(bare).site()
    with pytest.raises(Rejected) as general:
        ours.do("timeseries.getall", site_id=f"site/{site}",
                recurse_site_id=f"site/{site}").first(1)  # fmt: skip
    assert general.value.fields == {}
    assert general.value.message
    name = bare("GET", f"campaigns/{campaign.campaign}")["name"]
    with pytest.raises(Rejected) as taken:
        ours.do("campaigns.create", name=name, timezone="UTC")
    assert set(taken.value.fields) == {"name"}


@pytest.mark.covers("bemserver.type.degree_days_period")
def test_degree_days_are_summed_over_one_of_three_periods(
    ours: Ours, caplog: pytest.LogCaptureFixture
) -> None:
    (declared,) = [one for one in operations(load(KIND)) if one.name == "sites.get_degree_days"]
    schema = declared.parameters.model_json_schema()
    assert schema["properties"]["period"]["enum"] == ["day", "month", "year"]
    values = {"id": "site/1", "start_date": "2024-01-01", "end_date": "2024-03-01"}
    with caplog.at_level("DEBUG", "connectors.http"):
        for wrong in ("week", "", "Day"):
            with pytest.raises(Rejected) as refused:
                ours.do("sites.get_degree_days", **values, period=wrong)
            assert set(refused.value.fields) == {"period"}
    assert asked(caplog) == []
