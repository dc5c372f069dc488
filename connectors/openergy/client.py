"""OpenergyVBP's entry points, with the sections of its wire reference. Every path ends in a slash.

Lists (section 1.3) come in pages of at most 200. A page may be smaller than what was asked, its
order is not defined, and its totals are not to be trusted alone: the next page therefore begins
where this one ended, and a record that both hold is given once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connectors.errors import BadAnswer, NotFound
from connectors.http import Answer, Http, Params
from connectors.openergy.ids import PATHS, Ref, key

PAGE = 200
MOST_PAGES = 5_000
CIRCLE = "OpenergyVBP's list of pages goes in a circle."

Row = dict[str, Any]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One page of records, and where the next one starts; None: this was the last."""

    rows: tuple[Row, ...]
    next: int | None
    last: str | None
    """What tells the last record of the page from others."""


class Client:
    """The entry points of one platform, for one account."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def me(self) -> Row:
        """Section 2.13."""
        return _record(self._http.request("GET", "oteams/users/me/"))

    def answers(self) -> int:
        """Section 5.1: the health probe; its status, whatever it is."""
        probe = self._http.request(
            "GET", "oteams/projects/", params={"empty": "True"}, accepted=range(300, 500)
        )
        return probe.status

    # -- lists

    def turn(
        self, type: str, start: int = 0, after: str | None = None, **filters: str | bool
    ) -> Turn:
        """One page from `start` on, without what stood on the page before up to `after`."""
        asked: dict[str, str | int] = {"start": start, "length": PAGE}
        # Truth is `True` or `False` on this platform (section 1.2), which is how Python writes it.
        asked |= {name: str(value) for name, value in filters.items()}
        answer = self._http.request("GET", f"{PATHS[type]}/", params=asked)
        return _turn(answer, start, after)

    def every(self, type: str, **filters: str | bool) -> Iterator[Row]:
        """All records, page by page as they are taken, each once. Raises BadAnswer for a circle."""
        seen: set[str] = set()
        start: int | None = 0
        last: str | None = None
        for _ in range(MOST_PAGES):
            if start is None:
                return
            turn = self.turn(type, start, last, **filters)
            yield from (row for row in turn.rows if _new(row, seen))
            start, last = turn.next, turn.last
        raise BadAnswer("OpenergyVBP's list of pages does not end.")

    def named(self, type: str, name: str, *, field: str = "name", **filters: str) -> list[Row]:
        """At most two records of this name, as the platform's own client asks (section 1.3)."""
        asked: dict[str, str | int] = {"start": 0, "length": 2, field: name, **filters}
        answer = self._http.request("GET", f"{PATHS[type]}/", params=asked)
        return list(_turn(answer, 0, None).rows)

    # -- records

    def one(self, ref: Ref) -> Row:
        """Section 1.4. Raises NotFound, also for a series whose key is another now."""
        row = _record(self._http.request("GET", ref.path))
        if ref.pk is not None and str(row.get("otsdb_pk")) != ref.pk:
            raise NotFound("OpenergyVBP keeps other points under this series now.")
        return row

    def create(self, type: str, fields: Mapping[str, object]) -> Row:
        return _record(self._http.request("POST", f"{PATHS[type]}/", json=dict(fields)))

    def change(self, ref: Ref, fields: Mapping[str, object]) -> Row:
        """Only these fields are sent."""
        return _record(self._http.request("PATCH", ref.path, json=dict(fields)))

    def delete(self, ref: Ref) -> None:
        """204, or 200 with JSON (section 1.4)."""
        answer = self._http.request("DELETE", ref.path)
        if answer.status != 204:
            answer.json()

    def act(
        self,
        method: Method,
        path: str,
        body: object = None,
        *,
        params: Params = None,
    ) -> Any:
        """Any action: its JSON, None for a 204."""
        answer = self._http.request(method, path, json=body, params=params)
        return None if answer.status == 204 else answer.json()

    def activate(self, ref: Ref, *, value: bool) -> None:
        """Sections 2.6 and 2.7; the answer does not say what holds now."""
        self.act("PATCH", f"{ref.path}active/", {"value": value})

    def switched(self, ref: Ref, *, value: bool) -> Row:
        """The record as it is when it has been activated, or no longer is."""
        self.activate(ref, value=value)
        return self.one(ref)

    def order(self, ref: Ref, name: str, instant: str | None = None) -> Row:
        """`run`, `clear` or `reset` (section 2.7); answers the task."""
        body = {"name": name} | ({"partial_instant": instant} if instant else {})
        return _record(self._http.request("POST", f"{ref.path}action/", json=body))

    def feed(self, feeder: Ref) -> Row:
        """Section 2.6; answers the task. The published client's own call never works."""
        return _record(self._http.request("POST", f"{feeder.path}feed/"))

    # -- FTP areas

    def password(self, account: Ref) -> str:
        """Section 2.5."""
        found = _record(self._http.request("GET", f"{account.path}password/")).get("password")
        if not isinstance(found, str):
            raise BadAnswer("OpenergyVBP gave no password for this FTP account.")
        return found

    def files(
        self, account: Ref, path: str, start: int = 0, *, after: str | None = None, again: bool
    ) -> Turn:
        """One page of a folder (section 2.5); `again`: may be asked a second time."""
        answer = self._http.request(
            "POST",
            f"{account.path}list_dir/",
            params={"start": start, "length": PAGE},
            json={"path": path, "root_dir_path": "/"},
            repeatable=again,
        )
        return _turn(answer, start, after)

    # -- points

    def points(self, keys: Sequence[str], asked: Mapping[str, str | int | bool]) -> Row:
        """Section 3.4, several series by `otsdb_pk`: `{key: {name, index, data}}`."""
        answer = self._http.request(
            "POST",
            "odata/series/multi_select/",
            params={name: str(value) for name, value in asked.items()},
            json={"otsdb_pk": list(keys)},
            repeatable=True,
        )
        return _record(answer)

    def points_of(self, series: Ref, asked: Mapping[str, str | int | bool]) -> Row:
        """Section 3.4, one series: `{name, index, data}`."""
        params = {name: str(value) for name, value in asked.items()}
        return _record(self._http.request("GET", f"{series.path}select/", params=params))

    def export(self, body: Mapping[str, object]) -> Row:
        """Section 3.7; answers the task."""
        return _record(self._http.request("POST", "odata/series/export/", json=dict(body)))


