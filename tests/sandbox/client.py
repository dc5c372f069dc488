"""Raw HTTP to a sandbox: nothing between the test and the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from connectors.sandbox.bemserver.seed import Account
from tests.sandbox.server import SandboxServer


@dataclass(frozen=True)
class Reply:
    """One answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def exchange(
    port: int,
    method: str,
    target: str,
    body: bytes | Iterable[bytes] | None,
    headers: Mapping[str, str],
    *,
    host: str = "127.0.0.1",
    seconds: float = 20.0,
) -> Reply:
    """One request on a connection of its own. Raises what breaks."""
    connection = HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request(method, target, body, dict(headers))
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, names, answer.read())
    finally:
        connection.close()


class Raw:
    """Requests to one sandbox, with or without a token."""

    def __init__(self, server: SandboxServer, account: Account | None = None) -> None:
        self._port = server.port
        self.token: str | None = None
        self.refresh: str | None = None
        if account is not None:
            body = {"email": account.email, "password": account.password}
            pair = self("POST", "/auth/token", body).data
            self.token, self.refresh = pair["access_token"], pair["refresh_token"]

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
        fields = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if body is not None:
            fields["Content-Type"] = "application/json"
        target = f"{path}?{urlencode(query, doseq=True)}" if query else path
        return exchange(self._port, method, target, content, {**fields, **(headers or {})})
