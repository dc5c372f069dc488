"""The methods of a service that tests exercise: its verbs, and the methods of its operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Literal

from connectors.contract import Service, powers
from connectors.operations import Danger, Kind, Resource, operations

Gives = (
    Kind
    | Literal[
        "account", "page", "node", "points", "buckets", "written", "grants", "grant", "feed", "file"
    ]
)
Around = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]
"""Is given the method, bound to its service, and what it was called with."""


@dataclass(frozen=True, order=True)
class Target:
    """One method; of a family, with one row of its table."""

    kind: str
    method: str
    row: str = ""

    def __str__(self) -> str:
        return f"{self.method}({self.row})" if self.row else self.method


@dataclass(frozen=True, kw_only=True)
class Face:
    """What a method looks like from outside."""

    gives: Gives
    danger: Danger = "reads"
    lasting: bool = False
    subject: str | None = None
    """The argument whose id a changed record has."""


VERBS = {
    "check": Face(gives="account"),
    "children": Face(gives="page"),
    "node": Face(gives="node"),
    "read": Face(gives="points"),
    "aggregate": Face(gives="buckets"),
    "write": Face(gives="written", danger="writes"),
    "search": Face(gives="page"),
    "open": Face(gives="file"),
    "put": Face(gives="node", danger="writes"),
    "delete": Face(gives="nothing", danger="destroys"),
    "audiences": Face(gives="page"),
    "grants": Face(gives="grants"),
    "share": Face(gives="grant", danger="writes"),
    "revoke": Face(gives="nothing", danger="destroys"),
    "subscribe": Face(gives="feed"),
}


def faces(service: type[Service[Any]]) -> dict[str, Face]:
    """Every method that can be traced and broken, by name."""
    acts = {
        one.method.__name__: Face(
            gives=one.kind, danger=one.danger, lasting=one.lasting, subject=one.subject
        )
        for one in operations(service)
    }
    verbs = {
        name for power in (Service, *powers(service)) for name in _abstract(power) if name in VERBS
    }
    return acts | {name: VERBS[name] for name in sorted(verbs)}


def _abstract(power: object) -> frozenset[str]:
    found: frozenset[str] = getattr(power, "__abstractmethods__", frozenset())
    return found


def wrap(service: type[Service[Any]], method: str, around: Around) -> None:
    """Puts `around` in front of the method, in the class that defines it: the order of the
    operations stays."""
    owner = next(base for base in service.__mro__ if method in vars(base))
    original = vars(owner)[method]

    @wraps(original)
    def wrapped(self: object, *args: Any, **kwargs: Any) -> Any:
        return around(partial(original, self), args, kwargs)

    setattr(owner, method, wrapped)


def row_of(args: tuple[Any, ...]) -> str:
    """The row with which a method of a family was called."""
    return args[0].name if args and isinstance(args[0], Resource) else ""
