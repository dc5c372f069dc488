"""Query strings: repeated keys, typed values, and 422 with one message list for each parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import QueryParams

from connectors.sandbox.bemserver.fields import Integer, InvalidError, Kind
from connectors.sandbox.bemserver.problems import invalid_query

MISSING = "Missing data for required field."


class Asked:
    """The parameters of one request; errors are gathered and raised together by `settle`."""

    def __init__(self, params: QueryParams) -> None:
        self._params = params
        self._errors: dict[str, Any] = {}

    def one(self, name: str, kind: Kind, *, default: Any = None, required: bool = False) -> Any:
        """The last value of a parameter, or the default."""
        values = self._params.getlist(name)
        if not values:
            if required:
                self._errors[name] = [MISSING]
            return default
        try:
            return kind.load(values[-1])
        except InvalidError as problem:
            self._errors[name] = [str(problem)]
            return default

    def many(self, name: str, kind: Kind, *, required: bool = False) -> list[Any]:
        """Every value of a repeated parameter, in order."""
        values = self._params.getlist(name)
        if required and not values:
            self._errors[name] = [MISSING]
        loaded: list[Any] = []
        problems: dict[str, list[str]] = {}
        for position, value in enumerate(values):
            try:
                loaded.append(kind.load(value))
            except InvalidError as problem:
                problems[str(position)] = [str(problem)]
        if problems:
            self._errors[name] = problems
        return loaded

    def given(self, name: str) -> bool:
        """Whether the parameter is there at all."""
        return name in self._params

    def wrong(self, name: str, problem: str | Sequence[str]) -> None:
        """Notes an error found by the caller."""
        self._errors[name] = problem if isinstance(problem, str) else list(problem)

    def between(self, name: str, *, low: int, high: int | None, default: int) -> int:
        """A whole number inside bounds."""
        number: int = self.one(name, Integer(), default=default)
        if name not in self._errors and (number < low or (high is not None and number > high)):
            bounds = f"Must be greater than or equal to {low}"
            bounds += "." if high is None else f" and less than or equal to {high}."
            self.wrong(name, [bounds])
        return number

    def order(self, allowed: Sequence[str]) -> list[tuple[str, bool]]:
        """The `sort` parameter as (field, descending)."""
        items: list[tuple[str, bool]] = []
        for item in self._params.get("sort", "").split(","):
            name = item.lstrip("+- ")
            if name in allowed:
                items.append((name, item.strip().startswith("-")))
            elif item:
                self.wrong("sort", ["Must be one of: " + ", ".join(allowed) + "."])
        return items

    def settle(self) -> None:
        """Raises the gathered errors as one 422."""
        if self._errors:
            raise invalid_query(self._errors)
