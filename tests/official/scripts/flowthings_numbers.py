"""Aggregation, statistics and the client's own small functions."""

import json
import os
from datetime import UTC, datetime
from typing import Any

import flowthings
from flowthings import Token, mem, services, utils
from flowthings_stage import NOWHERE, Stage, refusal

Refused = flowthings.FlowThingsBadRequest
Missing = flowthings.FlowThingsNotFound
Forbidden = flowthings.FlowThingsForbidden
DAYS_OF_MARCH = 31


def judge_numbers(stage: Stage) -> None:
    """All of them."""
    flow = _aggregate(stage)
    _statistics(stage, flow)
    _small(stage)
    _errors(stage)
    _apis(stage)


def _aggregate(stage: Stage) -> Any:
    api, judge = stage.api(), stage.judge
    flow = api.flow.create({"path": "/admin/judge/numbers"})
    service = api.drop(flow["id"])
    for hour, value in ((1, 40), (1, 44), (2, 43), (2, 46.0)):
        moment = datetime(2015, 3, 6, hour, tzinfo=UTC)
        service.create({"elems": {"test": value}, "creationDate": int(moment.timestamp()) * 1000})
    name = "DropService.aggregate"
    judge.right(name, lambda: service.aggregate(["$avg:test"], rules={"test": mem.test > 42}),
                lambda rows: rows == [{"id": {}, "$avg:test": 0.75}])  # fmt: skip
    day = {"$year": 2015, "$month": 3, "$day": 6}
    judge.right(
        name,
        lambda: service.aggregate(["$count", "$avg:test", "$min:test"], group_by=["$hour"],
                                  filter=mem.test > 40, sorts=["$hour:desc"]),
        lambda rows: rows == [
            {"id": {**day, "$hour": 2}, "$count": 2, "$avg:test": 44.5, "$min:test": 43},
            {"id": {**day, "$hour": 1}, "$count": 1, "$avg:test": 44, "$min:test": 44},
        ],
    )  # fmt: skip
    judge.right(name, lambda: service.aggregate(["$count"], filter="test > 100"),
                lambda rows: rows == [])  # fmt: skip
    judge.wrong(name, lambda: service.aggregate(["$median:test"]), raises=Refused)
    judge.wrong(name, lambda: service.aggregate(["$count"], group_by=["$week"]), raises=Refused)
    judge.wrong(name, lambda: api.drop(NOWHERE).aggregate(["$count"]), raises=Missing)
    return flow


def _statistics(stage: Stage, flow: Any) -> None:
    """Two tracked drops, of which one passed; and the four of 2015."""
    api, judge = stage.api(), stage.judge
    target = api.flow.create({"path": "/admin/judge/tracked"})
    track = api.track.create({"source": flow["path"], "destination": target["path"],
                              "filter": "test > 50"})  # fmt: skip
    for value in (1, 99):
        api.drop(flow["id"]).create({"elems": {"test": value}})
    judge.right("DropService.find", api.drop(target["id"]).find,
                lambda found: [drop["elems"]["test"] for drop in found] == [99])  # fmt: skip
    me = api.identity.find()[0]["id"]
    now = datetime.now(UTC)
    for camel, snake, ident, total in (
        ("flowDropAdded", "flow_drop_added", flow["id"], lambda n: n == 2),
        ("flowTracked", "flow_tracked", flow["id"], lambda n: n == 1),
        ("trackHit", "track_hit", track["id"], lambda n: n == 2),
        ("trackPass", "track_pass", track["id"], lambda n: n == 1),
        ("apiCallByIdentity", "api_call_by_identity", me, lambda n: n > 100),
        ("dropCreatedBy", "drop_created_by", me, lambda n: n > 1_000_000),
    ):
        for spelling in (camel, snake):
            call = getattr(api.statistics, spelling)
            name = f"StatisticsService.{spelling}"
            judge.right(name, lambda c=call, i=ident: c(i, now.year),
                        lambda found, t=total: len(found) == 12 and t(sum(found)))  # fmt: skip
            judge.right(name, lambda c=call, i=ident: c(i, 2015, 3),
                        lambda found: len(found) == DAYS_OF_MARCH)  # fmt: skip
            judge.wrong(name, lambda c=call: c(NOWHERE, 2015), raises=Missing)
            judge.wrong(name, lambda c=call, i=ident: c(i, 2015, 13), raises=Refused)
    added = api.statistics.flow_drop_added
    name = "StatisticsService.flow_drop_added"
    judge.right(name, lambda: added(flow["id"], 2015, 3, 6),
                lambda found: found == [0, 2, 2] + [0] * 21)  # fmt: skip
    judge.right(name, lambda: added(flow["id"], 2015, level="YEAR"), lambda found: found == [4])
    judge.wrong(name, lambda: added(flow["id"], 2015, level="WEEK"), raises=Refused)
    root = "StatisticsService"
    path = f"/flowDropAdded/{flow['id']}/2015"
    judge.right(f"{root}.request", lambda: api.statistics.request("GET", path),
                lambda found: found[2] == 4)  # fmt: skip
    judge.wrong(f"{root}.request", lambda: api.statistics.request("GET", "/x/y"), raises=Missing)
    judge.right(f"{root}.raw_request", lambda: api.statistics.raw_request("GET", path),
                lambda found: found[2] == 200)  # fmt: skip
    judge.wrong(f"{root}.raw_request", lambda: api.statistics.raw_request("POST", path),
                lambda found: found[2] == 405)  # fmt: skip
    made = services.statistic
    judge.right("services.statistic",
                lambda: made("flowDropAdded")(api.statistics, flow["id"], 2015),
                lambda found: sum(found) == 4)  # fmt: skip
    judge.wrong("services.statistic", lambda: made("x")(api.statistics, flow["id"]), raises=Missing)


