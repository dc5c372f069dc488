"""Points as small typed arrays: what the answer to a browser carries.

Meter readings are decimals, so most fit a small integer and a power of ten; that is exact, and
half the bytes of a float. What does not fit goes as float32, a high counter as its distance from
the lowest value.
"""

from __future__ import annotations

import base64
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Packed: TypeAlias = dict[str, Any]

MICROSECONDS = 1000.0
"""In a millisecond."""
_MOST_DECIMALS = 6
_FLOAT32_ERROR = 1e-6
"""Of the range of the values: a hundredth of a pixel on a screen of 10,000."""


def packed_times(times: Array) -> Packed:
    """Rising instants (int64 microseconds) as `x0` and `dx`, or as `x0` and steps of one width.

    `x0` and `dx` are in milliseconds since 1970.
    """
    if times.size == 0:
        return {"x0": 0.0, "n": 0, "dx": 0.0}
    first: Packed = {"x0": int(times[0]) / MICROSECONDS, "n": int(times.size)}
    steps = np.diff(times)
    if steps.size == 0:
        return first | {"dx": 0.0}
    width = int(np.gcd.reduce(steps)) or 1
    dx = width / MICROSECONDS
    if bool((steps == width).all()):
        return first | {"dx": dx}
    return first | {"dx": dx} | _typed((steps // width).astype(np.uint64))


def packed_values(values: Array) -> Packed:
    """Float64 values, NaN where there is a gap, as scaled integers (0 is the gap) or floats.

    value = (number + low) / 10^decimals; `low` and `decimals` are 0 where absent.
    """
    there = values[~np.isnan(values)]
    if there.size == 0:
        return {"n": int(values.size)}
    decimals = _decimals(there)
    if decimals is None:
        return _floats(values, there)
    scaled = np.rint(values * 10.0**decimals)
    low = int(np.nanmin(scaled)) - 1
    whole = np.where(np.isnan(scaled), 0, scaled - low).astype(np.uint64)
    return {"low": low, "decimals": decimals} | _typed(whole)


def _decimals(values: Array) -> int | None:
    """The fewest decimals that write every value exactly, or None."""
    for decimals in range(_MOST_DECIMALS + 1):
        scaled = np.rint(values * 10.0**decimals)
        if float(np.abs(scaled).max()) >= 2**31:
            return None
        if bool((scaled / 10.0**decimals == values).all()):
            return decimals
    return None


def _floats(values: Array, there: Array) -> Packed:
    with np.errstate(over="ignore"):
        short = values.astype(np.float32)
    span = float(there.max() - there.min())
    error = float(np.nanmax(np.abs(short.astype(np.float64) - values)))
    if error <= span * _FLOAT32_ERROR:
        return _bytes("f4", short)
    low = float(there.min())
    return {"low": low} | _bytes("f4", (values - low).astype(np.float32))


def _typed(whole: Array) -> Packed:
    """Non-negative integers in the narrowest width that holds them."""
    most = int(whole.max())
    for name, width in (("u1", np.uint8), ("u2", np.uint16), ("u4", np.uint32)):
        if most <= np.iinfo(width).max:
            return _bytes(name, whole.astype(width))
    return _bytes("f8", whole.astype(np.float64))


def _bytes(dtype: str, array: Array) -> Packed:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return {"dtype": dtype, "bdata": base64.b64encode(little.tobytes()).decode()}
