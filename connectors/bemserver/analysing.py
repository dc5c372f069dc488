"""What BEMServer works out from its data (sections 4.1 and 4.2), as declared functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from connectors.bemserver import asking, ids
from connectors.bemserver.asking import BucketWidth, End, Others, Series, Start, Zone
from connectors.bemserver.client import Client
from connectors.bemserver.data import Shown, spanning
from connectors.bemserver.rows import Breakdown, Completeness
from connectors.bemserver.summing import fits
from connectors.contract import Acts, NodeId
from connectors.operations import Resource, Table, family, operation

COMPLETE = ("series", "name", "time", "count", "expected", "ratio", "interval", "remark")
BROKEN_DOWN = ("energy", "use", "time", "value")
UNDEFINED = "interval guessed from the fullest bucket"

Where = Annotated[NodeId, Field(title="Where", description="The site or building.", max_length=100)]
Unit = Annotated[
    str, Field(title="Unit", description="Of energy, such as kWh or MJ.", max_length=80)
]
Ratio = Annotated[
    str | None,
    Field(
        title="For each",
        description="A property of the site or building whose value divides everything: its area.",
        max_length=80,
    ),
]


@dataclass(frozen=True, kw_only=True)
class Metered(Resource):
    """A sort of element that energy is counted for; a site's does not hold its buildings'."""

    word: str
    verbs: frozenset[str] = frozenset({"get_energy_consumption_breakdown"})


METERED = (
    Metered(name="analysis.site", one="site", many="sites", word="site"),
    Metered(name="analysis.building", one="building", many="buildings", word="building"),
)


class Analysing(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @operation(name="analysis.get_completeness", label="Completeness", on="timeseries",
               danger="reads",
               help="How many points each bucket holds, and how many it should.")  # fmt: skip
    def completeness(
        self, series: Series, start_time: Start, end_time: End, others: Others = [],  # noqa: B006
        bucket_width: BucketWidth = "1 day", timezone: Zone = "UTC",
    ) -> Table:  # fmt: skip
        chosen = asking.by_number(series, others)
        window = asking.window(start_time, end_time)
        fits(window, bucket_width, len(chosen.labels))
        value, unit = asking.width_of(bucket_width)
        params = {**chosen.asked, **spanning(window), **Shown(timezone=timezone).asked,
                  "bucket_width_value": value, "bucket_width_unit": unit}  # fmt: skip
        found = self._client.completeness(params)
        return Table(columns=COMPLETE, rows=tuple(_complete(found, chosen.state)))

    @family(METERED, "get_energy_consumption_breakdown", label="Energy breakdown", danger="reads",
            on=lambda row: row.word,
            help="Clean energy of the {one} by kind and end use, bucket by bucket.")  # fmt: skip
    def energy_breakdown(
        self, row: Metered, /, where: Where, start_time: Start, end_time: End,
        bucket_width: BucketWidth = "1 month", timezone: Zone = "UTC", unit: Unit = "kWh",
        ratio_property: Ratio = None,
    ) -> Table:  # fmt: skip
        number = ids.number(where, row.word)
        window = asking.window(start_time, end_time)
        fits(window, bucket_width, 1)
        value, width = asking.width_of(bucket_width)
        params = {**spanning(window), **Shown(timezone=timezone).asked, "unit": unit,
                  "bucket_width_value": value, "bucket_width_unit": width}  # fmt: skip
        if ratio_property is not None:
            params["ratio_property"] = ratio_property
        found = self._client.breakdown(row.word, number, params)
        return Table(columns=BROKEN_DOWN, rows=tuple(_broken_down(found)))


def _complete(found: Completeness, state: int) -> Iterator[tuple[object, ...]]:
    """A row for each series and bucket; a ratio above 1 is possible."""
    for label, one in found.timeseries.items():
        node = ids.Series(ids.number(label, ids.SERIES), state).id
        remark = UNDEFINED if one.undefined_interval else ""
        for time, count, expected, ratio in zip(
            found.timestamps, one.count, one.expected_count, one.ratio, strict=True
        ):
            yield node, one.name, time, count, expected, ratio, one.interval, remark


def _broken_down(found: Breakdown) -> Iterator[tuple[object, ...]]:
    for energy, uses in found.energy.items():
        for use, values in uses.items():
            for time, value in zip(found.timestamps, values, strict=True):
                yield energy, use, time, value
