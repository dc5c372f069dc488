"""Query strings: repeated keys, typed values, and 422 with one message list for each parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import QueryParams

from connectors.sandbox.bemserver.fields import Integer, InvalidError, Kind, beyond
from connectors.sandbox.bemserver.problems import Problem, invalid_query

MISSING = "Missing data for required field."


class Asked:
    """The parameters of one request; errors are gathered and raised together by `settle`."""

    def __init__(self, params: QueryParams) -> None:
        self._params = params
        self._errors: dict[str, Any] = {}
        self._beyond = False

    def one(self, name: str, kind: Kind, *, default: Any = None, required: bool = False) -> Any:
        """The last value of a parameter, or the default."""
        values = self._params.getlist(name)
        if not values:
            if required:
                self._errors[name] = [MISSING]
            return default
        try:
            value = kind.load(values[-1])
        except InvalidError as problem:
            self._errors[name] = [str(problem)]
            return default
        self._beyond = self._beyond or beyond(kind, value)
        return value

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
                self._beyond = self._beyond or beyond(kind, loaded[-1])
            except InvalidError as problem:
                problems[str(position)] = [str(problem)]
        if problems:
            self._errors[name] = problems
        return loaded

    def given(self, name: str) -> bool:
        """Whether the parameter is there at all."""
        return name in self._params

    def wrong(self, name: str, problem: Any) -> None:
        """Notes an error found by the caller: a text, a list of texts or what has them inside."""
        self._errors[name] = problem

    def between(self, name: str, *, low: int, high: int | None, default: int) -> int:
        """A whole number inside bounds."""
        number: int = self.one(name, Integer(stored=False), default=default)
        if name not in self._errors and (number < low or (high is not None and number > high)):
            bounds = f"Must be greater than or equal to {low}"
            bounds += "." if high is None else f" and less than or equal to {high}."
            self.wrong(name, [bounds])
        return number

    def order(self, allowed: Sequence[str]) -> list[tuple[str, bool]]:
        """The `sort` parameter as (field, descending)."""
        items: list[tuple[str, bool]] = []
        words = [f"{sign}{name}" for name in allowed for sign in ("", "+", "-")]
        faults: dict[str, list[str]] = {}
        for position, item in enumerate(self._sorting() if allowed else ()):
            if item in words:
                items.append((item.lstrip("+-"), item.startswith("-")))
            else:
                faults[str(position)] = [f"Must be one of: {', '.join(words)}."]
        if faults:
            self._errors["sort"] = faults
        return items

    def _sorting(self) -> list[str]:
        text: str = self._params.get("sort", "")
        return text.split(",") if text else []

    def settle(self, *, beyond: bool = True) -> bool:
        """Raises the gathered errors as one 422. A number that the database cannot hold is a 500,
        or with `beyond` false said by the answer."""
        if self._errors:
            raise invalid_query(self._errors)
        if self._beyond and beyond:
            raise Problem(500)
        return self._beyond
