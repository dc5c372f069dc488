"""Analyses: a posted script over the frame of their inputs (2.10, 3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from connectors.sandbox.openergy import (
    clocks,
    frames,
    freqs,
    orders,
    reading,
    resources,
    scripts,
    tasks,
)
from connectors.sandbox.openergy.actions import ACTIONS
from connectors.sandbox.openergy.call import Call, Event, Platform, Record
from connectors.sandbox.openergy.frames import Frame, Input, Range
from connectors.sandbox.openergy.freqs import Values, duration, frequency
from connectors.sandbox.openergy.tasks import TaskFailed
from connectors.sandbox.zones import Instants

PATH = "odata/analyses"
TASKS = "odata/analysis_tasks"
CONFIGS = "odata/analysis_configs"
INPUTS = "odata/analysis_inputs"
OUTPUTS = "odata/analysis_outputs"
SERIES = "odata/series"
OBSOLETE = "Analysis obsolete"
FAILED = "Analysis failed"


@ACTIONS.detail(PATH, "action")
def action(call: Call, analysis: Record) -> Any:
    """`run`, `clear` or `reset` of an analysis: answers a task."""
    platform, order = call.platform, orders.asked(call)

    def work() -> None:
        if order.name != "run":
            orders.emptied(platform, analysis, order.since)
        if order.name != "clear":
            run(platform, analysis["id"])

    owner = {"analysis": analysis["id"]}
    task = tasks.start(platform, TASKS, owner, name=order.name, work=work)
    return resources.task_answer(call, TASKS, task)


@ACTIONS.after(PATH)
def switched(platform: Platform, event: Event, analysis: Record) -> None:
    """One that was just switched on runs [G]."""
    if event != "changed" or analysis["active"] == analysis.get("_active", False):
        return
    platform.change(PATH, analysis["id"], _active=analysis["active"])
    if analysis["active"]:
        _again(platform, analysis["id"], frozenset())


def _configured(platform: Platform, event: Event, row: Record) -> None:
    """What has run is obsolete once its configuration, inputs or outputs change."""
    analysis = platform.get(PATH, row["analysis"])
    if analysis is not None:
        _outdate(platform, analysis)


for _path in (CONFIGS, INPUTS, OUTPUTS):
    ACTIONS.after(_path)(_configured)


@ACTIONS.after(OUTPUTS)
def output_gone(platform: Platform, event: Event, output: Record) -> None:
    """The series of an output goes with it."""
    if event == "deleted" and platform.get(SERIES, output.get("_series")) is not None:
        platform.remove(SERIES, output["_series"])


def outdate(platform: Platform, generator_id: str, name: str) -> None:
    """The settings behind an input series changed: its analyses are obsolete."""
    for analysis in _readers(platform, generator_id, name):
        _outdate(platform, analysis)


def follow(
    platform: Platform, generator_id: str, name: str | None = None,
    seen: frozenset[str] = frozenset(),
) -> None:  # fmt: skip
    """Active analyses of a series, or of all of a generator's, run again by themselves."""
    for analysis in _readers(platform, generator_id, name):
        if analysis["active"]:
            _again(platform, analysis["id"], seen)


def _readers(platform: Platform, generator_id: str, name: str | None) -> list[Record]:
    """The analyses with an input of this generator."""
    wanted = {"input_series_generator": generator_id}
    if name is not None:
        wanted["input_series_name"] = name
    found = dict.fromkeys(row["analysis"] for row in platform.where(INPUTS, **wanted))
    rows = (platform.get(PATH, each) for each in found)
    return [row for row in rows if row is not None]


def _outdate(platform: Platform, analysis: Record) -> None:
    if analysis["last_run"] is not None:
        platform.change(PATH, analysis["id"], is_obsolete=True)
        platform.notify(analysis["project"], OBSOLETE, f"analysis:{analysis['id']}")


def _again(platform: Platform, analysis_id: str, seen: frozenset[str]) -> None:
    """A run that nobody asked for: left out while something is missing, and in a circle."""
    if analysis_id in seen or _missing(platform, analysis_id):
        return
    try:
        run(platform, analysis_id, seen)
    except TaskFailed:
        return  # the notification tells


def run(platform: Platform, analysis_id: str, seen: frozenset[str] = frozenset()) -> None:
    """Works everything out anew. Raises TaskFailed, after a notification."""
    missing = _missing(platform, analysis_id)
    if missing:
        raise TaskFailed(missing, status="refused")
    analysis = platform.one(PATH, analysis_id)
    try:
        _work(platform, analysis)
    except (scripts.ScriptError, frames.TooLargeError) as problem:
        source = f"analysis:{analysis_id}"
        platform.notify(analysis["project"], FAILED, source, str(problem))
        raise TaskFailed(str(problem)) from None
    finally:
        platform.change(PATH, analysis_id, last_run=platform.now())
    platform.change(PATH, analysis_id, is_obsolete=False)
    follow(platform, analysis_id, seen=seen | {analysis_id})


