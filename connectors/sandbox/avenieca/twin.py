"""One twin: its distinct states (ESS), when each occurred (rows), and what clients wrote.

What a twin saw of the world is computed and never stored: its feed is read up to the clock each
time the twin is asked. What clients wrote is a journal, replayed at the moments of writing, so
ids and scores come out the same after a restart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray

from connectors.sandbox.avenieca.rows import Row, Rows
from connectors.sandbox.avenieca.times import stamp
from connectors.sandbox.store import Journal

State = tuple[float, ...]
Event = dict[str, Any]
PLAIN: Mapping[str, Any] = {
    "avg_ess_valence": 0.0,
    "total_ess_score": 0,
    "avg_ess_score": 0,
    "embedding_input": None,
    "context": None,
    "aggregate_id": [],
    "aggregate_module_id": [],
    "aggregate_score": [],
    "aggregate_valence": [],
    "aggregate_shape": [],
    "aggregate_context": [],
    "aggregate_emb_inp": [],
}
"""What an ESS holds besides its state, valence and score, when it is no aggregate."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a twin saw at a moment, in microseconds since 1970."""

    at: int
    state: State
    valence: float
    rest: Mapping[str, Any] = field(default_factory=lambda: PLAIN)


class Feed(Protocol):
    """Where a twin's own readings come from."""

    def readings(self, after: int, until: int) -> Iterator[Reading]:
        """Those later than `after` and not later than `until`, in order."""
        ...


class NoFeed:
    """A twin that only clients write to."""

    def readings(self, after: int, until: int) -> Iterator[Reading]:
        """None."""
        yield from ()


@dataclass(slots=True, kw_only=True)
class Ess:
    """One distinct state. `text` is its JSON, made when first asked for."""

    id: int
    state: State
    valence: float
    score: int
    rest: Mapping[str, Any]
    created: int
    updated: int
    text: bytes | None = None


def narrowed(state: NDArray[np.float64] | list[float]) -> list[float]:
    """States as the platform keeps them: 32-bit floats, with no more digits than those have."""
    digits: list[float] = np.asarray(state, dtype=np.float32).astype(str).astype(float).tolist()
    return digits


