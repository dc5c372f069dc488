"""Posted Python: run in a process of its own with another Python, under limits, without network.

The process sees the sandbox's files as its user does: the switch (`Settings.script_python`) is for
tests of scripts that one trusts not to look around, and stays off in a demo.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from connectors.sandbox.openergy.call import Platform
from connectors.sandbox.openergy.cleaning import Readings
from connectors.sandbox.openergy.freqs import Values
from connectors.sandbox.openergy.settings import Settings
from connectors.sandbox.zones import Instants

RUNNER = Path(__file__).with_name("runner.py")
UNSHARE = ("-r", "-n", "-p", "-f", "--kill-child")
"""No network, and a process family that ends with its first member."""
FILES = 256
PROCESSES = 64
PRINTED = 2000
FAR = 9_000_000_000_000_000
"""Stamps lie within three hundred years of 1970, as those of pandas do."""
ODD = "The script's process left something that is no table of numbers."
OFF = (
    "Scripts are switched off on this sandbox: it names no Python to run them. "
    "Start it, or the demo, with --script-python and a Python that has pandas."
)
OPEN = "Scripts are refused: this machine gives no process without network (unshare -rn)."


class ScriptError(Exception):
    """A script did not give a result; the message is for whoever wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """One column of a parsed file; times are naive microseconds, NaN is left out."""

    name: str
    times: Instants
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """The value functions of a unitcleaner (4.4)."""

    operation: str | None
    filter: str | None
    derivative: str | None

    @property
    def any(self) -> bool:
        """Whether there is something to run."""
        return bool(self.operation or self.filter or self.derivative)


def parse(platform: Platform, script: str, content: bytes, rel_path: str) -> list[Parsed]:
    """What a parse script makes of a file. Raises ScriptError."""
    job = {"kind": "parse", "script": script, "rel_path": rel_path}
    times, columns = _table(_run(platform.settings, job, content))
    return [
        Parsed(name=name, times=times[~np.isnan(values)], values=values[~np.isnan(values)])
        for name, values in columns.items()
    ]


def analyze(
    platform: Platform, script: str, times: Instants, columns: Mapping[str, Values]
) -> tuple[Instants, dict[str, Values]]:
    """What an analysis script makes of a frame. Raises ScriptError."""
    held = {name: _plain(values) for name, values in columns.items()}
    job = {"kind": "analyze", "script": script, "index": times.tolist(), "columns": held}
    return _table(_run(platform.settings, job))


def customised(platform: Platform, script: str, raw: Readings) -> Readings:
    """What a unitcleaner's custom function makes of its raw input. Raises ScriptError.

    Its signature is not known: `fct(series)` answering a series is the plainest [G].
    """
    job = {"kind": "custom", "script": script, "index": raw[0].tolist(), "data": _plain(raw[1])}
    result = _run(platform.settings, job)
    times = _stamps(result)
    return times, _numbers(result, "data", times.size)


def valued(
    platform: Platform, functions: Functions, table: Readings, span: int
) -> tuple[Values, Values]:
    """Steps after operation and filters, and after the operation alone. Raises ScriptError."""
    job = {
        "kind": "values", "operation": functions.operation, "filter": functions.filter,
        "derivative": functions.derivative, "removes": platform.settings.filters_remove,
        "index": table[0].tolist(), "data": _plain(table[1]), "span": span,
    }  # fmt: skip
    result = _run(platform.settings, job)
    size = table[0].size
    return _numbers(result, "data", size), _numbers(result, "unfiltered", size)


