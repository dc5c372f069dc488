# ruff: noqa: DTZ001 - naive times, as the platform has
"""Judges analyses: their records, inputs, outputs, configuration, and what their scripts give."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from openergy_stage import ANALYZE, NOBODY, Stage, judge_generator, said
from ovbpclient.exceptions import HttpError, TaskDidNotFinishSuccessfully


def judge_analyses(stage: Stage) -> None:
    """All of it, in this order."""
    for name in ("a", "b"):
        stage.cleaner.create_unitcleaner(name, f"{name} clean")
    analysis = stage.project.create_analysis("sums", comment="")
    for part in (_pieces, _outputs, _config, _runs, _reruns, _failures, _orders, _switch, _generic):
        part(stage, analysis)


def _pieces(stage: Stage, analysis: Any) -> None:
    judge, ghost = stage.judge, stage.ghost(analysis)
    judge.wrong(
        "Analysis.run",
        lambda: analysis.run().wait_for_completion(period=50),
        lambda status: status == "refused",
    )
    make = analysis.create_analysis_input
    for name in ("a", "b"):
        judge.right(
            "Analysis.create_analysis_input",
            lambda name=name: make(stage.cleaner, f"{name} clean", name),
            lambda row, name=name: (
                row.column_name == name and row.input_series_generator["id"] == stage.cleaner.id
            ),
        )
    judge.wrong(
        "Analysis.create_analysis_input",
        lambda: make(stage.ghost(stage.cleaner), "a clean", "x"),
        said(400, "input_series_generator"),
        raises=HttpError,
    )
    judge.wrong(
        "Analysis.create_analysis_input",
        lambda: make(stage.cleaner, "a clean", "a"),
        said(400),
        raises=HttpError,
    )
    judge.right(
        "Analysis.list_all_analysis_inputs",
        analysis.list_all_analysis_inputs,
        lambda rows: (
            [row.input_series_name for row in rows] == ["a clean", "b clean"]
            and "name" not in rows[0].data
        ),
    )
    judge.wrong(
        "Analysis.list_all_analysis_inputs", ghost.list_all_analysis_inputs, lambda rows: rows == []
    )


def _outputs(stage: Stage, analysis: Any) -> None:
    judge, ghost = stage.judge, stage.ghost(analysis)
    judge.right(
        "Analysis.create_analysis_output",
        lambda: analysis.create_analysis_output("sum", "mean", unit="°C", label="both"),
        lambda row: (
            (row.name, row.unit, row.label, row.numerical_filter) == ("sum", "°C", "both", None)
        ),
    )
    judge.wrong(
        "Analysis.create_analysis_output",
        lambda: analysis.create_analysis_output("other", "median"),
        said(400, "resample_rule"),
        raises=HttpError,
    )
    judge.right(
        "Analysis.list_all_analysis_outputs",
        analysis.list_all_analysis_outputs,
        lambda rows: [(row.name, row.resample_rule) for row in rows] == [("sum", "mean")],
    )
    judge.wrong(
        "Analysis.list_all_analysis_outputs",
        ghost.list_all_analysis_outputs,
        lambda rows: rows == [],
    )


def _config(stage: Stage, analysis: Any) -> None:
    judge = stage.judge
    judge.right(
        "Analysis.get_analysis_config", analysis.get_analysis_config, lambda config: config is None
    )
    for wrong, field in (
        (("often", "3H", ANALYZE), "input_freq"),
        (("3H", "", ANALYZE), "output_freq"),
        (("3H", "3H", "def analyze(:"), "script"),
        (("3H", "3H", "x = 1"), "script"),
    ):
        judge.wrong(
            "Analysis.create_analysis_config",
            lambda wrong=wrong: analysis.create_analysis_config(*wrong),
            said(400, field),
            raises=HttpError,
        )
    judge.right(
        "Analysis.create_analysis_config",
        lambda: analysis.create_analysis_config("3H", "3H", ANALYZE),
        lambda config: (
            (config.input_freq, config.script, config.script_method, config.output_tags)
            == ("3H", ANALYZE, "array", [])
        ),
    )
    judge.wrong(
        "Analysis.create_analysis_config",
        lambda: analysis.create_analysis_config("3H", "3H", ANALYZE),
        said(400),
        raises=HttpError,
    )
    judge.right(
        "Analysis.reload",
        lambda: [analysis.reload(), analysis.data],
        lambda saw: (
            saw[1]["analysisconfig"]["script"] == ANALYZE
            and saw[1]["is_obsolete"] is False
            and saw[1]["rights"]["can_admin"]
        ),
    )
    listed = stage.project.get_analysis("sums")
    judge.right(
        "Analysis.get_analysis_config",
        listed.get_analysis_config,
        lambda config: config.output_freq == "3H",
    )
    lost = analysis.endpoint.data_to_record({"id": NOBODY, "analysisconfig": NOBODY})
    judge.wrong(
        "Analysis.get_analysis_config", lost.get_analysis_config, said(404), raises=HttpError
    )


def _sums(stage: Stage, analysis: Any) -> pd.Series:
    return stage.series(analysis, "sum").select_data()


def _ran(stage: Stage, analysis: Any) -> list[Any]:
    return [analysis.run().wait_for_completion(period=50), _sums(stage, analysis)]


def _hundreds(saw: list[Any], step: str, first: str, last: str, empty: list[str]) -> bool:
    """Whether a run gave 100 at each step of a range but for the empty ones."""
    times = pd.date_range(f"2020-03-{first}", f"2020-03-{last}", freq=step)
    values = [float("nan") if time in pd.to_datetime(empty) else 100.0 for time in times]
    return saw[0] == "finished" and bool(saw[1].equals(pd.Series(values, times, dtype=float)))


def _runs(stage: Stage, analysis: Any) -> None:
    """a + b is 100 wherever both are whole; the two hours that b lacks leave 09:00 empty."""
    judge = stage.judge
    judge.right(
        "Analysis.run",
        lambda: _ran(stage, analysis),
        lambda saw: _hundreds(saw, "3H", "01 03:00", "02 18:00", ["2020-03-01 09:00"]),
    )
    judge.right(
        "Analysis.list_all_output_series",
        analysis.list_all_output_series,
        lambda rows: (
            [(row.name, row.freq, row.native_clock) for row in rows] == [("sum", "3H", "tzt")]
        ),
    )
    judge.wrong(
        "Analysis.list_all_output_series",
        stage.ghost(analysis).list_all_output_series,
        lambda rows: rows == [],
    )


def _reruns(stage: Stage, analysis: Any) -> None:
    """Another configuration makes it obsolete, and gives other numbers."""
    judge = stage.judge
    config = analysis.get_analysis_config()
    config.update(input_freq="1H", output_freq="6H")
    judge.right(
        "Analysis.reload",
        lambda: [analysis.reload(), analysis.data],
        lambda saw: saw[1]["is_obsolete"] and saw[1]["unresolved_notifications_nb"] == 1,
    )
    judge.right(
        "Analysis.run",
        lambda: _ran(stage, analysis),
        lambda saw: _hundreds(saw, "6H", "01 00:00", "02 18:00", []),
    )
    config.update(
        input_freq="1H",
        output_freq="1H",
        clock="gmt",
        before_offset_strict_mode=True,
        custom_before_offset="2H",
    )
    judge.right(
        "Analysis.run",
        lambda: _ran(stage, analysis),
        lambda saw: saw[1].index[0] == pd.Timestamp("2020-03-01 02:00"),
    )


def _failures(stage: Stage, analysis: Any) -> None:
    """What is wrong with a script stands in a notification."""
    judge = stage.judge
    config = analysis.get_analysis_config()
    for script, words in (
        ("def analyze(df, **tools):\n    return 1 / 0\n", "ZeroDivisionError"),
        ("def analyze(df, **tools):\n    return 3\n", "data frame"),
        ("def analyze(df, **tools):\n    return df\n", "no column sum"),
        (
            "import socket\ndef analyze(df, **tools):\n"
            "    socket.create_connection(('127.0.0.1', 80))\n",
            "unreachable",
        ),
    ):
        config.update(script=script)
        judge.wrong(
            "Analysis.run",
            lambda: analysis.run().wait_for_completion(period=50),
            lambda error: error.status == "failed",
            raises=TaskDidNotFinishSuccessfully,
        )
        judge.right(
            "Analysis.run",
            lambda: _open(stage, "Analysis failed"),
            lambda texts, words=words: len(texts) == 1 and words in texts[0],
        )
    judge.wrong("Analysis.run", stage.ghost(analysis).run, said(404), raises=HttpError)
    config.update(
        script=ANALYZE,
        input_freq="3H",
        output_freq="3H",
        clock="tzt",
        before_offset_strict_mode=False,
        custom_before_offset=None,
    )


def _open(stage: Stage, name: str) -> list[str]:
    """The texts of the open notifications of a name; they are resolved."""
    found = [n for n in stage.project.list_all_notifications(resolved=False) if n.name == name]
    for note in found:
        note.update(resolved=True)
    return [note.text for note in found]


def _orders(stage: Stage, analysis: Any) -> None:
    judge, ghost = stage.judge, stage.ghost(analysis)
    analysis.run()

    def after(call: Any, *arguments: Any) -> list[Any]:
        return [call(*arguments).wait_for_completion(period=50), len(_sums(stage, analysis))]

    judge.right(
        "Analysis.clear",
        lambda: after(analysis.clear, "2020-03-01T12:00:00"),
        lambda saw: saw == ["finished", 2],
    )
    judge.right("Analysis.clear", lambda: after(analysis.clear), lambda saw: saw == ["finished", 0])
    judge.right(
        "Analysis.reset", lambda: after(analysis.reset), lambda saw: saw == ["finished", 14]
    )
    for name in ("clear", "reset"):
        order = getattr(analysis, name)
        judge.wrong(
            f"Analysis.{name}",
            lambda order=order: order("noon"),
            said(400, "partial_instant"),
            raises=HttpError,
        )
        judge.wrong(
            f"Analysis.{name}", lambda order=order: order(dt.datetime(2020, 3, 1)), raises=TypeError
        )
        judge.wrong(f"Analysis.{name}", getattr(ghost, name), said(404), raises=HttpError)


def _switch(stage: Stage, analysis: Any) -> None:
    """An active analysis runs by itself when its input changes."""
    judge, ghost = stage.judge, stage.ghost(analysis)
    judge.right(
        "Analysis.activate",
        lambda: [analysis.activate(), analysis.reload(), analysis.active],
        lambda saw: saw[2] is True,
    )
    stage.cleaner.get_unitcleaner("a").update(operation_fct="def fct(v):\n    return v + 1\n")
    judge.right(
        "Analysis.run",
        lambda: set(_sums(stage, analysis).dropna()),
        lambda values: values == {101.0},
    )
    judge.right(
        "Analysis.deactivate",
        lambda: [analysis.deactivate(), analysis.reload(), analysis.active],
        lambda saw: saw[2] is False,
    )
    stage.cleaner.get_unitcleaner("a").update(operation_fct=None)
    judge.right(
        "Analysis.reload",
        lambda: [analysis.reload(), analysis.is_obsolete],
        lambda saw: saw[1] and set(_sums(stage, analysis).dropna()) == {101.0},
    )
    for name in ("activate", "deactivate"):
        judge.wrong(f"Analysis.{name}", getattr(ghost, name), said(404), raises=HttpError)


def _generic(stage: Stage, analysis: Any) -> None:
    judge, ghost = stage.judge, stage.ghost(analysis)
    judge.wrong("Analysis.reload", ghost.reload, said(404), raises=HttpError)
    judge_generator(judge, "Analysis", analysis)
    judge.wrong(
        "Analysis.detail_action",
        lambda: analysis.detail_action("post", "action", data={"name": "jump"}),
        said(400, "name"),
        raises=HttpError,
    )
    judge.right("Analysis.delete", analysis.delete, lambda answer: answer is None)
    judge.wrong("Analysis.delete", analysis.delete, said(404), raises=HttpError)
    judge.right(
        "Analysis.list_all_output_series", analysis.list_all_output_series, lambda rows: rows == []
    )
