"""How a resource is declared: its fields, filters, uniqueness, and who may do what with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors.sandbox.bemserver.fields import (
    Choice,
    Email,
    Flag,
    Integer,
    Kind,
    Moment,
    Number,
    Symbol,
    Text,
    Zone,
)
from connectors.sandbox.bemserver.fields import Mapping as Object

Row = dict[str, Any]

ALL = frozenset({"list", "one", "create", "update", "delete"})
LOOK = frozenset({"list"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One member of a representation."""

    name: str
    kind: Kind
    required: bool = False
    needed: bool = False
    """Optional to the parser, not null in the database: 409 without a message when absent."""
    default: Any = None
    left_out: Literal["default", "null", "kept"] = "default"
    """What PUT makes of a field that is not in its body."""
    on_put: bool = True
    """Whether PUT takes it; otherwise it is an unknown field there."""
    frozen: bool = False
    """Whether PUT takes it only unchanged: 409 otherwise."""
    null: bool = True
    """Whether a body may say null; it may leave the field out all the same."""
    read_only: bool = False
    secret: bool = False
    to: str | None = None
    """The resource that the value is an id of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One collection, as section 2 of the reference declares it."""

    path: str
    fields: tuple[Field, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    filters: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    verbs: frozenset[str] = ALL
    etag: bool = True
    guarded: bool = True
    """Whether PUT and DELETE want If-Match."""
    paged: bool = False
    nested: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Read-only members: name -> the chain of id fields that leads to the row shown."""
    read: str = "anyone"
    write: str = "nobody"
    update: str | None = None
    """The rule for PUT where it differs from `write`."""
    strict_filters: tuple[str, ...] = ()
    """The list filters that are 403 when they name something unreadable."""
    check: str | None = None
    """A named rule across rows, in `checks.py`."""
    loose_ids: bool = False
    """Whether the database reads the id: it takes `-1`, and stumbles over what is no number."""

    @property
    def update_rule(self) -> str:
        """Who may PUT."""
        return self.update or self.write

    def field(self, name: str) -> Field | None:
        """The declared field of that name."""
        return next((item for item in self.fields if item.name == name), None)


def name(shortest: int = 1) -> Field:
    """The `name` that most resources carry."""
    return Field(name="name", kind=Text(80, shortest), required=True)


def text(key: str, longest: int | None = 500, *, required: bool = False) -> Field:
    """A free text."""
    return Field(name=key, kind=Text(longest), required=required)


def ref(key: str, to: str, *, on_put: bool = True, frozen: bool = False) -> Field:
    """A required id of another resource."""
    return Field(name=key, kind=Integer(), required=True, to=to, on_put=on_put, frozen=frozen)


def flag(key: str, *, default: bool = False, read_only: bool = False) -> Field:
    """A yes or no."""
    return Field(name=key, kind=Flag(), default=default, read_only=read_only)


def symbol(default: str | None = None) -> Field:
    """A unit symbol."""
    return Field(name="unit_symbol", kind=Symbol(), default=default, null=False)


def value_type() -> Field:
    """What a property's values must look like."""
    kind = Choice(("integer", "float", "boolean", "string"))
    return Field(name="value_type", kind=kind, default="string", on_put=False)


def choice(key: str, words: tuple[str, ...]) -> Field:
    """One of a few words that the database wants."""
    return Field(name=key, kind=Choice(words), needed=True, null=False)


def moment(key: str, *, needed: bool = False, on_put: bool = True) -> Field:
    """An aware time."""
    return Field(name=key, kind=Moment(), needed=needed, on_put=on_put, null=not needed)


def integer(key: str, default: int) -> Field:
    """A whole number with a default."""
    return Field(name=key, kind=Integer(), default=default, left_out="null")


def number(key: str, low: float, high: float) -> Field:
    """An optional number between bounds."""
    return Field(name=key, kind=Number(low, high))


def mapping(key: str) -> Field:
    """A JSON object."""
    return Field(name=key, kind=Object(), null=False)


def zone() -> Field:
    """A campaign's zone."""
    return Field(name="timezone", kind=Zone(), required=True)


def email() -> Field:
    """A user's address."""
    return Field(name="email", kind=Email(), required=True)


def password() -> Field:
    """Written, never shown."""
    return Field(name="password", kind=Text(80, 1), required=True, secret=True)