def syntax_problem(text: str, wanted: str) -> str | None:
    """What is wrong with a script before it runs: its syntax, or a function that it lacks."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd backslash is the author's business
            tree = ast.parse(text)
    except SyntaxError as error:
        where = f" (line {error.lineno})" if error.lineno else ""
        return f"Invalid script: {error.msg}{where}."
    except (ValueError, MemoryError, RecursionError):
        return "Invalid script: it cannot be read as Python."
    names = {name for node in tree.body for name in _defined(node)}
    return None if wanted in names else f"Invalid script: it defines no function {wanted}."


def _defined(node: ast.stmt) -> Sequence[str]:
    """The names that one statement of a module can give to a function."""
    if isinstance(node, ast.FunctionDef):
        return (node.name,)
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    inside = [*getattr(node, "body", ()), *getattr(node, "orelse", ())]
    return [name for each in inside if isinstance(each, ast.stmt) for name in _defined(each)]


def _plain(values: Values) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def _table(result: Mapping[str, Any]) -> tuple[Instants, dict[str, Values]]:
    times = _stamps(result)
    columns = result.get("columns")
    if not isinstance(columns, dict):
        raise ScriptError(ODD)
    return times, {name: _numbers(columns, name, times.size) for name in columns}


def _stamps(result: Mapping[str, Any]) -> Instants:
    index = result.get("index")
    if not isinstance(index, list) or not all(type(at) is int and abs(at) < FAR for at in index):
        raise ScriptError(ODD)
    return np.array(index, dtype=np.int64)


def _numbers(result: Mapping[str, Any], name: str, size: int) -> Values:
    held = result.get(name)
    if not isinstance(held, list) or len(held) != size:
        raise ScriptError(ODD)
    if not all(type(value) in (int, float) for value in held):
        raise ScriptError(ODD)
    return np.array(held, dtype=np.float64)


@cache
def isolation() -> tuple[str, ...] | None:
    """The command that starts a process without network; None where the machine has none."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    command = (unshare, *UNSHARE)
    tried = subprocess.run(  # noqa: S603 - fixed words
        [*command, "true"], check=False, capture_output=True, timeout=30
    )
    return command if tried.returncode == 0 else None


def _run(settings: Settings, job: Mapping[str, Any], content: bytes = b"") -> dict[str, Any]:
    """One job in a folder of its own, which goes with it. Raises ScriptError."""
    if settings.script_python is None:
        raise ScriptError(OFF)
    isolated = isolation()
    if isolated is None:
        raise ScriptError(OPEN)
    with tempfile.TemporaryDirectory(prefix="script-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "job.json").write_text(json.dumps({**job, "limits": _limits(settings)}))
        (folder / "content").write_bytes(content)
        command = [*isolated, settings.script_python, "-I", str(RUNNER), name]
        with (folder / "printed").open("w+b") as printed:
            code = _waited(command, folder, printed, settings.script_seconds)
            return _result(folder, code, printed, settings.script_file)


def _limits(settings: Settings) -> dict[str, int]:
    return {
        "RLIMIT_AS": settings.script_memory,
        "RLIMIT_CPU": int(settings.script_seconds) + 1,
        "RLIMIT_FSIZE": settings.script_file,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": FILES,
        "RLIMIT_NPROC": PROCESSES,
    }


def _waited(command: Sequence[str], folder: Path, printed: BinaryIO, seconds: float) -> int:
    """The exit code; the whole family of processes is gone afterwards. Raises ScriptError."""
    environment = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8",
                   "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 - the operator's own Python, isolated
        command, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed, cwd=folder,
        env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise ScriptError(f"The script ran longer than {seconds:g} s and was ended.") from None


def _result(folder: Path, code: int, printed: BinaryIO, most: int) -> dict[str, Any]:
    """What the script left behind: written by its process, so nothing in it is taken on trust."""
    result = _left(folder / "result.json", most)
    if not isinstance(result, dict):
        reason = f"The script ended without a result (code {code})"
        raise ScriptError(f"{reason}; it may have met a limit of the sandbox.{_said(printed)}")
    if "error" in result:
        line = f" (line {result['line']} of the script)" if result.get("line") else ""
        raise ScriptError(f"{result['error']}{line}{_said(printed)}")
    return result


def _left(path: Path, most: int) -> Any:
    """The JSON of a plain file that is not too large; None for anything else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode) or told.st_size > most:
            return None
        try:
            return json.loads(file.read())
        except (ValueError, RecursionError):
            return None


def _said(printed: BinaryIO) -> str:
    """The last of what the script printed."""
    printed.seek(max(os.fstat(printed.fileno()).st_size - PRINTED, 0))
    text = printed.read(PRINTED).decode(errors="replace").strip()
    return f"\nPrinted:\n{text}" if text else ""
