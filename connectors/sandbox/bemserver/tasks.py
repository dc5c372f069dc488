"""Tasks of API 0.26 and later: their list, and running one at once instead of by a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.responses import Response

from connectors.sandbox.bemserver import notify, weather
from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.fields import Integer, Moment, Text
from connectors.sandbox.bemserver.fields import Mapping as Object
from connectors.sandbox.bemserver.problems import Problem
from connectors.sandbox.bemserver.resources import loaded
from connectors.sandbox.bemserver.store import track_key
from connectors.sandbox.bemserver.table import Field, Resource, Row
from connectors.sandbox.zones import SECOND

DEFAULTS: Mapping[str, dict[str, Any]] = {
    "CheckMissingData": {"min_completeness_ratio": 0.9},
    "CheckOutliers": {"min_correctness_ratio": 0.9},
    "Cleanup": {},
    "DownloadWeatherData": {"sites": [], "forecast": False},
}
ASKED = Resource(
    path="tasks/run",
    fields=(
        Field(name="task_name", kind=Text(), required=True),
        Field(name="campaign_id", kind=Integer(stored=False), required=True),
        Field(name="start_time", kind=Moment(), required=True),
        Field(name="end_time", kind=Moment(), required=True),
        Field(name="parameters", kind=Object(), null=False),
    ),
)


class FailedError(Exception):
    """What only the worker's log would tell."""


def listed(call: Call) -> Response:
    """The tasks that a campaign can be given; no schedule, since the operator has set none."""
    return call.json_answer(
        [{"name": name, "default_parameters": parameters, "schedule": {}}
         for name, parameters in DEFAULTS.items()]
    )  # fmt: skip


def run(call: Call) -> Response:
    """Runs a task with the caller's rights; whether it then fails is not told."""
    body = loaded(ASKED, call.json())
    name = body["task_name"]
    if name not in DEFAULTS:
        raise Problem(422, message="Unknown task")
    if body["parameters"] is None:
        raise Problem(500)
    with suppress(FailedError, Problem, TypeError, ValueError):
        TASKS[name](Run(call=call, campaign=_campaign(call, body["campaign_id"]),
                        start=body["start_time"], end=body["end_time"]),
                    **_parameters(name, body["parameters"]))  # fmt: skip
    return call.done()


def _campaign(call: Call, number: int) -> Row:
    campaign = call.store.get("campaigns", number)
    if campaign is None or not call.actor.reads("campaigns", campaign):
        raise FailedError
    return campaign


