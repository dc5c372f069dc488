# ruff: noqa: DTZ001 - naive times, as the platform has
"""Judges cleaners and unitcleaners: their records, their arithmetic, their orders."""

from __future__ import annotations

import datetime as dt
from typing import Any

from openergy_stage import DOUBLE, LARGE, NOBODY, SHIFT, STEEP, Stage, judge_generator, said, same
from openergy_workbooks import judge_workbooks
from ovbpclient import RecordDoesNotExistError
from ovbpclient.exceptions import HttpError, TaskDidNotFinishSuccessfully

NONE_LEFT = -1.0
"""What `same` shows for an empty row."""


def judge_cleaners(stage: Stage) -> None:
    """All of them, in this order."""
    for part in (_records, _found, _rules, judge_workbooks, _orders, _generic):
        part(stage)


def _records(stage: Stage) -> None:
    judge, cleaner = stage.judge, stage.cleaner
    judge.right(
        "Cleaner.list_all_importer_series",
        cleaner.list_all_importer_series,
        lambda rows: (
            [(r.name, r.external_name, r.unitcleaner) for r in rows]
            == [(name, name, None) for name in ("a", "b", "meter")]
        ),
    )
    lost = cleaner.endpoint.data_to_record({**cleaner.data, "related_importer": NOBODY})
    judge.wrong(
        "Cleaner.list_all_importer_series", lost.list_all_importer_series, lambda rows: rows == []
    )
    judge.right(
        "Cleaner.create_unitcleaner",
        lambda: cleaner.create_unitcleaner("a", "a clean", unit="°C", label="room"),
        lambda unit: (
            (unit.freq, unit.unit, unit.operation_fct, unit.wait_offset) == ("1H", "°C", None, "6H")
        ),
    )
    for rules, field in (
        ({"freq": "often"}, "freq"),
        ({"timezone": "Mars"}, "timezone"),
        ({"clock": "utc"}, "clock"),
        ({"operation_fct": "def"}, "operation_fct"),
        ({"interpolate_limit": "x"}, "interpolate_limit"),
    ):
        judge.wrong(
            "Cleaner.create_unitcleaner",
            lambda rules=rules: cleaner.create_unitcleaner("b", "b clean", **rules),
            said(400, field),
            raises=HttpError,
        )
    judge.wrong(
        "Cleaner.create_unitcleaner",
        lambda: cleaner.create_unitcleaner("a", "twice"),
        said(400),
        raises=HttpError,
    )


def _found(stage: Stage) -> None:
    """The one unitcleaner that was made, by every way to it."""
    judge, cleaner = stage.judge, stage.cleaner
    ghost = stage.ghost(cleaner)
    judge.right(
        "Cleaner.get_unitcleaner",
        lambda: cleaner.get_unitcleaner("a"),
        lambda unit: unit.name == "a clean" and unit.cleaner == cleaner.id,
    )
    judge.wrong(
        "Cleaner.get_unitcleaner",
        lambda: cleaner.get_unitcleaner("z"),
        lambda _error: True,
        raises=RecordDoesNotExistError,
    )
    judge.right(
        "Cleaner.list_all_unitcleaners",
        cleaner.list_all_unitcleaners,
        lambda rows: [row.name for row in rows] == ["a clean"],
    )
    judge.wrong(
        "Cleaner.list_all_unitcleaners", ghost.list_all_unitcleaners, lambda rows: rows == []
    )
    judge.right(
        "Cleaner.list_all_output_series",
        cleaner.list_all_output_series,
        lambda rows: [(row.name, row.freq) for row in rows] == [("a clean", "1H")],
    )
    judge.wrong(
        "Cleaner.list_all_output_series", ghost.list_all_output_series, lambda rows: rows == []
    )
    judge.right(
        "Cleaner.get_odata_project",
        cleaner.get_odata_project,
        lambda row: row.name == "Judge of data",
    )
    astray = cleaner.endpoint.data_to_record({**cleaner.data, "project": NOBODY})
    judge.wrong("Cleaner.get_odata_project", astray.get_odata_project, said(404), raises=HttpError)
    linked = cleaner.list_all_importer_series()[0]
    judge.right(
        "Cleaner.list_all_importer_series",
        lambda: linked.unitcleaner,
        lambda key: key == cleaner.get_unitcleaner("a").id,
    )
    cleaner.get_unitcleaner("a").delete()


