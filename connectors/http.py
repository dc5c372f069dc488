"""HTTP, spoken through `egress`: deadline, pacing, retries, pinned credentials, caps, redaction.

What is in the rooms beside: `targets` says where a request may go, `transport` carries it,
`answers` holds what comes back, `faults` names what went wrong, `retries` how to go on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Protocol, TypeVar

import orjson
from requests import PreparedRequest, Request, RequestException, Response
from urllib3.exceptions import HTTPError

from connectors import faults, targets
from connectors.answers import Answer, Body, Limits, Reply, Stream
from connectors.egress import Deadline, Egress
from connectors.errors import BadAnswer, ConfigInvalid, ConnectorError, Rejected
from connectors.redaction import Redactor
from connectors.retries import WORTH_ANOTHER, pause
from connectors.targets import Link, Origin, Params
from connectors.transport import Transport

__all__ = [
    "Answer",
    "Auth",
    "Explain",
    "Fixed",
    "Http",
    "Limits",
    "Link",
    "Pace",
    "Params",
    "Stream",
]

LOG = logging.getLogger("connectors.http")

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HOPS = 5
OURS = {
    "User-Agent": "Tieline",
    "Accept": "application/json, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}

T = TypeVar("T")


class Auth(Protocol):
    """How requests are signed. Knows nothing of retries."""

    def headers(self) -> Mapping[str, str]:
        """The headers that carry the credentials, sent to the pinned origin only."""
        ...

    def renew(self, answer: Answer) -> bool:
        """After a 401: True when new credentials were fetched and one replay is worth it.

        Called by one thread at a time; the others then send what `headers` gives anew.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """An `Auth` whose headers never change: there is nothing to renew."""

    given: Mapping[str, str] = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        return self.given

    def renew(self, answer: Answer) -> bool:
        return False


class Pace(Protocol):
    """The rate budget of one connection, shared by all processes."""

    def wait(self, deadline: Deadline) -> None:
        """Returns when the next request may go. Raises RateLimited past the deadline."""
        ...


Explain = Callable[[Answer], ConnectorError | None]
"""A platform's own rows of the error table, asked first; None: the common table decides."""


@dataclass(frozen=True, slots=True)
class _Flow:
    """A body that is read as it is sent, from `start`; rewound for a replay after a 401."""

    content: BinaryIO
    start: int

    def rewound(self) -> BinaryIO | bytes:
        """Nothing at all is bytes: requests takes an empty file for one of unknown length, which
        signed upload places refuse."""
        self.content.seek(self.start)
        if not self.content.read(1):
            return b""
        self.content.seek(self.start)
        return self.content


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One request as the service meant it; redirects change its `url`."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | _Flow | None = field(default=None, repr=False)
    repeatable: bool
    accepted: frozenset[int] = frozenset()
    limit: int
    hops: int = 0
    home: bool
    """On the pinned origin, and never away from it."""


