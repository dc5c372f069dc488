# ruff: noqa: DTZ001 - naive times, and the client's own arguments
"""What the judges of cleaners, series and analyses stand on: a project with data by a formula."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from judge import Judge
from ovbpclient import Client, RecordDoesNotExistError
from ovbpclient.exceptions import HttpError

NOBODY = "00000000-0000-4000-8000-000000000000"
START = dt.datetime(2020, 3, 1)
HOURS = pd.date_range(START, periods=48, freq="H")
PARSE = """
import pandas as pd

def parse(content_bytes, rel_path, **tools):
    return pd.read_csv(content_bytes, index_col=0, parse_dates=True)
"""
ANALYZE = """
def analyze(df, **tools):
    result = df.rename(columns={"a": "sum"})[["sum"]]
    result["sum"] = df["a"] + df["b"]
    return result
"""
DOUBLE = "def fct(value):\n    return value * 2\n"
LARGE = "def fct(value):\n    return value > 40\n"
STEEP = "def fct(slope):\n    return slope < 0\n"
SHIFT = "def fct(series):\n    return series + 1000\n"


def inputs() -> pd.DataFrame:
    """`a` rises by one, `b` falls and lacks two hours, `meter` counts two a second."""
    frame = pd.DataFrame({"a": range(48), "b": range(100, 52, -1)}, index=HOURS, dtype=float)
    frame["meter"] = frame["a"] * 7200
    frame.loc[HOURS[10:12], "b"] = None
    return frame


@dataclass
class Stage:
    """What every judgement stands on."""

    judge: Judge
    client: Client
    project: Any
    importer: Any
    cleaner: Any
    folder: str

    def series(self, generator: Any, name: str) -> Any:
        """One series of a generator."""
        return {each.name: each for each in generator.list_all_output_series()}[name]

    def cleaned(self, name: str, **rules: Any) -> pd.Series:
        """What a unitcleaner with these rules makes of `a`, `b` or `meter`; it goes again."""
        external = rules.pop("external_name", "a")
        with contextlib.suppress(RecordDoesNotExistError):
            self.cleaner.get_unitcleaner(external).delete()
        unit = self.cleaner.create_unitcleaner(external, name, **rules)
        found = self.series(self.cleaner, name).select_data()
        unit.delete()
        return found

    def ghost(self, record: Any) -> Any:
        """A record of the same kind that the platform does not have."""
        return record.endpoint.data_to_record({**record.data, "id": NOBODY})


def code(call: Callable[[], Any]) -> int | None:
    """The status that a call is refused with."""
    try:
        call()
    except HttpError as error:
        return int(error.code)
    return None


def said(status: int, word: str = "") -> Callable[[Any], bool]:
    """A check of a refusal."""
    return lambda error: error.code == status and word in error.message


def judge_generator(judge: Judge, kind: str, record: Any) -> None:
    """What every generator can do: be changed, and be told to run."""
    judge.right(
        f"{kind}.update",
        lambda: [record.update(comment="ours"), record.comment],
        lambda saw: saw[1] == "ours",
    )
    judge.wrong(
        f"{kind}.update", lambda: record.update(name=None), said(400, "name"), raises=HttpError
    )
    judge.right(
        f"{kind}.detail_action",
        lambda: record.detail_action("post", "action", data={"name": "run"}),
        lambda task: task["base"]["status"] in ("pending", "running", "finished"),
    )


def same(found: pd.Series, values: list[float], first: str, step: str) -> bool:
    """Whether a series has exactly these values at these times."""
    times = pd.date_range(first, periods=len(values), freq=step)
    return found.index.equals(times) and found.fillna(-1).tolist() == values


def staged(judge: Judge, client: Client, project: Any, folder: str) -> Stage:
    """A gate with a file, an importer that has read it, and its cleaner."""
    gate = project.create_gate("gate", comment="")
    account = client.gate_ftp_accounts.data_to_record({"id": gate.ftp_account})
    account.detail_action("post", "attach_new_oftp_account")
    gate.reload()
    with gate.get_ftputil_client() as ftp, ftp.open("first.csv", "w") as file:
        file.write(inputs().to_csv())
    importer = project.create_importer("data", comment="")
    importer.configure(gate, parse_script=PARSE)
    importer.run().wait_for_completion(period=50)
    cleaner = project.get_cleaner("data")
    return Stage(judge, client, project, importer, cleaner, folder)
