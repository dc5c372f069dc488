"""States as people read them (PrettyESS, documents, predictions as text)."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sandbox.avenieca.call import Platform
from connectors.sandbox.avenieca.twin import Ess

Readable = tuple[list[str] | None, float | None, str | None]
"""`state`, `state_float` and `state_str` of a PrettyESS: one of them is not None."""


def spelt(values: Sequence[float]) -> str:
    """`30.48`, `8`; several numbers with commas. 32-bit floats have at most 9 digits."""
    return ", ".join(f"{value:.9g}" for value in values)


def embedded(platform: Platform, module: str, embedding: int | None) -> str | None:
    """The text that was registered for a state."""
    if embedding is None:
        return None
    held = platform.store.records("embeddings").get(f"{module}/{embedding}")
    return None if held is None else str(held["input"])


def readable(platform: Platform, module: str, ess: Ess) -> Readable:
    """An aggregate as a text for each twin, else the registered text, else the numbers [G]."""
    if ess.rest["aggregate_id"]:
        return parts(platform, ess), None, None
    words = embedded(platform, module, ess.rest["embedding_input"])
    if words is not None:
        return None, None, words
    if len(ess.state) == 1:
        return None, ess.state[0], None
    return [spelt([value]) for value in ess.state], None, None


def parts(platform: Platform, ess: Ess) -> list[str]:
    """A text for each twin of an aggregate."""
    found = []
    kinds = ("aggregate_module_id", "aggregate_emb_inp")
    for module, embedding, values in zip(*(ess.rest[kind] for kind in kinds), pieces(ess),
                                         strict=True):  # fmt: skip
        found.append(embedded(platform, module, embedding) or spelt(values))
    return found


def pieces(ess: Ess) -> list[list[float]]:
    """The state of an aggregate, cut by its shape."""
    rest, cut = list(ess.state), []
    for length in ess.rest["aggregate_shape"]:
        cut.append(rest[:length])
        rest = rest[length:]
    return cut


def sentence(platform: Platform, module: str, ess: Ess) -> str:
    """One ESS in words, for documents."""
    if ess.rest["aggregate_id"]:
        named = zip(ess.rest["aggregate_module_id"], parts(platform, ess), strict=True)
        what = ", ".join(f"{name} {value}" for name, value in named)
    else:
        words = embedded(platform, module, ess.rest["embedding_input"])
        what = words or spelt(ess.state)
    return f"{module}: {what} (valence {ess.valence:g}, score {ess.score})"
