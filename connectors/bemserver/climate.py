"""What BEMServer works out of the weather of a site, and how it comes by it (sections 4.3, 4.4)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import date, datetime
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import Field

from connectors.bemserver.client import Client
from connectors.bemserver.families import Id
from connectors.bemserver.ids import Element, Series, number
from connectors.bemserver.resources import BY_WORD
from connectors.bemserver.states import States
from connectors.contract import TIME, Points
from connectors.errors import Rejected
from connectors.operations import Acts, Progress, Table, operation

Site = Id
First = Annotated[date, Field(title="From", description="The first day: 2024-01-01.")]
Last = Annotated[date, Field(title="Until", description="The first day that is not meant.")]
Start = Annotated[datetime, Field(title="From", description="The first moment.")]
End = Annotated[datetime, Field(title="Until", description="The first moment that is not meant.")]
Period = Annotated[
    Literal["day", "month", "year"],
    Field(title="Period", description="What degree days are summed over."),
]
COLUMNS = ("node", "parameter")
FOUND_NONE = (
    "This site has no such weather series, so BEMServer would fetch nothing. Tie one first."
)


class Climate(Acts):
    """Mixed into the service, which has the client."""

    _client: Client
    _states: States

    @operation(
        name="sites.get_degree_days", label="Degree days", on="site", danger="reads",
        help="How much it was too cold or too warm, from the Clean data of its air temperature.",
    )  # fmt: skip
    def degree_days(
        self,
        id: Site,
        start_date: First,
        end_date: Last,
        period: Period = "day",
        type: Annotated[
            Literal["heating", "cooling"],
            Field(title="Type", description="Days too cold, or too warm."),
        ] = "heating",
        base: Annotated[
            float, Field(title="Base", description="The temperature that is just right.")
        ] = 18.0,
        unit: Annotated[
            str, Field(title="Unit", description="Of the base: °C or °F.", max_length=80)
        ] = "°C",
    ) -> Iterator[Points]:
        """Days, months and years begin at midnight in the campaign's time zone; a period without
        data is null."""
        if end_date < start_date:
            raise Rejected("The time ends before it starts.", {"end_date": "Before the start."})
        place = Element("site", number(id, "site"))
        found = self._client.degree_days(
            place.number,
            start_date=start_date.isoformat(),
            end_date=end_date.isoformat(),
            period=period,
            type=type,
            base=base,
            unit=unit,
        )
        columns = [pa.array(list(found), TIME), pa.array(list(found.values()), pa.float64())]
        batch = pa.RecordBatch.from_arrays(columns, ["time", "value"])
        return iter((Points(series=place.id, batch=batch),))

    @operation(
        name="sites.download_weather_data", label="Fetch the weather", on="site", danger="writes",
        help="The server replaces the Clean data of the site's weather series by its provider's; "
        "for administrators only.",
    )  # fmt: skip
    def download_weather(
        self,
        id: Site,
        start_time: Start,
        end_time: End,
        *,
        forecast: Annotated[
            bool, Field(title="Forecast", description="The forecast, not what was.")
        ] = False,
    ) -> Generator[Progress, None, Table]:
        """The series that were filled. Without any the platform does nothing and says nothing."""
        site = number(id, "site")
        rows = self._client.collection(BY_WORD["weather_ts_by_site"].path)
        filled = list(rows.every({"site_id": site, "forecast": forecast}))
        if not filled:
            raise Rejected(FOUND_NONE)
        yield Progress(text="BEMServer fetches the weather from its provider.")
        self._client.download_weather(site, start_time, end_time, forecast=forecast)
        state = self._states.asked("Clean")
        cells = tuple((Series(row["timeseries_id"], state).id, row["parameter"]) for row in filled)
        return Table(columns=COLUMNS, rows=cells)
