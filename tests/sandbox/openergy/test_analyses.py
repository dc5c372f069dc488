"""Analyses of the Openergy stand-in, and the limits under which posted scripts run."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.openergy import scripts
from connectors.sandbox.openergy.settings import Settings
from tests.sandbox.openergy.plant import Plant, Vbp, csv, plant
from tests.sandbox.server import SandboxServer

COLUMNS: dict[str, list[float | None]] = {
    name: [float(n) for n in range(24)] for name in ("a", "b")
}
ANALYZE = "def analyze(df, **tools):\n    return df\n"
ALLOWED = Settings(instant=True, script_python=sys.executable)
HURRIED = Settings(instant=True, script_python=sys.executable, script_seconds=2)
OFF = Settings(instant=True)

needs_isolation = pytest.mark.skipif(
    scripts.isolation() is None, reason="promise: a process without network (needs unshare -rn)"
)


@pytest.fixture(scope="module")
def allowed() -> Iterator[Plant]:
    """Scripts run, with this Python, which has no pandas: value functions need none."""
    with SandboxServer("openergy", settings={"openergy": ALLOWED}) as server:
        yield plant(Vbp(server), csv(COLUMNS))


@pytest.fixture
def hurried() -> Iterator[Plant]:
    """The same, with little time for each script."""
    with SandboxServer("openergy", settings={"openergy": HURRIED}) as server:
        yield plant(Vbp(server), csv(COLUMNS))


@pytest.fixture(scope="module")
def off() -> Iterator[Plant]:
    """The switch as it is in a demo."""
    with SandboxServer("openergy", settings={"openergy": OFF}) as server:
        made = plant(Vbp(server), csv(COLUMNS))
        made.clean()
        yield made


def analysis(made: Plant, name: str, series: str = "a clean", **config: Any) -> dict[str, Any]:
    """An analysis of one cleaned series, configured."""
    row = made.vbp.make("analyses", project=made.project, name=name)
    made.vbp.make("analysis_inputs", analysis=row["id"], input_series_name=series,
                  input_series_generator=made.cleaner["id"], column_name="a")  # fmt: skip
    made.vbp.make("analysis_outputs", analysis=row["id"], name="a", resample_rule="mean")
    steps = {"input_freq": "3H", "output_freq": "3H"}
    made.vbp.make("analysis_configs", analysis=row["id"], script=ANALYZE, **steps, **config)
    return row


def test_an_analysis_fails_with_a_reason_where_scripts_are_off(off: Plant) -> None:
    row = analysis(off, "off")
    task = off.vbp.act("analyses", row["id"])
    assert (task["status"], task["message"]) == ("failed", scripts.OFF)
    (note,) = off.vbp.rows("notifications", source=f"analysis:{row['id']}")
    assert (note["name"], note["text"], note["resolved"]) == ("Analysis failed", scripts.OFF, False)
    assert off.vbp.one("analyses", row["id"])["unresolved_notifications_nb"] == 1


def test_an_unfinished_analysis_is_refused(off: Plant) -> None:
    row = off.vbp.make("analyses", project=off.project, name="bare")
    assert off.vbp.act("analyses", row["id"])["status"] == "refused"
    off.vbp.make("analysis_configs", analysis=row["id"], input_freq="1H", output_freq="1H",
                 script=ANALYZE)  # fmt: skip
    task = off.vbp.act("analyses", row["id"])
    assert (task["status"], task["message"]) == ("refused", "The analysis has no input.")
    off.vbp.make("analysis_inputs", analysis=row["id"], input_series_name="lost",
                 input_series_generator=off.cleaner["id"], column_name="a")  # fmt: skip
    assert "lost" in off.vbp.act("analyses", row["id"])["message"]


def test_a_change_after_a_run_makes_an_analysis_obsolete_once(off: Plant) -> None:
    """The notification stays until it is resolved by hand (3.6)."""
    row = analysis(off, "changed")
    assert not off.vbp.one("analyses", row["id"])["is_obsolete"]
    off.vbp.act("analyses", row["id"])
    config = off.vbp.one("analyses", row["id"])["analysisconfig"]
    for delay in ("1H", "2H"):
        off.vbp.change("analysis_configs", config["id"], custom_delay=delay)
    assert off.vbp.one("analyses", row["id"])["is_obsolete"]
    source = f"analysis:{row['id']}"
    names = [note["name"] for note in off.vbp.rows("notifications", source=source)]
    assert sorted(names) == ["Analysis failed", "Analysis obsolete"]


def test_a_changed_unitcleaner_makes_its_analyses_obsolete(off: Plant) -> None:
    row = analysis(off, "upstream")
    off.vbp.act("analyses", row["id"])
    (unit,) = off.vbp.rows("unitcleaners", cleaner=off.cleaner["id"], name="a clean")
    off.vbp.change("unitcleaners", unit["id"], interpolate_limit=1)
    assert off.vbp.one("analyses", row["id"])["is_obsolete"]


def test_a_renamed_series_makes_its_analyses_obsolete_and_refused(off: Plant) -> None:
    unit = off.clean("b", "b clean")
    row = analysis(off, "renamed", series="b clean")
    off.vbp.act("analyses", row["id"])
    off.vbp.change("unitcleaners", unit["id"], name="b renamed")
    assert off.vbp.one("analyses", row["id"])["is_obsolete"]
    task = off.vbp.act("analyses", row["id"])
    assert (task["status"], task["message"]) == ("refused", "No such input series: b clean.")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"input_freq": "often"}, "input_freq"), ({"script": "def analyze(:"}, "script"),
     ({"script": "x = 1"}, "script"), ({"clock": "utc"}, "clock"), ({"script": None}, "script"),
     ({"output_timezone": "Mars"}, "output_timezone"), ({"script_method": "x"}, "script_method"),
     ({"start_with_first": "x"}, "start_with_first"), ({"output_freq": 3}, "output_freq")],
)  # fmt: skip
def test_a_wrong_configuration_is_refused_beside_its_field(
    off: Plant, fields: dict[str, Any], wrong: str
) -> None:
    row = off.vbp.make("analyses", project=off.project, name="wrong")
    body = {"analysis": row["id"], "input_freq": "1H", "output_freq": "1H", "script": ANALYZE}
    status, answer = off.vbp.call("POST", "odata/analysis_configs", {**body, **fields})
    assert (status, list(answer)) == (400, [wrong])


ENDLESS = "while True:\n    pass\n"
HUGE = "held = bytearray(10 * 2**30)\n"
BIG_FILE = "open('big', 'wb').write(bytes(100 * 2**20))\n"
NETWORK = "import socket\nsocket.create_connection(('127.0.0.1', 9), 1)\n"
BOMB = "import os\nwhile True:\n    os.fork()\n"
CHATTER = "while True:\n    print('x' * 10**6)\n"
VANISH = "import os\nos._exit(0)\n"
LIFT = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\n"
FORGED = "import os\nopen('result.json', 'w').write('[' * 10**6)\nos._exit(0)\n"
LINKED = "import os\nos.symlink('/dev/zero', 'result.json')\nos._exit(0)\n"
FUNCTION = "def fct(value):\n    return value\n"


@needs_isolation
@pytest.mark.parametrize(
    ("script", "said"),
    [(HUGE, "MemoryError"), (BIG_FILE, "File too large"),
     (NETWORK, "Network is unreachable"), (CHATTER, "File too large"),
     (VANISH, "without a result"), (LIFT, "not allowed to raise"), (FORGED, "without a result"),
     (LINKED, "without a result"), ("print('words')\nraise KeyError('why')\n", "KeyError: 'why'"),
     ("import sys\nsys.exit('bye')\n", "SystemExit: bye")],
    ids=["10 GB", "big file", "network", "chatter", "vanishes", "lifts its limits",
         "forged result", "linked result", "raises", "exits"],
)  # fmt: skip
def test_a_script_beyond_its_limits_fails_and_the_sandbox_lives_on(
    allowed: Plant, script: str, said: str
) -> None:
    unit = allowed.clean(operation_fct=script + FUNCTION)
    task = allowed.vbp.act("cleaners", allowed.cleaner["id"])
    assert task["status"] == "failed"
    assert said in task["message"]
    assert allowed.cleaned() == ([], [])
    allowed.vbp.change("unitcleaners", unit["id"], operation_fct=FUNCTION)
    assert allowed.vbp.act("cleaners", allowed.cleaner["id"])["status"] == "finished"
    assert len(allowed.cleaned()[1]) == 22
    assert allowed.vbp.call("DELETE", f"odata/unitcleaners/{unit['id']}")[0] == 204


def working_in(folder: Path) -> list[str]:
    """The processes whose working folder lies in a folder."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if str(link.readlink()).startswith(str(folder)):
                found.append(link.parent.name)
    return found


