"""What operations give. Others import it from `connectors.operations`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyarrow as pa

from connectors.nouns import File, NodeId, Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing, shown as names and values; `id` links to its page.

    A value that is a `SecretStr` is shown to whoever asked, on a further click, and kept nowhere.
    """

    fields: Mapping[str, object] = field(repr=False)
    id: NodeId | None = None
    version: str | None = None
    """The platform's mark of this state (an ETag): an update that has a parameter `version` gets
    it back, so that nobody overwrites what another person changed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of as many values as there are columns; a generator fetches them as they are taken."""

    columns: tuple[str, ...]
    rows: Iterable[Sequence[object]] = field(repr=False)

    @classmethod
    def of(cls, found: pa.Table | pa.RecordBatch) -> Table:
        columns = [column.to_pylist() for column in found.columns]
        return cls(columns=tuple(found.schema.names), rows=tuple(zip(*columns, strict=True)))

    def first(self, most: int) -> tuple[tuple[Sequence[object], ...], bool]:
        """The first rows, and whether there are more; nothing else is fetched afterwards."""
        rows = iter(self.rows)
        found = tuple(islice(rows, most + 1))
        if isinstance(rows, Generator):
            rows.close()
        return found[:most], len(found) > most


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far something has come: a sentence, and the share that is done (0 to 1) where known."""

    text: str
    share: float | None = None


Result = Record | Table | Iterator[Points] | File | str | None
