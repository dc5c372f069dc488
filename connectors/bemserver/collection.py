"""The same five verbs over any collection of rows, as they are on the wire (sections 1.3 and 1.4).

Rows that answer with an ETag are changed and deleted under the version that was looked at, so that
nobody's change is lost. Where an operator has switched ETags off none is sent, and none is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.bemserver.pages import PAGE, next_page, total
from connectors.errors import BadAnswer
from connectors.http import Answer, Http

Row = dict[str, Any]
Asked = Mapping[str, str | int | float | bool]

UNCHANGED = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A row, and the mark of the state that it was seen in; None where the platform marks none."""

    row: Row = field(repr=False)
    version: str | None = None

    @property
    def number(self) -> int:
        number: int = self.row["id"]
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One collection of one server; `path` is relative to its address, without slashes around."""

    http: Http
    path: str
    paged: bool = False

    def every(self, asked: Asked, *, most: int | None = None) -> Iterator[Row]:
        """The rows that pass, each once, at most so many; pages are fetched as rows are taken.

        Raises BadAnswer when the pages do not end. Filters that the platform does not know it
        ignores silently.
        """
        seen: set[int] = set()
        page: int | None = 1
        while page is not None and (most is None or len(seen) < most):
            answer = self._listed(asked, page, PAGE)
            fresh = [row for row in rows_of(answer) if row["id"] not in seen]
            page = next_page(answer, page) if self.paged else None
            if page is not None and not fresh:
                raise BadAnswer("BEMServer's list of pages does not end.")
            for row in fresh[: None if most is None else most - len(seen)]:
                seen.add(row["id"])
                yield row

    def count(self, asked: Asked) -> int:
        """How many pass; of a paged list the platform says so itself."""
        answer = self._listed(asked, 1, 1)
        found = total(answer) if self.paged else None
        return len(rows_of(answer)) if found is None else found

    def one(self, number: int, *, unless: str | None = None) -> Seen | None:
        """The row; None when it still is in the state `unless`. Raises NotFound, Forbidden."""
        headers = {} if unless is None else {"If-None-Match": f'"{unless}"'}
        answer = self.http.request(
            "GET", f"{self.path}/{number}", headers=headers, accepted=(UNCHANGED,)
        )
        return None if answer.status == UNCHANGED else seen(answer)

    def look(self, number: int) -> Seen:
        """The row as it is now. Raises NotFound, Forbidden."""
        found = self.one(number)
        if found is None:
            raise BadAnswer("BEMServer called a row unchanged that nobody had seen.")
        return found

    def create(self, body: Row, *, accepted: tuple[int, ...] = ()) -> Answer:
        """Never repeated: after a failure it may be there all the same (section 8)."""
        return self.http.request(
            "POST", f"{self.path}/", json=body, repeatable=False, accepted=accepted
        )

    def change(self, number: int, body: Row, version: str | None) -> Answer:
        """A full replacement (section 1.5): what the body leaves out becomes null."""
        return self.http.request(
            "PUT", f"{self.path}/{number}", json=body, headers=matching(version)
        )

    def delete(self, number: int, version: str | None) -> None:
        """Everything below it goes too. Raises NotFound, Rejected when it has changed since."""
        done(self.http.request("DELETE", f"{self.path}/{number}", headers=matching(version)))

    def _listed(self, asked: Asked, page: int, size: int) -> Answer:
        paging: Asked = {"page": page, "page_size": size} if self.paged else {}
        return self.http.request("GET", f"{self.path}/", params={**paging, **asked})


def matching(version: str | None) -> dict[str, str]:
    """The header that guards a change."""
    return {} if version is None else {"If-Match": f'"{version}"'}


def done(answer: Answer) -> None:
    """Raises BadAnswer for any other success than the platform's own, which has nothing to say."""
    if answer.status != 204:
        raise BadAnswer("BEMServer did not say that it did this.")


def seen(answer: Answer) -> Seen:
    """A row with its version."""
    return Seen(row=_row(answer.json()), version=version_of(answer))


def version_of(answer: Answer) -> str | None:
    """The ETag without its quotes, and without the mark that a proxy may have added."""
    return answer.headers.get("etag", "").removeprefix("W/").strip('"') or None


def rows_of(answer: Answer) -> list[Row]:
    """A list's rows. Raises BadAnswer."""
    found = answer.json()
    if not isinstance(found, list):
        raise BadAnswer("BEMServer answered in a shape that it does not document.")
    return [_row(each) for each in found]


def _row(found: Any) -> Row:
    if not isinstance(found, dict) or not isinstance(found.get("id"), int):
        raise BadAnswer("BEMServer answered in a shape that it does not document.")
    return found
