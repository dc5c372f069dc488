"""Up to when each series is clean, where no table says so any more: API 0.26 and newer (2.6).

The newest point in the data state Clean stands for the row that older servers kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.bemserver import ids
from connectors.bemserver.asking import grouped
from connectors.bemserver.background import Service, whole
from connectors.bemserver.client import Client
from connectors.bemserver.collection import Row
from connectors.bemserver.data import Chosen
from connectors.bemserver.fields import wired
from connectors.bemserver.rows import Stats, Timeseries
from connectors.bemserver.states import States
from connectors.contract import NodeId
from connectors.errors import NotFound
from connectors.operations import Record, Table

CLEAN = "Clean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """The rows of one server; their ids are those of the clean series."""

    client: Client
    states: States
    sort: Service

    def table(self, values: Mapping[str, Any]) -> Table:
        """The series that have clean points."""
        rows = ((node, None, row["timeseries_id"], row["last_timestamp"])
                for node, row in self._rows(values) if row["last_timestamp"])  # fmt: skip
        return Table(columns=("node", "id", "timeseries_id", "last_timestamp"), rows=rows)

    def record(self, id: str, unless: str | None) -> Record:
        """One series. Raises NotFound where nothing of it is clean."""
        number = ids.number(id, ids.SERIES)
        for node, row in self._told((self.client.timeseries(number),)):
            if row["last_timestamp"]:
                return Record(id=node, fields=row)
        raise NotFound("Nothing of this series is clean.")

    def full(self, values: Mapping[str, Any]) -> Table:
        """Every series."""
        return whole(self.sort, self._rows(values))

    def _rows(self, values: Mapping[str, Any]) -> Iterator[tuple[NodeId, Row]]:
        asked = wired(values)
        single = asked.pop("timeseries_id", None)
        found: tuple[Timeseries, ...] = self.client.every_series(**asked)
        return self._told(tuple(row for row in found if single in (None, row.id)))

    def _told(self, series: tuple[Timeseries, ...]) -> Iterator[tuple[NodeId, Row]]:
        state = self.states.asked(CLEAN)
        named = {row.id: row for row in series}
        for group in grouped(tuple(named)):
            stats = self.client.data.stats(Chosen(group, state))
            for number in group:
                last = stats.get(str(number), Stats()).last_timestamp
                told = {
                    "timeseries_id": number,
                    "timeseries_name": named[number].name,
                    "timeseries_unit_symbol": named[number].unit_symbol,
                    "last_timestamp": last and last.isoformat(),
                }
                yield ids.Series(number, state).id, told
