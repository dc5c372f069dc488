# ruff: noqa: T201
"""What the published client reads of data, analysis, tasks and services; and what it imports.

    python bemserver_client_agreement.py HOST:PORT EMAIL PASSWORD PLAN

The plan is a JSON object: numbers of series, a window, a building with energy, a campaign, CSV
texts by part, points by series and by name. One JSON line: each function with what it gave.
"""

import io
import json
import sys
from typing import Any

from bemserver_api_client import BEMServerApiClient
from bemserver_api_client.enums import (
    Aggregation,
    BucketWidthUnit,
    DataFormat,
    StructuralElement,
)

RAW = 1
PARIS = "Europe/Paris"
SERVICES = (
    "st_cleanup_by_campaign", "st_check_missing_by_campaign", "st_check_outlier_by_campaign",
    "st_download_weather_by_site", "st_download_weather_forecast_by_site",
    "st_cleanup_by_timeseries",
)  # fmt: skip


def sent(api: Any, plan: Any) -> None:
    """Points and files, as the client sends them."""
    data = api.timeseries_data
    data.upload(RAW, plan["points"], DataFormat.json)
    data.upload_by_names(plan["campaign"], RAW, plan["named"], DataFormat.csv)
    files = {part: io.BytesIO(text.encode()) for part, text in plan["tree"].items()}
    api.io.upload_sites_csv(plan["campaign"], files)
    text = io.BytesIO(plan["list"].encode())
    api.io.upload_timeseries_csv(plan["campaign"], {"timeseries_csv": text})


def read(api: Any, plan: Any) -> dict[str, Any]:
    """Data and what is worked out of them."""
    data, series = api.timeseries_data, plan["series"]
    start, end = plan["start"], plan["end"]
    told: dict[str, Any] = {
        "csv": data.download(start, end, RAW, series, PARIS, DataFormat.csv).data.decode(),
        "json": data.download(start, end, RAW, series, PARIS, DataFormat.json).data,
        "stats": data.get_stats(RAW, series).data["stats"],
    }
    for function in Aggregation:
        told[function.value] = data.download_aggregate(
            start, end, RAW, series, PARIS, function, "1", BucketWidthUnit.hour,
            format=DataFormat.json,
        ).data  # fmt: skip
    told["completeness"] = api.analysis.get_completeness(
        start, end, series, RAW, 1, BucketWidthUnit.day, PARIS
    ).data
    told["breakdown"] = api.analysis.get_energy_consumption_breakdown(
        StructuralElement.building,
        plan["building"],
        start,
        end,
        1,
        BucketWidthUnit.day,
        timezone=PARIS,
    ).data
    return told


def main(host: str, email: str, password: str, text: str) -> None:
    """Signs in by token, sends, and then reads."""
    plan = json.loads(text)
    api = BEMServerApiClient(host, use_ssl=False)
    pair = api.auth.get_tokens(email, password).data
    method = api.make_bearer_token_auth(pair["access_token"], pair["refresh_token"])
    api.set_authentication_method(method)
    sent(api, plan)
    told = read(api, plan)
    told["about"] = api.about.getall().data["versions"]
    told["notices"] = api.notifications.count_by_campaign(user_id=plan["user"]).data
    if plan["old"]:
        for name in SERVICES:
            told[name] = getattr(api, name).get_full().data
    else:
        told["tasks"] = api.tasks.getall().data
        told["task_by_campaign"] = api.task_by_campaign.getall().data
    print(json.dumps(told))


main(*sys.argv[1:])
