"""Series exports: a zip of CSV files in the user's own FTP home (section 3.7)."""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from connectors.sandbox.clock import EPOCH, MICROSECOND
from connectors.sandbox.openergy import exportfields, resources, tasks
from connectors.sandbox.openergy.actions import ACTIONS
from connectors.sandbox.openergy.call import Call, Platform
from connectors.sandbox.openergy.columns import Column, columns
from connectors.sandbox.openergy.exportfields import Wanted
from connectors.sandbox.zones import SECOND, Instants

TASKS = "odata/series_export_tasks"
FOLDER = "/series_exports"
LINES = 50_000
UNSAFE = str.maketrans(dict.fromkeys('-/\\:*?"<>|\r\n\t\0', " "))
"""What a file name shows as a space: the hyphen [D], and what file systems refuse [G]."""


@ACTIONS.listing("odata/series", "export")
def export(call: Call) -> Any:
    """Starts an export; the file is there before the task is finished."""
    wanted = exportfields.wanted(call)
    account = _account(call)
    started = tasks.start(call.platform, TASKS, {"user": call.actor.user["id"]}, name="export",
                          work=partial(_put, call.platform, account, wanted))  # fmt: skip
    return resources.task_answer(call, TASKS, started)


def _account(call: Call) -> str:
    user = call.platform.one("odata/users", call.actor.user["odata"])
    return str(user["ftp_account"])


def _put(platform: Platform, account: str, wanted: Wanted) -> None:
    """Writes the zip. Its name sorts by time, so the newest is the last (6.5)."""
    moment = (EPOCH + platform.clock.now_us() * MICROSECOND).strftime("%Y%m%dT%H%M%S.%fZ")
    name = f"export_{moment}_{secrets.token_hex(4)}.zip"
    if platform.homes.find(account, FOLDER) is None:
        platform.homes.make_directory(account, FOLDER)
    platform.homes.write(account, f"{FOLDER}/{name}", zipped(platform, wanted))


def zipped(platform: Platform, wanted: Wanted) -> bytes:
    """The content of the zip."""
    found = columns(platform, wanted)
    if wanted.frame:
        files: Iterator[tuple[str, Sequence[Column]]] = iter([("dataframe", found)])
    else:
        files = ((column.label, [column]) for column in found)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as box:
        taken: set[str] = set()
        for label, side in files:
            for suffix, low, high in _periods(wanted, side):
                with box.open(_named(f"{label}{suffix}", taken), "w") as file:
                    for text in _lines(wanted, side, low, high):
                        file.write(text.encode())
    return held.getvalue()


def _named(label: str, taken: set[str]) -> str:
    """A file name that is not taken yet."""
    plain = label.translate(UNSAFE)
    name, number = f"{plain}.csv", 2
    while name in taken:
        name, number = f"{plain} {number}.csv", number + 1
    taken.add(name)
    return name


def _periods(wanted: Wanted, side: Sequence[Column]) -> Iterator[tuple[str, int, int]]:
    """The pieces of a file: one, or one for each period of `time_grouper` that has data [G]."""
    times = _stamps(side)
    if wanted.grouper is None or not times.size:
        yield "", 0, times.size
        return
    starts, first = np.unique(wanted.grouper.floor(times), return_index=True)
    ends = [*first[1:].tolist(), times.size]
    for start, low, high in zip(starts.tolist(), first.tolist(), ends, strict=True):
        yield f" {_texts(np.array([start]))[0].replace(':', '')}", low, high


def _stamps(side: Sequence[Column]) -> Instants:
    """The stamps of a file: those of its columns together."""
    if not side:
        return np.empty(0, dtype=np.int64)
    return np.unique(np.concatenate([column.times for column in side]))


def _lines(wanted: Wanted, side: Sequence[Column], low: int, high: int) -> Iterator[str]:
    heads = [_quoted(column.label.translate(UNSAFE), wanted.sep) for column in side]
    tags = ["tags"] if wanted.with_tags else []
    yield wanted.sep.join(["date", *heads, *tags]) + "\n"
    stamps = _stamps(side)[low:high]
    for at in range(0, stamps.size, LINES):
        yield _block(wanted, side, stamps[at : at + LINES])


def _block(wanted: Wanted, side: Sequence[Column], stamps: Instants) -> str:
    parts = [_texts(stamps), *(_cells(wanted, column, stamps) for column in side)]
    if wanted.with_tags:
        parts.append([""] * stamps.size)
    return "".join(f"{wanted.sep.join(row)}\n" for row in zip(*parts, strict=True))


def _cells(wanted: Wanted, column: Column, stamps: Instants) -> list[str]:
    """One column at some stamps: empty where it has no value."""
    if not column.times.size:
        return [""] * stamps.size
    places = np.minimum(np.searchsorted(column.times, stamps), column.times.size - 1)
    held = column.times[places] == stamps
    values = column.values[places].tolist()
    return [
        _number(value, wanted.decimal) if there else ""
        for value, there in zip(values, held.tolist(), strict=True)
    ]


def _number(value: float, decimal: str) -> str:
    return repr(value).replace(".", decimal)


def _texts(times: Instants) -> list[str]:
    """`2012-01-01 00:00:00`, with microseconds only where there are any."""
    whole = np.datetime_as_string((times // SECOND).astype("M8[s]")).tolist()
    parts = (times % SECOND).tolist()
    return [
        f"{text.replace('T', ' ')}{f'.{part:06d}' if part else ''}"
        for text, part in zip(whole, parts, strict=True)
    ]


def _quoted(text: str, sep: str) -> str:
    if sep not in text and '"' not in text:
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
