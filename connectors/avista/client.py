"""One request of GraphQL after another; which root fields there are stands in `fields`.

Every request is a POST, so it is the kind of the operation that says what may be sent again: a
query, unless whoever asks knows better; a mutation never.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.avista.documents import Request, Style, request
from connectors.avista.fields import FIELDS
from connectors.avista.problems import fault
from connectors.errors import BadAnswer, ConnectorError, NotFound, Rejected
from connectors.http import Http

Row = dict[str, Any]
GONE = "The platform has nothing under this id, or no longer."


class Client:
    """The root fields of one account."""

    def __init__(self, http: Http, *, style: Style) -> None:
        self._http = http
        self._style: Style = style

    def call(self, field: str, *, again: bool = True, **values: Any) -> Any:
        """What a root field gives; None where the platform has nothing.

        `again` is False for a query that belongs to a change, which is tried once as a whole.
        """
        asked = self.request(field, values)
        answer = self.send(asked.body, repeatable=again and asked.kind == "query")
        if field not in answer:
            raise BadAnswer("The platform's answer lacks what was asked for.")
        return answer[field]

    def one(self, field: str, *, again: bool = True, **values: Any) -> Row:
        """A thing. Raises NotFound where there is none."""
        found = self.call(field, again=again, **values)
        if found is None:
            raise NotFound(GONE)
        if not isinstance(found, dict):
            raise BadAnswer("The platform answered something else than one thing.")
        return found

    def many(self, field: str, **values: Any) -> list[Row]:
        """A list of things. Raises NotFound where there is no such list."""
        found = self.call(field, **values)
        if found is None:
            raise NotFound(GONE)
        return rows(found)

    def request(self, field: str, values: Mapping[str, Any]) -> Request:
        """A call as it goes out, for a subscription that goes another way."""
        return request(FIELDS[field], values, self._style)

    def send(self, body: Mapping[str, Any], *, repeatable: bool = False) -> Row:
        """The `data` of an answer. Raises what the first of its `errors` means."""
        answer = self._http.request("POST", "", json=dict(body), repeatable=repeatable)
        found = answer.json()
        if not isinstance(found, dict):
            raise BadAnswer("The platform's answer is no answer of GraphQL.")
        errors = found.get("errors")
        if isinstance(errors, list) and errors:
            raise self.refusal(errors)
        data = found.get("data")
        if not isinstance(data, dict):
            raise BadAnswer("The platform's answer is no answer of GraphQL.")
        return data

    def refusal(self, errors: Sequence[Any]) -> ConnectorError:
        """What `errors` mean, without any secret that the platform repeated in them."""
        wrong = fault(errors)
        wrong.message = self._http.redact(wrong.message)
        wrong.args = (wrong.message,)
        if isinstance(wrong, Rejected):
            wrong.fields = {name: self._http.redact(said) for name, said in wrong.fields.items()}
        return wrong


def rows(found: object) -> list[Row]:
    """A list of things as it should be; null entries, which the schema allows, are left out."""
    if found is None:
        return []
    if not isinstance(found, list):
        raise BadAnswer("The platform answered something else than a list.")
    kept = [one for one in found if one is not None]
    if any(not isinstance(one, dict) for one in kept):
        raise BadAnswer("The platform's list holds something that is no thing.")
    return kept


def words(row: Row, name: str) -> str:
    """A text that has to be there. Raises BadAnswer."""
    found = row.get(name)
    if not isinstance(found, str) or not found:
        raise BadAnswer(f"The platform answered without {name}.")
    return found
