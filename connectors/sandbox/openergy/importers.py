"""Importers: they read the files of a gate into raw series (sections 2.7, 3.3)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from typing import Any

from connectors.sandbox.openergy import csvfiles, orders, resources, scripts, tasks
from connectors.sandbox.openergy.actions import ACTIONS
from connectors.sandbox.openergy.call import Call, Event, Platform, Record
from connectors.sandbox.openergy.homes import Entry, tidy
from connectors.sandbox.openergy.moments import read_moment, wire_second
from connectors.sandbox.openergy.scripts import Parsed

PATH = "odata/importers"
TASKS = "odata/importer_tasks"
INPUTS = "odata/importer_series"
SETUP = ("gate", "parse_script", "root_dir_path")
FAILED = "Importer failed"
MISSING = "Missing files"


@ACTIONS.detail(PATH, "action")
def action(call: Call, row: Record) -> Any:
    """`run`, `clear` or `reset`; answers the task."""
    order = orders.asked(call)

    def work() -> None:
        if order.name == "run":
            run(call.platform, row["id"])
        elif order.name == "clear":
            clear(call.platform, row["id"], since=order.since)
        else:
            reset(call.platform, row["id"], since=order.since)

    started = tasks.start(call.platform, TASKS, {"importer": row["id"]}, name=order.name, work=work)
    return resources.task_answer(call, TASKS, started)


@ACTIONS.after(PATH)
def _follow(platform: Platform, event: Event, importer: Record) -> None:
    """Another gate or script makes the outputs void [O]."""
    if event != "changed" or "_setup" not in importer or importer["_setup"] == _setup(importer):
        return
    platform.change(PATH, importer["id"], _setup=_setup(importer), last_imported_path=None,
                    latest_imported_mdate=None, _reached=None)  # fmt: skip
    clear(platform, importer["id"])


def _setup(importer: Record) -> list[Any]:
    return [importer[name] for name in SETUP]


def clear(platform: Platform, importer_id: str, *, since: int | None = None) -> None:
    """Empties the output series, from an instant on where one is given."""
    importer = orders.emptied(platform, platform.one(PATH, importer_id), since)
    ACTIONS.fire(platform, PATH, "data", importer)


def reset(platform: Platform, importer_id: str, *, since: int | None = None) -> None:
    """Clears, then reads the files again: all, or those after a path that was set by hand [G]."""
    importer = orders.emptied(platform, platform.one(PATH, importer_id), since)
    path = importer["last_imported_path"]
    after = path if path != importer.get("_reached") else None
    platform.change(PATH, importer_id, last_imported_path=after, latest_imported_mdate=None)
    run(platform, importer_id, since=since)


def run(platform: Platform, importer_id: str, *, since: int | None = None) -> None:
    """Reads the files that are new. Raises TaskFailed, after a notification, where it cannot."""
    importer = platform.change(PATH, importer_id, last_run=platform.now())
    platform.change(PATH, importer_id, _setup=_setup(importer))
    try:
        _read_files(platform, importer, since)
    except tasks.TaskFailed as failure:
        platform.notify(importer["project"], FAILED, f"importer:{importer_id}", str(failure))
        raise
    finally:
        ACTIONS.fire(platform, PATH, "data", platform.one(PATH, importer_id))


def _read_files(platform: Platform, importer: Record, since: int | None) -> None:
    account = _account(platform, importer)
    root = tidy(importer["root_dir_path"] or "/")
    files = [(posixpath.relpath(f.path, root), f) for f in platform.homes.files(account, root)]
    new = list(_new(importer, files))
    if len(new) < importer["notify_missing_files_nb"]:
        platform.notify(importer["project"], MISSING, f"importer:{importer['id']}",
                        f"{len(new)} new files were found.")  # fmt: skip
    for path, file in new:
        content = platform.homes.read(account, file.path)
        _keep(platform, importer, _parsed(platform, importer, content, path), since)
        _reach(platform, importer["id"], path, file)


def _reach(platform: Platform, importer_id: str, path: str, file: Entry) -> None:
    """A file that came late does not turn the importer back."""
    held = platform.one(PATH, importer_id)
    reached = max(path, held["last_imported_path"] or "")
    mdate = max(wire_second(file.modified), held["latest_imported_mdate"] or "")
    platform.change(PATH, importer_id, last_imported_path=reached, _reached=reached,
                    latest_imported_mdate=mdate)  # fmt: skip


def _account(platform: Platform, importer: Record) -> str:
    """The account of the importer's gate. Raises TaskFailed."""
    gate = platform.get("odata/gates", importer["gate"])
    if gate is None:
        raise tasks.TaskFailed("The importer has no gate.")
    account = platform.one("odata/gate_ftp_accounts", gate["ftp_account"])
    if account["custom_host"]:
        raise tasks.TaskFailed("The gate's server cannot be reached from a sandbox.")
    if not account["attached"]:
        raise tasks.TaskFailed("The gate has no FTP account yet.")
    return str(account["id"])


def _new(importer: Record, files: Sequence[tuple[str, Entry]]) -> Iterable[tuple[str, Entry]]:
    """Files after the last one that was read; that one again, and late ones before, if asked [G].

    Late are those of the `max_ante_scanned_files_nb` before it that are newer than what was read.
    """
    last = importer["last_imported_path"]
    if last is None:
        return files
    before = [each for each in files if each[0] < last]
    seen = importer["latest_imported_mdate"]
    nearest = before[len(before) - min(importer["max_ante_scanned_files_nb"], len(before)) :]
    late = [each for each in nearest if seen is not None and _later(each[1], seen)]
    again = [each for each in files if each[0] == last and importer["re_run_last_file"]]
    return [*late, *again, *(each for each in files if each[0] > last)]


def _later(file: Entry, seen: str) -> bool:
    return file.modified // 1_000_000 * 1_000_000 > read_moment(seen)


def _parsed(platform: Platform, importer: Record, content: bytes, path: str) -> list[Parsed]:
    """The series of one file. Raises TaskFailed."""
    try:
        if importer["parse_script"] is None:
            return csvfiles.parse(content)
        return scripts.parse(platform, importer["parse_script"], content, path)
    except (csvfiles.FormatError, scripts.ScriptError) as problem:
        raise tasks.TaskFailed(f"{path}: {problem}") from None


def _keep(
    platform: Platform, importer: Record, columns: Sequence[Parsed], since: int | None
) -> None:
    """Writes the samples; a series that is new appears among the outputs and the inputs."""
    for column in columns:
        series = platform.series(importer, column.name)
        if next(platform.where(INPUTS, generator=importer["id"], external_name=column.name),
                None) is None:  # fmt: skip
            platform.add(INPUTS, generator=importer["id"], name=column.name,
                         external_name=column.name)  # fmt: skip
        kept = slice(None) if since is None else column.times >= since
        platform.samples.write(series["otsdb_pk"], column.times[kept], column.values[kept],
                               overwrite=True)  # fmt: skip
