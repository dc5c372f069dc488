"""Signals: what goes to a twin and comes from it over Kafka (section 1.4).

A signal is a JSON object of exactly four keys, `{"state": [0.2, 0.3], "valence": 9.0, "score":
null, "emb_inp": null}`. What comes back may hold its state as a text of JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from connectors.errors import Rejected

KEYS = ("state", "valence", "score", "emb_inp")

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


def verify(signal: Mapping[str, object]) -> None:
    """Raises Rejected with the reason beside each key."""
    faults = dict(_faults(signal))
    if faults:
        raise Rejected("This is no signal that a twin takes.", faults)


def message(signal: Mapping[str, object]) -> bytes:
    """A signal as it goes out. Raises Rejected before anything is sent."""
    verify(signal)
    return orjson.dumps({key: signal[key] for key in KEYS})


def state(given: object) -> list[float]:
    """A state as numbers, from a list or a text of one. Raises ValueError with the reason."""
    return [float(one) for one in array(given)]


def array(given: object) -> Vector:
    """The same as a float64 array."""
    value = given
    if isinstance(value, str | bytes):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise ValueError("The state is a text that is no list.") from None
    if not isinstance(value, list | tuple | np.ndarray):
        raise ValueError("A state is a list of numbers.")
    if any(isinstance(one, list | tuple | dict) for one in value):
        raise ValueError("A state is a flat list: it holds no other list.")
    if not all(_number(one) for one in value):
        raise ValueError("A state holds numbers only, and finite ones.")
    return np.array(value, dtype=np.float64)


def heard(value: bytes | None) -> tuple[Vector | None, float | None]:
    """State and valence of a message; None for what nobody can read of it."""
    try:
        found: Any = orjson.loads(value or b"null")
    except orjson.JSONDecodeError:
        return None, None
    if not isinstance(found, dict):
        return None, None
    valence: Any = found.get("valence")
    felt = float(valence) if _number(valence) else None
    try:
        return array(found.get("state")), felt
    except ValueError:
        return None, felt


def _faults(signal: Mapping[str, object]) -> list[tuple[str, str]]:
    faults = [(key, "This has to be said, if only as null.") for key in KEYS if key not in signal]
    faults += [(key, "A signal has no such key.") for key in signal if key not in KEYS]
    if "state" in signal:
        faults += [("state", reason) for reason in _reasons(signal["state"])]
    for key, kinds in (("valence", (int, float)), ("score", (int,)), ("emb_inp", (int,))):
        value = signal.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, kinds)):
            faults.append((key, "This is a number, or null."))
    return faults


def _reasons(given: object) -> list[str]:
    try:
        numbers = array(None if isinstance(given, str | bytes) else given)
    except ValueError as wrong:
        return [str(wrong)]
    return [] if len(numbers) else ["A state holds at least one number."]


def _number(value: object) -> bool:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return number and bool(np.isfinite(float(value)))  # type: ignore[arg-type]
