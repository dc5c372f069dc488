"""Queries for a range of time, page by page: what was read so far is what an export will hold.

Both kinds work alike: attribute data of a time-series database, and telemetry of endpoints.
The range includes its end, as SQL's BETWEEN does [G].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from connectors.sandbox.avista.columns import Block, values
from connectors.sandbox.avista.records import Asset, Table
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.avista.values import EARLIEST

NAME = "rangeQueries"
PAGE = 100_000
"""Rows in a page where the client asks for none: ten years of minutes take 53 of 100 pages [G]."""
MOST_QUERIES = 1000
"""So many are remembered; then the oldest is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeQuery:
    """One query, as far as it has come."""

    query_id: str
    client_token: str
    user_id: str
    table: str
    """The key of the table, `iot` for endpoints."""
    picks: tuple[tuple[str, tuple[str, ...] | None], ...]
    """The assets, each with the attributes that are asked for; None for all of them."""
    start: int
    end: int
    """Nanoseconds since 1970; the end counts."""
    text: str
    reached: tuple[int, int] | None = None
    """The pick and the time from which on nothing was read yet; None when all was."""
    chunk: int = 0
    cancelled: bool = False

    def named(self, asset: Asset, place: int) -> list[str]:
        """The attributes of one pick."""
        names = self.picks[place][1]
        return list(asset.types) if names is None else list(names)


def remembered(platform: Platform, query: RangeQuery) -> None:
    """Keeps a query for its next page and its export."""
    kept = platform.store.records(NAME)
    kept[query.query_id] = asdict(query)
    for query_id in list(kept)[: max(len(kept) - MOST_QUERIES, 0)]:
        del kept[query_id]


def recalled(platform: Platform, query_id: str) -> RangeQuery | None:
    """A query by its id."""
    record: dict[str, Any] | None = platform.store.records(NAME).get(query_id)
    if record is None:
        return None
    picks = tuple((name, None if found is None else tuple(found))
                  for name, found in record["picks"])  # fmt: skip
    reached = tuple(record["reached"]) if record["reached"] else None
    return RangeQuery(**{**record, "picks": picks, "reached": reached})


def advanced(query: RangeQuery, table: Table, count: int) -> RangeQuery:
    """The query after `count` more rows."""
    left = count
    for place, asset, start, end in _stretches(query, table, query.reached, None):
        for block in values(asset, query.named(asset, place), start, end):
            if block.times.size > left:
                return replace(query, reached=(place, int(block.times[left])))
            left -= block.times.size
    return replace(query, reached=None)


def read(query: RangeQuery, table: Table) -> Iterator[tuple[Asset, list[str], Iterator[Block]]]:
    """What was read so far, asset by asset."""
    for place, asset, start, end in _stretches(query, table, None, query.reached):
        names = query.named(asset, place)
        yield asset, names, values(asset, names, start, end)


def _stretches(
    query: RangeQuery, table: Table, low: tuple[int, int] | None, high: tuple[int, int] | None
) -> Iterator[tuple[int, Asset, int, int]]:
    """The picks between two places, with the half-open range of each."""
    for place, (asset_id, _) in enumerate(query.picks):
        asset = table.asset(asset_id)
        start, end = query.start, query.end + 1
        if low is not None and place == low[0]:
            start = low[1]
        if high is not None and place == high[0]:
            end = high[1]
        beyond = high is not None and place > high[0]
        if asset is not None and not beyond and (low is None or place >= low[0]):
            yield place, asset, start, end


def tail(asset: Asset, names: Sequence[str], end: int, count: int) -> int:
    """The time from which on there are `count` rows until `end`, or fewer when there are not."""
    width = 3600 * 10**9
    while True:
        start = max(end - width, EARLIEST)
        times = [block.times for block in values(asset, names, start, end)]
        if sum(part.size for part in times) >= count:
            return int(np.concatenate(times)[-count])
        if start == EARLIEST:
            return start
        width *= 16
