"""Right values for BEMServer's operations on data, tasks, files and notifications."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

from connectors.contract import Upload
from tests.conformance.calls_bemserver import CAMPAIGN, done
from tests.conformance.subject import Opened, Values

SERIES = "timeseries/40@1"
START, END = datetime(2024, 3, 28, tzinfo=UTC), datetime(2024, 3, 30, tzinfo=UTC)
SPAN: Mapping[str, object] = {"start_time": START, "end_time": END}


def upload(text: str, name: str = "file.csv") -> Upload:
    """A file as people send one."""
    body = text.encode()
    return Upload(name=name, content=BytesIO(body), size=len(body))


def a_series(opened: Opened) -> dict[str, Any]:
    """A new one, with two points."""
    name = uuid4().hex
    scope = done(opened, "campaign_scopes.getall", campaign_id=CAMPAIGN).first(1)[0][0][0]
    made = done(
        opened, "timeseries.create", name=name, campaign_id=CAMPAIGN, campaign_scope_id=scope
    )
    number = made.fields["id"]
    lines = f"Datetime,{number}\n2024-03-28T00:00:00Z,1\n2024-03-28T01:00:00Z,2\n"
    done(opened, "timeseries_data.upload", file=upload(lines))
    return {"name": name, "number": number, "node": f"timeseries/{number}@1"}


def named(opened: Opened) -> dict[str, object]:
    """A new series by name, and a window."""
    return {"campaign": CAMPAIGN, "names": [a_series(opened)["name"]], **SPAN}


def points(label: object) -> Upload:
    return upload(f"Datetime,{label}\n2024-03-28T02:00:00Z,3\n")


def a_task(opened: Opened) -> dict[str, object]:
    """A new row."""
    values = {"campaign_id": CAMPAIGN, "task_name": "CheckOutliers", "offset_unit": "day"}
    return {"id": done(opened, "task_by_campaign.create", **values).id}


def sites(opened: Opened) -> Upload:
    return upload(f"Name,Description,IFC_ID\n{uuid4().hex},,\n")


def series(opened: Opened) -> Upload:
    head = "Campaign scope,Name,Description,Unit,Site,Building,Storey,Space,Zone"
    return upload(f"{head}\nEnergy,{uuid4().hex},,kWh,,,,,\n")


ACTS: Mapping[str, Values] = {
    "timeseries_data.download": lambda opened: {"series": SERIES, **SPAN},
    "timeseries_data.download_by_names": named,
    "timeseries_data.download_aggregate": lambda opened: {"series": SERIES, **SPAN},
    "timeseries_data.download_aggregate_by_names": named,
    "timeseries_data.get_stats": lambda opened: {"series": SERIES},
    "timeseries_data.count": lambda opened: {"series": SERIES, **SPAN},
    "timeseries_data.count_by_names": named,
    "timeseries_data.upload": lambda opened: {"file": points(a_series(opened)["number"])},
    "timeseries_data.upload_by_names": lambda opened: {
        "campaign": CAMPAIGN, "file": points(a_series(opened)["name"]),
    },
    "timeseries_data.delete": lambda opened: {"series": a_series(opened)["node"], **SPAN},
    "timeseries_data.delete_by_names": named,
    "analysis.get_completeness": lambda opened: {"series": SERIES, **SPAN},
    "analysis.site.get_energy_consumption_breakdown": lambda opened: {"where": "site/1", **SPAN},
    "io.upload_sites_csv": lambda opened: {"campaign": CAMPAIGN, "sites_csv": sites(opened)},
    "io.upload_timeseries_csv": lambda opened: {
        "campaign": CAMPAIGN, "timeseries_csv": series(opened),
    },
    "notifications.count_by_campaign": lambda opened: {"read": False},
    "notifications.mark_all_as_read": lambda opened: {"campaign_id": CAMPAIGN},
    "tasks.getall": lambda opened: {},
    "tasks.run_async": lambda opened: {"campaign_id": CAMPAIGN, "task_name": "Cleanup", **SPAN},
    "task_by_campaign.getall": lambda opened: {"campaign_id": CAMPAIGN},
    "task_by_campaign.getone": a_task,
    "task_by_campaign.create": lambda opened: {
        "campaign_id": CAMPAIGN, "task_name": "CheckOutliers", "offset_unit": "day",
    },
    "task_by_campaign.update": lambda opened: a_task(opened) | {"is_enabled": False},
    "task_by_campaign.delete": a_task,
    "st_cleanup_by_campaign.get_full": lambda opened: {},
    "about.getall": lambda opened: {},
    "timeseries.total": lambda opened: {"campaign_id": CAMPAIGN},
}  # fmt: skip
