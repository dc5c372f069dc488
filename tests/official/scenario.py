"""One account's day on a BEMServer, through our service: what it saw, step by step, without ids.

Run on two servers that hold the same small world, it has to see the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from connectors.contract import Buckets, Function, Node, NodeId, Window
from tests.official.sides import (
    WORDS,
    Kept,
    Row,
    Side,
    Step,
    batch,
    day,
    listed,
    near,
    refusal,
    shown,
)
from tests.official.small_world import (
    AUTUMN,
    MEMBER,
    METER_FROM,
    METER_TO,
    OUTSIDER,
    SPRING,
    Loader,
)

FUNCTIONS: tuple[Function, ...] = ("min", "max", "mean", "sum", "count")
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
SMALL = ("Clocks", "Gaps", "Odd", "Noise", "Empty")
NOBODY = 2_000_000_000


def account(side: Side) -> Iterator[Step]:
    """Who we are, and who we are not."""
    with side.opened() as service:
        found = service.check()
        numbered = found.id == f"{side.url.partition('://')[2]}#{side.ids['users/member']}"
        yield "check", [numbered, found.label, dict(found.facts)]
    for name, who in {
        "wrong password": (MEMBER[0], "wrong"),
        "nobody": ("nobody@small.example", "x"),
    }.items():
        with side.opened(who) as service:
            yield name, refusal(service.check)
    with side.opened(OUTSIDER) as service:
        yield "outsider", [service.check().label, shown(side, service.children(None).items)]
        for path in ("campaigns/Small world", "sites/Many meters", "buildings/Anbau"):
            place = NodeId(f"{WORDS[path.partition('/')[0]][0]}/{side.ids[path]}")
            yield f"outsider at {path}", refusal(partial(service.node, place))
        meter = side.series("Meter")
        yield "outsider reads", refusal(lambda: read(side, service, meter, day(SPRING)))
        yield (
            "outsider aggregates",
            refusal(lambda: list(service.aggregate(meter, day(SPRING), HOUR, FUNCTIONS))),
        )
        yield "outsider writes", refusal(lambda: service.write(meter, [batch([(SPRING, 1.0)])]))


def renewal(side: Side) -> Iterator[Step]:
    """Tokens that are over, or that this server has never given."""
    keep = Kept()
    with side.opened(keep=keep) as service:
        service.check()
    good = dict(keep.values)
    stale = side.tokens(access=-60, refresh=-60)
    for name, tokens in {
        "access over": {"access": stale["access"]},
        "both over": stale,
        "strange": {"access": "x.y.z", "refresh": "x"},
        "swapped": {"access": good["refresh"], "refresh": good["access"]},
        "still good": {},
    }.items():
        keep.values = good | tokens
        before = dict(keep.values)
        with side.opened(keep=keep) as service:
            label = service.check().label
        yield f"tokens: {name}", [label, keep.values["access"] != before["access"]]


def everything(service: Any, parent: NodeId | None) -> Iterator[tuple[int, Node]]:
    """All children of a node with the number of their page."""
    cursor, number = None, 1
    while True:
        page = service.children(parent, cursor)
        yield from ((number, node) for node in page.items)
        cursor, number = page.next, number + 1
        if cursor is None:
            return


def walk(side: Side) -> Iterator[Step]:
    """The whole tree, and each node of it by itself."""
    with side.opened() as service:
        waiting: list[NodeId | None] = [None]
        seen: dict[NodeId, None] = {}
        while waiting:
            parent = waiting.pop(0)
            found = list(everything(service, parent))
            pages = [number for number, _ in found]
            nodes = [node for _, node in found]
            yield f"under {side.names.get(parent or '', parent)}", [pages, shown(side, nodes)]
            waiting += [node.id for node in nodes if node.expandable]
            seen |= dict.fromkeys(node.id for node in nodes)
        for place in [*seen, *side.series("Meter", state=2)]:
            if "Filler" not in side.names[place] or "Filler 00" in side.names[place]:
                yield (
                    f"node {side.names[place]}",
                    refusal(partial(seen_alone, side, service, place)),
                )
        yield (
            "page of pages",
            refusal(lambda: service.children(NodeId(f"site/{side.ids['sites/Many meters']}"), "9")),
        )
    with side.opened(state="Clean") as service:
        yield "clean", shown(side, everything_of(service, side))


def seen_alone(side: Side, service: Any, place: NodeId) -> list[Any]:
    return shown(side, [service.node(place)])


def everything_of(service: Any, side: Side) -> Iterator[Node]:
    building = NodeId(f"building/{side.ids['buildings/Haus Süd, 100%']}")
    return (node for _, node in everything(service, building))


READS: Mapping[str, tuple[tuple[str, ...], Window]] = {
    "a year of the meter": (("Meter",), Window(start=METER_FROM - DAY, end=METER_TO + DAY)),
    "spring": (SMALL, day(SPRING - HOUR, 1 / 1)),
    "autumn": (SMALL, day(AUTUMN - 2 * HOUR, 25 / 24)),
    "all of them": (("Meter", *SMALL), day(SPRING - DAY, 5)),
    "below the second": (("Odd",), day(AUTUMN + 2 * DAY)),
    "an end below the second": (
        ("Odd",),
        Window(start=AUTUMN + 2 * DAY + 0.3 * SECOND, end=AUTUMN + 2 * DAY + 1.2 * SECOND),
    ),
    "between two points": (("Clocks",), Window(start=SPRING + SECOND, end=SPRING + 800 * SECOND)),
    "to a point": (("Clocks",), Window(start=SPRING, end=SPRING + 900 * SECOND)),
    "one second": (("Clocks",), Window(start=SPRING, end=SPRING + SECOND)),
    "nothing asked": (("Clocks",), day(SPRING, 0)),
    "before everything": (("Clocks", "Empty"), day(datetime(1970, 1, 1, tzinfo=UTC))),
    "long ago": (("Clocks",), day(datetime(1600, 1, 1, tzinfo=UTC))),
    "years of gaps": (("Gaps", "Meter"), Window(start=METER_TO - 30 * DAY, end=AUTUMN + DAY)),
}


def read(side: Side, service: Any, series: Sequence[NodeId], window: Window) -> dict[str, Any]:
    """Points and notes of each series that has any."""
    found: dict[str, Any] = {}
    for points in service.read(series, window):
        rows, notes = found.setdefault(side.names[points.series], ([], []))
        rows += listed(points.batch)
        notes.append([points.notes.floored, points.notes.duplicates, points.notes.unreadable])
    return {
        name: [rows, [sum(part) for part in zip(*notes, strict=True)]]
        for name, (rows, notes) in found.items()
    }


def readings(side: Side) -> Iterator[Step]:
    """Points, in windows that people ask for and in some that nobody should."""
    with side.opened() as service:
        for name, (series, window) in READS.items():
            yield f"read {name}", read(side, service, side.series(*series), window)
        clean = side.series("Meter", "Clocks", state=2)
        yield "read clean", read(side, service, clean, day(METER_FROM, 5))


SEASONS: Mapping[str, tuple[tuple[str, ...], Window]] = {
    "spring": (("Clocks", "Gaps", "Noise"), day(SPRING - DAY, 4)),
    "autumn": (("Clocks", "Odd", "Empty"), day(AUTUMN - DAY, 3)),
    "meter": (
        ("Meter",),
        Window(start=METER_FROM + 31 * DAY + 0.5 * SECOND, end=METER_FROM + 38 * DAY),
    ),
}
AGGREGATES: Mapping[str, tuple[tuple[str, ...], Window]] = {
    f"{name} in {season}": ((name,), window)
    for season, (names, window) in SEASONS.items()
    for name in names
}
"""Of one series each: asked for several, PostgreSQL adds in an order of its own."""


def aggregates(side: Side) -> Iterator[Step]:
    """Every width and function."""
    with side.opened() as service:
        for name, (series, window) in AGGREGATES.items():
            for step in type(service).traits.steps:
                asked = day(window.start) if step == timedelta(minutes=1) else window
                yield f"{name} by {step}", bucketed(side, service, series, asked, step)
        year = Window(start=METER_FROM, end=METER_TO)
        yield "a year by day", bucketed(side, service, ("Meter",), year, DAY)
        for step in (HOUR / 4, HOUR, 6 * HOUR, DAY):
            yield f"together by {step}", together(side, service, step)
        yield "too huge", refusal(lambda: bucketed(side, service, ("Huge",), day(AUTUMN), HOUR))


def together(side: Side, service: Any, step: timedelta) -> Any:
    """Several series in one request against one by one: all but the last digits of sums."""
    window = day(SPRING - DAY, 4)
    whole = bucketed(side, service, SMALL, window, step)
    alone = [bucketed(side, service, (name,), window, step) for name in SMALL]
    return [alike(whole[name], rows) for found in alone for name, rows in found.items()]


def alike(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    """The same buckets, extremes and counts, and sums that differ by their rounding only."""
    return len(rows) == len(others) and all(
        one[:3] == other[:3] and one[5] == other[5] and near(one[3:5], other[3:5])
        for one, other in zip(rows, others, strict=True)
    )


def bucketed(
    side: Side, service: Any, series: Sequence[str], window: Window, step: timedelta
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in service.aggregate(side.series(*series), window, step, FUNCTIONS):
        found.setdefault(side.names[part.series], []).extend(listed(part.batch))
    return found


def searches(side: Side) -> Iterator[Step]:
    """Names with wildcards, capitals and letters beyond ASCII, in them or asked for."""
    texts = (
        "meter",
        "METER",
        "small",
        "küche",
        "KÜCHE",
        "Süd",
        "%",
        "_",
        "100%",
        "d_f",
        "<b>",
        "filler 01",
        "Home",
        "kitchens",
        "scope",
        "no such thing",
        " ",
        "\\",
        "'",
    )
    with side.opened() as service:
        for text in texts:
            found = service.search(text)
            own = [node for node in found.items if node.id in side.names]
            yield f"search {text}", [shown(side, own), len(own) == len(found.items), found.next]


def writes(side: Side) -> Iterator[Step]:
    """Written, read back, written again; and what cannot be written."""
    (series,) = side.series("Written")
    window = day(SPRING - DAY, 4)
    first = batch([(SPRING + n * HOUR, 0.5 + n) for n in range(30)])
    rounds = {
        "new": first,
        "again": first,
        "half new, other values": batch([(SPRING + n * HOUR, 7.25) for n in range(20, 40)]),
        "with nothing in it": batch([(SPRING + n * HOUR, None) for n in range(50, 52)]),
        "backwards": batch([(SPRING - n * HOUR, float(n)) for n in range(1, 5)]),
        "many digits": batch([(SPRING + 2.5 * DAY + n * SECOND, v) for n, v in enumerate(DIGITS)]),
        "short texts": batch([(SPRING + 2 * DAY + n * SECOND, v) for n, v in enumerate(SHORT)]),
    }
    with side.opened() as service:
        for name, points in rounds.items():
            done = refusal(partial(service.write, [series], [points]))
            yield f"write {name}", [str(done), read(side, service, [series], window)]
        late = batch([(datetime(2260, 1, 1, tzinfo=UTC), 1.0)])
        yield "write too late", refusal(lambda: service.write([series], [late]))
        yield (
            "write a fraction",
            str(service.write([series], [batch([(SPRING + 0.5 * SECOND, 3.0)])])),
        )
        yield (
            "and read",
            read(side, service, [series], Window(start=SPRING, end=SPRING + 2 * SECOND)),
        )


DIGITS = (25.931680810679882, 18.062029414071006, 1 / 3, -2 / 3, 1.7976931348623157e300, 5e-324)
SHORT = (1e-5, 2.5e-7, 1e21, -0.0, 12345678.9, 0.1, 99999.99999, 1e-300, 3.0e5)


def missing(side: Side) -> Iterator[Step]:
    """What is not there."""
    (meter,) = side.series("Meter")
    gone = NodeId(f"timeseries/{NOBODY}@1")
    unstated = NodeId(meter.replace("@1", "@999"))
    point = batch([(SPRING, 1.0)])
    with side.opened() as service:
        for name, place in {"gone": gone, "no such state": unstated}.items():
            yield f"{name}: node", refusal(partial(service.node, place))
            asked = partial(read, side, service, [meter, place], day(SPRING))
            yield f"{name}: read", refusal(asked)
            yield f"{name}: aggregate", refusal(partial(hours, service, place))
            yield f"{name}: write", refusal(partial(service.write, place, [point]))
        for word in (word for words in WORDS.values() for word in words):
            place = NodeId(f"{word}/{NOBODY}")
            yield f"{word} gone: node", refusal(partial(service.node, place))
            yield f"{word} gone: children", refusal(partial(service.children, place))


def hours(service: Any, series: NodeId) -> list[Buckets]:
    return list(service.aggregate([series], day(SPRING), HOUR, FUNCTIONS))


def switched_off(side: Side) -> Iterator[Step]:
    """An account that its administrator has switched off, with tokens that still hold."""
    keep = Kept()
    with side.opened(OUTSIDER, keep=keep) as service:
        service.check()
    Loader(side.url).switch_off(side.ids["users/outsider"])
    with side.opened(OUTSIDER, keep=keep) as service:
        yield "switched off, with tokens", refusal(service.check)
    with side.opened(OUTSIDER) as service:
        yield "switched off, without", refusal(service.check)


def whole(side: Side) -> dict[str, Any]:
    """Every part, one after another; the last ones change what is there."""
    parts = (account, renewal, walk, readings, aggregates, searches, missing, writes, switched_off)
    return {name: saw for part in parts for name, saw in part(side)}
