"""Runs one posted script, alone in a process of another Python. Standard library only, and pandas
where a job needs it. `python runner.py FOLDER` reads `job.json` there and writes `result.json`.
"""

from __future__ import annotations

import importlib
import io
import json
import math
import resource
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

Job = dict[str, Any]
Result = dict[str, Any]
Function = Callable[..., Any]


class WrongResultError(Exception):
    """The script ran and gave something else than its contract says."""


class Content(bytes):
    """The bytes of a file that can also be read like one: `pd.read_json(content)` wants a path or
    a file, and the tutorial hands it the bytes themselves (6.5)."""

    mode = "rb"

    def _file(self) -> io.BytesIO:
        held = self.__dict__.get("_opened")
        if held is None:
            held = self.__dict__["_opened"] = io.BytesIO(bytes(self))
        return cast("io.BytesIO", held)

    def __getattr__(self, name: str) -> Any:
        if name in ("read", "readline", "readlines", "readable", "writable", "seekable", "seek",
                    "tell", "flush", "close", "closed"):  # fmt: skip
            return getattr(self._file(), name)
        raise AttributeError(name)


def limited(limits: dict[str, int]) -> None:
    """Bounds this process and all that it starts; nothing below can lift them again."""
    for name, most in limits.items():
        resource.setrlimit(getattr(resource, name), (most, most))


def function(script: str, name: str) -> Function:
    """The function that a script defines."""
    space: dict[str, Any] = {"__name__": "script"}
    exec(compile(script, "<script>", "exec"), space)  # noqa: S102 - what this process is for
    found = space.get(name)
    if not callable(found):
        raise WrongResultError(f"the script defines no function {name}")
    return cast("Function", found)


def parse(job: Job, folder: Path) -> Result:
    """A file's bytes → columns."""
    called = function(job["script"], "parse")
    content = Content((folder / "content").read_bytes())
    return _columns(called(content, job["rel_path"]), "parse")


def analyze(job: Job, _folder: Path) -> Result:
    """Columns → columns."""
    called = function(job["script"], "analyze")
    pandas = importlib.import_module("pandas")
    frame = pandas.DataFrame(job["columns"], index=_index(pandas, job["index"]), dtype=float)
    return _columns(called(frame), "analyze")


def custom(job: Job, _folder: Path) -> Result:
    """A raw series → the series to clean instead."""
    called = function(job["script"], "fct")
    pandas = importlib.import_module("pandas")
    series = pandas.Series(job["data"], index=_index(pandas, job["index"]), dtype=float)
    found = called(series)
    if not isinstance(found, pandas.Series):
        raise WrongResultError(f"fct answered a {type(found).__name__}, not a series")
    return {"index": _stamps(found, "fct"), "data": found.astype(float).tolist()}


def values(job: Job, _folder: Path) -> Result:
    """Steps through operation, filter and derivative filter, one value at a time."""
    found = [math.nan if value is None else value for value in job["data"]]
    if job["operation"]:
        changed = function(job["operation"], "fct")
        found = [value if math.isnan(value) else float(changed(value)) for value in found]
    kept = found
    if job["filter"]:
        kept = _filtered(kept, kept, function(job["filter"], "fct"), removes=job["removes"])
    if job["derivative"]:
        slopes = _slopes(kept, job["index"], job["span"])
        kept = _filtered(kept, slopes, function(job["derivative"], "fct"), removes=job["removes"])
    return {"data": kept, "unfiltered": found}


def _filtered(
    held: list[float], asked: list[float], chosen: Function, *, removes: bool
) -> list[float]:
    """The values without those that the function names by what is asked of it."""
    return [
        math.nan if not math.isnan(about) and bool(chosen(about)) == removes else value
        for value, about in zip(held, asked, strict=True)
    ]


def _slopes(held: list[float], index: list[int], span: int) -> list[float]:
    """The change per second since the step before; NaN without one."""
    slopes = [math.nan]
    for at in range(1, len(held)):
        apart = index[at] - index[at - 1]
        slopes.append((held[at] - held[at - 1]) / apart * 1e6 if apart <= span else math.nan)
    return slopes[: len(held)]


def _index(pandas: Any, stamps: list[int]) -> Any:
    return pandas.to_datetime(stamps, unit="us")


def _columns(frame: Any, name: str) -> Result:
    """A frame as lists; its columns by name."""
    pandas = importlib.import_module("pandas")
    if not isinstance(frame, pandas.DataFrame):
        raise WrongResultError(f"{name} answered a {type(frame).__name__}, not a data frame")
    index = _stamps(frame, name)
    held = {
        str(label): frame.iloc[:, at].astype(float).tolist()
        for at, label in enumerate(frame.columns)
    }
    return {"index": index, "columns": held}


def _stamps(frame: Any, name: str) -> list[int]:
    """The naive stamps of an index, in microseconds since 1970."""
    pandas = importlib.import_module("pandas")
    index = frame.index
    if len(index) == 0:
        return []
    if not isinstance(index, pandas.DatetimeIndex) or index.tz is not None:
        raise WrongResultError(f"the index that {name} answered is not of naive times")
    if index.hasnans:
        raise WrongResultError(f"the index that {name} answered holds no time at some rows")
    stamps: list[int] = index.values.astype("datetime64[us]").astype("int64").tolist()
    return stamps


KINDS = {"parse": parse, "analyze": analyze, "custom": custom, "values": values}


def main(folder: Path) -> None:
    """One job; whatever the script raises is its result."""
    job = json.loads((folder / "job.json").read_text())
    limited(job["limits"])
    try:
        result = KINDS[job["kind"]](job, folder)
    except WrongResultError as error:
        result = {"error": f"The script does not keep its contract: {error}."}
    except BaseException as error:  # noqa: BLE001 - also SystemExit: a script ends with a reason
        lines = traceback.format_exception_only(type(error), error)
        result = {"error": "".join(lines).strip()[:2000], "line": _line(error)}
    (folder / "result.json").write_text(json.dumps(result))


def _line(error: BaseException) -> int | None:
    """The line of the script that raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno for f in reversed(frames) if f.filename == "<script>"), None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
