"""BEMServer's published clients, unmodified, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.bemserver.call import Settings
from connectors.sandbox.faults import Fault
from tests.official.clients import client_python, run_script
from tests.official.judging import judged
from tests.sandbox.server import ADMIN, SandboxServer

ROW: dict[str, Any] = {
    "create": 201, "same": True, "same_etag": True, "etag": True, "listed": True, "again": 409,
    "unknown_field": 422, "unchanged": 304, "update_blind": 428, "update_stale": 412,
    "update": 200, "changed": True, "new_etag": True, "delete_blind": 428, "delete_stale": 412,
    "delete": 204, "gone": 404,
}  # fmt: skip
REPEATABLE = ROW | {"again": 201}  # nothing is unique
TIE: dict[str, Any] = {
    "create": 201, "same": True, "same_etag": True, "etag": False, "listed": True, "again": 409,
    "unknown_field": 422, "unchanged": 200, "update_blind": "not implemented",
    "update_stale": "not implemented", "delete_blind": None, "delete_stale": None,
    "delete": 204, "gone": 404,
}  # fmt: skip
NOTICE = REPEATABLE | {
    "update_blind": 200, "update_stale": 200, "new_etag": True,
    "delete_blind": None, "delete_stale": None,
}  # fmt: skip
TIES = ("user_by_", "user_groups_by_", "timeseries_by_", "event_by_")
SINGLE: dict[str, dict[str, Any]] = {
    "events": REPEATABLE,
    "task_by_campaign": REPEATABLE,
    "notifications": NOTICE,
}


@dataclass(frozen=True)
class Judge:
    """A client in its own environment, and the sandbox it talks to."""

    python: Path
    version: str
    address: str

    def run(self, script: str) -> list[Any]:
        """What the client saw."""
        return run_script(self.python, script, self.address, ADMIN.email, ADMIN.password)

    def steps(self, script: str) -> dict[str, Any]:
        """What the client saw, by step."""
        return {line["step"]: line["saw"] for line in self.run(script)}


@pytest.fixture(scope="module", params=[("0.21.1", "0.24.3"), ("0.22.0", "0.26.0")], ids=str)
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Each client beside the API version it accepts."""
    version, flavour = request.param
    python = client_python(f"requirements-bemserver-{version}.txt")
    with SandboxServer("bemserver", settings={"bemserver": Settings(flavour=flavour)}) as server:
        yield Judge(python, version, server.url.removeprefix("http://"))


def test_every_public_function_of_the_client_is_right_and_wrong_as_it_expects(
    judge: Judge,
) -> None:
    """Found by introspection of the package: 408 of 0.21.1 and 379 of 0.22.0."""
    judged("bemserver", "bemserver_judge.py", judge.python, judge.address, ADMIN.email,
           ADMIN.password, label=judge.version)  # fmt: skip


def expected(entry: str) -> dict[str, Any]:
    """What a resource must answer, by what kind of resource it is."""
    if entry in SINGLE:
        return SINGLE[entry]
    tie = entry.startswith(TIES) or (entry.endswith("_properties") and entry.count("_") == 1)
    return TIE if tie and entry != "timeseries_properties" else ROW


def test_every_resource_is_made_read_changed_and_taken_away(judge: Judge) -> None:
    """All entry points with create: 47 common ones and each version's services."""
    saw = {line.pop("entry"): line for line in judge.run("bemserver_resources.py")}
    assert len(saw) == {"0.21.1": 52, "0.22.0": 48}[judge.version]
    for entry, seen in saw.items():
        assert seen.pop("keys")
        assert (entry, seen) == (entry, expected(entry))


def test_data_go_in_and_come_out_as_the_client_expects(judge: Judge) -> None:
    """Sign-in, paging, JSON and CSV, units, aggregates over both clock changes, deletion."""
    saw = judge.steps("bemserver_data.py")
    assert saw["wrong password"] == {"status": "failure"}
    assert saw["without a token"][2] == "missing_authentication"
    assert saw["version check"] == "passes"
    assert saw["page 1"][0][0] == "Series 22"
    assert saw["page 3"][1] == {
        "total": 23, "total_pages": 3, "first_page": 1, "last_page": 3, "page": 3,
        "previous_page": 2,
    }  # fmt: skip
    assert saw["page 9"] == [[], {"total": 23, "total_pages": 3, "first_page": 1, "last_page": 3}]
    values, same = saw["json"]
    assert same
    assert list(values.values()) == [n + 0.1 for n in range(23)]
    assert saw["csv"].splitlines()[:3] == [
        "Datetime,Series 00,Series 02",
        "2025-03-30T00:00:00+0100,0.1,",
        "2025-03-30T01:00:00+0100,1.1,",
    ]
    assert saw["converted"] == [(n + 0.1) * 1000 for n in range(23)]
    assert saw["empty json"] == {}
    assert saw["empty csv"] == "Datetime,ID\n"
    assert saw["left"] == 10
    assert saw["value"] == [99.0]
    assert saw["its series too"][1] == 404


def test_hours_of_the_days_on_which_clocks_change_are_23_and_25(judge: Judge) -> None:
    """Local buckets, each present, the doubled hour twice with different offsets."""
    saw = judge.steps("bemserver_data.py")
    assert list(saw["hours of 2025-03-29"].values()) == [1] * 23
    assert list(saw["hours of 2025-10-25"].values()) == [0] * 25
    assert saw["sum by day"] == {"2025-03-30T00:00:00+01:00": 255.3}
    assert saw["count by week"] == {"2025-03-24T00:00:00+01:00": 23}
    assert saw["avg by 6 hours"]["2025-03-29T18:00:00+00:00"] == 0.1
    assert saw["two days"][1] == 422


def test_sharing_flags_analysis_files_and_services(judge: Judge) -> None:
    """What is no plain resource."""
    saw = judge.steps("bemserver_actions.py")
    refused = ["BEMServerAPIAuthorizationError", 403, None]
    assert saw["before"] == [[], refused, refused]
    assert saw["campaign only"] == [1, 1, []]
    assert saw["both"] == 1
    assert saw["guest writes data"] == 201
    assert saw["scope only"] == [[], 1, refused, refused]
    assert saw["inactive"] == [refused, {"status": "failure"}]
    assert saw["all read"] == {"total": 0, "campaigns": []}
    assert saw["stated interval"][1][0]["ratio"] == [0.5]
    assert saw["inferred interval"][1][0]["undefined_interval"]
    assert saw["breakdown"]["energy"] == {"electricity": {"all": [12.0]}}
    assert list(saw["degree days"].values()) == [10.85, 9.85, None]
    again = ["no error", 201] if judge.version == "0.22.0" else ["BEMServerAPIValidationError", 422]
    assert saw["again"] == again
    assert saw["series imported"] == 40
    assert saw["by site"] == [0, 40]
    assert saw["nothing left"] == 0


def test_an_expired_access_token_is_renewed_by_the_client_itself() -> None:
    """The client refreshes on `expired_token`, hands the new pair over and repeats the call."""
    python = client_python("requirements-bemserver-0.22.0.txt")
    with SandboxServer("bemserver") as server:
        server.faults.add(Fault(kind="expired", path="/campaigns/", times=1))
        (saw,) = run_script(
            python, "bemserver_refresh.py", server.url.removeprefix("http://"), ADMIN.email,
            ADMIN.password,
        )  # fmt: skip
    assert saw == {"pairs": 1, "campaigns": 4}