def _missing(platform: Platform, analysis_id: str) -> str:
    """What an analysis still needs before it can run; nothing when it can."""
    if next(platform.where(CONFIGS, analysis=analysis_id), None) is None:
        return "The analysis has no configuration."
    inputs = list(platform.where(INPUTS, analysis=analysis_id))
    if not inputs:
        return "The analysis has no input."
    lost = [row["input_series_name"] for row in inputs if _series(platform, row) is None]
    return f"No such input series: {', '.join(lost)}." if lost else ""


def _series(platform: Platform, row: Record) -> Record | None:
    wanted = {"generator": row["input_series_generator"], "name": row["input_series_name"]}
    return next(platform.where(SERIES, **wanted), None)


def _work(platform: Platform, analysis: Record) -> None:
    config = next(platform.where(CONFIGS, analysis=analysis["id"]))
    held = _frame(platform, analysis, config)
    columns: Mapping[str, Values] = {}
    times = held.index
    if held.index.size:
        times, columns = scripts.analyze(platform, config["script"], held.index, held.columns)
    kept = _settled(platform, config, held, times)
    for output in list(platform.where(OUTPUTS, analysis=analysis["id"])):
        if columns and output["name"] not in columns:
            raise scripts.ScriptError(f"The script answered no column {output['name']}.")
        values = columns.get(output["name"], np.empty(0))[kept[: times.size]]
        _keep(platform, analysis, config, output, times[kept], values)


def _frame(platform: Platform, analysis: Record, config: Record) -> Frame:
    """The inputs by steps. Raises TooLargeError."""
    rows = platform.where(INPUTS, analysis=analysis["id"])
    inputs = [_input(platform, config, row) for row in rows]
    wanted = Range(
        now=_now(platform, config),
        wait=duration(config["wait_offset"]) or 0,
        delay=duration(config["custom_delay"]) or 0,
        start_with_first=config["start_with_first"],
        wait_for_last=config["wait_for_last"],
    )
    return frames.frame(frequency(config["input_freq"]), inputs, wanted)


def _input(platform: Platform, config: Record, row: Record) -> Input:
    series = _series(platform, row)
    if series is None:
        raise TaskFailed(f"No such input series: {row['input_series_name']}.", status="refused")
    times, values = reading.read(platform, series, None, None, None)
    native = (series["native_clock"], series["timezone"])
    times = frames.shown(times, native, (config["clock"], config["output_timezone"]))
    order = np.argsort(times, kind="stable")
    return Input(
        name=row["column_name"],
        readings=(times[order], values[order]),
        native=None if series["freq"] is None else frequency(series["freq"]),
        rule=series["default_resample_rules"],
    )


def _now(platform: Platform, config: Record) -> int:
    now = np.array([platform.clock.now_us()], dtype=np.int64)
    return int(clocks.from_instants(now, config["clock"], config["output_timezone"])[0])


def _settled(
    platform: Platform, config: Record, held: Frame, times: Instants
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which answers have the history and the future that the script needs around them."""
    kept = np.ones(times.size, dtype=bool)
    if not times.size or not held.index.size:
        return kept
    before = duration(config["custom_before_offset"])
    strict = config["before_offset_strict_mode"] and not config["start_with_first"]
    if before is not None and strict:
        kept &= times >= held.index[0] + before
    after = duration(config["custom_after_offset"])
    waiting = held.index[-1] > _now(platform, config) - (duration(config["wait_offset"]) or 0)
    if after is not None and waiting:
        kept &= times <= held.index[-1] - after
    return kept


def _keep(
    platform: Platform, analysis: Record, config: Record, output: Record, times: Instants,
    values: Values,
) -> None:  # fmt: skip
    """Puts what the script answered, by steps of `output_freq`, in place of what was there."""
    series = _output(platform, analysis, config, output)
    key = series["otsdb_pk"]
    platform.samples.drop(key)
    known = np.isfinite(values)
    order = np.argsort(times[known], kind="stable")
    times, values = times[known][order], values[known][order]
    step = frequency(config["output_freq"])
    starts, reduced = freqs.reduced(step.floor(times), values, output["resample_rule"])
    platform.samples.write(key, step.named(starts), reduced, overwrite=True)


def _output(platform: Platform, analysis: Record, config: Record, output: Record) -> Record:
    """The record of an output series, made or renamed."""
    about = {
        "freq": config["output_freq"], "native_clock": config["clock"],
        "timezone": config["output_timezone"], "default_resample_rules": output["resample_rule"],
    }  # fmt: skip
    held = platform.get(SERIES, output.get("_series"))
    if held is not None:
        return platform.change(SERIES, held["id"], name=output["name"], **about)
    series = platform.series(analysis, output["name"], **about)
    platform.change(OUTPUTS, output["id"], _series=series["id"])
    return series
