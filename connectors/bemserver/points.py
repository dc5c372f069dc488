"""The data of series as declared functions (section 3): fetched, summed up, sent and deleted."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from typing import Annotated, Literal

from pydantic import Field

from connectors.bemserver import asking, ids, samples, writing
from connectors.bemserver.asking import (
    BucketWidth,
    Campaign,
    End,
    Names,
    Others,
    Series,
    Start,
    State,
    Units,
    Zone,
)
from connectors.bemserver.client import Client
from connectors.bemserver.data import TYPES, Chosen, Format, Shown
from connectors.bemserver.samples import Columns, refused
from connectors.bemserver.states import States
from connectors.bemserver.summing import Aggregate, aggregated, counted
from connectors.bemserver.writing import POINTS, Target
from connectors.contract import Acts, File, Upload, Window
from connectors.errors import NotFound
from connectors.operations import Progress, Record, Table, operation

FileFormat = Annotated[
    Format, Field(title="Format", description="CSV has a column for each series, JSON an object.")
]
Summed = Annotated[
    Literal["avg", "sum", "min", "max", "count"],
    Field(title="Function", description="What is worked out for each bucket."),
]
Points = Annotated[
    Upload,
    Field(
        title="File",
        description="CSV with the columns Datetime and one for each series, or "
        'JSON as {"series": {"time": value}}; every time with its zone.',
    ),
]
STATS = ("series", "first", "last", "count", "min", "max", "avg", "stddev", "remark")
ON = "timeseries"


class PointData(Acts):
    """Mixed into the service, which has the client."""

    _client: Client
    _states: States

    # -- out

    @operation(name="timeseries_data.download", label="Download", on=ON, danger="reads",
               help="The points of series in a window, as the platform writes them.")  # fmt: skip
    def download_points(
        self, series: Series, start_time: Start, end_time: End, others: Others = [],  # noqa: B006
        timezone: Zone = "UTC", format: FileFormat = "csv", convert_to: Units = [],  # noqa: B006
    ) -> File:  # fmt: skip
        chosen = asking.by_number(series, others)
        window = asking.window(start_time, end_time)
        return self._file(chosen, window, asking.shown(chosen, timezone, convert_to), format)

    @operation(name="timeseries_data.download_by_names", label="Download by name", on="campaign",
               danger="reads",
               help="The points of series of a campaign that are given by name.")  # fmt: skip
    def download_points_by_names(
        self, campaign: Campaign, names: Names, start_time: Start, end_time: End,
        data_state: State = None, timezone: Zone = "UTC", format: FileFormat = "csv",
        convert_to: Units = [],  # noqa: B006
    ) -> File:  # fmt: skip
        chosen = asking.by_name(campaign, names, self._states.asked(data_state))
        window = asking.window(start_time, end_time)
        return self._file(chosen, window, asking.shown(chosen, timezone, convert_to), format)

    @operation(name="timeseries_data.download_aggregate", label="Sum up", on=ON, danger="reads",
               help="Means, sums, extremes or counts of series, bucket by bucket.")  # fmt: skip
    def aggregate_points(
        self, series: Series, start_time: Start, end_time: End, others: Others = [],  # noqa: B006
        aggregation: Summed = "avg", bucket_width: BucketWidth = "1 hour",
        timezone: Zone = "UTC", convert_to: Units = [],  # noqa: B006
    ) -> Table:  # fmt: skip
        chosen = asking.by_number(series, others)
        shown = asking.shown(chosen, timezone, convert_to)
        window = asking.window(start_time, end_time)
        return aggregated(self._client.data, chosen, window, shown,
                          Aggregate(aggregation, bucket_width))  # fmt: skip

    @operation(name="timeseries_data.download_aggregate_by_names", label="Sum up by name",
               on="campaign", danger="reads",
               help="Means, sums, extremes or counts of series given by name.")  # fmt: skip
    def aggregate_points_by_names(
        self, campaign: Campaign, names: Names, start_time: Start, end_time: End,
        data_state: State = None, aggregation: Summed = "avg",
        bucket_width: BucketWidth = "1 hour", timezone: Zone = "UTC",
        convert_to: Units = [],  # noqa: B006
    ) -> Table:  # fmt: skip
        chosen = asking.by_name(campaign, names, self._states.asked(data_state))
        shown = asking.shown(chosen, timezone, convert_to)
        window = asking.window(start_time, end_time)
        return aggregated(self._client.data, chosen, window, shown,
                          Aggregate(aggregation, bucket_width))  # fmt: skip

    @operation(name="timeseries_data.get_stats", label="Statistics", on=ON, danger="reads",
               help="First and last time, count and extremes over the whole history.")  # fmt: skip
    def stats_of_points(self, series: Series, others: Others = []) -> Table:  # noqa: B006
        chosen = asking.by_number(series, others)
        rows = []
        for label, one in self._client.data.stats(chosen).items():
            numbers = (one.count, one.min, one.max, one.avg, one.stddev)
            node = ids.Series(int(label), chosen.state).id
            remark = "" if one.count else "no data"
            rows.append((node, one.first_timestamp, one.last_timestamp, *numbers, remark))
        return Table(columns=STATS, rows=tuple(rows))

    # -- in

    @operation(name="timeseries_data.upload", label="Upload points", danger="writes",
               help="Stores the points of a file whose series are given by their numbers. A time "
                    "that is there already keeps its value.")  # fmt: skip
    def upload_points(
        self, file: Points, data_state: State = None
    ) -> Generator[Progress, None, Record]:
        found = samples.columns(file)
        state = self._states.asked(data_state)
        if not all(label.isascii() and label.isdecimal() for label in found):
            raise refused("The columns have to be the numbers of series.")
        targets = {label: Target(series=_series(label, state)) for label in found}
        for group in asking.grouped(tuple(one.series.number for one in targets.values())):
            self._client.data.stats(Chosen(group, state))  # NotFound before anything is sent
        return (yield from self._stored(found, targets))

    @operation(name="timeseries_data.upload_by_names", label="Upload points by name",
               on="campaign", danger="writes",
               help="Stores the points of a file whose series are given by name. A time that is "
                    "there already keeps its value.")  # fmt: skip
    def upload_points_by_names(
        self, campaign: Campaign, file: Points, data_state: State = None
    ) -> Generator[Progress, None, Record]:
        found = samples.columns(file)
        state = self._states.asked(data_state)
        number = ids.number(campaign, "campaign")
        known = self._numbers(number)
        unknown = [name for name in found if name not in known]
        if unknown:
            raise refused(f"This campaign has no series “{unknown[0]}”. Nothing was stored.")
        targets = {
            name: Target(series=ids.Series(known[name], state), name=name, campaign=number)
            for name in found
        }
        return (yield from self._stored(found, targets))

    # -- away

    @operation(name="timeseries_data.count", label="Count points", on=ON, danger="reads",
               help="How many points series have in a window: what deleting it would "
                    "take.")  # fmt: skip
    def count_points(
        self, series: Series, start_time: Start, end_time: End, others: Others = []  # noqa: B006
    ) -> Table:  # fmt: skip
        asked = ids.series((series, *others))
        named = {one.id: one.id for one in asked}
        return counted(self._client, asked, asking.window(start_time, end_time), named)

    @operation(name="timeseries_data.delete", label="Delete points", on=ON, danger="destroys",
               preview="timeseries_data.count",
               help="Empties a window of series; the end itself stays.")  # fmt: skip
    def delete_points(
        self, series: Series, start_time: Start, end_time: End, others: Others = []  # noqa: B006
    ) -> None:  # fmt: skip
        chosen = asking.by_number(series, others)
        self._client.data.delete(chosen, asking.window(start_time, end_time))

    @operation(name="timeseries_data.count_by_names", label="Count points by name",
               on="campaign", danger="reads",
               help="How many points series given by name have in a window.")  # fmt: skip
    def count_points_by_names(
        self, campaign: Campaign, names: Names, start_time: Start, end_time: End,
        data_state: State = None,
    ) -> Table:  # fmt: skip
        chosen = asking.by_name(campaign, names, self._states.asked(data_state))
        known = self._numbers(ids.number(campaign, "campaign"))
        if not set(names) <= known.keys():
            raise NotFound("This campaign has no series of one of these names.")
        asked = {ids.Series(known[name], chosen.state): name for name in names}
        named = {one.id: name for one, name in asked.items()}
        return counted(self._client, tuple(asked), asking.window(start_time, end_time), named)

    @operation(name="timeseries_data.delete_by_names", label="Delete points by name",
               on="campaign", danger="destroys", preview="timeseries_data.count_by_names",
               help="Empties a window of series given by name; the end itself stays.")  # fmt: skip
    def delete_points_by_names(
        self, campaign: Campaign, names: Names, start_time: Start, end_time: End,
        data_state: State = None,
    ) -> None:  # fmt: skip
        chosen = asking.by_name(campaign, names, self._states.asked(data_state))
        self._client.data.delete(chosen, asking.window(start_time, end_time))

    def _file(self, chosen: Chosen, window: Window, shown: Shown, format: Format) -> File:
        """Its errors rise now, and its bytes flow later."""
        with ExitStack() as stack:
            data = self._client.data.points(chosen, window, shown=shown, format=format)
            stream = stack.enter_context(data)
            held = stack.pop_all()
        name = f"points.{format}"
        return File(name=name, chunks=iter(stream), type=TYPES[format], close=held.close)

    def _numbers(self, campaign: int) -> dict[str, int]:
        """The number of each series of a campaign, by its name."""
        return {row.name: row.id for row in self._client.every_series(campaign_id=campaign)}

    def _stored(
        self, found: Columns, targets: dict[str, Target]
    ) -> Generator[Progress, None, Record]:
        """Series after series; nothing is sent twice."""
        whole = sum(batch.num_rows for batch in found.values()) or 1
        done, sent = writing.NOTHING, 0
        for label, batch in found.items():
            for first in range(0, batch.num_rows, POINTS):
                chunk = batch.slice(first, POINTS)
                done = writing.both(done, writing.store(self._client, targets[label], chunk))
                sent += chunk.num_rows
                yield Progress(text=f"{sent} of {whole} points", share=sent / whole)
        return Record(fields={"stored": done.accepted, "unchanged": done.unchanged})


def _series(label: str, state: int) -> ids.Series:
    return ids.Series(ids.number(label, ids.SERIES), state)
