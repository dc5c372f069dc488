"""How a field of the schema finds the function that answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from connectors.sandbox.avista.state import Platform

Resolver = Callable[..., Any]
Found = TypeVar("Found", bound=Resolver)

UNAUTHORIZED = "Unauthorized"


class Fault(Exception):
    """An error of the platform: one entry of `errors`, beside `data` that is null there."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message


def unauthorized() -> Fault:
    """What anybody gets for what is not theirs; the type and the message are the same word."""
    return Fault(UNAUTHORIZED, UNAUTHORIZED)


def refused(message: str) -> Fault:
    """A request that the schema allows and the platform does not. The type is a guess [G]."""
    return Fault("BadRequest", message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is calling, by which token."""

    user_id: str
    token_id: str
    token_type: str
    """`USER_FULL_ACCESS`, `IOT_ENDPOINT_READ_WRITE` or `DATA_CAPTURE_READ_WRITE`."""
    scope: tuple[str, ...] = ()
    """The endpoint or capture that a limited token is for."""
    admin: bool = False
    """Whether the user is a platform administrator, who sees everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, as a resolver sees it."""

    platform: Platform
    actor: Actor
    base_url: str
    """Where the caller found us, without a slash at the end: `https://host:port`."""
    spoiled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    """A mutation whose answer goes to the subscribers of a field, as AppSync does it.

    They get what the mutation's caller selected, and nothing else. `keys` names the arguments
    that mutation and subscription share and that must be equal.
    """

    mutation: str
    subscription: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolvers:
    """The functions of one area, by (type, field)."""

    fields: dict[tuple[str, str], Resolver] = field(default_factory=dict)
    fans: list[FanOut] = field(default_factory=list)
    uploads: dict[str, Resolver] = field(default_factory=dict)

    def field(self, kind: str, name: str) -> Callable[[Found], Found]:
        """Decorates `f(call, **arguments)`, for a field of `Query` or `Mutation`.

        It returns JSON in the shape of the field's type: None for what does not exist. Enums are
        their names. Arguments that were not given are not passed: give them defaults.
        It runs in a thread, one call at a time on a platform.
        """
        return self._kept(kind, name)

    def nested(self, kind: str, name: str) -> Callable[[Found], Found]:
        """Decorates `f(call, parent, **arguments)`, for a field of any other type.

        Fields without one are taken from the parent by their name, None when it has none.
        """
        return self._kept(kind, name)

    def subscription(self, name: str) -> Callable[[Found], Found]:
        """Decorates `f(call, **arguments) -> None`, which raises Fault to refuse a subscriber."""
        return self._kept("Subscription", name)

    def fan_out(self, mutation: str, subscription: str, *keys: str) -> None:
        """Says which subscription a mutation's answer goes to. Nothing is kept for latecomers."""
        self.fans.append(FanOut(mutation=mutation, subscription=subscription, keys=keys))

    def uploaded(self, kind: str) -> Callable[[Found], Found]:
        """Decorates `f(platform, owner, stored)`: the upload of an object of this kind is whole."""
        return self._added(self.uploads, kind)

    def _kept(self, kind: str, name: str) -> Callable[[Found], Found]:
        return self._added(self.fields, (kind, name))

    def _added(self, table: dict[Any, Resolver], key: object) -> Callable[[Found], Found]:
        def keep(function: Found) -> Found:
            if key in table:
                raise ValueError(f"{key} is answered twice")
            table[key] = function
            return function

        return keep


def joined(areas: Iterable[Resolvers]) -> Resolvers:
    """All areas as one. Raises ValueError when two answer the same field."""
    whole = Resolvers()
    for area in areas:
        for place, function in area.fields.items():
            whole._added(whole.fields, place)(function)
        for upload, function in area.uploads.items():
            whole._added(whole.uploads, upload)(function)
        whole.fans.extend(area.fans)
    return whole
