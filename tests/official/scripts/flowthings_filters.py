"""The filter language, the parameters and the modifications, against drops that are known."""

from collections.abc import Callable
from typing import Any

import flowthings
from flowthings import AGE, EXISTS, HAS, MATCHES, NOT, M, P, builders, mem
from flowthings_stage import Stage

Refused = flowthings.FlowThingsBadRequest
NEW_YORK = {"lat": 40.7, "lon": -73.9}
ROWS: dict[str, dict[str, Any]] = {
    "one": {"elems": {"n": 1, "text": "a/b", "f": 1.5, "tags": ["x", 2], "same": 1}},
    "two": {"elems": {"n": 2, "text": "it's", "on": True, "tags": ["x"], "same": 1}},
    "three": {"elems": {"n": 3, "text": "back\\slash", "on": False}, "location": NEW_YORK},
}


class Filters:
    """Finds drops by their names."""

    def __init__(self, stage: Stage) -> None:
        self.judge = stage.judge
        self.api = stage.api()
        flow = self.api.flow.create({"path": "/admin/judge/filters"})
        self.service = self.api.drop(flow["id"])
        for name, row in ROWS.items():
            elems = {**row["elems"], "name": name, "ts": {"type": "date", "value": 1_000_000}}
            self.service.create({**row, "elems": elems})

    def named(self, *filters: Any, **params: Any) -> set[str]:
        """The names of the drops that a filter lets through."""
        found = self.service.find(*filters, **params)
        return {drop["elems"]["name"] for drop in found}

    def right(self, function: str, build: Callable[[], Any], *names: str) -> None:
        """A filter made by the function finds exactly these."""
        self.judge.right(function, lambda: self.named(build()), lambda found: found == set(names))

    def wrong(self, function: str, build: Callable[[], Any], raises: type[BaseException]) -> None:
        """A filter that cannot be made, or that the platform refuses."""
        self.judge.wrong(function, lambda: self.named(build()), raises=raises)


def judge_filters(stage: Stage) -> None:
    """Every operator of section 4.1."""
    filters = Filters(stage)
    _comparisons(filters)
    _members(filters)
    _functions(filters)
    _logic(filters)
    _params(filters)
    _modifications(stage)


def _comparisons(filters: Filters) -> None:
    """Python's operators, all of which become one class; judged where they are asked."""
    n, text = mem.elems.n, mem["elems"]["text"]
    for build, names in (
        (lambda: n == 1, "one"), (lambda: n != 1, "two three"), (lambda: n < 2, "one"),
        (lambda: n <= 2, "one two"), (lambda: n > 2, "three"), (lambda: n >= 2, "two three"),
        (lambda: text == "it's", "two"), (lambda: text == "back\\slash", "three"),
        (lambda: mem.on == True, "two"), (lambda: mem.on == False, "three"),  # noqa: E712
        (lambda: mem.n == mem.elems.same, "one"), (lambda: mem.f == 1.5, "one"),
        (lambda: n > 1e-7, "one two three"), (lambda: n < 10**15, "one two three"),
    ):  # fmt: skip
        filters.right("DropService.find_many", build, *names.split())
    filters.wrong("DropService.find_many", lambda: n == None, AssertionError)  # noqa: E711
    filters.judge.right("DropService.find", lambda: filters.named(filter="elems.n % 2 == 1"),
                        lambda found: found == {"one", "three"})  # fmt: skip
    filters.judge.wrong("DropService.find", lambda: filters.named(filter="elems.n % 2 =="),
                        raises=Refused)  # fmt: skip
    filters.judge.wrong("DropService.find", lambda: filters.named(mem.x.name == 1), raises=Refused)


def _members(filters: Filters) -> None:
    filters.right("Member.re", lambda: mem.text.re("^IT", "i"), "two")
    filters.right("Member.re", lambda: mem.elems.text.re("a/b"), "one")
    filters.wrong("Member.re", lambda: mem.text.re("("), Refused)
    filters.right("Member.IN", lambda: mem.n.IN(3, "a", 1), "one", "three")
    filters.right("Member.IN", lambda: mem.n.IN())
    filters.wrong("Member.IN", lambda: mem.n.IN(None), AssertionError)
    filters.right("Member.CONTAINS", lambda: mem.tags.CONTAINS("x", 2), "one")
    filters.right("Member.CONTAINS", lambda: mem.tags.CONTAINS("x"), "one", "two")
    filters.wrong("Member.CONTAINS", lambda: mem.tags.CONTAINS(b"x"), AssertionError)
    near = (40.7, -73.99)
    filters.right("Member.WITHIN", lambda: mem.location.WITHIN(5, coords=near), "three")
    filters.right("Member.WITHIN", lambda: mem.location.WITHIN(5, "KM", coords=near))
    filters.right("Member.WITHIN", lambda: mem.location.WITHIN(20, "KM", zip="10001"), "three")
    filters.wrong("Member.WITHIN", lambda: mem.location.WITHIN(5, "KM"), Refused)
    filters.wrong("Member.WITHIN", lambda: mem.location.WITHIN(5, "ELLS", coords=near), Refused)


