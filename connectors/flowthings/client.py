"""flowthings.io's entry points, with the sections of its wire reference.

Answers are envelopes `{"head": …, "body": …}` (section 1.4). `MGET` asks for several things at once
and `MPUT` changes several: both are verbs of their own, with a body (section 1.3).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.errors import BadAnswer
from connectors.flowthings.problems import refused
from connectors.http import Answer, Http, Params

PAGE = 200
ATTEMPTS = 3
"""How often a list that changes while it is read is begun anew."""

Row = dict[str, Any]
Query = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A body, and the short objects that it names (section 2, `refs`)."""

    body: Any
    references: Mapping[str, Row]


class Client:
    """The entry points of one account."""

    def __init__(
        self, http: Http, live: Http, *, account: str, defaults: Mapping[str, str]
    ) -> None:
        self._http = http
        self._live = live
        self._headers = {"x-auth-account": account}
        self._defaults = dict(defaults)

    def call(
        self, method: str, path: str, body: object = None, *, query: Query | None = None
    ) -> Found:
        """Any request inside the account's root. Reading verbs may be sent again."""
        repeatable = True if method in ("GET", "MGET") else None
        answer = self._http.request(
            method,
            path,
            params=self._params(query),
            json=body,
            headers=self._headers,
            repeatable=repeatable,
        )
        return opened(answer)

    def session(self) -> str:
        """The id of a new live session (section 6). One too many ends by itself, so it may be
        asked for again."""
        answer = self._live.request(
            "POST",
            "session",
            params=self._params(None),
            data=b"",
            headers=self._headers,
            repeatable=True,
        )
        found = _row(opened(answer).body).get("id")
        if not isinstance(found, str) or not found:
            raise BadAnswer("flowthings.io opened a live session without an id.")
        return found

    # -- objects of a service (section 3.1)

    def one(self, service: str, key: str, *, query: Query | None = None) -> Row:
        return _row(self.call("GET", f"{service}/{quote(key, safe='')}", query=query).body)

    def many(self, service: str, keys: Sequence[str]) -> Row:
        """By id; those that lead nowhere may be missing [G]."""
        return _row(self.call("MGET", service, list(keys)).body)

    def turn(self, service: str, *, query: Query) -> tuple[Row, ...]:
        """One page of a list."""
        return rows_of(self.call("GET", service, query=query).body)

    def every(
        self,
        service: str,
        *,
        first: int = 0,
        named: dict[str, Row] | None = None,
        **query: str | int | bool | None,
    ) -> Iterator[Row]:
        """A whole list from `first` on, page by page as it is taken, each object once.

        Each page begins with the last object of the one before. When it does not, the list has
        moved, and is read again from its start. Raises BadAnswer when it never holds still.
        `named` takes up the short objects that the pages name.
        """
        seen: set[str] = set()
        known = {} if named is None else named
        refs = {} if named is None else {"refs": True}
        asked: Query = {"sort": "creationDate", "order": "asc", **query, **refs}
        for _ in range(ATTEMPTS):
            whole = yield from self._pages(service, asked, first, seen, known)
            if whole:
                return
        raise BadAnswer("flowthings.io's list of pages does not hold still.")

    def _pages(
        self, service: str, query: Query, start: int, seen: set[str], named: dict[str, Row]
    ) -> Generator[Row, None, bool]:
        """Returns whether the end was reached."""
        last = ""
        while True:
            found = self.call("GET", service, query={**query, "start": start, "limit": PAGE})
            named.update(found.references)
            page = rows_of(found.body)
            if last and (not page or page[0].get("id") != last):
                return False
            fresh = [row for row in page if _key(row) not in seen]
            seen.update(_key(row) for row in fresh)
            yield from fresh
            if ended(len(page), PAGE) or len(page) == 1:
                return True
            start, last = start + len(page) - 1, _key(page[-1])

    def create(self, path: str, body: Row, *, query: Query | None = None) -> Row:
        return _row(self.call("POST", path, body, query=query).body)

    def change(self, service: str, key: str, body: Row) -> Row:
        """Only the members that are sent change."""
        return _row(self.call("PUT", f"{service}/{quote(key, safe='')}", body).body)

    def change_many(self, service: str, bodies: Mapping[str, Row]) -> Row:
        return _row(self.call("MPUT", service, dict(bodies)).body)

    def delete(self, service: str, key: str = "") -> None:
        """Without a key: everything, which only a flow's drops know."""
        self.call("DELETE", f"{service}/{quote(key, safe='')}" if key else service)

    # -- drops

    def drops(self, flow: str, *, query: Query) -> tuple[Row, ...]:
        """Section 3.2; the newest first unless asked otherwise."""
        return self.turn(f"drop/{flow}", query=query)

    def add(self, flow: str, body: Row) -> Row:
        return self.create(f"drop/{flow}", body, query={"hints": 0})

    def aggregate(self, flow: str, question: Row) -> tuple[Row, ...]:
        """Section 3.5."""
        answer = self._http.request(
            "POST",
            f"drop/{flow}/aggregate",
            params=self._params(None),
            json=question,
            headers=self._headers,
            repeatable=True,
        )
        return rows_of(opened(answer).body)

    def counts(self, type: str, key: str, when: Sequence[int], level: str | None) -> list[int]:
        """Section 3.6: a flat list, one number a period."""
        path = "/".join(["statistics", type, key, *map(str, when)])
        found = self.call("GET", path, query={"level": level}).body
        if not isinstance(found, list) or not all(isinstance(one, int) for one in found):
            raise BadAnswer("flowthings.io answered something else than counts.")
        return found

    def _params(self, query: Query | None) -> Params:
        given = {**self._defaults, **(query or {})}
        return {
            name: int(value) if isinstance(value, bool) else value
            for name, value in given.items()
            if value is not None
        }


def opened(answer: Answer) -> Found:
    """What is in an envelope. Raises BadAnswer, and the refusal that the head tells."""
    envelope = answer.json()
    head = envelope.get("head") if isinstance(envelope, dict) else None
    if not isinstance(head, dict) or "body" not in envelope:
        raise BadAnswer("flowthings.io answered in a shape that it does not document.")
    if head.get("ok") is False:
        raise refused(head)
    references = head.get("references")
    return Found(
        body=envelope["body"], references=references if isinstance(references, dict) else {}
    )


def ended(rows: int, asked: int) -> bool:
    """Whether a page was the last.

    A platform's own largest page, which nobody documents, would be a round number: such a page
    is followed by another question.
    """
    return rows == 0 or (rows < asked and rows % 10 != 0)


def _row(body: Any) -> Row:
    if not isinstance(body, dict):
        raise BadAnswer("flowthings.io answered something else than the object asked for.")
    return body


def rows_of(body: Any) -> tuple[Row, ...]:
    """A list of objects. Raises BadAnswer."""
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise BadAnswer("flowthings.io answered something else than a list.")
    return tuple(body)


def _key(row: Row) -> str:
    found = row.get("id")
    if not isinstance(found, str):
        raise BadAnswer("flowthings.io gave an object without an id.")
    return found
