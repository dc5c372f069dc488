"""The vendor's tutorial (ovbpclient 1.5.2), whole: what it prints is what the vendor printed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from connectors.sandbox.accounts import ADMIN
from connectors.sandbox.openergy.settings import Settings
from tests.official.clients import client_python, run_script
from tests.sandbox.server import SandboxServer

ORGANIZATION = "Openergy"
RUNS = ("empty project", "as printed")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
DAY = re.compile(r"\b20\d\d-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?\b")

HOURS = "\n".join(f"2012-01-01 {hour:02d}:00:00  1.0  2.0  3.0" for hour in range(6, 13))
IMPORTER_FRAME = f"                       a    b    c\n{HOURS}"
ONE_SERIES = "\n".join(
    [*(f"2012-01-01 {hour:02d}:00:00    3.0" for hour in range(5)), "dtype: float64"]
)
CLEANER_FRAME = """\
                     c-cleaned  b-cleaned  a-cleaned
2012-01-01 01:00:00        3.0        2.0        1.0
2012-01-01 02:00:00        3.0        2.0        1.0
2012-01-01 03:00:00        3.0        2.0        1.0
2012-01-01 04:00:00        3.0        2.0        1.0"""
ANALYSIS_FRAME = """\
                     a-output
2012-01-01 03:00:00       1.5
2012-01-01 06:00:00       1.5
2012-01-01 09:00:00       1.5
2012-01-01 12:00:00       1.5
2012-01-01 15:00:00       1.5
2012-01-01 18:00:00       1.5"""
EXPORTED_ROWS = "\n".join(
    f"2012-01-01 {hour:02d}:00:00                      1.0  ...                             3.0"
    for hour in range(3, 21)
)
EXPORTED_FRAME = f"""\
                     a [importer=importer a]  ...  c cleaned [cleaner=importer a]
{EXPORTED_ROWS}

[18 rows x 7 columns]"""
EXPORTED = [
    "a [importer=importer a]",
    "a cleaned [cleaner=importer a]",
    "a output [analysis=analysis a]",
    "b [importer=importer a]",
    "b cleaned [cleaner=importer a]",
    "c [importer=importer a]",
    "c cleaned [cleaner=importer a]",
]
PRINTED = {
    "importer frame": IMPORTER_FRAME,
    "one series": ONE_SERIES,
    "cleaner frame": CLEANER_FRAME,
    "analysis frame": ANALYSIS_FRAME,
    "exported frame": EXPORTED_FRAME,
    "exported": EXPORTED,
}
"""In section 7's order; the same on the first run and on every later one."""

PROJECT: dict[str, Any] = {
    "id": "#", "rights": None, "odata": "#", "obuildings": "#", "is_visible": True,
    "organization": {
        "id": "#", "rights": None, "name": ORGANIZATION, "comment": "",
        "control_affiliations": False, "log_activity": False, "ftp_account": "#",
    },
    "name": "Ovbpclient documentation", "comment": "", "private_comment": "",
    "creation_date": "day", "display_buildings": False,
}  # fmt: skip
PARSE = (
    "\nimport pandas as pd\n\ndef parse(content_bytes, rel_path, **tools):\n"
    "    return pd.read_json(content_bytes)\n\n"
)
IMPORTER: dict[str, Any] = {
    "id": "#", "rights": None, "active": False, "name": "importer-a",
    "comment": "documentation importer", "model": "importer", "crontab": "0 0 0 1 1 *",
    "auto_partial_reset": False, "parse_script": PARSE, "root_dir_path": "/",
    "re_run_last_file": False, "notify_missing_files_nb": 0, "max_ante_scanned_files_nb": 0,
    "last_run": "moment", "last_clear": "moment", "last_imported_path": "first.json",
    "latest_imported_mdate": "day", "project": "#", "gate": "#",
}  # fmt: skip
CLEANER: dict[str, Any] = {
    "id": "#", "rights": None, "name": "importer-a", "comment": "", "model": "cleaner",
    "last_run": "moment", "last_clear": "moment", "project": "#", "related_importer": "#",
}  # fmt: skip
ANALYSIS: dict[str, Any] = {
    "id": "#", "rights": None, "analysisconfig": "#", "active": True, "name": "analysis-a",
    "comment": "documentation analysis", "model": "analysis", "last_run": "moment",
    "last_clear": "moment", "project": "#",
}  # fmt: skip
CONFIG: dict[str, Any] = {
    "id": "#", "rights": None, "output_tags": [], "clock": "tzt",
    "output_timezone": "Europe/Paris", "start_with_first": False, "wait_for_last": False,
    "input_freq": "3H", "output_freq": "3H", "custom_before_offset": None,
    "custom_after_offset": None, "before_offset_strict_mode": False, "with_tags": False,
    "script": '\nimport pandas as pd\n\ndef analyze(df, **tools):\n'
              '    return pd.DataFrame({"a-output": df.mean(axis=1)})\n\n',
    "script_method": "array", "wait_offset": "6H", "custom_delay": None, "analysis": "#",
}  # fmt: skip
RELOADED: dict[str, Any] = {
    "id": "#",
    "rights": {"can_delete": True, "can_read": True, "can_admin": True, "can_write": True},
    "analysisconfig": CONFIG, "active": True, "is_obsolete": False,
    "unresolved_notifications_nb": 1, "name": "analysis-a", "comment": "documentation analysis",
    "model": "analysis", "last_run": "moment", "last_clear": "moment", "project": "#",
}  # fmt: skip
RECORDS: dict[str, Any] = {
    "project": ["<oteams/projects: Ovbpclient documentation (#)>", PROJECT],
    "importer": ["<odata/importers: importer-a (#)>", IMPORTER],
    "importer series": [f"<odata/series: {name} (#)>" for name in "abc"],
    "cleaner": ["<odata/cleaners: importer-a (#)>", CLEANER],
    "unitcleaners": [f"<odata/unitcleaners: {name}-cleaned (#)>" for name in "abc"],
    "cleaner series": [f"<odata/series: {name}-cleaned (#)>" for name in "abc"],
    "analysis": ["<odata/analyses: analysis-a (#)>", ANALYSIS],
    "analysis inputs": ["<odata/analysis_inputs: #>"] * 2,
    "analysis outputs": ["<odata/analysis_outputs: a-output (#)>"],
    "analysis reloaded": RELOADED,
    "gates": ["<odata/gates: gate (#)>"],
    "importers": ["<odata/importers: importer-a (#)>"],
    "cleaners": ["<odata/cleaners: importer-a (#)>"],
    "analyses": ["<odata/analyses: analysis-a (#)>", "<odata/analyses: metadata-test (#)>"],
    "notifications": ["<odata/notifications: Analysis obsolete (#)>"],
}
"""As printed, with ids as # and times as words; the series in our order, for theirs is free."""


