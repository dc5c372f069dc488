# ruff: noqa: DTZ001, PTH118, PTH208 - naive times and the client's paths
"""Judges series: select, multi_select with every option, exports, and the endpoint's own calls."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from typing import Any

import pandas as pd
from openergy_stage import HOURS, NOBODY, START, Stage, code, inputs, said
from ovbpclient.exceptions import HttpError

NOON = dt.datetime(2020, 3, 1, 12)
TWO = dt.datetime(2020, 3, 1, 14)
AT = pd.Timestamp(NOON)


def judge_series(stage: Stage) -> None:
    """All of them, in this order."""
    for part in (_one, _refused, _options, _many, _endpoint, _endpoint_one, _exports, _generic):
        part(stage)


def _values(found: pd.Series) -> list[float | None]:
    return [None if value != value else value for value in found.tolist()]


def _one(stage: Stage) -> None:
    judge = stage.judge
    series = {each.name: each for each in stage.importer.list_all_output_series()}
    a, b = series["a"], series["b"]
    judge.right(
        "Series.select_data",
        a.select_data,
        lambda found: found.index.equals(HOURS) and list(found) == list(range(48)),
    )
    judge.right("Series.select_data", b.select_data, lambda found: len(found) == 46)
    judge.right(
        "Series.select_data",
        lambda: a.select_data(return_se=False, end=START),
        lambda found: (
            (found["index"], found["data"], found["name"]) == ([1583020800000], [0.0], "a")
        ),
    )
    judge.right(
        "Series.select_data",
        lambda: a.select_data(start=dt.datetime(2031, 1, 1)),
        lambda found: len(found) == 0,
    )
    for start in (
        NOON,
        "2020-03-01T12:00",
        "2020-03-01 12:00:00",
        pd.Timestamp(NOON),
        NOON.replace(tzinfo=dt.timezone(dt.timedelta(hours=1))),
        dt.datetime(2020, 3, 1, 11, tzinfo=dt.UTC),
        "2020-03-01T11:00:00Z",
        1583064000000,
    ):
        judge.right(
            "Series.select_data",
            lambda start=start: a.select_data(start=start, end=TWO),
            lambda found: _values(found) == [12, 13, 14] and found.index[0] == AT,
        )
    judge.right(
        "Series.select_data",
        lambda: a.select_data(end=START.date()),
        lambda found: _values(found) == [0],
    )


def _refused(stage: Stage) -> None:
    judge = stage.judge
    a = stage.series(stage.importer, "a")
    for wrong in (
        {"start": "noon"},
        {"end": "2020-13-01"},
        {"resample": "often"},
        {"resample_rule": "median"},
        {"closed": "ajar"},
        {"clock": "utc"},
        {"max_rows_nb": "many"},
        {"max_acceptable_delay": "soon"},
        {"dropna": "maybe"},
        {"convention": "up"},
        {"start_mode": "up"},
        {"utc_now": "now"},
        {"with_tags": "x"},
        {"unfilter": "x"},
    ):
        judge.wrong(
            "Series.select_data",
            lambda wrong=wrong: a.select_data(**wrong),
            said(400, next(iter(wrong))),
            raises=HttpError,
        )
    judge.wrong("Series.select_data", stage.ghost(a).select_data, said(404), raises=HttpError)


def _options(stage: Stage) -> None:
    """Each option of a select by its numbers."""
    judge, cleaner = stage.judge, stage.cleaner
    cleaner.create_unitcleaner("b", "b clean", filter_fct="def fct(v):\n    return v > 98\n")
    a = stage.series(stage.importer, "a")
    b = stage.series(cleaner, "b clean")

    def right(series: Any, values: list[float | None], first: str, **options: Any) -> None:
        judge.right(
            "Series.select_data",
            lambda: series.select_data(**options),
            lambda found: _values(found) == values and found.index[0] == pd.Timestamp(first),
        )

    day = "2020-03-01"
    window = {"start": NOON, "end": TWO}
    right(a, [12, 13, 14], f"{day} 12:00", closed="both", **window)
    right(a, [12, 13], f"{day} 12:00", closed="left", **window)
    right(a, [13, 14], f"{day} 13:00", closed="right", **window)
    right(a, [11.5, 35.5], day, resample="D")
    right(a, [276, 852], day, resample="D", resample_rule="sum")
    right(a, [0, 24], day, resample="1D", resample_rule="first")
    right(a, [11.5, 35.5], "2020-03-02", resample="D", convention="right")
    right(a, [0, 1, 2], day, max_rows_nb=3)
    right(a, [0, 1, 2], "2020-02-29 23:00", max_rows_nb=3, clock="gmt")
    right(a, [0, 1, 2], day, max_rows_nb=3, clock="dst", with_tags=False)
    right(b, [91, None, None, 88], f"{day} 09:00", start=f"{day} 09:00", end=NOON)
    right(b, [91, 88], f"{day} 09:00", start=f"{day} 09:00", end=NOON, dropna=True)
    right(b, [98, 97], f"{day} 02:00", end=f"{day} 03:00")
    right(b, [99, 98, 97], f"{day} 01:00", end=f"{day} 03:00", unfilter=True)
    right(
        b,
        [54, None],
        "2020-03-02 22:00",
        start="2020-03-02 22:00",
        utc_now="2020-03-02 23:30",
        max_acceptable_delay="30T",
    )
    right(b, [54], "2020-03-02 22:00", start="2020-03-02 22:00")


def _many(stage: Stage) -> None:
    judge, endpoint = stage.judge, stage.client.series
    raw = stage.importer.list_all_output_series()
    expected = inputs()
    judge.right(
        "SeriesEndpoint.select_data",
        lambda: endpoint.select_data(raw),
        lambda frame: frame[["a", "b", "meter"]].equals(expected),
    )
    judge.right(
        "SeriesEndpoint.select_data",
        lambda: endpoint.select_data(raw, start=NOON, end=TWO, resample="2H"),
        lambda frame: frame["a"].tolist() == [12.5, 14.0] and frame["b"].tolist() == [87.5, 86.0],
    )
    judge.right(
        "SeriesEndpoint.select_data",
        lambda: endpoint.select_data(raw, return_df=False, max_rows_nb=1),
        lambda found: (
            sorted(found) == sorted(each.otsdb_pk for each in raw)
            and all(len(one["index"]) == 1 for one in found.values())
        ),
    )
    both = [stage.series(stage.importer, "a"), stage.series(stage.cleaner, "b clean")]
    judge.right(
        "SeriesEndpoint.select_data",
        lambda: endpoint.select_data(both, start_mode="right", end=NOON),
        lambda frame: frame.index[0] == pd.Timestamp("2020-03-01 02:00"),
    )
    judge.wrong("SeriesEndpoint.select_data", lambda: endpoint.select_data([]), raises=ValueError)
    ghost = raw[0].endpoint.data_to_record({**raw[0].data, "otsdb_pk": "nothing"})
    judge.wrong(
        "SeriesEndpoint.select_data",
        lambda: endpoint.select_data([ghost]),
        said(400, "otsdb_pk"),
        raises=HttpError,
    )
    judge.wrong(
        "SeriesEndpoint.select_data",
        lambda: endpoint.select_data(raw, clock="utc"),
        said(400, "clock"),
        raises=HttpError,
    )


def _endpoint(stage: Stage) -> None:
    judge, endpoint = stage.judge, stage.client.series
    mine = {"generator": stage.importer.id}
    names = {"a", "b", "meter"}
    nothing = {"generator": NOBODY}
    for name in ("list", "list_all"):
        judge.right(
            f"SeriesEndpoint.{name}",
            lambda name=name: getattr(endpoint, name)(filter_by=mine),
            lambda rows: {row.name for row in rows} == names,
        )
        judge.wrong(
            f"SeriesEndpoint.{name}",
            lambda name=name: getattr(endpoint, name)(filter_by=nothing),
            lambda rows: rows == [],
        )
    judge.right(
        "SeriesEndpoint.iter",
        lambda: list(endpoint.iter(filter_by=mine)),
        lambda rows: {row.name for row in rows} == names,
    )
    judge.wrong(
        "SeriesEndpoint.iter",
        lambda: list(endpoint.iter(filter_by=nothing)),
        lambda rows: rows == [],
    )
    judge.right(
        "SeriesEndpoint.list",
        lambda: endpoint.list(start=1, limit=1, filter_by=mine),
        lambda rows: len(rows) == 1,
    )
    judge.wrong(
        "SeriesEndpoint.list",
        lambda: endpoint.list(start="first"),
        said(400, "start"),
        raises=HttpError,
    )


def _endpoint_one(stage: Stage) -> None:
    judge, endpoint = stage.judge, stage.client.series
    a = stage.series(stage.importer, "a")
    judge.right(
        "SeriesEndpoint.retrieve",
        lambda: endpoint.retrieve(a.id),
        lambda row: (
            (row.name, row.otsdb_pk, row.generator["model"]) == ("a", a.otsdb_pk, "importer")
        ),
    )
    judge.wrong(
        "SeriesEndpoint.retrieve", lambda: endpoint.retrieve(NOBODY), said(404), raises=HttpError
    )
    judge.right(
        "SeriesEndpoint.data_to_record",
        lambda: endpoint.data_to_record({"id": a.id}),
        lambda row: len(row.select_data()) == 48,
    )
    judge.wrong(
        "SeriesEndpoint.data_to_record",
        lambda: endpoint.data_to_record({}).name,
        raises=AttributeError,
    )
    keys = {"otsdb_pk": [a.otsdb_pk]}
    judge.right(
        "SeriesEndpoint.list_action",
        lambda: endpoint.list_action("post", "multi_select", data=keys),
        lambda found: found[a.otsdb_pk]["name"] == "a",
    )
    judge.wrong(
        "SeriesEndpoint.list_action",
        lambda: endpoint.list_action("get", "multi_select"),
        said(405),
        raises=HttpError,
    )
    judge.right(
        "SeriesEndpoint.create",
        lambda: code(lambda: endpoint.create(name="made by hand")),
        lambda status: status == 405,
    )
    judge.wrong("SeriesEndpoint.create", endpoint.create, said(405), raises=HttpError)


def _exports(stage: Stage) -> None:
    judge, endpoint = stage.judge, stage.client.series
    raw = stage.importer.list_all_output_series()
    judge.right(
        "SeriesEndpoint.export_data",
        lambda: endpoint.export_data(raw, start="2020-03-01"),
        lambda task: task.wait_for_completion(period=50) == "finished",
    )
    judge.wrong(
        "SeriesEndpoint.export_data",
        lambda: endpoint.export_data(raw, start=START),
        raises=TypeError,
    )
    for wrong in ({"out_freq": "often"}, {"out_mode": "heap"}, {"clock": "utc"}, {"end": "noon"}):
        judge.wrong(
            "SeriesEndpoint.export_data",
            lambda wrong=wrong: endpoint.export_data(raw, **wrong),
            said(400, next(iter(wrong))),
            raises=HttpError,
        )
    judge.wrong(
        "SeriesEndpoint.export_data",
        lambda: endpoint.export_data([stage.ghost(raw[0])]),
        said(400, "series"),
        raises=HttpError,
    )
    full = "SeriesEndpoint.export_download_and_parse_data"
    export = endpoint.export_download_and_parse_data
    label = "a [importer=data]"
    judge.right(
        full,
        lambda: {each.name: each for each in export(raw)},
        lambda found: (
            sorted(found) == [f"{n} [importer=data]" for n in ("a", "b", "meter")]
            and found[label].tolist() == list(range(48))
            and found[label].index.equals(HOURS)
        ),
    )
    judge.right(
        full,
        lambda: export(raw, out_mode="dataframe", out_freq="1D", clock="gmt", sep=";", decimal=","),
        lambda frame: frame.shape[1] == 3 and frame.index[0].hour == 0,
    )
    judge.right(
        full,
        lambda: _kept(stage, raw),
        lambda files: (
            sorted(files) == [f"{name} [importer=data].csv" for name in ("a", "b", "meter")]
        ),
    )
    judge.wrong(full, lambda: export(raw, return_frame=False), raises=ValueError)
    judge.wrong(full, lambda: export(raw, time_grouper="M"), raises=ValueError)
    judge.wrong(full, lambda: export(raw, with_tags=True), raises=ValueError)
    judge.wrong(full, lambda: export(raw, download_dir_path="/no/where"), raises=NotADirectoryError)
    judge.wrong(full, lambda: export([]), said(400, "series"), raises=HttpError)


def _kept(stage: Stage, raw: list[Any]) -> list[str]:
    """The files that an export leaves in a directory."""
    folder = os.path.join(stage.folder, "export")
    os.mkdir(folder)  # noqa: PTH102
    stage.client.series.export_download_and_parse_data(
        raw, download_dir_path=folder, return_frame=False
    )
    (inside,) = os.listdir(folder)
    return os.listdir(os.path.join(folder, inside))


def _generic(stage: Stage) -> None:
    judge = stage.judge
    a = stage.series(stage.importer, "a")
    ghost = stage.ghost(a)
    judge.right("Series.reload", lambda: [a.reload(), a.rights["can_read"]], lambda saw: saw[1])
    judge.wrong("Series.reload", ghost.reload, said(404), raises=HttpError)
    judge.right(
        "Series.detail_action",
        lambda: a.detail_action("get", "select"),
        lambda found: len(found["index"]) == 48,
    )
    judge.wrong(
        "Series.detail_action", lambda: a.detail_action("get", "peek"), said(404), raises=HttpError
    )
    judge.wrong(
        "Series.detail_action",
        lambda: a.detail_action("post", "select"),
        said(405),
        raises=HttpError,
    )
    # Only generators make, change and delete series.
    judge.right("Series.update", lambda: code(lambda: a.update(name="b")), lambda saw: saw == 405)
    judge.wrong("Series.update", lambda: ghost.update(name="b"), said(405), raises=HttpError)
    judge.right("Series.delete", lambda: code(a.delete), lambda saw: saw == 405)
    judge.wrong("Series.delete", ghost.delete, said(405), raises=HttpError)
    stage.cleaner.get_unitcleaner("b").delete()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        judge.right(
            "Series.select_data",
            lambda: a.select_data(max_rows_nb=48),
            lambda found: len(found) == 48,
        )