def _rules(stage: Stage) -> None:
    """Each rule of a unitcleaner by the numbers that it gives."""
    judge = stage.judge
    nan = NONE_LEFT

    def right(name: str, values: list[float], first: str, step: str, **rules: Any) -> None:
        judge.right(
            "Cleaner.create_unitcleaner",
            lambda: stage.cleaned(name, **rules),
            lambda found: same(found, values, first, step),
        )

    day = "2020-03-01"
    rising = [float(value) for value in range(1, 47)]
    right("native", rising, f"{day} 01:00", "H")
    right("regular", [0.0, *rising, 47.0], day, "H", input_expected_regular=True)
    threes = [float(at) + 1 for at in range(3, 45, 3)]
    right("mean", threes, f"{day} 03:00", "3H", freq="3H")
    right("first", [v - 1 for v in threes], f"{day} 03:00", "3H", freq="3H", resample_rule="first")
    right("sum", [v * 3 for v in threes], f"{day} 03:00", "3H", freq="3H", resample_rule="sum")
    right(
        "delta",
        [v * 3 for v in threes],
        f"{day} 03:00",
        "3H",
        freq="3H",
        input_unit_type="delta",
        unit_type="delta",
    )
    closing = [float(at * 3 + 6) for at in range(0, 45, 3)]
    right(
        "closing",
        closing,
        day,
        "3H",
        freq="3H",
        input_unit_type="delta",
        unit_type="delta",
        input_convention="right",
    )
    right("rate", [2.0] * 46, f"{day} 01:00", "H", external_name="meter", unit_type="mean_derivate")
    right("from gmt", rising, f"{day} 02:00", "H", clock="gmt")
    falling = [float(100 - at) for at in range(1, 47)]
    holes = [*falling[:9], nan, nan, *falling[11:]]
    right("holes", holes, f"{day} 01:00", "H", external_name="b", interpolate_limit=1)
    right("filled", falling, f"{day} 01:00", "H", external_name="b", interpolate_limit=2)
    right("operated", [v * 2 for v in rising], f"{day} 01:00", "H", operation_fct=DOUBLE)
    right("filtered", rising[:40], f"{day} 01:00", "H", filter_fct=LARGE)
    right("custom", [v + 1000 for v in rising], f"{day} 01:00", "H", custom_fct=SHIFT)
    right(
        "steep",
        [99.0, *[nan] * 10, 88.0],
        f"{day} 01:00",
        "H",
        external_name="b",
        derivative_filter_fct=STEEP,
    )


def _orders(stage: Stage) -> None:
    judge, cleaner = stage.judge, stage.cleaner
    ghost = stage.ghost(cleaner)
    cleaner.create_unitcleaner("a", "a clean")
    series = stage.series(cleaner, "a clean")
    judge.right(
        "Cleaner.clear",
        lambda: _done(cleaner.clear(partial_instant="2020-03-01T12:00:00")),
        lambda status: (
            status == "finished"
            and list(series.select_data()) == [float(at) for at in range(1, 12)]
        ),
    )
    judge.right(
        "Cleaner.clear",
        lambda: _done(cleaner.clear()),
        lambda status: status == "finished" and len(series.select_data()) == 0,
    )
    judge.right(
        "Cleaner.run",
        lambda: _done(cleaner.run()),
        lambda status: status == "finished" and len(series.select_data()) == 46,
    )
    cleaner.clear()
    judge.right(
        "Cleaner.reset",
        lambda: _done(cleaner.reset()),
        lambda status: status == "finished" and len(series.select_data()) == 46,
    )
    for name in ("run", "clear", "reset"):
        judge.wrong(f"Cleaner.{name}", getattr(ghost, name), said(404), raises=HttpError)
    for name in ("clear", "reset"):
        order = getattr(cleaner, name)
        judge.wrong(
            f"Cleaner.{name}",
            lambda order=order: order(partial_instant="noon"),
            said(400, "partial_instant"),
            raises=HttpError,
        )
        judge.wrong(
            f"Cleaner.{name}", lambda order=order: order(dt.datetime(2020, 3, 1)), raises=TypeError
        )
    unit = cleaner.get_unitcleaner("a")
    unit.update(operation_fct="def fct(value):\n    return value / 0\n")
    judge.wrong(
        "Cleaner.run",
        lambda: _done(cleaner.run()),
        lambda error: error.status == "failed",
        raises=TaskDidNotFinishSuccessfully,
    )
    judge.right(
        "Cleaner.run",
        lambda: stage.project.list_all_notifications(resolved=False),
        lambda rows: (
            [row.name for row in rows] == ["Cleaner failed"] and "ZeroDivisionError" in rows[0].text
        ),
    )
    unit.delete()
    for note in stage.project.list_all_notifications(resolved=False):
        note.update(resolved=True)


def _done(task: Any) -> str:
    return str(task.wait_for_completion(period=50))


def _generic(stage: Stage) -> None:
    judge, cleaner = stage.judge, stage.cleaner
    ghost = stage.ghost(cleaner)
    judge.right(
        "Cleaner.reload",
        lambda: [cleaner.reload(), cleaner.rights],
        lambda saw: saw[1]["can_write"] is True,
    )
    judge.wrong("Cleaner.reload", ghost.reload, said(404), raises=HttpError)
    judge_generator(judge, "Cleaner", cleaner)
    judge.wrong(
        "Cleaner.detail_action",
        lambda: cleaner.detail_action("post", "polish"),
        said(404),
        raises=HttpError,
    )
    judge.wrong(
        "Cleaner.detail_action",
        lambda: cleaner.detail_action("get", "action"),
        said(405),
        raises=HttpError,
    )
    judge.wrong("Cleaner.delete", cleaner.delete, said(403), raises=HttpError)
    alone = stage.client.cleaners.create(project=stage.project.odata, name="alone", comment="")
    judge.right("Cleaner.delete", alone.delete, lambda answer: answer is None)
    judge.wrong("Cleaner.delete", alone.delete, said(404), raises=HttpError)
