"""Who listens to what: subscriptions, and notices that wait for theirs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

Payload = Any
Deliver = Callable[[Payload], None]
"""Takes one payload, from any thread, and returns at once."""

LONGEST_WAIT = 1000
"""So many notices wait for a subscriber; then the oldest is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subscriber:
    """One running subscription."""

    field: str
    arguments: Mapping[str, Any]
    deliver: Deliver

    def wants(self, field: str, arguments: Mapping[str, Any]) -> bool:
        """Whether it asked for this. An argument that it left out or gave as null is no filter."""
        return field == self.field and all(
            value is None or str(arguments.get(name)) == str(value)
            for name, value in self.arguments.items()
        )


class Hub:
    """Passes what is published to those who subscribed. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._subscribers: list[Subscriber] = []
        self._waiting: OrderedDict[tuple[Any, ...], tuple[str, Mapping[str, Any], Payload]] = (
            OrderedDict()
        )

    def join(self, subscriber: Subscriber) -> None:
        """Registers a subscription, and hands it the notices that waited for it."""
        with self._lock:
            self._subscribers.append(subscriber)
            due = [
                key
                for key, (field, arguments, _) in self._waiting.items()
                if subscriber.wants(field, arguments)
            ]
            for key in due:
                subscriber.deliver(self._waiting.pop(key)[2])

    def leave(self, subscriber: Subscriber) -> None:
        """Ends a subscription. One that has ended is ignored."""
        with self._lock:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

    def publish(
        self, field: str, arguments: Mapping[str, Any], payload: Payload, *, keep: bool = False
    ) -> None:
        """Sends a payload, JSON in the shape of the field's type, to those who asked for it.

        With `keep`, and nobody listening, it waits for the first who does: the official client
        orders an export before it listens. A newer one for the same arguments replaces it.
        """
        with self._lock:
            listening = [one for one in self._subscribers if one.wants(field, arguments)]
            for subscriber in listening:
                subscriber.deliver(payload)
            key = (field, *sorted(arguments.items()))
            self._waiting.pop(key, None)
            if keep and not listening:
                self._waiting[key] = (field, arguments, payload)
                while len(self._waiting) > LONGEST_WAIT:
                    self._waiting.popitem(last=False)

    def listening(self, field: str) -> list[Mapping[str, Any]]:
        """The arguments of each running subscription to a field."""
        with self._lock:
            return [one.arguments for one in self._subscribers if one.field == field]

    def forget(self) -> None:
        """Drops the notices that wait; subscriptions stay."""
        with self._lock:
            self._waiting.clear()
