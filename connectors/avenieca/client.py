"""The entry points of an AveniECA server (section 3).

Module ids are checked when a node id or the settings are parsed, numbers are numbers, so no path
holds anything else. Sent is what the platform's reference shows; answers are checked by shape.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from connectors.avenieca.arrays import objects
from connectors.avenieca.rows import (
    Document,
    Embedding,
    Ess,
    Found,
    Occurrence,
    Prediction,
    Pretty,
    RawPrediction,
    Row,
    Said,
)
from connectors.errors import BadAnswer
from connectors.http import Answer, Http

NEWEST = -1
"""In place of an id (section 3)."""
TYPE = {"Content-Type": "application/json; charset=utf-8"}

R = TypeVar("R", bound=Row)
T = TypeVar("T")
Values = Mapping[str, object]
Pieces = Generator[list[dict[str, Any]], None, None]
"""The rows of a list as the platform writes them, some at a time."""

_FOUND = TypeAdapter(tuple[Found, ...])


class Client:
    """One server, for one account."""

    def __init__(self, http: Http) -> None:
        self._http = http

    # -- whatever is kept, by its path

    def one(self, path: str, shape: type[R]) -> R:
        return fitting(self._http.request("GET", path), shape)

    def every(self, path: str) -> Pieces:
        """A whole list, which the platform does not page."""
        with self._http.stream("GET", path) as stream:
            yield from objects(stream.file)

    def create(self, path: str, values: Values, shape: type[R]) -> R:
        return self._send("POST", path, values, shape)

    def change(self, path: str, values: Values, shape: type[R]) -> R:
        return self._send("PATCH", path, values, shape)

    def delete(self, path: str) -> None:
        self._http.request("DELETE", path).json()

    # -- states and the sequence of their occurrences

    def ess(self, module: str, number: int) -> Ess:
        return self.one(f"ess/{module}/{number}", Ess)

    def ess_list(self, module: str) -> Pieces:
        return self.every(f"ess/{module}")

    def ess_of_row(self, module: str, row: int) -> Ess:
        """The state behind a row of the sequence."""
        return self.one(f"ess/{module}/sequence/{row}", Ess)

    def ess_of_rows(self, module: str) -> Pieces:
        """The state behind each row, newest first; without times."""
        return self.every(f"ess/{module}/sequence")

    def ess_of_embedding(self, module: str, embedding: int) -> Ess:
        return self.one(f"ess/{module}/embedding/{embedding}", Ess)

    def ess_pretty(self, module: str, number: int) -> Pretty:
        return self.one(f"ess/{module}/pretty/{number}", Pretty)

    def ess_aggregates(self, module: str, aggregate: str, number: int) -> Pieces:
        return self.every(f"ess/{module}/aggregate/{aggregate}/{number}")

    def ess_create(self, values: Values) -> Ess:
        return self.create("ess", values, Ess)

    def ess_upsert(self, module: str, number: int) -> None:
        self._http.request("PUT", f"ess/{module}/upsert/{number}").json()

    def ess_search(
        self, module: str, state: list[float], limit: int, *, repeatable: bool = True
    ) -> tuple[Found, ...]:
        """The nearest states, nearest first. It changes nothing, so it may be repeated."""
        asked = {"module_id": module, "state": state, "limit": limit}
        answer = self._http.request(
            "POST", "ess/search", json=asked, headers=TYPE, repeatable=repeatable
        )
        return shaped(answer, _FOUND)

    def row(self, module: str, number: int) -> Occurrence:
        return self.one(f"sequence/{module}/{number}", Occurrence)

    def row_list(self, module: str) -> Pieces:
        """Every row of a twin, in no order that is promised."""
        return self.every(f"sequence/{module}")

    def row_create(self, values: Values) -> Occurrence:
        return self.create("sequence", values, Occurrence)

    # -- predictions; those that store nothing may be repeated

    def predictions(self, values: Values, *, repeatable: bool = True) -> Prediction:
        return self._send("POST", "predictions", values, Prediction, repeatable=repeatable)

    def predictions_raw(self, values: Values) -> RawPrediction:
        return self._send("POST", "predictions/raw", values, RawPrediction, repeatable=True)

    # -- texts

    def document_of_ess(self, module: str, number: int) -> Document:
        return self._send("POST", f"document/ess/{module}/{number}", None, Document)

    def document_of_row(self, module: str, number: int) -> Document:
        return self._send("POST", f"document/sequence/{module}/{number}", None, Document)

    def document_embed(self, number: int) -> Document:
        return self._send("PUT", f"document/embed/{number}", None, Document)

    def embedding_list(self, module: str) -> Pieces:
        return self.every(f"embedding/{module}")

    def embedding_of_hash(self, module: str, hash: str) -> Embedding:
        """A GET with a body: so it is on the wire (section 3)."""
        path = f"embedding/{module}/hash"
        return self._send("GET", path, {"hash": hash}, Embedding, repeatable=True)

    def retrieval(self, query: str) -> str:
        """An answer to a question; asking changes nothing."""
        return self._send("POST", "retrieval", {"query": query}, Said, repeatable=True).response

    def _send(
        self,
        method: str,
        path: str,
        values: Values | None,
        shape: type[R],
        *,
        repeatable: bool = False,
    ) -> R:
        answer = self._http.request(
            method, path, json=values, headers=TYPE if values else None, repeatable=repeatable
        )
        return fitting(answer, shape)


def fitting(answer: Answer, shape: type[R]) -> R:
    """The answer as a row. Raises BadAnswer when it is none."""
    return shaped(answer, TypeAdapter(shape))


def shaped(answer: Answer, shape: TypeAdapter[T]) -> T:
    """The answer in its shape. Raises BadAnswer when it has another."""
    try:
        return shape.validate_python(answer.json())
    except ValidationError:
        pass
    raise BadAnswer("AveniECA answered in a shape that we do not know.")


def checked(row: Mapping[str, Any], shape: type[R]) -> R:
    """One object of a list as a row. Raises BadAnswer."""
    try:
        return shape.model_validate(row)
    except ValidationError:
        pass
    raise BadAnswer("AveniECA's list holds a row in a shape that we do not know.")
