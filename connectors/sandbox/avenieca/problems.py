"""What goes wrong, in the platform's two shapes: a list of errors, or an aggregate's faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


class Problem(Exception):
    """A refusal, as `{"errors": [text, …]}`."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(status, *errors)
        self.status = status
        self.errors = errors

    def body(self) -> Mapping[str, Any]:
        """What the client gets."""
        return {"errors": list(self.errors)}


def missing(what: str) -> Problem:
    """404 for something that is not there."""
    return Problem(404, f"{what} not found")


@dataclass(kw_only=True)
class AggregateFaults:
    """What an aggregate's insert got wrong; the fields are the platform's own."""

    ess_from_aggregate: str = ""
    field_length_errors: list[str] = field(default_factory=list)
    module_id_position: list[str] = field(default_factory=list)
    verifying_ess_exists: list[str] = field(default_factory=list)
    ess_mismatch: list[str] = field(default_factory=list)
    invalid_ess_db_ids: list[int] = field(default_factory=list)
    invalid_module_ids: list[str] = field(default_factory=list)
    incorrect_avg_ess_score: str = ""
    incorrect_avg_ess_valence: str = ""
    incorrect_valence: str = ""
    incorrect_total_ess_sore: str = ""
    """Misspelt by the platform: its client takes no other name (section 4)."""

    def check(self) -> None:
        """Raises AggregateProblem when there is any."""
        if any(asdict(self).values()):
            raise AggregateProblem(self)


class AggregateProblem(Problem):
    """400 with the faults field by field."""

    def __init__(self, faults: AggregateFaults) -> None:
        super().__init__(400, "the aggregate does not fit")
        self.faults = faults

    def body(self) -> Mapping[str, Any]:
        """All fields, the good ones empty."""
        return asdict(self.faults)
