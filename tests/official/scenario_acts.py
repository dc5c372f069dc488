"""Data, analysis, files, tasks, services, notifications and access on a BEMServer through our
service: what each function gave, without ids. Run on two servers, it has to give the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.contract import NodeId
from tests.functions.bemserver.ground import CLEAN, DAY, Ground, every, node, upload
from tests.functions.bemserver.shared import NOBODY, Bare, Ours, Served, fresh, without
from tests.official.sides import Step, refusal

PARIS = "Europe/Paris"
SPAN: dict[str, Any] = {"start_time": DAY, "end_time": DAY + timedelta(days=1)}
SERVICES = {
    "st_cleanup_by_campaign": "campaign",
    "st_check_missing_by_campaign": "campaign",
    "st_check_outlier_by_campaign": "campaign",
    "st_download_weather_by_site": "site",
    "st_download_weather_forecast_by_site": "site",
}
TREE = {
    "sites_csv": "Name,Description,IFC_ID\nS1,One,\n",
    "buildings_csv": "Site,Name,Description,IFC_ID\nS1,B1,,\n",
    "zones_csv": "Name,Description,IFC_ID\nZ1,,\n",
}
HEAD = "Campaign scope,Name,Description,Unit,Site,Building,Storey,Space,Zone"


def acts(side: Served) -> dict[str, Any]:
    """By function."""
    ours, ground = Ours(side), Ground(Bare(side))
    parts = (_data, _worked_out, _files, _services, _tasks, _notices, _access)
    return {step: saw for part in parts for step, saw in part(ours, ground)}


def _data(ours: Ours, ground: Ground) -> Iterator[Step]:
    """Sent, fetched, summed up, counted and deleted."""
    row = ground.series(fresh("Energy"))
    number, name = row["id"], row["name"]
    text = {str(number): {at.isoformat(): n / 7 for n, at in enumerate(_quarters())}}
    plain = partial(_nameless, number=number, name=name)
    send = partial(ours.do, "timeseries_data.upload")
    yield "upload", dict(send(file=upload(json.dumps(text))).fields)
    yield "upload again", dict(send(file=upload(json.dumps(text))).fields)
    yield "upload nowhere", _told(partial(send, file=upload(_lines(NOBODY))))
    named = {"campaign": ground.node, "names": [name]}
    given: dict[str, Any] = {"campaign": ground.node, "file": upload(_lines(name))}
    yield "upload by name", dict(ours.do("timeseries_data.upload_by_names", **given).fields)
    yield "stored", ground.stored(number)
    for words in ({}, {"timezone": PARIS}, {"format": "json", "convert_to": ["Wh"]}):
        for how, which in (("", {"series": node(number)}), ("_by_names", named)):
            file = partial(ours.do, f"timeseries_data.download{how}", **which, **SPAN, **words)
            yield f"download{how} {words}", plain(_content(file))
    download = partial(ours.do, "timeseries_data.download", series=node(number), **SPAN)
    for wrong in ({"convert_to": ["°C"]}, {"convert_to": ["no unit"]}, {"timezone": "Mars"}):
        yield f"download {wrong}", _told(partial(_content, partial(download, **wrong)))
    yield "stats", plain(ours.rows("timeseries_data.get_stats", series=node(number)))
    yield from _buckets(ours, number, plain)
    unknown = {"campaign": ground.node, "names": ["nobody"], **SPAN}
    yield "unknown name", _told(partial(ours.do, "timeseries_data.delete_by_names", **unknown))
    window = {"start_time": DAY, "end_time": DAY + timedelta(hours=6)}
    for turn in ("before", "after", "after twice"):
        rows = ours.rows("timeseries_data.count", series=node(number), **window)
        yield f"count {turn}", [without(row, "series") for row in rows]
        yield f"left {turn}", len(ground.stored(number))
        ours.do("timeseries_data.delete", series=node(number), **window)


def _buckets(ours: Ours, number: int, plain: Callable[[Any], Any]) -> Iterator[Step]:
    given = {"series": node(number), **SPAN, "timezone": PARIS}
    do = partial(ours.rows, "timeseries_data.download_aggregate", **given)
    for width in ("1 hour", "1 day", "1 month", "2 hours"):
        for function in ("avg", "sum", "min", "max", "count"):
            yield f"{function} by {width}", plain(do(aggregation=function, bucket_width=width))
    yield "converted", plain(do(aggregation="sum", convert_to=["Wh"]))
    yield "badly converted", _told(partial(do, convert_to=["°C"]))


def _worked_out(ours: Ours, ground: Ground) -> Iterator[Step]:
    series, site = ground.series()["id"], ground.site()
    ground.fill(series, every(timedelta(minutes=15), 48), CLEAN)
    rows = ours.rows("analysis.get_completeness", series=node(series, CLEAN), **SPAN,
                     bucket_width="6 hours", timezone=PARIS)  # fmt: skip
    yield "completeness", [without(row, "series", "name") for row in rows]
    ground.bare.make(
        "energy_consumption_timeseries_by_sites", site_id=site, timeseries_id=series,
        energy_id=ground.bare.named("energies", "electricity"),
        end_use_id=ground.bare.named("energy_end_uses", "all"),
    )  # fmt: skip
    ask = partial(ours.rows, "analysis.site.get_energy_consumption_breakdown",
                  where=f"site/{site}", **SPAN, bucket_width="1 day")  # fmt: skip
    yield "breakdown", ask(timezone=PARIS)
    yield "breakdown in MJ", ask(unit="MJ")
    yield "breakdown for each", _told(partial(ask, ratio_property="Area"))
    yield "breakdown in °C", _told(partial(ask, unit="°C"))


def _files(ours: Ours, ground: Ground) -> Iterator[Step]:
    send = partial(ours.do, "io.upload_sites_csv", campaign=ground.node)
    for turn in ("first", "again"):
        files = {part: upload(text) for part, text in TREE.items()}
        yield f"sites {turn}", _told(partial(_fields, send, files))
    wrong = upload("Name,Description\nX,\n")
    yield "bad column", _told(partial(send, sites_csv=wrong))
    series = partial(ours.do, "io.upload_timeseries_csv", campaign=ground.node)
    text = f"{HEAD}\nAll,Power,,kWh,S1,B1,,,Z1\n"
    yield "series", dict(series(timeseries_csv=upload(text)).fields)
    for line in ("No scope,X,,kWh,,,,,", "All,X,,euro,,,,,", "All,X,,kWh,,B1,,,"):
        yield f"series {line}", _told(partial(series, timeseries_csv=upload(f"{HEAD}\n{line}\n")))
    found = ground.bare.every("timeseries", campaign_id=ground.campaign)
    yield "names", sorted(row["name"] for row in found if row["name"] in ("Power", "X"))


def _services(ours: Ours, ground: Ground) -> Iterator[Step]:
    for name, target in SERVICES.items():
        key = f"{target}_id"
        number = ground.campaign if target == "campaign" else ground.site()
        made = ours.do(f"{name}.create", **{key: str(number)})
        yield f"{name} made", [without(made.fields, "id", key, "parameters"), bool(made.version)]
        again = partial(ours.do, f"{name}.create", **{key: str(number)})
        yield f"{name} again", _told(again)
        late = partial(ours.do, f"{name}.update", id=made.id, is_enabled=False, version="0" * 40)
        yield f"{name} late", _told(late)
        off = ours.do(f"{name}.update", id=made.id, is_enabled=False)
        yield f"{name} off", off.fields["is_enabled"]
        same = ours.do(f"{name}.getone", id=made.id, version=off.version)
        yield f"{name} unchanged", dict(same.fields)
        yield f"{name} deleted", ours.do(f"{name}.delete", id=made.id)
        rows = ours.rows(f"{name}.get_full", campaign_id=ground.node)
        mine = [row for row in rows if row[key] == number]
        yield f"{name} full", [(row["node"], row["is_enabled"]) for row in mine]
    series = ground.series(fresh("Clean"))["id"]
    ground.fill(series, {DAY: 1.0}, CLEAN)
    rows = ours.rows("st_cleanup_by_timeseries.get_full", campaign_id=ground.node)
    yield "clean until", sorted(str(row["last_timestamp"]) for row in rows)


def _tasks(ours: Ours, ground: Ground) -> Iterator[Step]:
    yield "tasks", _told(lambda: sorted(map(json.dumps, ours.rows("tasks.getall"))))
    run = partial(ours.do, "tasks.run_async", campaign_id=ground.node, **SPAN)
    yield "run", _told(partial(run, task_name="Cleanup"))
    yield "run nothing", _told(partial(run, task_name="Sweep"))
    given = {"campaign_id": ground.node, "task_name": "Cleanup", "offset_unit": "day"}
    yield "task made", _told(lambda: without(ours.do("task_by_campaign.create", **given).fields,
                                             "id", "campaign_id"))  # fmt: skip
    found = partial(ours.rows, "task_by_campaign.getall", campaign_id=ground.node)
    yield "task listed", _told(lambda: [row["task_name"] for row in found(task_name="Cleanup")])


def _notices(ours: Ours, ground: Ground) -> Iterator[Step]:
    me = ground.bare("GET", "users/", email="admin@sandbox.example")[0]["id"]
    event = ground.bare.make(
        "events", campaign_scope_id=ground.scope, category_id=1, source="test", level="INFO",
        timestamp=DAY.isoformat(),
    )["id"]  # fmt: skip
    made = ours.do("notifications.create", user_id=me, event_id=event, timestamp=DAY)
    count = partial(ours.rows, "notifications.count_by_campaign", read=False)
    yield "unread", [row["count"] for row in count() if row["campaign"] == ground.node]
    ours.do("notifications.update", id=made.id, read=True)
    yield "one read", [row["count"] for row in count() if row["campaign"] == ground.node]
    ours.do("notifications.update", id=made.id, read=False)
    ours.do("notifications.mark_all_as_read", campaign_id=ground.node)
    yield "all read", [row["count"] for row in count() if row["campaign"] == ground.node]
    yield "notice deleted", ours.do("notifications.delete", id=made.id)
    yield "notice gone", _told(partial(ours.do, "notifications.getone", id=made.id))


def _access(ours: Ours, ground: Ground) -> Iterator[Step]:
    group = f"user_group/{ground.bare.make('user_groups', name=fresh('Group'))['id']}"
    for place in (NodeId(ground.node), NodeId(f"scope/{ground.scope}")):
        word = place.partition("/")[0]
        grants = [ours.opened.share(place, group, ["access"]) for _ in range(2)]
        yield f"{word} shared", [grants[0] == grants[1], len(ours.opened.grants(place))]
        seen = group in {one.id for one in ours.opened.audiences(place).items}
        yield f"{word} audience", seen
        for _ in range(2):
            ours.opened.revoke(place, grants[0].id)
        yield f"{word} revoked", ours.opened.grants(place)
        nobody = partial(ours.opened.share, place, f"user_group/{NOBODY}", ["access"])
        yield f"{word} shared with nobody", _told(nobody)


def _fields(call: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    return dict(call(**given).fields)


def _quarters() -> Iterator[datetime]:
    return (DAY + n * timedelta(minutes=15) for n in range(96))


def _lines(label: int | str) -> str:
    return f'Datetime,"{label}"\n2025-01-15T00:00:00Z,1\n2025-01-16T12:00:00Z,2.5\n'


def _content(file: Callable[[], Any]) -> str:
    with file() as found:
        return b"".join(found).decode()


def _nameless(found: Any, *, number: int, name: str) -> Any:
    """A result without the number and the name of its series."""
    text = found if isinstance(found, str) else json.dumps(found, default=str)
    for said in (f"timeseries/{number}@1", name):
        text = text.replace(said, "S")
    text = text.replace(f"Datetime,{number}\n", "Datetime,S\n").replace(f'"{number}"', '"S"')
    return text if isinstance(found, str) else json.loads(text)


def _told(call: Callable[[], Any]) -> Any:
    found = refusal(call)
    return found if isinstance(found, str | list | dict | None) else str(found)
