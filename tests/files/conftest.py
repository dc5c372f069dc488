"""A box of files in a workspace, and the small platform, which takes files too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.accounts.models import Person, Workspace
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_add
from dashboard.operations.models import Call
from dashboard.operations.services import call_run
from tests.connections.conftest import platform, stored

__all__ = ["platform", "stored"]

LOCAL = (
    "Zeit;Leistung [kW];Außen (°C)\r\n"
    "27.10.2024 01:00;1.234,5;3,25\r\n"
    "27.10.2024 02:00;2,5;3\r\n"
    "27.10.2024 02:00;3,5;2,75\r\n"
    "27.10.2024 03:00;4,5;kaputt\r\n"
).encode("cp1252")
"""What a spreadsheet in Berlin makes of the night in which the clocks go back."""


@pytest.fixture
def owner(alice: Person, client_of: Callable[[Person], Client]) -> Client:
    return client_of(alice)


@pytest.fixture
def viewer(bob: Person, client_of: Callable[[Person], Client]) -> Client:
    return client_of(bob)


@pytest.fixture
def box(workspace: Workspace) -> Connection:
    return connection_add(
        workspace=workspace,
        kind="filebox",
        name="Readings",
        values={"box": "Caretaker", "zone": "Europe/Berlin"},
        tested=True,
    )


def sent(client: Client, connection: Connection, name: str, content: bytes, **more: Any) -> Any:
    """Sends the form of an upload into the box."""
    file = SimpleUploadedFile(name, content, "text/csv")
    folder = more.pop("folder", "box")
    return client.post(f"/files/{connection.pk}/upload/?id={folder}", {"file": file}, **more)


def file_of(answer: Any) -> str:
    """The file that an upload led to."""
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"]).partition("node=")[2].replace("%2F", "/")


def describe(client: Client, connection: Connection, file: str, **values: str) -> Call:
    """Sends the form with these values and does what a worker would."""
    typed = {f"value-{name}": value for name, value in values.items()}
    address = f"/functions/{connection.pk}/do/file.describe/?node={file}"
    answer = client.post(address, {"once": str(uuid4()), "value-file": file} | typed)
    assert answer.status_code == 302, answer.content.decode()
    call = Call.objects.get(pk=UUID(answer["Location"].rstrip("/").rpartition("/")[2]))
    call_run(call, seconds=30)
    call.refresh_from_db()
    return call