def _functions(filters: Filters) -> None:
    filters.right("builders.EXISTS", lambda: EXISTS("elems.on"), "two", "three")
    filters.right("builders.EXISTS", lambda: EXISTS(mem.elems.f), "one")
    filters.wrong("builders.EXISTS", lambda: EXISTS("two words"), Refused)
    filters.right("builders.HAS", lambda: HAS("float"), "one")
    filters.wrong("builders.HAS", lambda: HAS("3"), Refused)
    filters.right("builders.MATCHES", lambda: MATCHES("A/B", "i"), "one")
    filters.wrong("builders.MATCHES", lambda: MATCHES("["), Refused)
    filters.right("builders.NOT", lambda: NOT(mem.n == 1), "two", "three")
    both = (mem.n == 1).AND(mem.n == 2)  # sent without brackets, so that NOT takes the first only
    filters.right("builders.NOT", lambda: NOT(both), "two")
    filters.wrong("builders.NOT", lambda: NOT("("), Refused)
    filters.judge.right("builders.prim_str", lambda: builders.prim_str("it's"),
                        lambda text: text == r"'it\'s'")  # fmt: skip
    filters.judge.wrong("builders.prim_str", lambda: builders.prim_str([]), raises=AssertionError)


def _logic(filters: Filters) -> None:
    """AND and OR of every kind of filter."""
    first, every = mem.n == 1, {"one", "two", "three"}
    for cls, build, names in (
        ("AgeFilter", lambda: AGE < 60_000, every),
        ("AgeFilter", lambda: AGE("elems")("ts") >= 5, every),
        ("HasFilter", lambda: HAS("boolean"), {"two", "three"}),
        ("ListFilter", lambda: mem.n.IN(2), {"two"}),
        ("LocationFilter", lambda: mem.location.WITHIN(5, coords=(40.7, -73.9)), {"three"}),
        ("LogicalFilter", lambda: first.OR(mem.n == 2), {"one", "two"}),
        ("MatchesFilter", lambda: MATCHES("slash"), {"three"}),
        ("NotFilter", lambda: NOT(first), {"two", "three"}),
        ("PrefixFilter", lambda: EXISTS("elems.f"), {"one"}),
    ):
        filters.right(f"{cls}.AND", lambda b=build: b().AND(first), *(names & {"one"}))
        filters.right(f"{cls}.OR", lambda b=build: b().OR(first), *(names | {"one"}))
        for way in ("AND", "OR"):
            filters.wrong(f"{cls}.{way}", lambda b=build, w=way: getattr(b(), w)("x"),
                          AssertionError)  # fmt: skip
    filters.wrong("AgeFilter.AND", lambda: (AGE > 0).AND(first), AssertionError)
    filters.judge.right("DropService.find", lambda: filters.named(mem.n > 1, mem.n < 3),
                        lambda found: found == {"two"})  # fmt: skip


def _params(filters: Filters) -> None:
    judge, service = filters.judge, filters.service
    for cls in ("P", "Params"):
        judge.right(f"{cls}.filter", lambda: service.request("GET", params=P().filter(mem.n == 1)),
                    lambda found: [drop["elems"]["n"] for drop in found] == [1])  # fmt: skip
        judge.wrong(f"{cls}.filter", lambda: P().filter([1, 2]), raises=AttributeError)
        judge.right(f"{cls}.only", lambda: service.request("GET", params=P().only(["path"], "id")),
                    lambda found: all(set(drop) == {"id", "path"} for drop in found))  # fmt: skip
        judge.wrong(f"{cls}.only", lambda: P().only(7), raises=TypeError)
        judge.right(f"{cls}.refs", lambda: service.request("GET", params=P(limit=1).refs(1)),
                    lambda found: found[0][0]["flowId"] in found[1])  # fmt: skip
        judge.wrong(f"{cls}.refs", lambda: P().refs(), raises=TypeError)
        judge.right(f"{cls}.to_dict", lambda: P(limit=1).start(5).to_dict(),
                    lambda found: found == {"limit": 1, "start": 5})  # fmt: skip
        judge.wrong(f"{cls}.to_dict", lambda: service.request("GET", params=P(limit=-1)),
                    raises=Refused)  # fmt: skip
    numbers = lambda **params: [drop["elems"]["n"] for drop in service.find(**params)]  # noqa: E731
    for params, wanted in (
        ({}, [3, 2, 1]), ({"order": "asc"}, [1, 2, 3]), ({"limit": 1, "start": 1}, [2]),
        ({"sort": "elems.text", "order": "asc"}, [1, 3, 2]), ({"skip": 2}, [1]),
        ({"unknown": "ignored"}, [3, 2, 1]), ({"sort": "elems.f"}, [1, 3, 2]),
    ):  # fmt: skip
        judge.right("DropService.find", lambda p=params: numbers(**p),
                    lambda found, w=wanted: found == w)  # fmt: skip
    judge.right("DropService.find", lambda: service.find(hints=1, limit=1)[0]["elems"]["n"],
                lambda found: found == {"type": "integer", "value": 3})  # fmt: skip


def _modifications(stage: Stage) -> None:
    judge, model = stage.judge, {"id": "f1", "displayName": "a", "capacity": 5}
    for cls in ("M", "Modify"):
        changed = M(model, displayName="b")
        judge.right(f"{cls}.modify", lambda c=changed: c.modify("capacity", 9), lambda x: x is None)
        judge.right(f"{cls}.done", changed.done,
                    lambda found: found[1] == {"displayName": "b", "capacity": 9}
                    and found[0] == {"id": "f1", "displayName": "b", "capacity": 9}
                    and model["capacity"] == 5)  # fmt: skip
        judge.wrong(f"{cls}.modify", lambda: M(model).modify([], 1), raises=TypeError)
        judge.wrong(f"{cls}.done", lambda: stage.api().flow.update(M()), raises=KeyError)
