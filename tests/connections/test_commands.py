"""`manage.py connection` and `manage.py vault`."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from dashboard.accounts.models import Person
from dashboard.connections import vault
from dashboard.connections.models import Connection, Health
from tests.conformance.memory.server import TOKEN, MemoryServer


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_a_connection_is_added_and_its_sign_in_tested(
    alice: Person, platform: MemoryServer
) -> None:
    url = f"url={platform.url}"
    said = run(
        "connection", "add", "memory", "Plant", url, f"token={TOKEN}", "--person", alice.email
    )
    assert said == "Plant: connected.\n"
    assert Connection.objects.get().health == Health.OK


def test_a_secret_can_come_from_a_file(
    alice: Person, platform: MemoryServer, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    given = [f"url={platform.url}", f"token=@{tmp_path / 'token'}"]
    run("connection", "add", "memory", "Plant", *given, "--person", alice.email)
    assert vault.unseal(Connection.objects.get().sealed) == {"token": TOKEN}


def test_a_file_of_connections_is_added_once(
    alice: Person, platform: MemoryServer, tmp_path: Path
) -> None:
    listed = tmp_path / "accounts.json"
    listed.write_text(
        json.dumps([{"kind": "memory", "name": "Plant", "settings": platform.settings}])
    )
    given = ["connection", "add", "--from", str(listed), "--person", alice.email]
    assert run(*given) == "Plant: connected.\n"
    assert run(*given) == "Plant: exists already.\n"
    assert Connection.objects.count() == 1


def test_an_untested_connection_is_not_checked_yet(alice: Person, platform: MemoryServer) -> None:
    given = ["url=http://127.0.0.1:1", "token=x", "--untested", "--person", alice.email]
    run("connection", "add", "memory", "Later", *given)
    assert Connection.objects.get().health == Health.UNCHECKED


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["nothing", "X"], "There is no kind nothing."),
        (["memory", "X", "token"], "key=value"),
        (["memory", "X", "token=y"], "url: Field required."),
        (["memory", "X", "token=@/nowhere"], "nowhere cannot be read"),
        ([], "Give a kind and a name"),
    ],
)
def test_what_cannot_work_is_told_in_one_sentence(
    alice: Person, platform: MemoryServer, given: list[str], says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        run("connection", "add", *given, "--person", alice.email)


def test_a_wrong_secret_is_told_without_the_secret(alice: Person, platform: MemoryServer) -> None:
    given = [f"url={platform.url}", "token=marker-secret-4f1d"]
    with pytest.raises(CommandError) as told:
        run("connection", "add", "memory", "Plant", *given, "--person", alice.email)
    assert "marker-secret" not in str(told.value)
    assert not Connection.objects.exists()


def test_the_vault_says_whether_its_key_fits(stored: Connection, settings: Any) -> None:
    assert run("vault", "check") == "The vault's keys open all 1 connections.\n"
    settings.VAULT_KEYS = ["another key that is long enough to be one"]
    with pytest.raises(CommandError, match="1 of 1 connections are locked"):
        run("vault", "check")


def test_after_rotating_the_old_key_is_not_needed(stored: Connection, settings: Any) -> None:
    old, new = settings.VAULT_KEYS, "a newer key that is long enough to be one"
    Connection.objects.update(kept=vault.seal({"access": "t"}))
    settings.VAULT_KEYS = [new, *old]
    assert run("vault", "rotate").startswith("2 sealed values")
    settings.VAULT_KEYS = [new]
    row = Connection.objects.get()
    assert vault.unseal(row.sealed) == {"token": TOKEN}
    assert vault.unseal(row.kept) == {"access": "t"}
