"""Export files (sections 3.4 and 3.8): a query page by page, then one file with all that it read.

The file is ordered after the subscription to its notice is confirmed, since AppSync tells nothing
twice. Nobody can ask whether a file is ready: there is no such function on the platform.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Literal

from connectors.avista.client import Client, Row, words
from connectors.avista.config import AvistaConfig
from connectors.avista.documents import Word
from connectors.avista.moments import iso
from connectors.avista.realtime import Session
from connectors.contract import Door
from connectors.errors import BadAnswer, ConnectorError, Unavailable
from connectors.operations import Progress
from connectors.websocket import Ended

WAIT = 240.0
"""Seconds for a file, as long as the platform's newest client waits (section 1.5)."""
TRIES = 2
"""A live connection that broke is made anew once: ordering the same file again does no harm."""
LATE = "The platform did not finish the file in time. Ask for less at once, or try again."

Form = Literal["CSV", "JSON"]
Picks = Mapping[str, tuple[str, ...]]
"""Assets or endpoints, each with its attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A finished file: where it lies, signed, and its bytes where the platform tells."""

    query: str
    url: str
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One range of time, in milliseconds, of a database's assets or (None) of endpoints."""

    database: str | None
    picks: Picks
    start: int
    end: int
    """The platform counts the end in [G]."""
    most: int | None = None
    """Rows of one page."""


class _Late(Unavailable):
    """Waited for long enough: no reason to wait once more."""


class Exports:
    """Those of one account."""

    def __init__(self, client: Client, door: Door, config: AvistaConfig) -> None:
        self._client = client
        self._door = door
        self._config = config

    def file(self, asked: Asked, form: Form = "CSV") -> Generator[Progress, None, Ready]:
        """Queries, orders the file and waits for it. Left early, the query is cancelled."""
        query = ""
        done = False
        try:
            for page in self._pages(asked):
                query = self._ordered_by(asked, query, words(page, "queryId"))
                yield Progress(text="Collecting the rows.", share=_share(page))
            yield Progress(text="Waiting for the file.")
            found = self.again(asked.database, query, form)
            done = True
        finally:
            if query and not done:
                self._cancel(asked.database, query)
        return found

    def queried(self, asked: Asked) -> str:
        """The id of a query that was read to its end."""
        query = ""
        for page in self._pages(asked):
            query = self._ordered_by(asked, query, words(page, "queryId"))
        return query

    def again(self, database: str | None, query: str, form: Form) -> Ready:
        """The file of a query that has been read, also of an earlier one. Raises NotFound."""
        fault: ConnectorError = Unavailable(LATE)
        for _ in range(TRIES):
            try:
                return self._ordered(database, query, form)
            except (_Late, Ended):
                fault = Unavailable(LATE)
                break
            except Unavailable as broken:
                fault = broken
        raise fault

    def _ordered(self, database: str | None, query: str, form: Form) -> Ready:
        notice = "onNotifyIotQueryExportComplete"
        if database is not None:
            notice = "onNotifyTimeSeriesQueryExportComplete"
        with closing(Session(self._client, self._door, self._config)) as session:
            key = session.subscribe(notice, queryId=query)
            self._order(database, query, form)
            told = session.next(key, WAIT)
        if told is None:
            raise _Late(LATE)
        if not isinstance(told, dict) or told.get("queryId") != query:
            raise BadAnswer("The platform told of another file than the one that was ordered.")
        if told.get("fileType", told.get("fileFormat")) != form:
            raise BadAnswer("The platform made a file of another form than the one ordered.")
        size = told.get("fileSizeBytes")
        return Ready(
            query=query, url=words(told, "url"), size=size if isinstance(size, int) else None
        )

    def _order(self, database: str | None, query: str, form: Form) -> None:
        if database is None:
            self._client.one("iot_generateQueryResultExport", queryId=query, fileFormat=Word(form))
            return
        self._client.one(
            "timeSeriesDb_generateQueryResultExportFile",
            queryId=query,
            timeSeriesDbId=database,
            fileFormat=Word(form),
        )

    def _pages(self, asked: Asked) -> Generator[Row, None, None]:
        """Each page of the query. Raises BadAnswer when they go in a circle."""
        seen: set[str] = set()
        page = self._page(asked, {})
        while True:
            yield page
            token = page.get("nextToken")
            if not token:
                return
            if token in seen:
                raise BadAnswer("The platform's pages go in a circle.")
            seen.add(token)
            page = self._page(asked, page)

    def _page(self, asked: Asked, before: Row) -> Row:
        echo: dict[str, Any] = {
            name: before.get(name) for name in ("nextToken", "clientToken", "queryString")
        }
        if asked.database is None:
            filters = [
                {"iotEndpointId": key, "attributeNames": list(names)}
                for key, names in asked.picks.items()
            ]
            return self._client.one(
                "iot_queryByTimeRange",
                endpointQueryFilters=filters,
                startTime=str(asked.start),
                endTime=str(asked.end),
                queryId=before.get("queryId"),
                **echo,
            )
        assets = [
            {"assetId": key, "attributeNamesFilter": list(names)}
            for key, names in asked.picks.items()
        ]
        return self._client.one(
            "timeSeriesDb_queryDatabase",
            timeSeriesDbId=asked.database,
            queryType=Word("TIME_PERIOD"),
            assets=assets,
            startTime=iso(asked.start),
            endTime=iso(asked.end),
            maxRows=asked.most,
            **echo,
        )

    def _ordered_by(self, asked: Asked, before: str, found: str) -> str:
        """Which id the export is ordered by: the first page's of endpoints, else the last's."""
        return before if before and asked.database is None else found

    def _cancel(self, database: str | None, query: str) -> None:
        """So that the platform reads no further for nobody; that it fails hides no fault."""
        with suppress(ConnectorError):
            if database is None:
                self._client.call("iot_cancelQuery", queryId=query)
            else:
                self._client.call(
                    "timeSeriesDb_cancelDatabaseQuery", timeSeriesDbId=database, queryId=query
                )


def _share(page: Row) -> float | None:
    told = page.get("queryProgressPercentage")
    return min(max(told / 100, 0.0), 1.0) if isinstance(told, int | float) else None


def finished(steps: Generator[Progress, None, Ready]) -> Ready:
    """The file, for whoever tells nobody how far it has come."""
    with closing(steps):
        while True:
            try:
                next(steps)
            except StopIteration as end:
                found: Ready = end.value
                return found
