"""How `requests` reaches the network: through `egress`, and in no other way.

The adapter is used without a `requests.Session`, because a session reads redirect bodies whole,
keeps cookies, and looks for proxies and `.netrc`.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from connectors.egress import Egress, Endpoint
from connectors.sockets import Deadline

ORIGINS = 4
CONNECTIONS = 16
"""Kept for each origin: eight threads read at once, and fetching gains up to sixteen."""

# urllib3 writes whole addresses, queries included, into its log; the door writes its own line.
for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(lambda record: False)


class _Plain(HTTPConnection):
    """Its socket comes from the egress."""

    def __init__(self, *args: Any, egress: Egress, deadline: Deadline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open = partial(egress.open, deadline=deadline)

    def connect(self) -> None:
        self.sock = self._open(Endpoint(self.host, self.port, tls=False))


class _Secure(HTTPSConnection):
    """The same with TLS, whose checks are the egress's too."""

    def __init__(self, *args: Any, egress: Egress, deadline: Deadline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open = partial(egress.open, deadline=deadline)

    def connect(self) -> None:
        self.sock = self._open(Endpoint(self.host, self.port, tls=True))
        self.is_verified = True


class _Pools(PoolManager):
    def __init__(self, *, egress: Egress, deadline: Deadline) -> None:
        super().__init__(num_pools=ORIGINS, maxsize=CONNECTIONS, block=False)
        self._kinds: dict[str, Any] = {
            "http": partial(_Plain, egress=egress, deadline=deadline),
            "https": partial(_Secure, egress=egress, deadline=deadline),
        }

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        pool.ConnectionCls = self._kinds[scheme]
        return pool


class Transport(HTTPAdapter):
    """A pool of connections that all end at one deadline."""

    def __init__(self, *, egress: Egress, deadline: Deadline) -> None:
        super().__init__(max_retries=0)
        self.poolmanager = _Pools(egress=egress, deadline=deadline)
