"""Raw HTTP to a stand-in of Openergy: nothing between the test and the wire."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import urlencode

from connectors.sandbox.accounts import ADMIN, Person
from tests.sandbox.client import Reply, exchange
from tests.sandbox.server import SandboxServer

BASE = "/api/v2"
TUTORIAL = "Openergy"
FILE = "date,a,b\n2024-01-01 00:00:00,1,10\n2024-01-01 01:00:00,2,\n"


def basic(login: str, password: str) -> str:
    """A Basic header."""
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


class Api:
    """Requests of one person; nobody's without one."""

    def __init__(self, server: SandboxServer, person: Person | None = ADMIN) -> None:
        self._server = server
        self.headers: dict[str, str] = {}
        if person is not None:
            self.headers["Authorization"] = basic(person.email, person.password)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """One request on a connection of its own. A body of bytes is sent as it is."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        fields = dict(self.headers)
        if body is not None:
            fields["Content-Type"] = "application/json"
        target = f"{BASE}/{path}{'?' + urlencode(query, doseq=True) if query else ''}"
        fields |= headers or {}
        return exchange(self._server.port, method, target, content, fields, seconds=30)

    def rows(self, path: str, **filters: Any) -> list[dict[str, Any]]:
        """The first page of a listing."""
        rows: list[dict[str, Any]] = self("GET", f"{path}/", query=filters or None).data["data"]
        return rows

    def one(self, path: str, **filters: Any) -> dict[str, Any]:
        """The only record that fits."""
        (row,) = self.rows(path, **filters)
        return row

    def make(self, path: str, **fields: Any) -> dict[str, Any]:
        """A new record."""
        reply = self("POST", f"{path}/", fields)
        assert reply.status == 201, reply.body
        row: dict[str, Any] = reply.data
        return row

    def project(self, name: str = "test") -> dict[str, Any]:
        """A new project in the tutorial's organization."""
        organization = self.one("oteams/organizations", name=TUTORIAL)["id"]
        return self.make("oteams/projects", organization=organization, name=name)

    def act(self, path: str, row: dict[str, Any], **order: Any) -> dict[str, Any]:
        """Tells a generator something, and waits for the end; answers the task."""
        model = path.rpartition("/")[2].removesuffix("s").replace("analyse", "analysis")
        task = self("POST", f"{path}/{row['id']}/action/", order).data
        return self.ended(f"odata/{model}_tasks", task)

    def ended(self, path: str, task: dict[str, Any]) -> dict[str, Any]:
        """The task when it is over."""
        while task["base"]["status"] in ("pending", "running"):
            time.sleep(0.02)  # as the client polls
            task = self("GET", f"{path}/{task['id']}/").data
        return task

    def values(self, series: dict[str, Any], **query: Any) -> list[Any]:
        """The data of a series."""
        data: list[Any] = self("GET", f"odata/series/{series['id']}/select/", query=query).data[
            "data"
        ]
        return data
