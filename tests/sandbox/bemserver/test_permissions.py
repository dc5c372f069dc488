"""Who may do what on BEMServer (section 5): every resource, verb and kind of account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from connectors.sandbox.bemserver.call import Settings
from connectors.sandbox.bemserver.catalogue import KINDS, catalogue
from tests.official.wire import Wire
from tests.official.wire_people import people
from tests.official.wire_plans import Plan, each_plan
from tests.sandbox.server import SandboxServer

PEOPLE = ("admin", "member", "outsider")
ANY = {"If-Match": "*"}
ELEMENTS = tuple(f"{kind}s" for kind in KINDS)
SCOPED = (
    "timeseries", "timeseries_property_data", "timeseries_by_events", "events",
    "weather_timeseries_by_sites",
    *(f"timeseries_by_{each}" for each in ELEMENTS), *(f"events_by_{each}" for each in ELEMENTS),
    *(f"energy_{flow}_timeseries_by_{place}" for flow in ("consumption", "production")
      for place in ("sites", "buildings")),
)  # fmt: skip
OF_CAMPAIGN = (
    *ELEMENTS, *(f"{kind}_property_data" for kind in KINDS), "tasks_by_campaigns",
    "st_cleanups_by_campaigns", "st_check_missings_by_campaigns", "st_check_outliers_by_campaigns",
    "st_download_weather_data_by_sites", "st_download_weather_forecast_data_by_sites",
)  # fmt: skip
OPEN = (
    "structural_element_properties", "timeseries_properties", "timeseries_data_states",
    "event_categories", *(f"{kind}_properties" for kind in KINDS),
)  # fmt: skip
OWN = ("event_categories_by_users", "notifications")
READERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*SCOPED, *OF_CAMPAIGN, *OWN), ("admin", "member")),
    **dict.fromkeys(OPEN, PEOPLE),
}
"""Of the rows made here: the member is in the campaign and the scope, and they are the member's
own. Any other row is read by the administrator alone."""
WRITERS: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("events", "timeseries_by_events", "event_categories_by_users",
     *(f"events_by_{each}" for each in ELEMENTS)),
    ("admin", "member"),
)  # fmt: skip
CHANGERS = {**WRITERS, "notifications": ("admin", "member")}
FLAVOURS = ("0.24.3", "0.26.0")
CASES = [
    (flavour, path, who)
    for flavour in FLAVOURS
    for path, resource in catalogue(flavour).items()
    if "create" in resource.verbs
    for who in PEOPLE
]


@pytest.fixture(scope="module")
def wires() -> Iterator[dict[str, tuple[Wire, dict[str, Plan]]]]:
    """For each flavour a sandbox with a row of every resource, made by the administrator."""
    found = {}
    servers = [
        SandboxServer("bemserver", settings={"bemserver": Settings(flavour=flavour, bare=True)})
        for flavour in FLAVOURS
    ]
    for flavour, server in zip(FLAVOURS, servers, strict=True):
        wire = Wire(url=server.url)
        people(wire)
        plans = {}
        for plan in each_plan(wire):
            if plan.path in catalogue(flavour):
                wire.make(plan.name, plan.path, plan.body)
                plans[plan.path] = plan
        found[flavour] = wire, plans
    yield found
    for server in servers:
        server.close()


Made = tuple[Wire, Plan, str]


@pytest.fixture
def made(wires: dict[str, tuple[Wire, dict[str, Plan]]], flavour: str, path: str) -> Made:
    """The wire, the plan of a resource and the address of its row."""
    wire, plans = wires[flavour]
    plan = plans[path]
    return wire, plan, f"/{path}/{wire.ids[plan.name]}"


def test_every_resource_is_among_the_cases() -> None:
    writable = {path for path in READERS if any(path in catalogue(each) for each in FLAVOURS)}
    assert writable <= {path for _, path, _ in CASES}
    assert len({path for _, path, _ in CASES}) == 53


@pytest.mark.parametrize(("flavour", "path", "who"), CASES)
def test_reading_is_for_those_whose_groups_open_it(made: Made, who: str, path: str) -> None:
    wire, plan, here = made
    may = who in READERS.get(path, ("admin",))
    assert wire.send("GET", here, who).status_code == (200 if may else 403)
    listed = wire.send("GET", f"/{path}/", who, params={"page_size": 100})
    assert (wire.ids[plan.name] in [row["id"] for row in listed.json()]) is may


@pytest.mark.parametrize(("flavour", "path", "who"), CASES)
def test_making_is_for_few(made: Made, who: str, path: str) -> None:
    wire, plan, _ = made
    sent = wire.send("POST", f"/{path}/", who, json=plan.body)
    may = who in WRITERS.get(path, ("admin",))
    assert sent.status_code in ((201, 409) if may else (403,))


@pytest.mark.parametrize(("flavour", "path", "who"), CASES)
def test_changing_is_for_few(made: Made, who: str, path: str) -> None:
    wire, plan, here = made
    sent = wire.send("PUT", here, who, json=plan.change or {}, headers=ANY)
    if plan.change is None:
        assert sent.status_code == 405
        return
    assert sent.status_code == (200 if who in CHANGERS.get(path, ("admin",)) else 403)


@pytest.mark.parametrize(("flavour", "path", "who"), CASES)
def test_taking_away_is_for_few(made: Made, who: str, path: str) -> None:
    wire, _, here = made
    if who in WRITERS.get(path, ("admin",)):
        here = f"/{path}/2000000000"  # nobody's row: those that may are not told 403
        assert wire.send("DELETE", here, who, headers=ANY).status_code == 404
        return
    assert wire.send("DELETE", here, who, headers=ANY).status_code == 403
    assert wire.send("GET", here).status_code == 200


def test_a_user_reads_and_changes_their_own_account_only(
    wires: dict[str, tuple[Wire, dict[str, Plan]]],
) -> None:
    wire, _ = wires["0.26.0"]
    mine, other = (f"/users/{wire.ids[name]}" for name in ("member", "outsider"))
    assert [wire.send("GET", each, "member").status_code for each in (mine, other)] == [200, 403]
    body = {"name": "member", "email": "member@wire.example", "password": "member"}
    changed = [wire.send("PUT", each, "member", json=body, headers=ANY) for each in (mine, other)]
    assert [reply.status_code for reply in changed] == [200, 403]
    assert wire.send("DELETE", mine, "member", headers=ANY).status_code == 403
    switch = {"json": {"value": True}, "headers": ANY}
    assert wire.send("PUT", f"{mine}/set_admin", "member", **switch).status_code == 403


def test_groups_are_read_by_those_in_them(wires: dict[str, tuple[Wire, dict[str, Plan]]]) -> None:
    wire, _ = wires["0.26.0"]
    rows = {"user_groups": "members", "users_by_user_groups": "m1",
            "user_groups_by_campaigns": "m2", "user_groups_by_campaign_scopes": "m3",
            "campaigns": "campaign", "campaign_scopes": "scope"}  # fmt: skip
    for path, name in rows.items():
        here = f"/{path}/{wire.ids[name]}"
        assert wire.send("GET", here, "member").status_code == 200
        assert wire.send("GET", here, "outsider").status_code == 403
    hidden = f"/campaign_scopes/{wire.ids['hidden scope']}"
    assert wire.send("GET", hidden, "member").status_code == 403


@pytest.mark.parametrize("who", PEOPLE)
def test_data_are_read_and_written_by_members_of_the_scope(
    wires: dict[str, tuple[Wire, dict[str, Plan]]], who: str
) -> None:
    wire, _ = wires["0.26.0"]
    series = wire.ids["ts"]
    query = {"data_state": 1, "timeseries": series, "start_time": "2025-01-01T00:00:00Z",
             "end_time": "2025-02-01T00:00:00Z"}  # fmt: skip
    points = {str(series): {"2025-01-02T00:00:00Z": 1}}
    path = "/timeseries_data/"
    seen = [
        wire.send("POST", path, who, params={"data_state": 1}, json=points).status_code,
        wire.send("GET", path, who, params=query).status_code,
        wire.send("DELETE", path, who, params=query).status_code,
    ]
    assert seen == ([403] * 3 if who == "outsider" else [201, 200, 204])