def _record(answer: Answer) -> Row:
    found = answer.json()
    if not isinstance(found, dict):
        raise BadAnswer("OpenergyVBP answered something else than the record asked for.")
    return found


def _turn(answer: Answer, start: int, after: str | None) -> Turn:
    body = _record(answer)
    rows = body.get("data")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadAnswer("OpenergyVBP answered something else than a list.")
    if isinstance(body.get("start"), int) and body["start"] != start:
        raise BadAnswer(CIRCLE)
    fresh = _past(rows, after)
    ended = not rows or (len(rows) < PAGE and body.get("recordsFiltered") == start + len(rows))
    return Turn(
        rows=fresh,
        next=None if ended else start + len(rows),
        last=_mark(rows[-1]) if rows else None,
    )


def _past(rows: list[Row], after: str | None) -> tuple[Row, ...]:
    """What comes after the last record of the page before, where lists moved on meanwhile."""
    marks = [_mark(row) for row in rows]
    if after is None or after not in marks:
        return tuple(rows)
    fresh = tuple(rows[marks.index(after) + 1 :])
    if not fresh and len(rows) > 1:
        raise BadAnswer(CIRCLE)
    return fresh


def _mark(row: Row) -> str | None:
    found = key(row.get("id")) or row.get("path")
    return found if isinstance(found, str) else None


def _new(row: Row, seen: set[str]) -> bool:
    mark = _mark(row)
    if mark is None or mark in seen:
        return mark is None
    seen.add(mark)
    return True