@needs_isolation
@pytest.mark.parametrize("script", [ENDLESS, BOMB], ids=["endless loop", "fork bomb"])
def test_a_script_that_does_not_end_is_ended(
    hurried: Plant, script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all that it started: no process of it is left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    unit = hurried.clean(operation_fct=script + FUNCTION)
    task = hurried.vbp.act("cleaners", hurried.cleaner["id"])
    assert task["status"] == "failed"
    assert script == BOMB or "longer than 2 s" in task["message"]
    deadline = time.monotonic() + 10
    while working_in(tmp_path):
        assert time.monotonic() < deadline
    assert not any(tmp_path.iterdir())
    hurried.vbp.change("unitcleaners", unit["id"], operation_fct=None)
    assert len(hurried.cleaned()[1]) == 22


@needs_isolation
def test_what_a_script_prints_and_where_it_raised_stands_in_the_message(allowed: Plant) -> None:
    source = f"cleaner:{allowed.cleaner['id']}"
    for note in allowed.vbp.rows("notifications", source=source):
        allowed.vbp.change("notifications", note["id"], resolved=True)
    unit = allowed.clean(operation_fct="def fct(value):\n    print('seen')\n    return 1 / 0\n")
    message = allowed.vbp.act("cleaners", allowed.cleaner["id"])["message"]
    assert message.startswith("a clean: ZeroDivisionError: division by zero (line 3 of the script)")
    assert message.endswith("Printed:\nseen")
    (note,) = allowed.vbp.rows("notifications", source=source, resolved=False)
    assert note["text"] == message
    allowed.vbp.call("DELETE", f"odata/unitcleaners/{unit['id']}")


@needs_isolation
@pytest.mark.parametrize(
    ("functions", "values"),
    [
        ({"operation_fct": "def fct(v):\n    return v * 2\n"}, [2.0 * n for n in range(1, 23)]),
        ({"filter_fct": "def fct(v):\n    return v > 20\n"}, [float(n) for n in range(1, 21)]),
        ({"operation_fct": "def fct(v):\n    return v * v\n",
          "derivative_filter_fct": "def fct(slope):\n    return slope * 3600 > 39.5\n"},
         [float(n * n) for n in range(1, 21)]),
        ({"operation_fct": "def fct(v):\n    return float('inf') if v < 3 else v\n"},
         [float(n) for n in range(3, 23)]),
    ],
)  # fmt: skip
def test_functions_work_on_one_value_at_a_time(
    allowed: Plant, functions: dict[str, str], values: list[float]
) -> None:
    """True means remove (4.4), for the value and for its change per second."""
    unit = allowed.clean(**functions)
    assert allowed.cleaned()[1] == values
    allowed.vbp.call("DELETE", f"odata/unitcleaners/{unit['id']}")


@needs_isolation
def test_unfilter_shows_what_the_filter_took_away(allowed: Plant) -> None:
    unit = allowed.clean(filter_fct="def fct(v):\n    return v > 3\n")
    assert allowed.cleaned()[1] == [1.0, 2.0, 3.0]
    assert len(allowed.cleaned(unfilter="True")[1]) == 22
    allowed.vbp.call("DELETE", f"odata/unitcleaners/{unit['id']}")


@needs_isolation
def test_the_meaning_of_a_filter_can_be_turned_round() -> None:
    settings = Settings(instant=True, script_python=sys.executable, filters_remove=False)
    with SandboxServer("openergy", settings={"openergy": settings}) as server:
        made = plant(Vbp(server), csv(COLUMNS))
        made.clean(filter_fct="def fct(v):\n    return v > 19\n")
        assert made.cleaned()[1] == [20.0, 21.0, 22.0]


@needs_isolation
def test_a_script_that_needs_pandas_says_so_where_there_is_none(allowed: Plant) -> None:
    unit = allowed.clean()
    row = analysis(allowed, "pandas")
    task = allowed.vbp.act("analyses", row["id"])
    assert task["status"] == "failed"
    assert "No module named 'pandas'" in task["message"]
    allowed.vbp.call("DELETE", f"odata/unitcleaners/{unit['id']}")


@needs_isolation
def test_computed_values_outlive_a_restart_of_the_sandbox(tmp_path: Path) -> None:
    with SandboxServer("openergy", settings={"openergy": ALLOWED}, folder=tmp_path) as server:
        made = plant(Vbp(server), csv(COLUMNS))
        made.clean(operation_fct="def fct(v):\n    return v + 0.5\n")
    with SandboxServer("openergy", settings={"openergy": OFF}, folder=tmp_path) as server:
        again = Plant(Vbp(server), made.project, made.account, made.importer, made.cleaner)
        assert again.cleaned()[1] == [n + 0.5 for n in range(1, 23)]


def test_scripts_are_refused_where_no_process_can_be_without_network(
    allowed: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts, "isolation", lambda: None)
    unit = allowed.clean(operation_fct=FUNCTION)
    task = allowed.vbp.act("cleaners", allowed.cleaner["id"])
    assert (task["status"], task["message"]) == ("failed", f"a clean: {scripts.OPEN}")
    allowed.vbp.call("DELETE", f"odata/unitcleaners/{unit['id']}")


def test_isolation_is_tried_and_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine may have the command and forbid what it does."""
    denied = subprocess.CompletedProcess((), 1, b"", b"unshare failed: Operation not permitted")
    monkeypatch.setattr(subprocess, "run", lambda *_a, **_o: denied)
    assert scripts.isolation.__wrapped__() is None
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert scripts.isolation.__wrapped__() is None


@pytest.mark.parametrize(
    ("text", "said"),
    [("def fct(v):\n    return v\n", None), ("fct = abs\n", None),
     ("from math import sqrt as fct", None),
     ("try:\n    def fct(v): pass\nexcept ImportError:\n    pass\n", None),
     ("x = 1\n", "no function fct"), ("def fct(:\n", "line 1"), ("\x00", "null bytes"),
     ("-" * 100_000 + "1", "cannot be read"), ("(" * 500, "nested")],
)  # fmt: skip
def test_a_script_is_checked_before_it_is_kept(text: str, said: str | None) -> None:
    problem = scripts.syntax_problem(text, "fct")
    assert (problem is None) if said is None else (problem is not None and said in problem)


def test_analyses_in_a_circle_do_not_run_for_ever(off: Plant) -> None:
    """Each reads the other's output; both are active."""
    one, two = (off.vbp.make("analyses", project=off.project, name=name) for name in ("o", "t"))
    for row, other in ((one, two), (two, one)):
        off.vbp.make("analysis_inputs", analysis=row["id"], input_series_name="x",
                     input_series_generator=other["id"], column_name="x")  # fmt: skip
        off.vbp.make("analysis_outputs", analysis=row["id"], name="x")
        off.vbp.make("analysis_configs", analysis=row["id"], input_freq="1H", output_freq="1H",
                     script=ANALYZE)  # fmt: skip
        off.vbp.platform.series(row, "x", freq="1H")
    for row in (one, two):
        path = f"odata/analyses/{row['id']}/active"
        assert off.vbp.call("PATCH", path, {"value": True})[0] == 200
    assert off.vbp.act("analyses", one["id"])["status"] == "finished"
    assert all(off.vbp.one("analyses", row["id"])["last_run"] for row in (one, two))