def _small(stage: Stage) -> None:
    judge, creds = stage.judge, Token("admin", stage.token)
    address = f"http://{stage.host}/v0.1/admin/flow"
    judge.right("utils.api_request", lambda: utils.api_request("GET", address, creds=creds),
                lambda found: found[2] == 200)  # fmt: skip
    judge.wrong("utils.api_request", lambda: utils.api_request("GET", address),
                raises=AssertionError)  # fmt: skip
    judge.right("utils.mk_headers", lambda: utils.mk_headers(creds),
                lambda found: found["x-auth-account"] == "admin")  # fmt: skip
    judge.wrong("utils.mk_headers", lambda: utils.mk_headers(("a", "b")), raises=AssertionError)
    judge.right("utils.default", lambda: utils.default(None, 7), lambda found: found == 7)
    judge.nothing_wrong("utils.default", "gives back one of its two arguments, whatever they are")
    head = {"head": {"status": 404, "errors": ["gone"]}}
    judge.right("utils.plat_exception", lambda: utils.plat_exception(head, 404),
                lambda found: type(found) is Missing and found.errors == ["gone"])  # fmt: skip
    judge.wrong("utils.plat_exception", lambda: utils.plat_exception({}, 404), raises=KeyError)
    told = {"flowthings": [{"credentials": {"account": "admin", "token": stage.token}}]}
    for name, call in (("Token.from_bluemix", Token.from_bluemix),
                       ("builders.from_bluemix", flowthings.builders.from_bluemix)):  # fmt: skip
        os.environ["VCAP_SERVICES"] = json.dumps(told)
        judge.right(name, call, lambda found: found == creds)
        del os.environ["VCAP_SERVICES"]
        judge.right(name, lambda c=call: c(default=creds), lambda found: found == creds)
        judge.wrong(name, call, raises=flowthings.FlowThingsError)


def _errors(stage: Stage) -> None:
    """Which class an answer becomes, by its status."""
    api = stage.api()
    for status, cls in (
        (400, Refused), (403, Forbidden), (404, Missing), (500, flowthings.FlowThingsServerError),
        (401, flowthings.FlowThingsException), (409, flowthings.FlowThingsException),
        (503, flowthings.FlowThingsException),
    ):  # fmt: skip
        stage.fault(str(status), path="/v0.1/admin/flow")
        stage.judge.right(
            "FlowService.find", lambda: refusal(api.flow.find),
            lambda seen, c=cls: type(seen) is c and all(isinstance(e, str) for e in seen.errors),
        )  # fmt: skip


class Elsewhere(services.BaseService, services.FindableServiceMixin):
    """A custom service, on a path that is there."""

    path = "/flow"


class Nowhere(services.BaseService):
    """One on a path that is not."""

    path = "/nothing"


def _apis(stage: Stage) -> None:
    api, judge = stage.api(), stage.judge
    judge.right("API.request", lambda: api.request("GET", "/flow", params={"limit": 1}),
                lambda found: len(found) == 1)  # fmt: skip
    judge.wrong("API.request", lambda: api.request("GET", "/nothing"), raises=Missing)
    judge.wrong("API.request", lambda: stage.api(token="wrong").request("GET", "/flow"),
                raises=Forbidden)  # fmt: skip
    judge.right("API.add_service", lambda: api.add_service("elsewhere", Elsewhere),
                lambda _found: len(api.elsewhere.find(limit=2)) == 2)  # fmt: skip
    judge.wrong("API.add_service",
                lambda: (api.add_service("nowhere", Nowhere), api.nowhere.request("GET")),
                raises=Missing)  # fmt: skip
    api.creds = Token("member", stage.member_token)
    judge.right("API.request", lambda: api.request("GET", "/identity"),
                lambda found: found[0]["name"] == "member")  # fmt: skip
    judge.right("FlowService.find", lambda: api.flow.find(limit=1000),
                lambda found: {each["path"].split("/")[1] for each in found}
                == {"admin", "member"})  # fmt: skip
