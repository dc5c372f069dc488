"""The query of a select, read and checked (3.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np

from connectors.sandbox.clock import EPOCH, MICROSECOND, microseconds
from connectors.sandbox.openergy import clocks, freqs, reading
from connectors.sandbox.openergy.call import Record
from connectors.sandbox.openergy.freqs import Frequency
from connectors.sandbox.openergy.problems import Problem

Kind = TypeVar("Kind")

SIDES = ("left", "right", "both")
DIRECTIONS = ("left", "right")
YEAR = re.compile(r"\d{4}")
MONTH = re.compile(r"\d{4}-\d{2}")
NUMBER = re.compile(r"-?\d{9,16}(\.0+)?")
FAR = 9_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Moment:
    """A stamp of the query: of the shown clock, or an instant where it came with an offset."""

    stamp: int
    aware: bool

    def native(self, series: Record, clock: str | None) -> int:
        """The same in a series' own clock."""
        if self.aware:
            own = series["native_clock"]
            instants = np.array([self.stamp], dtype=np.int64)
            return int(clocks.from_instants(instants, own, series["timezone"])[0])
        return int(reading.native(series, np.array([self.stamp], dtype=np.int64), clock)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a select wants."""

    start: Moment | None
    end: Moment | None
    resample: Frequency | None
    rule: str | None
    dropna: bool
    closed: str
    convention: str
    """Whether a resampled interval is named by its start (`left`) or its end [G]."""
    start_mode: str
    """`right`: each series begins at the latest first point of all; `left`: at its own [G]."""
    now: int | None
    delay: int | None
    rows: int | None
    clock: str | None
    unfilter: bool


def asked(query: Mapping[str, str]) -> Asked:
    """The parameters; unknown ones are passed over. Raises Problem 400 with all that are wrong."""
    reader = _Reader(query)
    now = reader.take("utc_now", moment)
    found = Asked(
        start=reader.take("start", moment),
        end=reader.take("end", moment),
        resample=reader.take("resample", freqs.frequency),
        rule=reader.take("resample_rule", _one_of(freqs.RULES)),
        dropna=reader.take("dropna", truth) or False,
        closed=reader.take("closed", _one_of(SIDES)) or "both",
        convention=reader.take("convention", _one_of(DIRECTIONS)) or "left",
        start_mode=reader.take("start_mode", _one_of(DIRECTIONS)) or "left",
        now=now.stamp if now else None,
        delay=reader.take("max_acceptable_delay", freqs.duration),
        rows=reader.take("max_rows_nb", _count),
        clock=reader.take("clock", _one_of(clocks.CLOCKS)),
        unfilter=reader.take("unfilter", truth) or False,
    )
    reader.take("with_tags", truth)  # no series of the sandbox has tags
    reader.settle()
    return found


class _Reader:
    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query
        self._wrong: dict[str, list[str]] = {}

    def take(self, name: str, read: Callable[[str], Kind]) -> Kind | None:
        """One parameter; an empty text counts as none."""
        text = self._query.get(name, "").strip()
        if not text:
            return None
        try:
            return read(text)
        except (ValueError, OverflowError) as problem:
            self._wrong[name] = [str(problem)]
            return None

    def settle(self) -> None:
        if self._wrong:
            raise Problem(400, fields=self._wrong)


def moment(text: str) -> Moment:
    """A time in every form that `str()` gives one, a year or month alone, or milliseconds as
    in the answers [G]; one without offset is naive. Raises ValueError."""
    if NUMBER.fullmatch(text):
        return _near(Moment(int(float(text)) * 1000, aware=False), text)
    whole = f"{text}-01-01" if YEAR.fullmatch(text) else text
    whole = f"{text}-01" if MONTH.fullmatch(text) else whole
    try:
        found = datetime.fromisoformat(whole)
    except ValueError:
        raise ValueError(f"Invalid datetime: {text[:80]}") from None
    if found.tzinfo is not None:
        return Moment((found - EPOCH) // MICROSECOND, aware=True)
    return _near(Moment(microseconds(found.replace(tzinfo=UTC)), aware=False), text)


def _near(found: Moment, text: str) -> Moment:
    if abs(found.stamp) > 7 * FAR:
        raise ValueError(f"Invalid datetime: {text[:80]}")
    return found


def truth(text: str) -> bool:
    """`True` as the client prints it, and other spellings. Raises ValueError."""
    word = text.lower()
    if word in ("true", "1", "false", "0"):
        return word in ("true", "1")
    raise ValueError("Must be a valid boolean.")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise ValueError("A valid integer is required.")
    return int(text)


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f'"{text[:80]}" is not a valid choice.')
        return text

    return read
