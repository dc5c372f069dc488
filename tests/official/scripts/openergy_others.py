"""Users, tasks, series as records, and the functions that send nothing."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import ovbpclient
from judge import Judge
from openergy_wrong import code, lost, stranger
from ovbpclient import json as client_json
from ovbpclient import rest_client, util
from ovbpclient.exceptions import HttpError, TaskDidNotFinishSuccessfully


def judge_all(judge: Judge, client: Any, project: Any) -> None:
    """In a project that holds an importer called `one` without a gate."""
    _users(judge, client)
    _tasks(judge, client, project)
    _series(judge, client)
    _plain(judge, client)


def _users(judge: Judge, client: Any) -> None:
    user = client.users.retrieve("me")
    missing = lost(client.users)
    judge.right("User.reload", user.reload, lambda _: user.login == "admin@sandbox.example")
    judge.wrong("User.reload", missing.reload, lambda e: e.code == 404, raises=HttpError)
    judge.right("User.update", lambda: user.update(first_name="Adele"),
                lambda _: client.users.retrieve("me").first_name == "Adele")  # fmt: skip
    judge.wrong("User.update", lambda: user.update(first_name=[1]), lambda e: e.code == 400,
                raises=HttpError)  # fmt: skip
    user.update(first_name="Ada")
    judge.right("User.delete", lambda: code(user.delete), lambda status: status == 405)
    judge.wrong("User.delete", lambda: stranger(client).users.data_to_record(user.data).delete(),
                lambda e: e.code == 401, raises=HttpError)  # fmt: skip
    judge.right("User.detail_action", lambda: code(lambda: user.detail_action("get", "me")),
                lambda status: status == 404)  # fmt: skip
    judge.wrong("User.detail_action", lambda: missing.detail_action("get", "me"),
                raises=HttpError)  # fmt: skip
    judge.right("User.get_odata_user", user.get_odata_user,
                lambda row: row.id == user.odata and row.base == user.id)  # fmt: skip
    judge.wrong("User.get_odata_user", missing.get_odata_user, raises=AttributeError)
    judge.right("User.get_odata_ftp_account", user.get_odata_ftp_account,
                lambda row: row.login == "user-admin" and row.host != "")  # fmt: skip
    judge.wrong("User.get_odata_ftp_account", missing.get_odata_ftp_account,
                raises=AttributeError)  # fmt: skip


def _tasks(judge: Judge, client: Any, project: Any) -> None:
    importer = project.get_importer("one")
    task = client.importers.list(limit=1)[0].run()
    missing = lost(client.importer_tasks)
    judge.right("Task.wait_for_completion", lambda: task.wait_for_completion(period=20),
                lambda status: status == "finished")  # fmt: skip
    judge.wrong("Task.wait_for_completion", lambda: importer.run().wait_for_completion(period=20),
                lambda e: e.status == "failed", raises=TaskDidNotFinishSuccessfully)  # fmt: skip
    judge.right("Task.reload", task.reload, lambda _: task.base["progress"] == 100)
    judge.wrong("Task.reload", missing.reload, lambda e: e.code == 404, raises=HttpError)
    theirs = stranger(client).importer_tasks.data_to_record(task.data)
    for name, call in (("update", lambda row: row.update(name="x")),
                       ("delete", lambda row: row.delete())):  # fmt: skip
        judge.right(f"Task.{name}", lambda c=call: code(lambda: c(task)),
                    lambda status: status == 405)  # fmt: skip
        judge.wrong(f"Task.{name}", lambda c=call: c(theirs), lambda e: e.code == 401,
                    raises=HttpError)  # fmt: skip
    judge.right("Task.detail_action", lambda: code(lambda: task.detail_action("post", "cancel")),
                lambda status: status == 404)  # fmt: skip
    judge.wrong("Task.detail_action", lambda: missing.detail_action("post", "x"), raises=HttpError)


def _series(judge: Judge, client: Any) -> None:
    series = client.series.list(limit=1)[0]
    missing = lost(client.series)
    judge.right("Series.reload", series.reload, lambda _: series.rights["can_read"] is True)
    judge.wrong("Series.reload", missing.reload, lambda e: e.code == 404, raises=HttpError)
    judge.right("Series.update", lambda: code(lambda: series.update(name="x")),
                lambda status: status == 405)  # fmt: skip
    judge.right("Series.delete", lambda: code(series.delete), lambda status: status == 405)
    theirs = stranger(client).series.data_to_record(series.data)
    judge.wrong("Series.update", lambda: theirs.update(name="x"), lambda e: e.code == 401,
                raises=HttpError)  # fmt: skip
    judge.wrong("Series.delete", theirs.delete, lambda e: e.code == 401, raises=HttpError)
    day = {"start": "2016-01-01T00:00:00", "end": "2016-01-01T05:00:00"}
    judge.right("Series.detail_action",
                lambda: series.detail_action("get", "select", params=day),
                lambda body: len(body["index"]) == len(body["data"]) == 6)  # fmt: skip
    judge.wrong("Series.detail_action",
                lambda: series.detail_action("get", "select", params={"start": "tomorrow"}),
                lambda e: e.code == 400, raises=HttpError)  # fmt: skip


def _plain(judge: Judge, client: Any) -> None:
    """What sends nothing, or handles an answer that is there already."""
    rest = client.rest_client
    good = rest.session.get(f"{rest.base_url}/oteams/users/me/")
    bad = rest.session.get(f"{rest.base_url}/odata/none/")
    judge.right("rest_client.check_rep", lambda: rest_client.check_rep(good), lambda r: r is None)
    judge.wrong("rest_client.check_rep", lambda: rest_client.check_rep(bad), raises=HttpError)
    judge.right("rest_client.rep_to_json", lambda: rest_client.rep_to_json(good),
                lambda body: body["login"] == "admin@sandbox.example")  # fmt: skip
    judge.wrong("rest_client.rep_to_json", lambda: rest_client.rep_to_json(bad), raises=HttpError)
    judge.right("util.get_one_and_only_one", lambda: util.get_one_and_only_one([7]),
                lambda found: found == 7)  # fmt: skip
    judge.wrong("util.get_one_and_only_one", lambda: util.get_one_and_only_one([1, 2]),
                raises=ovbpclient.MultipleRecordsReturnedError)  # fmt: skip
    moment = datetime.fromisoformat("2020-04-16T15:14:59.248897")
    text = '{"at": "2020-04-16T15:14:59.248897Z"}'
    judge.right("json.json_dumps", lambda: client_json.json_dumps({"at": moment}),
                lambda found: found == text)  # fmt: skip
    judge.wrong("json.json_dumps", lambda: client_json.json_dumps(object()), raises=TypeError)
    judge.right("json.json_loads", lambda: client_json.json_loads(text),
                lambda found: found["at"] == moment)  # fmt: skip
    judge.wrong("json.json_loads", lambda: client_json.json_loads("{"), raises=ValueError)
    path = Path(tempfile.mkdtemp()) / "x.json"
    judge.right("json.json_dump", lambda: client_json.json_dump([1], str(path)),
                lambda _: path.read_text() == "[1]")  # fmt: skip
    judge.wrong("json.json_dump", lambda: client_json.json_dump([1], str(path / "y")),
                raises=OSError)  # fmt: skip
    judge.right("json.json_load", lambda: client_json.json_load(str(path)), lambda r: r == [1])
    judge.wrong("json.json_load", lambda: client_json.json_load(str(path / "y")), raises=OSError)
