"""What the platform works out from its data: completeness, energy breakdown, degree days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from starlette.responses import Response

from connectors.sandbox.bemserver import buckets, etags, units
from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.fields import (
    Choice,
    InvalidError,
    Moment,
    Number,
    Plain,
    Symbol,
    Text,
    Zone,
)
from connectors.sandbox.bemserver.problems import Problem
from connectors.sandbox.bemserver.store import track_key
from connectors.sandbox.bemserver.table import Row
from connectors.sandbox.bemserver.timeseries import Selection, bucket_width, edges_of, selection
from connectors.sandbox.samples import Track
from connectors.sandbox.zones import DAY, HOUR, SECOND, Instants, from_local, stamps

Values = buckets.Values


class Day(Plain):
    """A date without a time."""

    def load(self, value: Any) -> date:
        """`YYYY-MM-DD`."""
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise InvalidError("Not a valid date.") from None


def tagged(call: Call, body: Any) -> Response:
    """A GET answer with the ETag rules."""
    current = etags.tag(body)
    if etags.unchanged(call, current):
        return etags.not_modified()
    return call.json_answer(body, etag=current if call.platform.settings.etags else None)


def completeness(call: Call) -> Response:
    """How many samples each bucket holds, and how many it should."""
    query = call.asked()
    width = bucket_width(query)
    asked = selection(call)
    limits = edges_of(asked, width)
    seconds = np.diff(limits) / SECOND
    found = {
        label: {"name": row["name"], **_completeness(call, row, track, limits, seconds)}
        for label, row, track in zip(asked.labels, asked.rows, asked.tracks(call), strict=True)
    }
    starts = stamps(limits[:-1], asked.zone, colon=True, fraction=True)
    return tagged(call, {"timestamps": starts, "timeseries": found})


def _completeness(
    call: Call, row: Row, track: Track, limits: Instants, seconds: Values
) -> dict[str, Any]:
    counts = buckets.tally(track, limits).count
    interval = _interval(call, row)
    undefined = interval is None
    rates = counts / seconds
    if undefined and counts.any():
        interval = float(1 / rates.max())
    nothing = [None] * counts.size
    ratios: list[Any] = nothing if interval is None else (rates * interval).tolist()
    return {
        "count": counts.tolist(),
        "ratio": ratios,
        "total_count": int(counts.sum()),
        "avg_count": float(counts.mean()) if counts.size else float("nan"),
        "avg_ratio": float(np.mean(ratios)) if interval is not None and ratios else None,
        "interval": interval,
        "undefined_interval": undefined,
        "expected_count": nothing if interval is None else (seconds / interval).tolist(),
    }


def _interval(call: Call, row: Row) -> float | None:
    """The property Interval of a series, in seconds."""
    definition = next(call.store.where("timeseries_properties", name="Interval"), None)
    if definition is None:
        return None
    held = call.store.where(
        "timeseries_property_data", timeseries_id=row["id"], property_id=definition["id"]
    )
    value = next(held, None)
    return float(value["value"]) if value else None


def breakdown(call: Call) -> Response:
    """Energy by kind and end use, of the series tied directly to one site or building."""
    kind = call.path["kind"]
    query = call.asked()
    width = bucket_width(query)
    start = query.one("start_time", Moment(), required=True)
    end = query.one("end_time", Moment(), required=True)
    zone = query.one("timezone", Zone(), default="UTC")
    unit = query.one("unit", Symbol(), default="Wh")
    named = query.one("ratio_property", Text())
    query.settle()
    element = call.readable(f"{kind}s", int(call.path["row"]))
    asked = Selection(rows=(), labels=(), state=_clean(call), zone=zone,
                      start=start, end=end)  # fmt: skip
    limits = edges_of(asked, width)
    ratio = _ratio(call, kind, element, named) if named else 1.0
    energy: dict[str, dict[str, list[float]]] = {}
    for tie in call.store.where(
        f"energy_consumption_timeseries_by_{kind}s", **{f"{kind}_id": element["id"]}
    ):
        series = call.store.get("timeseries", tie["timeseries_id"])
        if series is None or not call.actor.reads("timeseries", series):
            continue
        names = (
            _named(call, "energies", tie["energy_id"]),
            _named(call, "energy_end_uses", tie["end_use_id"]),
        )
        scale = units.conversion(series["unit_symbol"], unit)
        if scale is None:
            raise Problem(409, message="Incompatible unit in input timeseries.")
        track = call.platform.samples.track(track_key(series["id"], asked.state))
        sums = np.nan_to_num(buckets.aggregate(track, limits, width, "sum")) * scale.factor / ratio
        energy.setdefault(names[0], {})[names[1]] = sums.tolist()
    starts = stamps(limits[:-1], zone, colon=True, fraction=True)
    return tagged(call, {"timestamps": starts, "energy": energy})


def _named(call: Call, path: str, row_id: int) -> str:
    row = call.store.get(path, row_id)
    return str(row["name"]) if row else ""


def _clean(call: Call) -> int:
    state = next(call.store.where("timeseries_data_states", name="Clean"), None)
    if state is None:
        raise Problem(500)
    return int(state["id"])


def _ratio(call: Call, kind: str, element: Row, name: str) -> float:
    """The value of a named property of the element; 0 is a 500 on the platform."""
    resource = call.store.catalogue[f"{kind}_property_data"]
    for row in call.store.where(resource.path, **{f"{kind}_id": element["id"]}):
        definition = call.store.ancestor(resource, row, "structural_element_properties")
        if definition is not None and definition["name"] == name:
            value = float(row["value"])
            if not value:
                raise Problem(500)
            return value
    raise Problem(409, message=f'{kind.capitalize()} has no "{name}" property.')


def degree_days(call: Call) -> Response:
    """Degrees missing to, or above, a base temperature, summed over days, months or years."""
    query = call.asked()
    first = query.one("start_date", Day(), required=True)
    last = query.one("end_date", Day(), required=True)
    period = query.one("period", Choice(("day", "month", "year")), required=True)
    kind = query.one("type", Choice(("heating", "cooling")), default="heating")
    base = query.one("base", Number(), default=18.0)
    unit = query.one("unit", Symbol(), default="°C")
    query.settle()
    site = call.readable("sites", int(call.path["row"]))
    track, symbol = _air(call, site)
    scale = units.conversion(symbol, unit)
    if scale is None:
        raise Problem(422, message=units.unlike(symbol, unit))
    campaign = call.store.get("campaigns", site["campaign_id"])
    zone = str(campaign["timezone"]) if campaign else "UTC"
    days = max((last - first).days, 0)
    if last == first and call.store.flavour < "0.27":
        days = 1  # a window without a day gave one before pandas 3
    means = [value * scale.factor + scale.offset for value in _day_means(track, first, days, zone)]
    sign = 1.0 if kind == "heating" else -1.0
    return call.json_answer({"degree_days": _summed(means, first, period, base, sign, zone)})


def _air(call: Call, site: Row) -> tuple[Track, str]:
    ties = call.store.where(
        "weather_timeseries_by_sites",
        site_id=site["id"], parameter="AIR_TEMPERATURE", forecast=False,
    )  # fmt: skip
    tie = next(ties, None)
    series = call.store.get("timeseries", tie["timeseries_id"]) if tie else None
    if series is None or not call.actor.reads("timeseries", series):
        raise Problem(409, message="Air temperature for site undefined or access denied.")
    return call.platform.samples.track(track_key(series["id"], _clean(call))), series["unit_symbol"]


def _midnights(first: date, count: int, zone: str) -> Instants:
    start = (first - date(1970, 1, 1)).days
    return from_local(np.arange(start, start + count, dtype=np.int64) * DAY, zone)


def _day_means(track: Track, first: date, days: int, zone: str) -> list[float]:
    """For each local day the mean of the least and the greatest hourly mean; NaN without data."""
    limits = _midnights(first, days + 1, zone)
    hours = np.arange(limits[0], limits[-1] + 1, HOUR, dtype=np.int64)
    seen = buckets.tally(track, hours)
    held = seen.count > 0
    daily = buckets.Tally.empty(days)
    spots = np.searchsorted(limits, hours[:-1][held], side="right") - 1
    daily.take(spots, seen.total[held] / seen.count[held])
    with np.errstate(invalid="ignore"):  # an empty day lies between +inf and -inf: no number
        means: list[float] = ((daily.low + daily.high) / 2).tolist()
    return means


def _summed(
    means: list[float], first: date, period: str, base: float, sign: float, zone: str
) -> dict[str, float | None]:
    """Sums by period, named by the local midnight it starts at."""
    sums: dict[date, float | None] = {}
    for number, mean in enumerate(means):
        day = first + timedelta(days=number)
        start = {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[
            period
        ]
        held = sums.setdefault(start, None)
        if mean == mean:
            sums[start] = (held or 0.0) + max(0.0, sign * (base - mean))
    names = [stamps(_midnights(day, 1, zone), zone, colon=True, fraction=False)[0] for day in sums]
    return dict(zip(names, sums.values(), strict=True))
