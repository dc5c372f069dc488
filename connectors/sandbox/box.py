"""Files for a box of uploads: no platform serves them, they are put into Tieline itself."""

from __future__ import annotations

from pathlib import Path

from connectors.sandbox.standin import Given, Offer

DATA = Path(__file__).parent / "world" / "data"
SOURCE = "eemeter, Apache-2.0"

BOX = Offer(
    kind="filebox",
    name="Files of a UK home",
    settings={"box": "A UK home", "zone": "UTC"},
    about=f"Real half-hourly readings and the weather beside them ({SOURCE})",
    uploads=(
        Given(
            path=str(DATA / "uk-electricity-hdd-only-hourly-sample-1.csv.gz"),
            name=f"Electricity every half hour ({SOURCE}).csv",
            values={"zone": "UTC", "values": ["value = kWh"]},
        ),
        Given(
            path=str(DATA / "uk-tempC-sample-1_2.csv.gz"),
            name=f"Outdoor temperature ({SOURCE}).csv",
            values={"zone": "UTC", "time_column": "dt", "values": ["tempC = °C"]},
        ),
    ),
)