def masked(saw: Any) -> str:
    """Ids and days without what differs from one day to the next."""
    return DAY.sub("day", UUID.sub("#", json.dumps(saw)))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each run of the tutorial printed, by step."""
    python = client_python("requirements-openergy-1.5.2.txt")
    folder = tmp_path_factory.mktemp("tutorial")
    auth = folder / "auth.txt"
    auth.write_text(f"{ADMIN.email}\n{ADMIN.password}\n")
    settings = Settings(script_python=str(python), instant=True)
    with SandboxServer("openergy", settings={"openergy": settings}) as server:
        lines = run_script(
            python, "openergy_tutorial.py", f"{server.url}/api/v2", ORGANIZATION, str(auth),
            str(folder), seconds=300,
        )  # fmt: skip
    steps = [line["step"] for line in lines]
    again = steps.index("again")
    parts = lines[:again], lines[again:]
    return {
        name: {line["step"]: line["saw"] for line in part}
        for name, part in zip(RUNS, parts, strict=True)
    }


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("step", PRINTED)
def test_every_printed_frame_equals_the_vendors(
    runs: dict[str, dict[str, Any]], run: str, step: str
) -> None:
    assert runs[run][step] == PRINTED[step]


@pytest.mark.parametrize("step", RECORDS)
def test_every_printed_record_equals_the_vendors(
    runs: dict[str, dict[str, Any]], step: str
) -> None:
    """Values and the order of keys; the vendor printed a project that had been used before."""
    assert masked(runs["as printed"][step]) == json.dumps(RECORDS[step])


def test_an_empty_project_is_filled_by_the_tutorial_itself(runs: dict[str, dict[str, Any]]) -> None:
    first = runs["empty project"]
    assert first["no project yet"]
    assert first["no gate yet"]
    assert first["attached"] == [True, True, True]
    assert first["uploaded"] == [["first.json", "file"]]
    assert first["importer"][1]["last_run"] is None
    assert first["importer"][1]["parse_script"] == PARSE
    assert first["analysis"][1]["analysisconfig"] is None
    assert first["notifications"] == []


def test_the_gates_own_attach_call_fails_before_any_request(
    runs: dict[str, dict[str, Any]],
) -> None:
    """Section 3.2: it calls a method that no release has."""
    assert runs["empty project"]["attach"] == ["attach_internal_ftp_account not found", []]


@pytest.mark.parametrize("run", RUNS)
def test_an_unmarked_workbook_writes_nothing(runs: dict[str, dict[str, Any]], run: str) -> None:
    assert runs[run]["excel writes"] == []


@pytest.mark.parametrize("run", RUNS)
def test_deleted_unitcleaners_leave_their_inputs_unconfigured(
    runs: dict[str, dict[str, Any]], run: str
) -> None:
    assert runs[run]["unitcleaners left"] == 0
    assert runs[run]["unlinked"] == [None, None, None]


@pytest.mark.parametrize("run", RUNS)
def test_the_exported_frame_holds_the_seven_series(
    runs: dict[str, dict[str, Any]], run: str
) -> None:
    """The printed frame shows two of its columns only."""
    values = [1.0, 1.0, 1.5, 2.0, 2.0, 3.0, 3.0]
    assert runs[run]["exported columns"] == [EXPORTED, values, values]
