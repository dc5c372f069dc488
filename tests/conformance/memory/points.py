"""What the memory platform answers about series: points, what was stored, buckets."""

from __future__ import annotations

import math

from tests.conformance.memory.world import Item, Value

POINTS_PAGE = 5_000


def points(item: Item, asked: dict[str, str]) -> object:
    found = item.between(int(asked["start"]), int(asked["end"]))
    following = found[POINTS_PAGE][0] if len(found) > POINTS_PAGE else None
    return {"points": found[:POINTS_PAGE], "next": following}


def stored(item: Item, sent: list[tuple[int, Value]]) -> object:
    taken = sum(item.put(time, value) for time, value in sent)
    return {"accepted": taken, "unchanged": len(sent) - taken}


def buckets(item: Item, asked: dict[str, str]) -> object:
    start, end, step = (int(asked[name]) for name in ("start", "end", "step"))
    return {"buckets": [_bucket(item, at, at + step) for at in range(start, end, step)]}


def _bucket(item: Item, start: int, end: int) -> dict[str, float | None]:
    values = [float(value) for _, value in item.between(start, end)]
    if not values:
        return dict.fromkeys(("min", "max", "mean", "sum", "count"))
    total = math.fsum(values)
    count = len(values)
    found: dict[str, float | None] = {
        "min": min(values),
        "max": max(values),
        "sum": total,
        "count": float(count),
    }
    return found | {"mean": total / count}
