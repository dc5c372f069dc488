"""A BEMServer that signs people in, and answers everything else as a test tells it to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.bemserver.service import BEMServerService
from tests.conformance.subject import Kept, Subject
from tests.connectors.servers import Seen, Site, answer

PASSWORD = "correct-horse-battery"


@dataclass
class Told:
    """`points` answers what is no sign-in; `good` are the access tokens that it takes."""

    points: Callable[[Seen], bytes | Iterable[bytes]]
    good: set[str] = field(default_factory=set)
    refreshable: bool = True
    given: int = 0
    sign_ins: int = 0
    refreshes: int = 0

    def __call__(self, seen: Seen) -> bytes | Iterable[bytes]:
        path = urlsplit(seen.target).path
        if path == "/auth/token":
            self.sign_ins += 1
            right = json.loads(seen.body)["password"] == PASSWORD
            return self.pair() if right else jsoned({"status": "failure"})
        if path == "/auth/token/refresh":
            self.refreshes += 1
            return self.pair() if self.refreshable else refused("expired_token")
        if seen.headers.get("authorization", "").removeprefix("Bearer ") not in self.good:
            return refused("expired_token")
        return self.points(seen)

    def pair(self) -> bytes:
        self.given += 1
        self.good.add(f"access-{self.given}")
        return jsoned(
            {
                "status": "success",
                "access_token": f"access-{self.given}",
                "refresh_token": f"refresh-{self.given}",
            }
        )


def jsoned(found: object, status: int = 200) -> bytes:
    return answer(json.dumps(found).encode(), status, content_type="application/json")


def refused(code: str) -> bytes:
    body = {"code": 401, "status": "Unauthorized", "errors": {"authentication": code}}
    return jsoned(body, 401)


def csv(text: str) -> bytes:
    return answer(text.encode(), content_type="text/csv")


def asked(seen: Seen) -> dict[str, list[str]]:
    return parse_qs(urlsplit(seen.target).query)


def opened(server: Site, kept: Kept | None = None, **settings: Any) -> BEMServerService:
    """An account on that server."""
    values = {"url": server.base, "email": "a@example.org", "password": PASSWORD} | settings
    service = Subject(kind="bemserver", settings=values, kept=kept or Kept()).open()
    assert isinstance(service, BEMServerService)
    return service