class Twin:
    """One module. Not safe for threads: whoever asks holds the lock of `Twins`."""

    def __init__(self, module: str, feed: Feed, journal: Journal, kept: int, now: int) -> None:
        self.module = module
        self.ess: dict[int, Ess] = {}
        self.rows = Rows(kept)
        self._feed = feed
        self._journal = journal
        self._by_state: dict[State, int] = {}
        self._seen = -1
        self._last = {"ess": 0, "row": 0}
        events = [orjson.loads(entry) for entry in journal]
        self._taken = {kind: {e[kind] for e in events if kind in e} for kind in self._last}
        for event in events:
            self.catch_up(min(event["at"], now))  # the clock may have been put back since
            if self._holds(event):
                self._apply(event)

    def _holds(self, event: Event) -> bool:
        """Whether the ESS that an event speaks of is there: a corrected past may have lost it."""
        return event["op"] == "signal" or event.get("of") is None or event["of"] in self.ess

    def catch_up(self, until: int) -> None:
        """Takes in what the feed holds up to a moment."""
        if until <= self._seen:
            return
        for reading in self._feed.readings(self._seen, until):
            ess = self._met(reading, self._by_state.get(reading.state) or self._free("ess"), None)
            self._occurred(ess, Row(id=self._free("row"), at=reading.at, ess=ess.id))
        self._seen = until

    def _free(self, kind: str) -> int:
        """The next id that no client's write has taken."""
        self._last[kind] += 1
        while self._last[kind] in self._taken[kind]:
            self._last[kind] += 1
        return self._last[kind]

    def _taking(self, kind: str) -> int:
        """An id above all others, for a client's write."""
        newest = max(self._last[kind], max(self._taken[kind], default=0)) + 1
        self._taken[kind].add(newest)
        return newest

    def find(self, ess_id: int) -> Ess | None:
        """The ESS with an id; -1 for the one with the highest."""
        return self.ess.get(max(self.ess, default=0) if ess_id == -1 else ess_id)

    def insert(self, at: int, content: Mapping[str, Any]) -> Ess:
        """A new ESS from `state`, `valence`, `score` and `rest`, whatever is there already."""
        event = {"op": "ess", "ess": self._taking("ess"), "at": at, **content}
        self._write(event)
        return self.ess[event["ess"]]

    def replace(self, ess: Ess, at: int, content: Mapping[str, Any]) -> Ess:
        """Another content for an ESS."""
        self._write({"op": "change", "of": ess.id, "at": at, **content})
        return self.ess[ess.id]

    def signal(self, at: int, content: Mapping[str, Any]) -> Row:
        """Streaming ingestion: an equal state is met again, any other is new; then a row."""
        known = self._by_state.get(tuple(content["state"]))
        which = {"of": known} if known else {"ess": self._taking("ess")}
        self._write({"op": "signal", **which, "row": self._taking("row"), "at": at, **content})
        return self.rows.at(self.rows.end - 1)

    def occur(self, ess: Ess, at: int, status: str, context: str | None) -> Row:
        """A new sequence row for an ESS."""
        event = {"op": "row", "row": self._taking("row"), "of": ess.id, "at": at}
        self._write({**event, "status": status, "context": context})
        return self.rows.at(self.rows.end - 1)

    def change_row(self, row: Row) -> None:
        """Another content for a row."""
        kept = {"of": row.ess, "status": row.status, "context": row.context}
        self._write({"op": "row_change", "id": row.id, "at": row.updated, **kept})

    def _write(self, event: Event) -> None:
        """Journalled before it is applied."""
        self._journal.append(orjson.dumps(event))
        self._apply(event)

    def _apply(self, event: Event) -> None:
        {
            "ess": self._inserted,
            "change": self._replaced,
            "signal": self._signalled,
            "row": self._row_added,
            "row_change": self._row_changed,
        }[event["op"]](event)

    def _inserted(self, event: Event) -> None:
        state, at = tuple(event["state"]), event["at"]
        self.ess[event["ess"]] = Ess(id=event["ess"], state=state, valence=event["valence"],
                                     score=event["score"], rest=event["rest"], created=at,
                                     updated=at)  # fmt: skip
        self._by_state.setdefault(state, event["ess"])

    def _replaced(self, event: Event) -> None:
        old = self.ess[event["of"]]
        if self._by_state.get(old.state) == old.id:
            del self._by_state[old.state]
        self._inserted({**event, "ess": old.id})
        self.ess[old.id].created = old.created

    def _signalled(self, event: Event) -> None:
        reading = Reading(event["at"], tuple(event["state"]), event["valence"], event["rest"])
        ess = self._met(reading, event.get("of") or event["ess"], event["score"])
        self._occurred(ess, Row(id=event["row"], at=event["at"], ess=ess.id))

    def _row_added(self, event: Event) -> None:
        self._occurred(self.ess[event["of"]], Row(
            id=event["row"], at=event["at"], ess=event["of"], status=event["status"],
            context=event["context"],
        ))  # fmt: skip

    def _row_changed(self, event: Event) -> None:
        old = self.rows.find(event["id"])
        if old is None:
            return  # dropped since, being too old
        self.rows.change(Row(
            id=old.id, at=old.at, ess=event["of"], score=old.score, status=event["status"],
            context=event["context"], updated=event["at"],
        ))  # fmt: skip

    def _met(self, reading: Reading, ess_id: int, score: int | None) -> Ess:
        """The ESS of a streamed state: one more time, or for the first time with score 1 [G]."""
        ess = self.ess.get(ess_id)
        if ess is not None:
            ess.score += 1
            ess.updated = reading.at
            ess.text = None
            return ess
        ess = Ess(id=ess_id, state=reading.state, valence=reading.valence,
                  score=1 if score is None else score, rest=reading.rest, created=reading.at,
                  updated=reading.at)  # fmt: skip
        self.ess[ess_id] = ess
        self._by_state.setdefault(reading.state, ess_id)
        return ess

    def _occurred(self, ess: Ess, row: Row) -> None:
        self.rows.add(Row(id=row.id, at=row.at, ess=row.ess, score=ess.score, status=row.status,
                          context=row.context, updated=row.at))  # fmt: skip

    def shown(self, ess: Ess) -> orjson.Fragment:
        """An ESS as the client takes it: no field more, none less."""
        if ess.text is None:
            ess.text = orjson.dumps(described(self.module, ess))
        return orjson.Fragment(ess.text)


def described(module: str, ess: Ess) -> dict[str, Any]:
    """The fields of an ESSResponse."""
    return {
        "id": ess.id,
        "module_id": module,
        "state": list(ess.state),
        "valence": ess.valence,
        "score": ess.score,
        **ess.rest,
        "created_at": stamp(ess.created),
        "updated_at": stamp(ess.updated),
    }
