"""Gates, their FTP accounts and files, feeders, importers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ftputil.error import FTPOSError
from judge import Judge
from openergy_wrong import NOWHERE, code, lost
from ovbpclient.exceptions import HttpError

FILE = "date;one;two\n2024-01-01 00:00:00;1,5;2\n2024-01-01 01:00:00;2,5;\n"


def refused(judge: Judge, name: str, call: Callable[[], Any], status: int) -> None:
    """A wrong call that the platform answers with this status."""
    judge.wrong(name, call, lambda error: error.code == status, raises=HttpError)


def judge_all(judge: Judge, client: Any, project: Any) -> None:
    """In a project that holds a gate and an importer, both called `one` and not configured."""
    gate = project.get_gate("one")
    account = _accounts(judge, client, gate)
    _files(judge, account)
    _gate(judge, client, gate)
    _feeders(judge, client, gate)
    _importer(judge, client, project, gate)
    _orders(judge, client, project)
    _deletions(judge, client, project)


def _accounts(judge: Judge, client: Any, gate: Any) -> Any:
    missing = lost(client.gate_ftp_accounts)
    account = judge.right("Gate.get_ftp_account", gate.get_ftp_account, lambda row: row.host == "")
    fresh = client.gates.create(project=gate.project, name="fresh", comment="")
    # Right after its creation a gate has the account's id only, and the client stumbles (3.2).
    judge.wrong("Gate.get_ftp_account", lambda: fresh.get_ftp_account().protocol,
                raises=(AttributeError, TypeError))  # fmt: skip
    judge.wrong("Gate.get_ftputil_client", gate.get_ftputil_client, raises=ValueError)
    judge.broken("Gate.attach_internal_ftp_account", fresh.attach_internal_ftp_account,
                 raises=AttributeError, section="5.3")  # fmt: skip
    fresh.delete()
    judge.right(
        "GateFtpAccount.attach_new_oftp_account",
        account.attach_new_oftp_account,
        lambda _: account.host != "" and account.port > 0 and account.protocol == "ftp",
    )
    refused(judge, "GateFtpAccount.attach_new_oftp_account", missing.attach_new_oftp_account, 404)
    gate.reload()
    judge.right("GateFtpAccount.reload", account.reload,
                lambda _: account.login == gate.ftp_account["login"])  # fmt: skip
    refused(judge, "GateFtpAccount.reload", missing.reload, 404)
    judge.right("GateFtpAccount.get_password", account.get_password, lambda word: len(word) > 8)
    refused(judge, "GateFtpAccount.get_password", missing.get_password, 404)
    judge.right("GateFtpAccount.detail_action", lambda: account.detail_action("get", "password"),
                lambda body: body["password"] == account.get_password())  # fmt: skip
    refused(judge, "GateFtpAccount.detail_action", lambda: account.detail_action("put", "x"), 404)
    # An account goes with its gate; nothing tells that it can go alone: refused [G].
    judge.right("GateFtpAccount.delete", lambda: code(account.delete), lambda status: status == 405)
    refused(judge, "GateFtpAccount.delete", missing.delete, 405)
    return account


def _files(judge: Judge, account: Any) -> None:
    with judge.right("GateFtpAccount.get_ftputil_client", account.get_ftputil_client,
                     lambda host: host.getcwd() == "/") as host:  # fmt: skip
        with host.open("über.csv", "w", encoding="utf-8") as file:
            file.write(FILE)
        host.mkdir("old")
        host.rename("über.csv", "old/a.csv")
        judge.right("GateFtpAccount.list_dir", lambda: account.list_dir("old"),
                    lambda found: [(e.name, e.path, e.type) for e in found]
                    == [("a.csv", "/old/a.csv", "file")])  # fmt: skip
        with host.open("old/a.csv", encoding="utf-8") as file:
            assert file.read() == FILE
        host.remove("old/a.csv")
        host.rmdir("old")
        judge.right("GateFtpAccount.list_dir", account.list_dir, lambda found: found == [])
    refused(judge, "GateFtpAccount.list_dir", lambda: account.list_dir("none"), 400)
    login, account.data["login"] = account.login, "nobody"
    judge.wrong("GateFtpAccount.get_ftputil_client", account.get_ftputil_client, raises=FTPOSError)
    account.data["login"] = login
    account.data["protocol"] = "sftp"
    judge.wrong("GateFtpAccount.get_ftputil_client", account.get_ftputil_client, raises=TypeError)
    outside = {"custom_host": "ftp.example.org", "custom_port": 2121, "custom_protocol": "ftps",
               "custom_login": "us", "password": "secret"}  # fmt: skip
    judge.right("GateFtpAccount.update", lambda: (account.update(**outside), account.reload()),
                lambda _: (account.host, account.port, account.protocol, account.login)
                == ("ftp.example.org", 2121, "ftps", "us"))  # fmt: skip
    refused(judge, "GateFtpAccount.update", lambda: account.update(custom_protocol="http"), 400)
    account.attach_new_oftp_account()


def _gate(judge: Judge, client: Any, gate: Any) -> None:
    missing = lost(client.gates)
    judge.right("Gate.reload", gate.reload, lambda _: gate.rights["can_write"] is True)
    refused(judge, "Gate.reload", missing.reload, 404)
    host = judge.right("Gate.get_ftputil_client", gate.get_ftputil_client,
                       lambda host: host.listdir("/") == [])  # fmt: skip
    with host, host.open("b.csv", "w", encoding="utf-8") as file:
        file.write(FILE)
    judge.right("Gate.update", lambda: gate.update(comment="changed"),
                lambda _: client.gates.retrieve(gate.id).comment == "changed")  # fmt: skip
    refused(judge, "Gate.update", lambda: gate.update(name="x" * 300), 400)
    judge.right("Gate.detail_action", lambda: code(lambda: gate.detail_action("post", "run")),
                lambda status: status == 404)  # fmt: skip
    refused(judge, "Gate.detail_action", lambda: missing.detail_action("post", "run"), 404)


def _feeders(judge: Judge, client: Any, gate: Any) -> None:
    judge.right("Gate.get_base_feeder", gate.get_base_feeder, lambda found: found is None)
    judge.wrong("Gate.run", gate.run, raises=RuntimeError)
    judge.wrong("Gate.activate", gate.activate, raises=RuntimeError)
    judge.right("Gate.deactivate", gate.deactivate, lambda result: result is None)
    feeder = judge.right(
        "Gate.create_base_feeder",
        lambda: gate.create_base_feeder("Europe/Paris", "0 0 0 * * *"),
        lambda row: (row.crontab, row.active) == ("0 0 0 * * *", False),
    )
    refused(judge, "Gate.create_base_feeder", lambda: gate.create_base_feeder("Paris"), 400)
    refused(judge, "Gate.create_base_feeder", gate.create_base_feeder, 400)
    gate.reload()
    judge.right("Gate.activate", gate.activate, lambda _: _active(client, feeder) is True)
    judge.right("Gate.deactivate", gate.deactivate, lambda _: _active(client, feeder) is False)
    judge.wrong("Gate.deactivate", lost(client.gates).deactivate, raises=AttributeError)
    judge.wrong("Gate.get_base_feeder", lost(client.gates).get_base_feeder, raises=AttributeError)
    judge.broken("Gate.run", gate.run, raises=AttributeError, section="5.3")
    judge.broken("BaseFeeder.feed", feeder.feed, raises=AttributeError, section="5.3")
    _feeder(judge, client, feeder)


def _active(client: Any, feeder: Any) -> Any:
    return client.base_feeders.retrieve(feeder.id).active


def _feeder(judge: Judge, client: Any, feeder: Any) -> None:
    missing = lost(client.base_feeders)
    judge.right("BaseFeeder.activate", feeder.activate, lambda _: _active(client, feeder) is True)
    refused(judge, "BaseFeeder.activate", missing.activate, 404)
    judge.right("BaseFeeder.deactivate", feeder.deactivate, lambda _: not _active(client, feeder))
    refused(judge, "BaseFeeder.deactivate", missing.deactivate, 404)
    task = judge.right("BaseFeeder.detail_action", lambda: feeder.detail_action("post", "feed"),
                       lambda body: "status" in body["base"])  # fmt: skip
    refused(judge, "BaseFeeder.detail_action", lambda: missing.detail_action("post", "feed"), 404)
    assert client.base_feeder_tasks.retrieve(task["id"]).base_feeder == feeder.id
    judge.right("BaseFeeder.get_child", feeder.get_child, lambda child: child is None)
    script = "def feed():\n    pass\n"
    child = client.generic_basic_feeders.create(base_feeder=feeder.id, script=script)
    judge.right(
        "BaseFeeder.reload",
        feeder.reload,
        lambda _: (feeder.child_id, feeder.child_model) == (child.id, "genericbasicfeeder"),
    )
    refused(judge, "BaseFeeder.reload", missing.reload, 404)
    judge.right("BaseFeeder.get_child", feeder.get_child, lambda row: row.script == script)
    feeder.data["child_model"] = "otherfeeder"
    judge.wrong("BaseFeeder.get_child", feeder.get_child, raises=RuntimeError)
    judge.right("BaseFeeder.update", lambda: feeder.update(timezone="UTC"),
                lambda _: client.base_feeders.retrieve(feeder.id).timezone == "UTC")  # fmt: skip
    refused(judge, "BaseFeeder.update", lambda: feeder.update(crontab="0 0 * * *"), 400)


def _importer(judge: Judge, client: Any, project: Any, gate: Any) -> None:
    importer = project.get_importer("one")
    missing = lost(client.importers)
    judge.right(
        "Importer.configure",
        lambda: importer.configure(
            gate=gate,
            crontab="0 0 0 1 1 *",
            root_dir_path="/",
            notify_missing_files_nb=0,
            re_run_last_file=False,
        ),
        lambda _: (importer.gate, importer.crontab) == (gate.id, "0 0 0 1 1 *"),
    )
    refused(judge, "Importer.configure", lambda: importer.configure(crontab="hourly"), 400)
    refused(judge, "Importer.configure", lambda: importer.configure(parse_script="def parse("), 400)
    judge.right("Importer.activate", lambda: (importer.activate(), importer.reload()),
                lambda _: importer.active is True)  # fmt: skip
    refused(judge, "Importer.activate", missing.activate, 404)
    judge.right("Importer.deactivate", lambda: (importer.deactivate(), importer.reload()),
                lambda _: importer.active is False)  # fmt: skip
    refused(judge, "Importer.deactivate", missing.deactivate, 404)
    judge.right("Importer.run", lambda: importer.run().wait_for_completion(period=20),
                lambda status: status == "finished")  # fmt: skip
    refused(judge, "Importer.run", missing.run, 404)
    judge.right("Importer.reload", importer.reload,
                lambda _: importer.last_imported_path == "b.csv" and importer.last_run)  # fmt: skip
    refused(judge, "Importer.reload", missing.reload, 404)
    judge.right("Importer.update", lambda: importer.update(comment="read"),
                lambda _: importer.comment == "read")  # fmt: skip
    refused(judge, "Importer.update", lambda: importer.update(gate=NOWHERE), 400)
    judge.right("Importer.detail_action",
                lambda: importer.detail_action("post", "action", data={"name": "run"}),
                lambda body: body["importer"] == importer.id)  # fmt: skip
    refused(
        judge,
        "Importer.detail_action",
        lambda: importer.detail_action("post", "action", data={"name": "jump"}),
        400,
    )


def _orders(judge: Judge, client: Any, project: Any) -> None:
    importer = project.get_importer("one")
    missing = lost(client.importers)
    found = judge.right(
        "Importer.list_all_output_series",
        importer.list_all_output_series,
        lambda rows: sorted(row.name for row in rows) == ["one", "two"],
    )
    judge.wrong("Importer.list_all_output_series", missing.list_all_output_series,
                lambda rows: rows == [])  # fmt: skip
    one = next(row for row in found if row.name == "one")

    def values() -> list[float]:
        return [float(value) for value in one.detail_action("get", "select")["data"]]

    assert values() == [1.5, 2.5]
    judge.right("Importer.clear",
                lambda: importer.clear("2024-01-01T01:00:00").wait_for_completion(period=20),
                lambda _: values() == [1.5])  # fmt: skip
    refused(judge, "Importer.clear", lambda: importer.clear("yesterday"), 400)
    judge.right("Importer.clear", lambda: importer.clear().wait_for_completion(period=20),
                lambda _: values() == [])  # fmt: skip
    judge.right("Importer.reset", lambda: importer.reset().wait_for_completion(period=20),
                lambda _: values() == [1.5, 2.5])  # fmt: skip
    # The client sends the words "last_imported_path" in place of the path (5.3): b.csv is before.
    judge.right(
        "Importer.reset",
        lambda: importer.reset(last_imported_path="a.csv"),
        lambda _: values() == [] and importer.last_imported_path == "last_imported_path",
    )
    refused(judge, "Importer.reset", missing.reset, 404)


def _deletions(judge: Judge, client: Any, project: Any) -> None:
    importer = project.get_importer("one")
    judge.right(
        "Importer.delete",
        importer.delete,
        lambda _: project.list_all_cleaners() == project.list_all_series() == [],
    )
    refused(judge, "Importer.delete", importer.delete, 404)
    gate = project.get_gate("one")
    feeder = gate.get_base_feeder()
    judge.right("BaseFeeder.delete", feeder.delete,
                lambda _: client.gates.retrieve(gate.id).base_feeder is None)  # fmt: skip
    refused(judge, "BaseFeeder.delete", feeder.delete, 404)
    judge.right("Gate.delete", gate.delete, lambda _: project.list_all_gates() == [])
    refused(judge, "Gate.delete", gate.delete, 404)
