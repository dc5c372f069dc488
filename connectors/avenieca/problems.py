"""AveniECA's own rows of the error table (sections 1.3 and 4).

Error bodies are `{"errors": [text, …]}`, and for an aggregate that does not fit an object with a
fault a field. What the server says is shown, cut; secrets in it are blotted out by the door.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from connectors.errors import (
    AuthFailed,
    ConnectorError,
    Forbidden,
    NotFound,
    Rejected,
    Unavailable,
)
from connectors.http import Answer
from connectors.refusals import cut, details
from connectors.retries import retry_after

MOST = 5
FAULTS = {
    "ess_from_aggregate": "aggregate_id",
    "verifying_ess_exists": "aggregate_id",
    "invalid_ess_db_ids": "aggregate_id",
    "module_id_position": "aggregate_module_id",
    "invalid_module_ids": "aggregate_module_id",
    "field_length_errors": "aggregate_shape",
    "ess_mismatch": "state",
    "incorrect_valence": "valence",
    "incorrect_avg_ess_valence": "avg_ess_valence",
    "incorrect_avg_ess_score": "avg_ess_score",
    "incorrect_total_ess_sore": "total_ess_score",
    "incorrect_total_ess_score": "total_ess_score",
}
"""Faults of an aggregate and the field they are shown at; “sore” is the platform's spelling."""


def explain(answer: Answer) -> ConnectorError | None:
    """The error that an AveniECA answer means; None: the common table decides."""
    found = details(answer)
    fields = dict(_aggregate(found))
    if answer.status == 400 and fields:
        return Rejected("AveniECA says that this aggregate does not fit its twins.", fields)
    said = told(found)
    row = ROWS.get(500 if answer.status >= 500 else answer.status)
    if row is None or not said:
        return None
    fault = row(f"AveniECA says: {said}")
    if isinstance(fault, Unavailable):
        fault.retry_after = retry_after(answer.headers.get("retry-after"))
    return fault


ROWS: dict[int, Callable[[str], ConnectorError]] = {
    400: Rejected,
    401: AuthFailed,
    403: Forbidden,
    404: NotFound,
    409: Rejected,
    422: Rejected,
    500: Unavailable,
}


def told(found: dict[str, Any]) -> str:
    """The server's list of messages as one sentence; empty when it sent none."""
    errors = found.get("errors")
    texts = [_text(one) for one in errors[:MOST]] if isinstance(errors, list) else []
    joined = "; ".join(text for text in texts if text)
    return f"{joined}." if joined and joined[-1] not in ".!?" else joined


def _aggregate(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The faults of an aggregate, one sentence a field, the first of each."""
    named: dict[str, list[str]] = {}
    for fault, field in FAULTS.items():
        said = found.get(fault)
        texts = [_text(one) for one in said[:MOST]] if isinstance(said, list) else [_text(said)]
        named.setdefault(field, []).extend(text for text in texts if text)
    for field, texts in named.items():
        if texts:
            yield field, f"{'; '.join(texts)}."


def _text(said: object) -> str:
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return ""
    return cut(str(said))