def _parameters(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if not given.keys() <= DEFAULTS[name].keys():
        raise FailedError
    return {**DEFAULTS[name], **given}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One task on one campaign and one half-open window."""

    call: Call
    campaign: Row
    start: int
    end: int

    def series(self, **of: int) -> list[Row]:
        """Some series of the campaign, as they were made."""
        found = self.call.store.where("timeseries", campaign_id=self.campaign["id"], **of)
        return sorted(found, key=lambda row: int(row["id"]))

    def state(self, name: str) -> int:
        """A data state by its name."""
        return int(next(self.call.store.where("timeseries_data_states", name=name))["id"])

    def limits(self, series: Row) -> tuple[float, float]:
        """Its properties Min and Max."""
        low, high = self.number(series, "Min"), self.number(series, "Max")
        return -np.inf if low is None else low, np.inf if high is None else high

    def number(self, series: Row, name: str) -> float | None:
        """A property of a series."""
        store = self.call.store
        for definition in store.where("timeseries_properties", name=name):
            for held in store.where("timeseries_property_data", timeseries_id=series["id"],
                                    property_id=definition["id"]):  # fmt: skip
                return float(held["value"])
        return None

    def allowed(self, series: Row) -> Row:
        """The series. Raises FailedError when the caller may not read it."""
        if not self.call.actor.reads("timeseries", series):
            raise FailedError
        return series

    def raw(self, series: Row, start: int) -> tuple[Any, Any]:
        """The raw samples from `start` on, of a series that the caller may read."""
        key = track_key(self.allowed(series)["id"], self.state("Raw"))
        return self.call.platform.samples.track(key).read(start, self.end)


def cleanup(run: Run) -> None:
    """Raw samples within Min and Max become clean ones; both ends of the window are left out."""
    for series in run.series():
        times, values = run.raw(series, run.start + 1)
        low, high = run.limits(series)
        good = (values >= low) & (values <= high)
        run.call.platform.samples.write(
            track_key(series["id"], run.state("Clean")), times[good], values[good], overwrite=False
        )


def check_missing(run: Run, min_completeness_ratio: float) -> None:
    """Events of series with too few samples: for those with an interval, else with none."""

    def missing(series: Row) -> bool:
        count = run.raw(series, run.start)[0].size
        interval = run.number(series, "Interval")
        if interval is None:
            return not count
        seconds = (run.end - run.start) / SECOND
        return bool(count * interval / seconds < min_completeness_ratio)

    words = ("are missing", "are still missing", "are not missing anymore")
    _checked(run, Findings("missing data", "Data missing", "Data present", words), missing)


def check_outliers(run: Run, min_correctness_ratio: float) -> None:
    """Events of series with too many samples outside Min and Max."""

    def spoilt(series: Row) -> bool:
        values = run.raw(series, run.start)[1]
        low, high = run.limits(series)
        good = np.count_nonzero((values >= low) & (values <= high))
        return bool(values.size and good / values.size < min_correctness_ratio)

    words = ("have outliers", "still have outliers", "don't have outliers anymore")
    _checked(run, Findings("outliers", "Data outliers", "No data outliers", words), spoilt)


@dataclass(frozen=True, slots=True)
class Findings:
    """How a check speaks: its name, the categories of bad and good, and what it says of series
    that are newly bad, still bad and good again."""

    name: str
    bad: str
    good: str
    words: tuple[str, str, str]


def _checked(run: Run, findings: Findings, is_bad: Callable[[Row], bool]) -> None:
    """All scopes are looked at before anything is written: all or nothing."""
    store = run.call.store
    categories = {name: next(store.where("event_categories", name=name))["id"]
                  for name in (findings.bad, findings.good)}  # fmt: skip
    planned: list[tuple[Row, str, str, str, list[Row]]] = []
    for scope in store.where("campaign_scopes", campaign_id=run.campaign["id"]):
        rows = run.series(campaign_scope_id=scope["id"])
        bad = {row["id"] for row in rows if is_bad(row)}
        before = {row["id"] for row in rows if _was_bad(run, row, categories, findings)}
        new, still, again = findings.words
        for said, category, level, ids in (
            (new, findings.bad, "WARNING", bad - before),
            (still, findings.bad, "INFO", bad & before),
            (again, findings.good, "INFO", before - bad),
        ):  # fmt: skip
            chosen = [row for row in rows if row["id"] in ids]
            planned += [(scope, said, category, level, chosen)] if chosen else []
    for scope, said, category, level, chosen in planned:
        names = ",".join(row["name"] for row in chosen)
        event = store.add(
            "events", campaign_scope_id=scope["id"], category_id=categories[category],
            source=f"BEMServer - Check {findings.name}", level=level, timestamp=run.start,
            description=f"The following timeseries {said}: {names}",
        )  # fmt: skip
        for row in chosen:
            store.add("timeseries_by_events", timeseries_id=row["id"], event_id=event["id"])
        notify.users_of(store, event)


def _was_bad(run: Run, series: Row, categories: Mapping[str, int], findings: Findings) -> bool:
    """Whether the latest event of this check said so."""
    store = run.call.store
    ties = store.where("timeseries_by_events", timeseries_id=series["id"])
    found = [event for tie in ties if (event := store.get("events", tie["event_id"]))]
    mine = [event for event in found if event["category_id"] in categories.values()]
    latest = max(mine, key=lambda event: int(event["timestamp"]), default=None)
    return latest is not None and latest["category_id"] == categories[findings.bad]


def download(run: Run, sites: list[str], *, forecast: bool) -> None:
    """The weather of sites named, which are looked up in every campaign."""
    if not run.call.actor.admin:
        raise FailedError
    for name in sites:
        found = list(run.call.store.where("sites", name=name))
        if len(found) != 1:
            raise FailedError
        weather.fetched(run.call.platform, found[0], run.start, run.end, forecast=forecast)


TASKS: Mapping[str, Callable[..., None]] = {
    "CheckMissingData": check_missing,
    "CheckOutliers": check_outliers,
    "Cleanup": cleanup,
    "DownloadWeatherData": download,
}
