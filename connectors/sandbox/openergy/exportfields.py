"""The body of a series export, checked (section 3.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.openergy.call import Call, Record
from connectors.sandbox.openergy.fields import InvalidError, choice, flag, freq, known_id
from connectors.sandbox.openergy.freqs import Frequency, frequency
from connectors.sandbox.openergy.moments import read_naive
from connectors.sandbox.openergy.problems import Problem

MOST_SERIES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an export is to hold. Stamps are naive microseconds in `clock`."""

    series: tuple[Record, ...]
    start: int | None
    end: int | None
    out_freq: Frequency | None
    clock: str | None
    frame: bool
    sep: str
    decimal: str
    grouper: Frequency | None
    with_tags: bool
    last_start: bool
    """Whether rows begin where the last series begins, instead of the first."""
    first_end: bool


def wanted(call: Call) -> Wanted:
    """The export of a request. Raises Problem 400 with every field that is wrong."""
    body = call.json()
    errors: dict[str, list[str]] = {}

    def take(name: str, check: Callable[[Any], Any], default: Any = None) -> Any:
        if body.get(name) is None:
            return default
        try:
            return check(body[name])
        except InvalidError as problem:
            errors[name] = [str(problem)]
            return default

    sides = choice("right", "left")
    found = {
        "start": take("start", _moment), "end": take("end", _moment),
        "out_freq": take("out_freq", _frequency), "grouper": take("time_grouper", _frequency),
        "clock": take("clock", choice("gmt", "tzt", "dst")),
        "frame": take("out_mode", choice("series", "dataframe"), "series") == "dataframe",
        "sep": take("sep", _character, ","), "decimal": take("decimal", _character, "."),
        "with_tags": take("with_tags", flag, default=False),
        "last_start": take("in_start_mode", sides, "right") == "right",
        "first_end": take("in_end_mode", sides, "left") == "left",
    }  # fmt: skip
    series = _series(call, body, errors)
    if found["sep"] == found["decimal"]:
        errors.setdefault("decimal", ["The separator and the decimal sign must differ."])
    if errors:
        raise Problem(400, fields=errors)
    return Wanted(series=series, **found)


def _series(call: Call, body: Record, errors: dict[str, list[str]]) -> tuple[Record, ...]:
    """The series by id, each once; those that may not be seen do not exist."""
    asked = body.get("series")
    if asked is None:
        errors["series"] = ["This field is required."]
        return ()
    if not isinstance(asked, list) or not asked:
        errors["series"] = ["This list may not be empty." if asked == [] else
                            "Expected a list of items."]  # fmt: skip
        return ()
    if len(asked) > MOST_SERIES:
        errors["series"] = [f"Ensure this field has no more than {MOST_SERIES} elements."]
        return ()
    found: dict[str, Record] = {}
    for row_id in asked:
        row = call.platform.get("odata/series", row_id if isinstance(row_id, str) else None)
        if row is None or call.role("odata/series", row) is None:
            errors["series"] = [f'Invalid pk "{_short(row_id)}" - object does not exist.']
            continue
        found[row["id"]] = row
    return tuple(found.values())


def _short(value: object) -> str:
    text = value if isinstance(value, str) else type(value).__name__
    return known_id(text) or text[:60]


def _moment(value: Any) -> int:
    try:
        return read_naive(value)
    except (TypeError, AttributeError, ValueError, OverflowError):
        raise InvalidError("Datetime has wrong format.") from None


def _frequency(value: Any) -> Frequency:
    return frequency(freq(value))


def _character(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 1 or value in '"\r\n\x00' or value.isdigit():
        raise InvalidError("Expected one character.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidError("Expected one character.") from None
    return value
