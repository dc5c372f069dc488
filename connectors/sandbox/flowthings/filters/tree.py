"""A parsed filter."""

from __future__ import annotations

from dataclasses import dataclass

Scalar = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Member:
    """A dotted name such as `elems.value`."""

    parts: tuple[str, ...]


Value = Scalar | Member


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, in RE2's syntax with its flags in front."""

    text: str


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class Exists:
    """The member is there."""

    member: Member


@dataclass(frozen=True, slots=True)
class Has:
    """Some elem has this data type."""

    type: str


@dataclass(frozen=True, slots=True)
class Matches:
    """Some text of the object matches."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Age:
    """Milliseconds since creation, or since the time that a member holds."""

    member: Member | None
    operator: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Compare:
    """A member beside a fixed value or another member."""

    member: Member
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Modulo:
    """The rest of a division beside a number; `operator` is `==` or `!=`."""

    member: Member
    divisor: float
    operator: str
    rest: float


@dataclass(frozen=True, slots=True)
class Search:
    """The pattern is found somewhere in a text."""

    member: Member
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class In:
    """The member is one of the values."""

    member: Member
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """The list that the member holds has every one of the values."""

    member: Member
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The place that the member holds is at most so many kilometres from a point."""

    member: Member
    kilometres: float
    latitude: float
    longitude: float


Node = (
    Either
    | Both
    | Not
    | Exists
    | Has
    | Matches
    | Age
    | Compare
    | Modulo
    | Search
    | In
    | Contains
    | Within
)
