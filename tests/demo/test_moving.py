"""A sandbox that had to take other ports, because another program has the old ones."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.accounts.models import Workspace
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_add
from dashboard.demo.seed import follow

pytestmark = pytest.mark.django_db

KIND, NAME = "bemserver", "Sandbox BEMServer"


def offer(port: int) -> dict[str, Any]:
    settings = {"url": f"http://127.0.0.1:{port}", "email": "a@example.org", "password": "secret"}
    return {"kind": KIND, "name": NAME, "settings": settings}


@pytest.fixture
def connection() -> Connection:
    workspace = Workspace.objects.create(name="Demo")
    values = offer(8101)["settings"]
    return connection_add(workspace=workspace, kind=KIND, name=NAME, values=values, tested=False)


def moved(connection: Connection) -> dict[str, Any]:
    """The settings after the sandbox went from port 8101 to 9000."""
    follow(connection.workspace, before=[offer(8101)], now=[offer(9000)])
    connection.refresh_from_db()
    return dict(connection.settings)


def test_a_connection_goes_along_and_keeps_the_rest(connection: Connection) -> None:
    settings = connection.settings
    assert moved(connection) == settings | {"url": "http://127.0.0.1:9000"}


def test_an_address_that_somebody_typed_stays(connection: Connection) -> None:
    connection.settings |= {"url": "http://127.0.0.1:7000"}
    connection.save()
    assert moved(connection)["url"] == "http://127.0.0.1:7000"


def test_a_connection_by_another_name_stays(connection: Connection) -> None:
    connection.name = "Ours"
    connection.save()
    assert moved(connection)["url"] == "http://127.0.0.1:8101"
