"""Signals to a twin over Kafka (section 1.4): one, or some at a pace."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from typing import Annotated

from pydantic import Field

from connectors.avenieca import ids, signals
from connectors.avenieca.acts.base import State, Twin, check_length
from connectors.avenieca.acts.models import LARGEST, NUMBERS
from connectors.avenieca.config import AveniECAConfig
from connectors.avenieca.kafka import Cluster
from connectors.avenieca.tree import Tree
from connectors.contract import Acts
from connectors.operations import Progress, Record, operation

Valence = Annotated[
    float | None,
    Field(title="Valence", description="How good the state is. Empty: the twin decides."),
]
Score = Annotated[
    int | None,
    Field(
        title="Score",
        description="How often it has been met already. Empty: the twin counts.",
        ge=0,
        le=LARGEST,
    ),
]
Input = Annotated[
    int | None,
    Field(
        title="Embedding input",
        description="The number of the registered text that the state stands for.",
        ge=1,
        le=LARGEST,
    ),
]


class SendingFunctions(Acts):
    """Mixed into the service."""

    config: AveniECAConfig
    _tree: Tree

    def _cluster(self) -> Cluster:
        """The broker. Raises ConfigInvalid where the settings name none."""
        raise NotImplementedError

    @operation(
        name="signal.publish",
        label="Send a signal",
        help="Sends one state to the twin over Kafka; the twin takes it in as its newest state.",
        on="twin",
        danger="writes",
    )
    def publish_signal(
        self,
        twin: Twin,
        state: State,
        valence: Valence = None,
        score: Score = None,
        emb_inp: Input = None,
    ) -> Record:
        module = ids.twin(twin)
        check_length(self._tree, module, "state", state)
        value = _message(state, valence, score, emb_inp)
        topic = self.config.hears(module)
        with closing(self._cluster()) as cluster:
            partition, offset = cluster.produce(topic, value)
        return Record(fields={"topic": topic, "partition": partition, "offset": offset})

    @operation(
        name="signal.repeat",
        label="Send signals at a pace",
        help="Sends states to the twin one after another, again from the first when all were sent.",
        on="twin",
        danger="writes",
    )
    def repeat_signals(
        self,
        twin: Twin,
        states: Annotated[
            list[Annotated[list[float], Field(min_length=1, max_length=NUMBERS)]],
            Field(
                title="States",
                description="State vectors, for example [[20.5], [21.0]].",
                min_length=1,
                max_length=10_000,
            ),
        ],
        times: Annotated[
            int,
            Field(
                title="Signals",
                description="How many to send; 1 sends one at once and stops.",
                ge=1,
                le=86_400,
            ),
        ] = 10,
        pace: Annotated[
            float,
            Field(title="Pace", description="Seconds from one signal to the next.", ge=0.05, le=60),
        ] = 1.0,
        valence: Valence = None,
    ) -> Generator[Progress, None, Record]:
        module = ids.twin(twin)
        check_length(self._tree, module, "states", *states)
        values = [_message(state, valence, None, None) for state in states]
        topic = self.config.hears(module)
        began = time.monotonic()
        with closing(self._cluster()) as cluster:
            for number in range(times):
                time.sleep(max(0.0, began + number * pace - time.monotonic()))
                _, offset = cluster.produce(topic, values[number % len(values)])
                yield Progress(text=f"{number + 1} signals sent.", share=(number + 1) / times)
        return Record(fields={"topic": topic, "sent": times, "offset": offset})


def _message(
    state: list[float], valence: float | None, score: int | None, emb_inp: int | None
) -> bytes:
    return signals.message({"state": state, "valence": valence, "score": score, "emb_inp": emb_inp})