class Http:
    """The client of one origin. Every error it raises is a `ConnectorError`.

    May be used by several threads at once. Tried again, at most three times and only inside the
    deadline: repeatable requests that met an error which may pass (RateLimited, Unavailable), or an
    answer damaged on its way. A longer `Retry-After` than the deadline is raised at once.
    """

    def __init__(
        self,
        base: str,
        *,
        egress: Egress,
        deadline: Deadline,
        auth: Auth | None = None,
        explain: Explain | None = None,
        pace: Pace | None = None,
        limits: Limits = Limits(),
        secrets: Sequence[str] = (),
    ) -> None:
        self._base = targets.base_of(base)
        self._origin = Origin.of(self._base)
        self._deadline = deadline
        self._auth = auth
        self._explain = explain
        self._pace = pace
        self._limits = limits
        self._transport = Transport(egress=egress, deadline=deadline)
        self._renewing = threading.Lock()
        self._renewer: int | None = None
        self.redact = Redactor(secrets)

    def __repr__(self) -> str:
        return f"Http({self._origin.scheme}://{self._origin.host}:{self._origin.port})"

    def request(
        self,
        method: str,
        path: str | Link,
        *,
        params: Params = None,
        json: object = None,
        data: bytes | BinaryIO | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        accepted: Sequence[int] = (),
    ) -> Answer:
        """One exchange. `path` is relative to the base and may not leave it (Rejected); what the
        platform itself handed out goes in as `Link`. `data` that is a seekable file is sent from
        where it stands to its end, in pieces, with its length.

        `repeatable` defaults to True for GET, HEAD and OPTIONS; statuses >= 300 raise unless
        `accepted`. Redirects are followed for GET and HEAD, and for others only on the same origin
        by 307 and 308.
        """
        if json is not None:
            data = orjson.dumps(json)
            headers = {"Content-Type": "application/json", **(headers or {})}
        call = self._call(method, path, params, headers, limit=self._limits.bytes)
        if repeatable is not None:
            call = replace(call, repeatable=repeatable)
        body = data if data is None or isinstance(data, bytes) else _Flow(data, data.tell())
        return self._insist(replace(call, body=body, accepted=frozenset(accepted)), self._whole)

    @contextmanager
    def stream(
        self,
        method: str,
        path: str | Link,
        *,
        params: Params = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Stream]:
        """An answer too big to hold, checked like `request`, its body read as it comes.

        Tried again only until the headers are there; a body that breaks off is Unavailable.
        """
        call = self._call(method, path, params, headers, limit=self._limits.stream_bytes)
        with Stream(self._insist(call, self._reach)) as stream:
            yield stream

    def close(self) -> None:
        self._transport.close()

    def _call(
        self,
        method: str,
        path: str | Link,
        params: Params,
        headers: Mapping[str, str] | None,
        *,
        limit: int,
    ) -> _Call:
        if isinstance(path, Link):
            url = targets.linked(self._base, path, params)
        else:
            url = targets.inside(self._base, path, params)
        home = Origin.of(url) == self._origin
        own = targets.fitting(headers or {}, home=home, redirected=False)
        verb = method.upper()
        return _Call(
            method=verb,
            url=url,
            headers=own,
            repeatable=verb in IDEMPOTENT,
            limit=limit,
            home=home,
        )

    def _insist(self, call: _Call, take: Callable[[_Call], T]) -> T:
        attempt = 0
        while True:
            attempt += 1
            try:
                return take(call)
            except WORTH_ANOTHER as wrong:
                fault = wrong
            wait = pause(fault, attempt, self._deadline) if call.repeatable else None
            if wait is None:
                raise fault
            time.sleep(wait)

    def _whole(self, call: _Call) -> Answer:
        with closing(self._reach(call)) as reply:
            return self._answer(reply, reply.body.readall())

    def _reach(self, call: _Call) -> Reply:
        """An answer with a good status, after redirects and one renewal of the credentials."""
        renewed = False
        while True:
            reply = self._sent(call)
            if reply.status < 300 or reply.status in call.accepted:
                return reply
            with closing(reply):
                answer = self._answer(reply, reply.body.drain())
            if reply.status in REDIRECTS and "location" in reply.headers:
                call = self._redirected(call, reply)
            elif reply.status == 401 and reply.home and not renewed and self._renew(reply, answer):
                renewed = True
            else:
                raise self._fault(answer, call)

    def _sent(self, call: _Call) -> Reply:
        if self._pace is not None:
            self._pace.wait(self._deadline)
        credentials = dict(self._auth.headers()) if self._auth and call.home else {}
        self.redact.learn(_values(credentials))
        began = time.monotonic()
        try:
            response = self._carried(call, credentials)
        except ConnectorError as fault:
            self._log(call, type(fault).__name__, began)
            raise
        self._log(call, str(response.status_code), began)
        return Reply(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=Body(response, limit=call.limit, explain=lambda wrong: self._broken(wrong, call)),
            home=call.home,
            sent=credentials,
        )

    def _carried(self, call: _Call, credentials: Mapping[str, str]) -> Response:
        """Through the transport; its errors hold headers, so ours are raised apart from them."""
        try:
            wait = self._deadline.within(self._limits.silence)
            prepared = _prepared(call, credentials)
            return self._transport.send(prepared, stream=True, timeout=(wait, wait), verify=True)
        except (RequestException, HTTPError, OSError, ValueError) as wrong:
            fault = self._broken(wrong, call)
        except ConfigInvalid as wrong:
            fault = wrong if call.home else BadAnswer(f"The platform sent us on. {wrong.message}")
        raise fault

    def _redirected(self, call: _Call, reply: Reply) -> _Call:
        if call.hops >= HOPS:
            raise BadAnswer("The platform sent us on too many times.")
        url = targets.linked(call.url, Link(reply.headers["location"]))
        same = Origin.of(url) == Origin.of(call.url)
        safe = call.method in {"GET", "HEAD"}
        if not safe and not (same and reply.status in {307, 308}):
            raise BadAnswer("The platform sent a request on to elsewhere that must not travel.")
        headers = targets.fitting(call.headers, home=same, redirected=True)
        return replace(call, url=url, headers=headers, hops=call.hops + 1, home=call.home and same)

    def _renew(self, reply: Reply, answer: Answer) -> bool:
        """True when other credentials than the refused ones are there now."""
        if self._auth is None or self._renewer == threading.get_ident():
            return False
        with self._renewing:
            self._renewer = threading.get_ident()
            try:
                return dict(self._auth.headers()) != reply.sent or self._auth.renew(answer)
            finally:
                self._renewer = None

    def _answer(self, reply: Reply, body: bytes) -> Answer:
        return Answer(
            status=reply.status, headers=reply.headers, body=body, depth=self._limits.depth
        )

    def _fault(self, answer: Answer, call: _Call) -> ConnectorError:
        own = self._explain(answer) if self._explain is not None and call.home else None
        fault = own or faults.by_status(answer, host=_host(call.url), home=call.home)
        return self._blotted(fault)

    def _broken(self, wrong: BaseException, call: _Call) -> ConnectorError:
        return self._blotted(faults.by_break(wrong, host=_host(call.url)))

    def _blotted(self, fault: ConnectorError) -> ConnectorError:
        """The same error without any secret that a platform echoed into its message."""
        fault.message = self.redact(fault.message)
        fault.args = (fault.message,)
        if isinstance(fault, Rejected | ConfigInvalid):
            fault.fields = {name: self.redact(text) for name, text in fault.fields.items()}
        return fault

    def _log(self, call: _Call, outcome: str, began: float) -> None:
        if not LOG.isEnabledFor(logging.DEBUG):
            return
        place = self.redact(call.url.partition("?")[0])
        spent = (time.monotonic() - began) * 1000
        LOG.debug("%s %s %s %.0f ms", call.method, place, outcome, spent)


def _prepared(call: _Call, credentials: Mapping[str, str]) -> PreparedRequest:
    headers = {**OURS, **call.headers, **credentials}
    body = call.body.rewound() if isinstance(call.body, _Flow) else call.body
    return Request(call.method, call.url, headers=headers, data=body).prepare()


def _host(url: str) -> str:
    return Origin.of(url).host


def _values(credentials: Mapping[str, str]) -> Iterator[str]:
    """The values of credential headers, and what follows a scheme such as `Bearer`."""
    for value in credentials.values():
        yield value
        yield value.rpartition(" ")[2]
