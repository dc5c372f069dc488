"""What a server does by itself (section 2.6), behind one set of functions for both generations.

Until API 0.25 a *service* is switched on by a row for a campaign or a site. From 0.26 on it is a
*task* with a row for each campaign, whose window and parameters can be set. A row of either is told
by its id: `st_cleanup_by_campaign/3`, `task_by_campaign/3`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from connectors.bemserver import fields as of
from connectors.bemserver.collection import Row, Seen
from connectors.bemserver.fields import Declared, wired
from connectors.bemserver.ids import Item
from connectors.bemserver.resources import FULL, LIST, Sort
from connectors.bemserver.shelf import TAKEN, Shelf
from connectors.contract import NodeId
from connectors.errors import NotFound, Rejected
from connectors.operations import Parameters, Record, Table

OFFSETS = ("second", "minute", "hour", "day", "week", "month", "year")
SETTINGS: Mapping[str, Any] = {
    "offset_unit": "day",
    "start_offset": -1,
    "end_offset": 0,
    "is_enabled": True,
    "parameters": {},
}
"""Sent with every task row, given or not: without one a change is a 500, and without parameters a
new row breaks its run (section 8)."""
AHEAD = {"start_offset": 0, "end_offset": 3}
"""Days of a forecast, where the platform names no window of its own."""
SUFFIX = "Scheduled"
"""What a task's name ends with where lists are filtered by it, and nowhere else."""
ON = of.flag("On", "The server does it by itself.")


@dataclass(frozen=True, kw_only=True)
class Service(Sort):
    """Something a server does by itself, for each of its targets."""

    verbs: frozenset[str] = FULL | {"get_full"}
    target: str
    task: str = ""
    """The task that does it from API 0.26 on."""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.target}_id"

    @property
    def whole(self) -> type[Parameters]:
        """The form of the list of all targets."""
        narrow = ("campaign_id",) if self.target == "campaign" else ("campaign_id", self.key)
        switch: dict[str, Declared] = {} if self.target == "timeseries" else {"is_enabled": ON}
        return of.form(self.word, {**of.filtering((*narrow, "in_name"), ()), **switch})


def _service(word: str, one: str, many: str, target: str, task: str, **parameters: Any) -> Service:
    key = f"{target}_id"
    return Service(
        name=word, word=word, one=one, many=many, target=target, task=task, parameters=parameters,
        fields={key: of.reference(key), "is_enabled": ON}, filters=(key,), unique=(key,),
        barred=frozenset({key}),
    )  # fmt: skip


SERVICES = (
    _service("st_cleanup_by_campaign", "clean-up of a campaign", "clean-ups of campaigns",
             "campaign", "Cleanup"),
    _service("st_check_missing_by_campaign", "check for missing data",
             "checks for missing data", "campaign", "CheckMissingData",
             min_completeness_ratio=0.9),
    _service("st_check_outlier_by_campaign", "check for outliers", "checks for outliers",
             "campaign", "CheckOutliers", min_correctness_ratio=0.9),
    _service("st_download_weather_by_site", "weather download of a site",
             "weather downloads of sites", "site", "DownloadWeatherData", forecast=False),
    _service("st_download_weather_forecast_by_site", "forecast download of a site",
             "forecast downloads of sites", "site", "DownloadWeatherData", forecast=True),
    Service(
        name="st_cleanup_by_timeseries", word="st_cleanup_by_timeseries",
        one="clean-up of a series", many="clean-ups of series", target="timeseries",
        verbs=LIST | {"getone", "get_full"}, filters=("campaign_id", "timeseries_id"),
        fields={"timeseries_id": of.reference("timeseries_id"),
                "last_timestamp": of.moment("Last time", "Up to here it is clean.")},
    ),
)  # fmt: skip
"""The server keeps the last one itself: nobody makes, changes or deletes its rows."""

