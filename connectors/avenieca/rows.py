"""The platform's rows (section 4). Keys that newer servers add are passed over."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Row(BaseModel):
    """What the platform answers."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Session(Row):
    """A sign-in (section 1.2); `session_id` is the bearer token."""

    role: str = ""
    session_id: str
    user_id: str | int
    username: str


class Ess(Row):
    """One distinct state of a twin."""

    id: int
    state: tuple[float | None, ...]
    module_id: str
    valence: float | None
    avg_ess_valence: float | None = 0.0
    total_ess_score: int | None = 0
    avg_ess_score: int | None = 0
    score: int | None = 0
    embedding_input: int | None = None
    aggregate_id: tuple[int, ...] | None = ()
    aggregate_valence: tuple[float, ...] | None = ()
    aggregate_score: tuple[int, ...] | None = ()
    aggregate_module_id: tuple[str, ...] | None = ()
    aggregate_shape: tuple[int, ...] | None = ()
    aggregate_context: tuple[str | None, ...] | None = ()
    aggregate_emb_inp: tuple[int | None, ...] | None = ()
    context: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


class Pretty(Ess):
    """A state as people read it: one of the three is there."""

    state: tuple[str, ...] | None = None  # type: ignore[assignment]
    state_float: float | None = None
    state_str: str | None = None


class Found(Row):
    """A state that was searched for; `score` is its Euclidean distance."""

    score: float
    ess: Ess


class Occurrence(Row):
    """A row of the sequence: a state that occurred."""

    id: int
    module_id: str
    instance_id: int
    status: str
    created_at: str
    updated_at: str
    context: str | None = None


class Part(Row):
    """One twin of a predicted state, as text."""

    aggregate_id: int
    ess_id: int
    module_id: str
    state: str


class RawPart(Row):
    """One twin of a predicted state, as numbers."""

    aggregate_id: int
    ess_id: int
    module_id: str
    state: tuple[float, ...]


class Step(Row):
    """One step ahead."""

    parts: tuple[Part, ...] = Field(alias="list")


class RawStep(Row):
    """One step ahead."""

    parts: tuple[RawPart, ...] = Field(alias="list")


class Prediction(Row):
    """The next states as text."""

    current_state: tuple[Part, ...]
    next_state: tuple[Step, ...]


class RawPrediction(Row):
    """The next states as numbers."""

    current_state: tuple[RawPart, ...]
    next_state: tuple[RawStep, ...]


class Document(Row):
    """A text that questions are answered from."""

    id: int
    doc_id: str
    text: str
    status: str
    created_at: str
    updated_at: str


class Embedding(Row):
    """A text that states stand for, under its hash."""

    id: int
    module_id: str
    input: str
    hash: str
    created_at: str
    updated_at: str


class Response(Row):
    """A prediction that was kept."""

    id: int
    name: str
    percept: int | str
    response: int | str
    twin_module_id: str
    status: str
    percept_ess_ids: tuple[int, ...]
    response_ess_ids: tuple[int, ...]
    percept_names: tuple[str, ...]
    response_names: tuple[str, ...]
    created_at: str
    updated_at: str


class Said(Row):
    """What a question brought."""

    response: str
