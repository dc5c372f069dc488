"""What a new demo holds: a person who can sign in, and an account on each sandbox platform."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from dashboard.accounts.models import Person
from dashboard.accounts.services import person_create

EMAIL = "demo@example.org"
ACCOUNTS: Path = settings.DATA / "sandbox.json"
FIRST: Path = settings.DATA / "sandbox-first.json"
PASSWORD: Path = settings.DATA / "demo-password"


def plant(*, address: str, environment: dict[str, str]) -> str:
    """Makes what is not there yet; gives the text to print once the dashboard answers."""
    accounts = waited_for(ACCOUNTS)
    _person()
    _connect(accounts[0], environment)
    lines = [f"  {account['name']}: {_settings(account)}" for account in accounts]
    return "\n".join(
        [
            "",
            f"Tieline is at {address}",
            f"Sign in with {EMAIL} and the password {PASSWORD.read_text()}",
            "",
            "The sandbox platforms' accounts; the first is connected already:",
            *lines,
            "",
            "Ctrl-C stops everything; the data stay.",
            "",
            "",
        ]
    )


def waited_for(file: Path, *, seconds: float = 30) -> list[dict[str, Any]]:
    """The file's rows, once another process has written it. Raises RuntimeError after `seconds`."""
    patience = time.monotonic() + seconds
    while not file.exists():
        if time.monotonic() > patience:
            raise RuntimeError("The sandbox platforms do not start.")
        time.sleep(0.05)  # a poll: a file tells nobody that it is there
    rows: list[dict[str, Any]] = json.loads(file.read_text())
    return rows


def _person() -> None:
    if not PASSWORD.exists():
        PASSWORD.touch(mode=0o600)
        PASSWORD.write_text(secrets.token_urlsafe(9))
    if not Person.objects.filter(email=EMAIL).exists():
        person_create(email=EMAIL, password=PASSWORD.read_text(), name="Demo", staff=True)


def _connect(account: dict[str, Any], environment: dict[str, str]) -> None:
    """In a process of its own, which knows the sandbox's address as an allowed one."""
    FIRST.write_text(json.dumps([account]))
    command = [sys.executable, "manage.py", "connection", "add", "--person", EMAIL]
    command += ["--from", str(FIRST)]
    subprocess.run(
        command, cwd=settings.ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )


def _settings(account: dict[str, Any]) -> str:
    return " · ".join(str(value) for value in account["settings"].values())
