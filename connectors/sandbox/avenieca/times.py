"""Moments as the platform writes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stamp(moment: int) -> str:
    """Microseconds since 1970 as `2023-06-11T15:06:25.726206Z`."""
    return f"{np.datetime64(moment, 'us')}Z"


def stamps(moments: NDArray[np.int64]) -> list[str]:
    """Many of them."""
    texts: list[str] = np.datetime_as_string(moments.astype("M8[us]")).tolist()
    return [f"{text}Z" for text in texts]


def pretty_stamp(moment: int) -> str:
    """As `2023-05-31 16:28:17.604598 UTC`, the other spelling of section 4."""
    return f"{np.datetime64(moment, 'us')} UTC".replace("T", " ", 1)
