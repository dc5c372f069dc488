"""What the things that the platform keeps are made of: its insert models (section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from connectors.operations import Parameters

LARGEST = 2**63 - 1
NUMBERS = 65_536
"""Numbers of a state at most."""

Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Id = Annotated[int, Field(ge=1, le=LARGEST)]


class EssValues(Parameters):
    """A state: all members of ESSInsert but the module."""

    state: Annotated[list[float], Field(max_length=NUMBERS)] = Field(
        default=[],
        title="State",
        description="The numbers of the state vector; none for an aggregate given by its parts.",
    )
    valence: float = Field(
        default=0.0, title="Valence", description="How good the state is, mostly from -90 to 90."
    )
    score: Whole = Field(
        default=0, title="Score", description="How often the state has been met already."
    )
    context: str | None = Field(
        default=None, title="Context", description="A note that is kept with the state."
    )
    embedding_input: Id | None = Field(
        default=None,
        title="Embedding input",
        description="The number of the registered text that the state stands for.",
    )
    aggregate_id: list[Id] = Field(
        default=[],
        title="Parts",
        description="Of an aggregate: the number of each twin's state. The rest is worked out.",
    )
    aggregate_module_id: list[str] = Field(
        default=[], title="Twins of the parts", description="The module id for each part."
    )
    aggregate_shape: list[Whole] = Field(
        default=[], title="Shape", description="How many numbers each part has."
    )
    aggregate_valence: list[float] = Field(
        default=[], title="Valences of the parts", description="The valence of each part."
    )
    aggregate_score: list[Whole] = Field(
        default=[], title="Scores of the parts", description="The score of each part."
    )
    aggregate_context: list[str | None] = Field(
        default=[], title="Contexts of the parts", description="The note of each part."
    )
    aggregate_emb_inp: list[Id | None] = Field(
        default=[], title="Inputs of the parts", description="The embedding input of each part."
    )
    avg_ess_valence: float = Field(
        default=0.0, title="Mean valence", description="Of the parts; 0 lets it be worked out."
    )
    total_ess_score: Whole = Field(
        default=0, title="Total score", description="Of the parts; 0 lets it be worked out."
    )
    avg_ess_score: Whole = Field(
        default=0, title="Mean score", description="Of the parts; 0 lets it be worked out."
    )


class RowValues(Parameters):
    """A row of the sequence: SequenceInsert but the module."""

    instance_id: Id = Field(
        title="State", description="The number of the state (its ESS) that occurs."
    )
    status: str = Field(
        default="n",
        title="Status",
        description="A tag of 1 to 8 characters, such as n (new), e (existing) or sk.",
        min_length=1,
        max_length=8,
    )
    context: str | None = Field(
        default=None, title="Context", description="A note that is kept with the row."
    )


class EmbeddingValues(Parameters):
    """A text that states may stand for: EmbeddingInputInsert but the module."""

    input: str = Field(title="Text", description="The text itself.", min_length=1)
    hash: str = Field(
        title="Hash",
        description="What the text is found by; “Hash a text” makes one. Each only once a twin.",
        min_length=1,
        max_length=1000,
    )


class DocumentValues(Parameters):
    """A text that questions are answered from: DocumentInsert."""

    doc_id: str = Field(
        title="Name", description="What the document is called.", min_length=1, max_length=1000
    )
    text: str = Field(title="Text", description="All of it.", min_length=1)
    embed: bool = Field(
        default=False,
        title="Embed",
        description="Put it into the index at once, so that questions find it.",
    )


def whole(made: type[Parameters], values: Mapping[str, object]) -> dict[str, object]:
    """All members, the platform's defaults for those that were not given."""
    defaults = {
        name: declared.default
        for name, declared in made.model_fields.items()
        if not declared.is_required()
    }
    return defaults | dict(values)
