"""What the declared functions share: parameters and their checks, rows as records and tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, TypeVar

from pydantic import Field

from connectors.avenieca.acts.models import LARGEST, NUMBERS
from connectors.avenieca.client import Pieces, checked
from connectors.avenieca.rows import Row
from connectors.avenieca.tree import Tree
from connectors.contract import NodeId
from connectors.errors import Rejected
from connectors.operations import Record, Table

Twin = Annotated[NodeId, Field(title="Twin", description="The twin it is about.")]
EssId = Annotated[
    int,
    Field(title="State", description="The number of the state (its ESS).", ge=1, le=LARGEST),
]
RowId = Annotated[
    int,
    Field(title="Row", description="The number of the row; -1 is the newest.", ge=-1, le=LARGEST),
]
Number = Annotated[int, Field(title="Number", description="Its number.", ge=1, le=LARGEST)]
State = Annotated[
    list[float],
    Field(
        title="State",
        description="The numbers of the state vector, all of them.",
        min_length=1,
        max_length=NUMBERS,
    ),
]

R = TypeVar("R", bound=Row)


def check_length(tree: Tree, module: str, field: str, *states: list[float]) -> None:
    """Before anything is sent. Raises NotFound for no twin, and Rejected on `field` for a vector of
    another length than those of the twin."""
    ess = tree.newest(module)
    wrong = next((len(one) for one in states if ess and len(one) != len(ess.state)), None)
    if ess and wrong is not None:
        said = f"States of this twin have {len(ess.state)} numbers; these are {wrong}."
        raise Rejected.on(field, said)


def record(row: Row) -> Record:
    """A row of the platform as it is."""
    return Record(fields=row.model_dump(mode="json"))


def table(pieces: Pieces, shape: type[R]) -> Table:
    """A list of the platform; its rows are checked as they are taken."""
    return Table(columns=tuple(shape.model_fields), rows=_rows(pieces, shape))


def _rows(pieces: Pieces, shape: type[R]) -> Iterator[tuple[object, ...]]:
    with closing(pieces):
        for piece in pieces:
            for one in piece:
                yield tuple(checked(one, shape).model_dump(mode="json").values())
