"""Opening an `Http` that may reach the test's own servers, and closing it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from connectors.egress import Deadline, Egress
from connectors.http import Http
from tests.connectors.servers import Site


def allowing(*sites: Site) -> Egress:
    """An egress that may reach exactly these servers, under both names of this machine."""
    return Egress(
        allow=frozenset((host, one.port) for one in sites for host in ("127.0.0.1", "localhost"))
    )


@contextmanager
def http_to(
    home: Site, *others: Site, seconds: float = 5.0, path: str = "", **rest: Any
) -> Iterator[Http]:
    """A client of `home` that may also reach `others`."""
    client = Http(
        home.base + path,
        egress=allowing(home, *others),
        deadline=Deadline.after(seconds),
        **rest,
    )
    try:
        yield client
    finally:
        client.close()


class Token:
    """Signs with the tokens given, one after another."""

    def __init__(self, *tokens: str) -> None:
        self._tokens: Sequence[str] = tokens
        self.renewals = 0

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[self.renewals]}"}

    def renew(self, answer: object) -> bool:
        if self.renewals + 1 == len(self._tokens):
            return False
        self.renewals += 1
        return True
