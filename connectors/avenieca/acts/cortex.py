"""Predictions: what a twin does next (sections 3, 4 and 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from connectors.avenieca import ids, predicting
from connectors.avenieca.acts.base import Twin
from connectors.avenieca.acts.models import LARGEST
from connectors.avenieca.client import Client
from connectors.avenieca.rows import Prediction
from connectors.contract import Acts, Points
from connectors.operations import Table, operation

Steps = Annotated[int, Field(title="Steps", description="How many states ahead.", ge=1, le=1000)]
Range = Annotated[
    int, Field(title="Range", description="How many states before count.", ge=1, le=100)
]
Recall = Annotated[
    int,
    Field(title="Recall", description="How many of them have to be alike.", ge=1, le=100),
]
Only = Annotated[
    str | None,
    Field(
        title="Status",
        description="Learn from rows with this tag only. Empty: from all.",
        min_length=1,
        max_length=8,
    ),
]
Current = Annotated[
    int | None,
    Field(
        title="Current state",
        description="The number of the state to go on from. Empty: the newest.",
        ge=1,
        le=LARGEST,
    ),
]
Previous = Annotated[
    list[int] | None,
    Field(
        title="Previous states",
        description="The numbers of the states before it, the oldest first. Empty: the newest.",
        max_length=100,
    ),
]
COLUMNS = ("step", "twin", "state", "ess_id", "aggregate_id")
REQUEST: Mapping[str, object] = {
    "range": 2, "recall": 2, "n": 1, "status": None, "current_state": None,
    "previous_state": None, "store_response": False, "store_sequence": False,
}  # fmt: skip
"""All members of NextStateRequest but the module, as they are when nothing is said (section 4)."""


class CortexFunctions(Acts):
    """Mixed into the service."""

    _client: Client

    @operation(
        name="cortex.predictions",
        label="Predict in words",
        help="The next states as text, for an aggregate twin by twin. Step 0 is the current state.",
        on="twin",
        danger="reads",
    )
    def predict_in_words(
        self,
        twin: Twin,
        n: Steps = 1,
        range: Range = 2,
        recall: Recall = 2,
        status: Only = None,
        current_state: Current = None,
        previous_state: Previous = None,
    ) -> Table:
        asked = _asked(
            ids.twin(twin), n=n, range=range, recall=recall, status=status,
            current_state=current_state, previous_state=previous_state,
        )  # fmt: skip
        return _table(self._client.predictions(asked))

    @operation(
        name="cortex.predictions_raw",
        label="Predict",
        help=(
            "The next states as points beyond now. The platform tells no times: "
            "the steps are as far apart as the median step of the past, unless you say it."
        ),
        on="twin",
        danger="reads",
    )
    def predict(
        self,
        twin: Twin,
        n: Steps = 10,
        range: Range = 2,
        recall: Recall = 2,
        status: Only = None,
        current_state: Current = None,
        previous_state: Previous = None,
        spacing: Annotated[
            float | None,
            Field(
                title="Spacing",
                description="Seconds between two steps. Empty: the median step of the past.",
                gt=0,
                le=366 * 86_400,
            ),
        ] = None,
    ) -> Iterator[Points]:
        module = ids.twin(twin)
        asked = _asked(
            module, n=n, range=range, recall=recall, status=status,
            current_state=current_state, previous_state=previous_state,
        )  # fmt: skip
        found = self._client.predictions_raw(asked)
        return predicting.drawn(self._client, module, found, spacing)

    @operation(
        name="cortex.keep",
        label="Predict and keep",
        help="Predicts, and keeps what was predicted on the server.",
        on="twin",
        danger="writes",
    )
    def predict_and_keep(
        self,
        twin: Twin,
        n: Steps = 1,
        *,
        store_response: Annotated[
            bool,
            Field(title="As a response", description="Among the kept predictions of the server."),
        ] = True,
        store_sequence: Annotated[
            bool,
            Field(
                title="As rows",
                description="In the twin's own sequence, as if the states had occurred.",
            ),
        ] = False,
    ) -> Table:
        asked = _asked(
            ids.twin(twin), n=n, store_response=store_response, store_sequence=store_sequence
        )
        return _table(self._client.predictions(asked, repeatable=False))


def _asked(module: str, **given: object) -> dict[str, object]:
    return {"module_id": module, **REQUEST, **given}


def _table(found: Prediction) -> Table:
    """A row for each twin of each state."""
    steps = [found.current_state, *(step.parts for step in found.next_state)]
    rows = [
        (number, part.module_id, part.state, part.ess_id, part.aggregate_id)
        for number, step in enumerate(steps)
        for part in step
    ]
    return Table(columns=COLUMNS, rows=rows)
