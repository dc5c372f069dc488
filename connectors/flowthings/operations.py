"""Everything else: sums and counts, calls of any kind, live requests, and all families together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from connectors.contract import TIME, Acts, Door, NodeId, Points
from connectors.errors import BadAnswer, ConnectorError
from connectors.flowthings import forms, ids
from connectors.flowthings.buckets import PARTS, started
from connectors.flowthings.client import Client, Found, Row
from connectors.flowthings.config import FlowthingsConfig
from connectors.flowthings.drops import Drops, Flow
from connectors.flowthings.live import Session
from connectors.flowthings.objects import Objects
from connectors.flowthings.reading import EPOCH
from connectors.operations import Table, operation
from connectors.parallel import outcomes, together

Year = Annotated[int | None, Field(title="Year", description="Empty: this one.", ge=1970, le=9998)]
Month = Annotated[int | None, Field(title="Month", description="1 to 12.", ge=1, le=12)]
Day = Annotated[int | None, Field(title="Day", description="Of that month.", ge=1, le=31)]
Level = Annotated[
    Literal["YEAR", "MONTH", "DAY", "HOUR"] | None,
    Field(title="Level", description="How long a period is. Empty: the next finer one."),
]
TrackId = Annotated[NodeId, Field(title="Track", description="Which one.", max_length=100)]
Person = Annotated[NodeId, Field(title="Identity", description="Whose.", max_length=100)]
Method = Annotated[
    Literal["GET", "POST", "PUT", "DELETE", "MGET", "MPUT"],
    Field(title="Method", description="What to do there."),
]
Path = Annotated[
    str,
    Field(title="Path", description="Below the account or the service.", max_length=500),
]
Query = Annotated[dict[str, str], Field(title="Parameters", description="Of the query, by name.")]
Body = Annotated[
    dict[str, Any] | list[Any] | None,
    Field(title="Body", description="JSON, where the method takes any. Empty: none."),
]


class FlowthingsOperations(Objects, Drops, Acts):
    """Mixed into the service."""

    _client: Client
    config: FlowthingsConfig
    door: Door

    # -- sums and counts

    @operation(name="aggregate.run", label="Aggregate", on="flow", danger="reads",
               help="Averages, sums and counts of drops, by time or by value.")  # fmt: skip
    def aggregate_drops(
        self,
        flow: Flow,
        output: Annotated[
            list[str],
            Field(title="Output", description="$count or $avg:elem.", min_length=1),
        ],
        group_by: Annotated[
            list[str], Field(title="By", description="$hour, $day, $month or an elem.")
        ] = [],  # noqa: B006  never changed
        filter: Annotated[
            forms.FilterText, Field(title="Filter", description="Only drops that pass.")
        ] = "",
        rules: Annotated[
            dict[str, forms.FilterText],
            Field(title="Rules", description="Names for filters: 1 where a drop passes, else 0."),
        ] = {},  # noqa: B006  never changed
        sorts: Annotated[list[str], Field(title="Sort by", description="$avg:elem:desc.")] = [],  # noqa: B006  never changed
    ) -> Table:
        parts = {"output": output, "groupBy": group_by, "filter": filter, "rules": rules}
        question: Row = {name: part for name, part in {**parts, "sorts": sorts}.items() if part}
        rows = self._client.aggregate(ids.key(flow, ids.FLOW), question)
        return _grouped(rows, output, dated=any(one in PARTS for one in group_by))

    @operation(name="statistics.flow_drop_added", label="Drops added", on="flow", danger="reads",
               help="How many drops came into a flow, by month, day or hour.")  # fmt: skip
    def flow_drop_added(
        self, flow: Flow, year: Year = None, month: Month = None, day: Day = None,
        level: Level = None,
    ) -> Iterator[Points]:  # fmt: skip
        return self._counted("flowDropAdded", ids.FLOW, flow, (year, month, day), level)

    @operation(name="statistics.flow_tracked", label="Drops tracked", on="flow", danger="reads",
               help="How many drops tracks took from a flow.")  # fmt: skip
    def flow_tracked(
        self, flow: Flow, year: Year = None, month: Month = None, day: Day = None,
        level: Level = None,
    ) -> Iterator[Points]:  # fmt: skip
        return self._counted("flowTracked", ids.FLOW, flow, (year, month, day), level)

    @operation(name="statistics.track_hit", label="Hits", on="track", danger="reads",
               help="How many drops a track has looked at.")  # fmt: skip
    def track_hit(
        self, track: TrackId, year: Year = None, month: Month = None, day: Day = None,
        level: Level = None,
    ) -> Iterator[Points]:  # fmt: skip
        return self._counted("trackHit", "track", track, (year, month, day), level)

    @operation(name="statistics.track_pass", label="Passes", on="track", danger="reads",
               help="How many drops a track has let through.")  # fmt: skip
    def track_pass(
        self, track: TrackId, year: Year = None, month: Month = None, day: Day = None,
        level: Level = None,
    ) -> Iterator[Points]:  # fmt: skip
        return self._counted("trackPass", "track", track, (year, month, day), level)

    @operation(name="statistics.api_call_by_identity", label="Calls", on="identity",
               danger="reads", help="How often an identity called the platform.")  # fmt: skip
    def api_calls(
        self, identity: Person, year: Year = None, month: Month = None, day: Day = None,
        level: Level = None,
    ) -> Iterator[Points]:  # fmt: skip
        return self._counted("apiCallByIdentity", "identity", identity, (year, month, day), level)

    @operation(name="statistics.drop_created_by", label="Drops made", on="identity",
               danger="reads", help="How many drops an identity made.")  # fmt: skip
    def drops_created(
        self, identity: Person, year: Year = None, month: Month = None, day: Day = None,
        level: Level = None,
    ) -> Iterator[Points]:  # fmt: skip
        return self._counted("dropCreatedBy", "identity", identity, (year, month, day), level)

    # -- calls of any kind

    @operation(name="root.request", label="Any request", danger="destroys",
               help="Any call inside the account; the answer is shown as it is.")  # fmt: skip
    def request(self, method: Method, path: Path, query: Query = {}, body: Body = None) -> str:  # noqa: B006
        return _shown(self._client.call(method, path, body, query=query))

    @operation(name="service.request", label="Any request to a service", danger="destroys",
               help="Any call inside one service; the answer is shown as it is.")  # fmt: skip
    def request_of_service(
        self,
        service: Annotated[
            Literal["flow", "drop", "track", "group", "identity", "api-task", "mqtt", "rss",
                    "device", "token", "share", "statistics"],
            Field(title="Service", description="Which one."),
        ],
        method: Method,
        path: Path = "",
        query: Query = {},  # noqa: B006  never changed
        body: Body = None,
    ) -> str:  # fmt: skip
        whole = f"{service}/{path}" if path else service
        return _shown(self._client.call(method, whole, body, query=query))

    @operation(name="api.add_service", label="Browse a path", danger="reads",
               help="Lists what any other resource of the account holds.")  # fmt: skip
    def browse(self, path: Path) -> Table:
        rows = list(self._client.every(path.strip("/"), sort=None, order=None))
        columns = tuple(dict.fromkeys(name for row in rows for name in row)) or ("id",)
        return Table(
            columns=columns, rows=[tuple(row.get(name) for name in columns) for row in rows]
        )

    @operation(name="async.results", label="Read side by side", danger="reads",
               help="Several reads at once; answers come in the order of asking.")  # fmt: skip
    def results(
        self,
        paths: Annotated[
            list[str],
            Field(title="Paths", description="Such as flow/f1.", min_length=1),
        ],
        *,
        with_exceptions: Annotated[
            bool, Field(title="Go on", description="One failure spoils no other answer.")
        ] = False,
    ) -> Table:
        calls = [partial(self._client.call, "GET", path) for path in paths]
        found = outcomes(calls) if with_exceptions else together(calls)
        rows = [_outcome(path, one) for path, one in zip(paths, found, strict=True)]
        return Table(columns=("path", "answer", "failure"), rows=rows)

    @operation(name="websocket.send", label="Live request", danger="destroys",
               help="Finds, makes, changes or deletes over a live connection.")  # fmt: skip
    def send(
        self,
        type: Annotated[
            Literal["create", "find", "findmany", "update", "delete"],
            Field(title="What", description="What to do."),
        ],
        object: Annotated[
            Literal["drop", "flow", "track"], Field(title="With", description="With what.")
        ],
        flow: Annotated[str, Field(title="Flow", description="Of drops: its id or path.")] = "",
        id: Annotated[str, Field(title="Id", description="Of the one that is meant.")] = "",
        value: Annotated[
            dict[str, Any], Field(title="Value", description="What it holds, or what changes.")
        ] = {},  # noqa: B006  never changed
        options: Query = {},  # noqa: B006  never changed
    ) -> str:
        place = {"path" if flow.startswith("/") else "flowId": flow} if flow else {}
        parts = {"type": type, "object": object, "id": id, "value": value, "options": options}
        frame = {name: part for name, part in {**parts, **place}.items() if part}
        with closing(Session(self._client, self.door, self.config)) as session:
            return json.dumps(session.ask(frame), indent=2)

    def _counted(
        self,
        type: str,
        service: str,
        id: NodeId,
        when: tuple[int | None, int | None, int | None],
        level: str | None,
    ) -> Iterator[Points]:
        """A day counts within a month only; nothing said is this year."""
        parts: list[int] = []
        for part in when:
            if part is None:
                break
            parts.append(part)
        counts = self._client.counts(type, ids.key(id, service), parts, level)
        if counts:
            yield _dated(id, counts, parts or [datetime.now(EPOCH.tzinfo).year], level)


def _dated(id: NodeId, counts: list[int], parts: list[int], level: str | None) -> Points:
    """Each count at the start of its period. Raises BadAnswer unless they fill the time exactly."""
    unit = {"YEAR": "Y", "MONTH": "M", "DAY": "D", "HOUR": "h"}.get(
        level or "", "MDh"[len(parts) - 1]
    )
    first = np.datetime64(f"{parts[0]:04d}", "Y")
    if len(parts) > 1:
        first = first.astype("datetime64[M]") + (parts[1] - 1)
    if len(parts) > 2:
        first = first.astype("datetime64[D]") + (parts[2] - 1)
    starts = np.arange(
        first.astype(f"datetime64[{unit}]"), (first + 1).astype(f"datetime64[{unit}]")
    )
    if not starts.size:
        starts = np.array([first])
    if starts.size != len(counts):
        raise BadAnswer("flowthings.io answered another number of counts than there are periods.")
    times = pa.array(starts.astype("datetime64[us]").astype(np.int64)).cast(TIME)
    batch = pa.RecordBatch.from_arrays(
        [times, pa.array(counts, pa.int64())], names=["time", "value"]
    )
    return Points(series=id, batch=batch)


def _grouped(rows: tuple[Row, ...], output: list[str], *, dated: bool) -> Table:
    """Groups of dates as times, the others by name."""
    keys = [_group(row.get("id")) for row in rows]
    names = [name for name in dict.fromkeys(name for key in keys for name in key)
             if not (dated and name in PARTS)]  # fmt: skip
    columns = (*(("time",) if dated else ()), *names, *output)
    cells = [
        (
            *((started(key),) if dated else ()),
            *(key.get(name) for name in names),
            *(row.get(name) for name in output),
        )
        for key, row in zip(keys, rows, strict=True)
    ]
    return Table(columns=columns, rows=cells)


def _group(id: Any) -> Mapping[str, Any]:
    return id if isinstance(id, dict) else {}


def _shown(found: Found) -> str:
    return json.dumps(found.body, indent=2, ensure_ascii=False)


def _outcome(path: str, found: Found | ConnectorError) -> tuple[object, ...]:
    if isinstance(found, ConnectorError):
        return path, None, found.message
    return path, found.body, None
