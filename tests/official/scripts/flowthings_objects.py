"""Every object service, every method: made, read, found, changed, taken away."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import flowthings
from flowthings import M, mem
from flowthings_stage import NOWHERE, Stage, holds, refusal

NUMBERS = count(1)
Refused = flowthings.FlowThingsBadRequest
Missing = flowthings.FlowThingsNotFound
Forbidden = flowthings.FlowThingsForbidden


@dataclass
class Plan:
    """One service: its class, how it is reached, a model, a change and what is refused."""

    cls: str
    service: Any
    model: dict[str, Any]
    change: dict[str, Any]
    bad: dict[str, Any]
    bad_change: dict[str, Any]
    fresh: str = ""
    """The member that must differ between two objects."""

    def next(self) -> dict[str, Any]:
        """A model that nothing has been made from yet."""
        number = next(NUMBERS)
        return self.model | (
            {self.fresh: f"{self.model[self.fresh]}{number}"} if self.fresh else {}
        )


def plans(api: Any, member: str) -> Iterator[Plan]:
    """The services with every method."""
    root = "/admin/judge"
    name, nameless = {"displayName": "other"}, {"displayName": 7}
    yield Plan("FlowService", api.flow, {"path": f"{root}/flow", "capacity": 10, "public": False},
               {**name, "capacity": 9}, {"capacity": 3}, {"capacity": -1}, "path")  # fmt: skip
    track = {"source": f"{root}/a", "destination": f"{root}/b", "filter": "a > 1"}
    yield Plan("TrackService", api.track, track, {"disabled": True}, {"source": f"{root}/a"},
               {"filter": "a >"})  # fmt: skip
    yield Plan("GroupService", api.group, {"memberIds": [member], "displayName": "g"}, name,
               {"displayName": "g"}, {"memberIds": ["nobody"]})  # fmt: skip
    task = {"destination": f"{root}/a", "js": "function (x) { return x; }", "periodicity": 60_000}
    yield Plan("APITaskService", api.api_task, task, {"periodicity": 120_000},
               {**task, "periodicity": 59_999}, {"disabled": "yes"})  # fmt: skip
    bridge = {"uri": "tcp://127.0.0.1:1883", "topic": "t", "destination": f"{root}/a"}
    yield Plan("MQTTTaskService", api.mqtt_task, bridge, {"topic": "u"},
               {**bridge, "source": f"{root}/b"}, {"qos": 3})  # fmt: skip
    feed = {"destination": f"{root}/a", "url": "http://127.0.0.1/feed"}
    yield Plan("RSSTaskService", api.rss_task, feed, {"isFeatured": True}, {"url": "x"},
               {"periodicity": 1})  # fmt: skip
    yield Plan("DeviceService", api.device, {"path": f"{root}/device"},
               {"reportPeriodicity": 5000}, {"path": "/member/device"}, nameless,
               "path")  # fmt: skip


def judge_objects(stage: Stage) -> None:
    """All of them."""
    api = stage.api()
    member = next(each["id"] for each in api.identity.find() if each["name"] == "member")
    for path in ("/admin/judge/a", "/admin/judge/b"):
        api.flow.create({"path": path})
    for plan in plans(api, member):
        _finding(stage, plan)
        _saving(stage, plan)
        _deleting(stage, plan)
        _requesting(stage, plan)
    _drops(stage)
    _identities(stage)
    _given(stage, member)


def _finding(stage: Stage, plan: Plan) -> None:
    judge, service, cls = stage.judge, plan.service, plan.cls
    model = plan.next()
    made = judge.right(f"{cls}.create", lambda: service.create(model), holds(model))
    judge.wrong(f"{cls}.create", lambda: service.create(plan.bad), raises=(Refused, Forbidden))
    ident = made["id"]
    same = holds({"id": ident, "creationDate": made["creationDate"]})
    judge.right(f"{cls}.read", lambda: service.read(ident), same)
    judge.wrong(f"{cls}.read", lambda: service.read(NOWHERE), raises=Missing)
    judge.right(f"{cls}.read_or_else", lambda: service.read_or_else(NOWHERE, 7), lambda x: x == 7)
    judge.right(f"{cls}.read_or_else", lambda: service.read_or_else(ident, 7), same)
    judge.wrong(f"{cls}.read_or_else", lambda: _limited(stage, plan).read_or_else(ident),
                raises=Forbidden)  # fmt: skip
    judge.right(f"{cls}.read_many", lambda: service.read_many([ident, NOWHERE]),
                lambda found: list(found) == [ident] and same(found[ident]))  # fmt: skip
    judge.wrong(f"{cls}.read_many", lambda: service.read_many({"a": 1}), raises=Refused)
    judge.right(f"{cls}.find_many", lambda: service.find_many(mem.id == ident, limit=5),
                lambda found: len(found) == 1 and same(found[0]))  # fmt: skip
    judge.wrong(f"{cls}.find_many", lambda: service.find_many(limit="many"), raises=Refused)
    judge.right(f"{cls}.find", lambda: service.find(ident), same)
    judge.right(f"{cls}.find", lambda: service.find([ident]), lambda found: same(found[ident]))
    judge.right(f"{cls}.find", lambda: service.find([]), lambda found: found == {})
    judge.right(f"{cls}.find", lambda: service.find(mem.id == ident, only=["id"], refs=True),
                lambda found: found[0] == [{"id": ident}] and found[1] == {})  # fmt: skip
    judge.right(f"{cls}.find", lambda: service.find(limit=1), lambda found: len(found) == 1)
    judge.wrong(f"{cls}.find", lambda: service.find(filter="id =="), raises=Refused)


def _limited(stage: Stage, plan: Plan) -> Any:
    """The same service with a token that may only read the drops of one flow."""
    token = stage.api().token.create({"paths": {"/admin/judge/a": {"dropRead": True}}})
    api = stage.api(token=token["tokenString"])
    if plan.cls == "DropService":
        return api.drop(plan.service.path.split("/")[2])
    return next(each for each in vars(api).values() if type(each) is type(plan.service))


def _saving(stage: Stage, plan: Plan) -> None:
    judge, service, cls = stage.judge, plan.service, plan.cls
    made, other = service.create(plan.next()), service.create(plan.next())
    moving = {*plan.change, "nextRun"}
    kept = {name: made[name] for name in made if name not in moving}
    changed = lambda found: holds(kept | plan.change)(found)  # noqa: E731
    judge.right(f"{cls}.update", lambda: service.update(M(made, **plan.change)), changed)
    judge.right(f"{cls}.update", lambda: service.update(other | plan.change), holds(plan.change))
    judge.wrong(f"{cls}.update", lambda: service.update(M(made, **plan.bad_change)), raises=Refused)
    judge.wrong(f"{cls}.update", lambda: service.update({"id": NOWHERE}), raises=Missing)
    both = lambda: [M(made, **plan.change), other | plan.change]  # noqa: E731
    judge.right(f"{cls}.update_many", lambda: service.update_many(both()),
                lambda found: set(found) == {made["id"], other["id"]}
                and all(holds(plan.change)(each) for each in found.values()))  # fmt: skip
    judge.wrong(f"{cls}.update_many", lambda: service.update_many([M(made, **plan.bad_change)]),
                raises=Refused)  # fmt: skip
    model = plan.next()
    judge.right(f"{cls}.save", lambda: service.save(model), holds(model))
    judge.right(f"{cls}.save", lambda: service.save(M(made, **plan.change)), changed)
    judge.right(f"{cls}.save", lambda: service.save(both()), lambda found: len(found) == 2)
    judge.wrong(f"{cls}.save", lambda: service.save(plan.bad), raises=(Refused, Forbidden))


def _deleting(stage: Stage, plan: Plan) -> None:
    judge, service, cls = stage.judge, plan.service, plan.cls
    made = service.create(plan.next())
    ident = made["id"]
    judge.right(f"{cls}.delete", lambda: service.delete(ident), holds({"id": ident}))
    judge.wrong(f"{cls}.delete", lambda: service.delete(ident), raises=Missing)
    judge.right(f"{cls}.read_or_else", lambda: service.read_or_else(ident), lambda x: x is None)


def _requesting(stage: Stage, plan: Plan) -> None:
    judge, service, cls = stage.judge, plan.service, plan.cls
    judge.right(f"{cls}.request", lambda: service.request("GET", "", params={"limit": 2}),
                lambda found: len(found) <= 2)  # fmt: skip
    judge.wrong(f"{cls}.request", lambda: service.request("PATCH", ""),
                raises=flowthings.FlowThingsException)  # fmt: skip
    judge.right(f"{cls}.raw_request", lambda: service.raw_request("GET"),
                lambda found: found[2] == 200 and found[0].startswith('{"head"'))  # fmt: skip
    judge.wrong(f"{cls}.raw_request", lambda: service.raw_request("GET", "/a/b/c"),
                lambda found: found[2] == 404 and '"status": 404' in found[0])  # fmt: skip


def _drops(stage: Stage) -> None:
    api, judge = stage.api(), stage.judge
    flow = api.flow.create({"path": "/admin/judge/drops", "capacity": 50})
    service = api.drop(flow["id"])
    plan = Plan("DropService", service, {"elems": {"a": 1}, "fhash": "h"},
                {"elems": {"a": 2, "b": "x"}}, {"fhash": "x"}, {"elems": 3}, "fhash")  # fmt: skip
    _finding(stage, plan)
    _saving(stage, plan)
    _deleting(stage, plan)
    _requesting(stage, plan)
    model = {"path": "/admin/judge/drops", "elems": {"by": "path"}}
    judge.right("DropServiceFactory.create", lambda: api.drop.create(model), holds(model))
    lost = {"path": "/admin/nowhere", "elems": {}}
    judge.wrong("DropServiceFactory.create", lambda: api.drop.create(lost), raises=Missing)
    asked = [{"flowId": flow["id"], "params": {"limit": 1, "filter": "EXISTS elems.by"}}]
    judge.right("DropServiceFactory.request", lambda: api.drop.request("MGET", "", asked),
                lambda found: found[flow["id"]][0]["elems"] == {"by": "path"})  # fmt: skip
    judge.wrong("DropServiceFactory.request", lambda: api.drop.request("MGET", "", [7]),
                raises=Refused)  # fmt: skip
    judge.right("DropServiceFactory.raw_request",
                lambda: api.drop.raw_request("MGET", "", data="[]"),
                lambda found: found[2] == 200 and '"body": {}' in found[0])  # fmt: skip
    judge.wrong("DropServiceFactory.raw_request", lambda: api.drop.raw_request("PUT", ""),
                lambda found: found[2] == 405)  # fmt: skip
    judge.right("DropService.delete_all", service.delete_all, lambda found: found == {})
    judge.right("DropService.find", service.find, lambda found: found == [])
    judge.wrong("DropService.delete_all", lambda: api.drop(NOWHERE).delete_all(), raises=Missing)


def _identities(stage: Stage) -> None:
    """Made by signing up only: the platform's right answer to `create` and `delete` is 403."""
    api, judge = stage.api(), stage.judge
    me = api.identity.find()[0]
    plan = Plan("IdentityService", api.identity, {}, {}, {}, {})
    name = "IdentityService"
    same = holds({"id": me["id"], "name": "admin", "masterToken": stage.token})
    judge.right(f"{name}.find", lambda: api.identity.find(limit=1)[0], same)
    judge.right(f"{name}.find", lambda: api.identity.find(me["id"]), same)
    judge.right(f"{name}.find_many", lambda: api.identity.find_many(mem.name == "admin")[0], same)
    judge.right(f"{name}.read", lambda: api.identity.read(me["id"]), same)
    judge.right(
        f"{name}.read_or_else", lambda: api.identity.read_or_else("i0", 7), lambda x: x == 7
    )
    judge.right(f"{name}.read_many", lambda: api.identity.read_many([me["id"]])[me["id"]], same)
    limited = _limited(stage, plan)
    for method in ("find", "find_many"):
        judge.wrong(f"{name}.{method}", getattr(limited, method), raises=Forbidden)
    for method, given in (("read", "x"), ("read_or_else", "x"), ("read_many", ["x"])):
        judge.wrong(f"{name}.{method}", lambda m=method, g=given: getattr(limited, m)(g),
                    raises=Forbidden)  # fmt: skip
    refused = lambda answer: isinstance(answer, Forbidden) and "only" in answer.errors[0]  # noqa: E731
    judge.right(f"{name}.create", lambda: refusal(lambda: api.identity.create({})), refused)
    judge.wrong(f"{name}.create", lambda: api.identity.create([]), raises=Forbidden)
    judge.right(f"{name}.delete", lambda: refusal(lambda: api.identity.delete(me["id"])), refused)
    judge.wrong(f"{name}.delete", lambda: api.identity.delete("x"), raises=Forbidden)
    for method, give in (("update", lambda x: x), ("save", lambda x: x)):
        call = getattr(api.identity, method)
        judge.right(f"{name}.{method}", lambda c=call: c(M(me, middleName=c.__name__)),
                    lambda found: found["lastName"] == "Admin" and found["middleName"])  # fmt: skip
        judge.wrong(f"{name}.{method}", lambda c=call, g=give: c(g(M(me, email="x@y.example"))),
                    raises=Refused)  # fmt: skip
    other = next(each for each in api.identity.find() if each["name"] == "member")
    judge.right(f"{name}.update_many", lambda: api.identity.update_many([M(me, icon="i")]),
                lambda found: found[me["id"]]["icon"] == "i")  # fmt: skip
    judge.wrong(f"{name}.update_many", lambda: api.identity.update_many([M(other, icon="i")]),
                raises=Forbidden)  # fmt: skip
    _requesting(stage, plan)


def _given(stage: Stage, member: str) -> None:
    """Tokens and shares: immutable, so the client has no update and the server refuses one."""
    api, judge = stage.api(), stage.judge
    path = {"/admin/judge/a": {"dropRead": True}}
    token = Plan("TokenService", api.token, {"paths": path, "description": "d"}, {},
                 {"paths": {"/admin/judge/a": {"write": True}}}, {})  # fmt: skip
    share = Plan("ShareService", api.share, {"paths": path, "issuedTo": member}, {},
                 {"paths": path, "issuedTo": "nobody"}, {})  # fmt: skip
    for plan in (token, share):
        _finding(stage, plan)
        _deleting(stage, plan)
        _requesting(stage, plan)
        made = plan.service.create(plan.model)
        judge.wrong(f"{plan.cls}.request", lambda p=plan, m=made: p.service.update(m),
                    raises=AttributeError)  # fmt: skip
        judge.wrong(f"{plan.cls}.request",
                    lambda p=plan, m=made: p.service.request("PUT", "/" + m["id"], {}),
                    raises=Refused)  # fmt: skip
