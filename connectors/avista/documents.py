"""GraphQL documents in both body styles (section 1.1): with variables, or with literals inlined.

A request has one root field, and its operation name is that field's. `Word` marks the values of
enums, which stand without quotes where they are written into the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connectors.avista.fields import Kind, RootField

Style = Literal["variables", "inline"]
Body = dict[str, Any]


class Word(str):
    """A value of an enum."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A document and its variables, ready to be sent."""

    kind: Kind
    name: str
    query: str
    variables: Mapping[str, Any] | None = None

    @property
    def body(self) -> Body:
        """As it stands in the JSON of a request: the inline style has no `variables` at all."""
        if self.variables is None:
            return {"query": self.query}
        return {"query": self.query, "variables": dict(self.variables)}


def request(field: RootField, values: Mapping[str, Any], style: Style) -> Request:
    """A call of a root field. What is None is not said. Raises KeyError for an unknown argument."""
    given = {name: value for name, value in values.items() if value is not None}
    types = {name: field.takes[name] for name in given}
    if style == "inline":
        said = _bracketed(f"{name}: {literal(value)}" for name, value in given.items())
        text = f"{field.kind} {field.name} {{ {field.name}{said} {field.gives} }}"
        return Request(field.kind, field.name, text)
    declared = _bracketed(f"${name}: {kind}" for name, kind in types.items())
    said = _bracketed(f"{name}: ${name}" for name in given)
    text = f"{field.kind} {field.name}{declared} {{ {field.name}{said} {field.gives} }}"
    return Request(field.kind, field.name, text, given)


def literal(value: object) -> str:
    """A value as GraphQL writes it; strings with JSON's escapes, which are the same."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _bracketed(parts: Iterable[str]) -> str:
    text = ", ".join(parts)
    return f"({text})" if text else ""
