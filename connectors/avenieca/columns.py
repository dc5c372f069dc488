"""Times and values as Arrow columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.contract import TIME
from connectors.errors import BadAnswer

Whole = np.ndarray[tuple[int], np.dtype[np.int64]]
_FINE = pa.timestamp("ns", tz="UTC")


def micros(texts: Sequence[str]) -> Whole:
    """Times as whole microseconds since the epoch; what is below is cut.

    Both spellings of section 4: `2023-06-11T15:06:25.726206Z`, `2023-05-31 16:28:17.6 UTC`.
    Raises BadAnswer for what is no time.
    """
    try:
        plain = pc.replace_substring_regex(pa.array(texts, pa.string()), " ?UTC$", "Z")
        fine = plain.cast(_FINE)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise BadAnswer("AveniECA answered a time that is none.") from None
    if fine.null_count:
        raise BadAnswer("AveniECA answered a row without its time.")
    found: Whole = fine.view(pa.int64()).to_numpy() // 1000
    return found


def moment(text: str) -> datetime:
    """One time, aware and in UTC. Raises BadAnswer."""
    found: datetime = times(micros([text]))[0].as_py()
    return found


def times(moments: Whole) -> pa.Array:
    return pa.array(moments, pa.int64()).cast(TIME)


def numbers(values: Sequence[Any]) -> tuple[pa.Array, int]:
    """float64, with null for what is no finite number, and how many those were."""
    try:
        found = np.array([np.nan if one is None else one for one in values], dtype=np.float64)
    except (TypeError, ValueError):
        raise BadAnswer("AveniECA answered a value that is no number.") from None
    finite = np.isfinite(found)
    wrong = len(found) - int(np.count_nonzero(finite))
    return pa.array(found, mask=~finite if wrong else None), wrong