TASKS = Sort(
    name="task_by_campaign", word="task_by_campaign", one="task of a campaign",
    many="tasks of campaigns",
    fields={
        "campaign_id": of.reference("campaign_id"),
        "task_name": of.text("Task", "Such as Cleanup or CheckMissingData.", needed=True, least=1),
        "offset_unit": of.choice("Unit", "Of both ends of the window.", OFFSETS),
        "start_offset": (int | None, Field(
            default=None, title="From", description="Where a run's window begins, in units from "
            "now: -1 when nothing is said.", ge=-10**6, le=10**6)),
        "end_offset": (int | None, Field(
            default=None, title="Until", description="Where it ends: 0, now, when nothing is "
            "said.", ge=-10**6, le=10**6)),
        "is_enabled": ON,
        "parameters": (dict[str, Any] | None, Field(
            default=None, title="Parameters", description="What tasks.getall names for this "
            "task.")),
    },
    filters=("campaign_id",), barred=frozenset({"campaign_id", "task_name"}),
)  # fmt: skip
TASKS_LISTED = of.form(
    "task_by_campaign",
    {
        **of.filtering(("campaign_id",), ()),
        "task_name": of.text("Task", "Exactly this one, such as Cleanup."),
        "is_enabled": of.flag("On", "Only those that run, or only the others."),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched(Shelf):
    """A service of API 0.25 or older."""

    sort: Service

    def full(self, values: Mapping[str, Any]) -> Table:
        """Every target, whether it has a row or not."""
        asked = wired(values)
        if "in_name" in asked:
            asked[f"in_{self.sort.target}_name"] = asked.pop("in_name")
        rows = self.client.full(self.sort.path, **asked)
        return whole(self.sort, ((self._node(row), row) for row in rows))

    def _node(self, row: Row) -> NodeId | None:
        """None for a target that has no row."""
        number = row.get("id")
        return Item(self.sort.word, number).id if number else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks(Shelf):
    """The task rows of API 0.26 or newer."""

    def table(self, values: Mapping[str, Any]) -> Table:
        """The name is filtered with its suffix, and told without."""
        name = values.get("task_name")
        more = {} if name is None else {"task_name": f"{name.removesuffix(SUFFIX)}{SUFFIX}"}
        return Shelf.table(self, {**values, **more})

    def create(self, values: Mapping[str, Any]) -> Record:
        """With every setting, given or not."""
        return Shelf.create(self, {**SETTINGS, **_given(values)})

    def update(self, id: str, values: Mapping[str, Any]) -> Record:
        """Likewise; what is left out stays as it is."""
        if not _given(values).keys() - {"version"}:
            return Shelf.update(self, id, {})
        found = self.look(id)
        lacking = {name: value for name, value in SETTINGS.items() if name not in found.row}
        return Shelf.update(self, id, {"version": found.version, **lacking, **_given(values)})

    def look(self, id: str) -> Seen:
        """The row as it is now."""
        return self._collection.look(self.number(id))

    def every(self, **asked: Any) -> Iterator[Row]:
        return self._collection.every(asked)

    def seen(self, id: str, unless: str | None) -> Seen | None:
        return self._collection.one(self.number(id), unless=unless)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasked:
    """A service as the tasks of API 0.26 or newer have it: a row for each target of each task."""

    tasks: Tasks
    sort: Service

    def table(self, values: Mapping[str, Any]) -> Table:
        """Those that pass."""
        asked = wired(values)
        columns = ("node", "id", *self.sort.columns)
        rows = (row for row in self._rows(asked) if asked.items() <= row.items())
        return Table(columns=columns, rows=(self._cells(row) for row in rows))

    def record(self, id: str, unless: str | None) -> Record:
        """One, or that it still is as it was. Raises NotFound for another kind of task."""
        found = self.tasks.seen(id, unless)
        if found is None:
            return Record(id=self._id(self.tasks.number(id)), version=unless,
                          fields={"unchanged": True})  # fmt: skip
        return self._shown(found)

    def create(self, values: Mapping[str, Any]) -> Record:
        """Raises Rejected where the target has one: the platform would make another."""
        key, number = self.sort.key, wired(values)[self.sort.key]
        if any(row[key] == number for row in self._rows({})):
            raise Rejected(TAKEN, {key: TAKEN})
        switch = {"is_enabled": values["is_enabled"]} if "is_enabled" in values else {}
        made = self.tasks.create({**self._body(number), **_given(switch)})
        return self.record(str(made.id), None)

    def update(self, id: str, values: Mapping[str, Any]) -> Record:
        """Raises Rejected for a row of several targets."""
        self._alone(id)
        self.tasks.update(id, values)
        return self.record(id, None)

    def delete(self, id: str, version: str | None) -> None:
        """Likewise."""
        found = self._alone(id)
        self.tasks.delete(id, version or found.version)

    def full(self, values: Mapping[str, Any]) -> Table:
        """Every target; it is on where any of its rows is."""
        rows: dict[int, Row] = {}
        for row in self._rows({}):
            old = rows.get(row[self.sort.key])
            if old is None or (row["is_enabled"] and not old["is_enabled"]):
                rows[row[self.sort.key]] = row
        return whole(self.sort, self._joined(rows, wired(values)))

    def _joined(self, rows: Mapping[int, Row], asked: Row) -> Iterator[tuple[NodeId | None, Row]]:
        campaign = {} if "campaign_id" not in asked or self.sort.target == "campaign" else {
            "campaign_id": asked["campaign_id"]
        }  # fmt: skip
        word = str(asked.get("in_name", "")).casefold()
        for place in self.tasks.client.places(f"{self.sort.target}s", **campaign):
            row = rows.get(place.id, {})
            switched = bool(row.get("is_enabled"))
            wanted = asked.get(self.sort.key, place.id) == place.id
            if wanted and word in place.name.casefold() and (
                asked.get("is_enabled", switched) == switched
            ):  # fmt: skip
                node = self._id(row["id"]) if row else None
                named = {self.sort.key: place.id, f"{self.sort.target}_name": place.name}
                yield node, {**named, "id": row.get("id"), "is_enabled": switched}

    def _rows(self, asked: Mapping[str, Any]) -> Iterator[Row]:
        """One for each target: `id`, the target's, and whether it is on."""
        campaign = {"campaign_id": asked["campaign_id"]} if "campaign_id" in asked else {}
        for row in self.tasks.every(task_name=f"{self.sort.task}{SUFFIX}", **campaign):
            yield from self._targets(row)

    def _targets(self, row: Row) -> Iterator[Row]:
        told = {"id": row["id"], "is_enabled": bool(row.get("is_enabled"))}
        if self.sort.target == "campaign":
            yield {**told, "campaign_id": row["campaign_id"]}
            return
        parameters = row.get("parameters") or {}
        if bool(parameters.get("forecast")) != self.sort.parameters["forecast"]:
            return
        for name in parameters.get("sites") or ():
            for place in self._sites(str(name)):
                yield {**told, "site_id": place}

    def _sites(self, name: str) -> list[int]:
        """The server looks sites up by name, in every campaign."""
        return [place.id for place in self.tasks.client.places("sites", name=name)]

    def _body(self, number: int) -> Row:
        """A task row of one target."""
        if self.sort.target == "campaign":
            node = Item("campaign", number).id
            body = {"campaign_id": node, "parameters": dict(self.sort.parameters)}
            return {"task_name": self.sort.task, **body}
        site = self.tasks.client.place("sites", number)
        if len(self._sites(site.name)) > 1:
            raise Rejected.on(
                "site_id",
                "Several sites have this name, and the server finds sites by their names.",
            )
        parameters = {"sites": [site.name], **self.sort.parameters}
        window = AHEAD if self.sort.parameters["forecast"] else {}
        node = Item("campaign", site.campaign_id or 0).id
        return {"task_name": self.sort.task, "campaign_id": node,
                "parameters": parameters, **window}  # fmt: skip

    def _alone(self, id: str) -> Seen:
        found = self.tasks.look(id)
        if len(self._own(found)) > 1:
            raise Rejected("This task is for several sites. Change it under task_by_campaign.")
        return found

    def _own(self, found: Seen) -> list[Row]:
        """Its targets. Raises NotFound for another kind of task."""
        same = found.row.get("task_name") == self.sort.task
        if same and (rows := list(self._targets(found.row))):
            return rows
        raise NotFound("This is a task of another kind.")

    def _shown(self, found: Seen) -> Record:
        row = self._own(found)[0]
        settings = {name: found.row.get(name) for name in SETTINGS}
        return Record(id=self._id(found.number), version=found.version, fields={**settings, **row})

    def _cells(self, row: Row) -> tuple[object, ...]:
        return (self._id(row["id"]), row["id"], *map(row.get, self.sort.columns))

    def _id(self, number: int) -> NodeId:
        return Item(TASKS.word, number).id


def whole(service: Service, rows: Iterator[tuple[NodeId | None, Row]]) -> Table:
    """Every target of a service; those without a row are off."""
    word = service.target
    columns: tuple[str, ...] = ("node", "id", service.key, f"{word}_name")
    if word == "timeseries":
        columns += ("timeseries_unit_symbol", "last_timestamp")
        cells = ((node, *map(row.get, columns[1:])) for node, row in rows)
        return Table(columns=columns, rows=cells)
    told = ((node, *map(row.get, columns[1:]), bool(row.get("is_enabled"))) for node, row in rows)
    return Table(columns=(*columns, "is_enabled"), rows=told)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
