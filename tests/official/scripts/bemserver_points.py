# ruff: noqa: T201
"""Points and buckets through the published client, all digits kept.

    python bemserver_points.py HOST:PORT EMAIL PASSWORD ASKED

ASKED is {"reads": [{"step", "series", "start", "end"}], "aggregates": [same and "value", "unit"]}.
Prints {"step", "saw"} lines: for each series (by name) its times and values, in UTC.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from bemserver_api_client import BEMServerApiClient
from bemserver_api_client.enums import Aggregation, BucketWidthUnit, DataFormat

RAW = 1


def signed_in(host: str, email: str, password: str) -> BEMServerApiClient:
    client = BEMServerApiClient(host, use_ssl=False)
    pair = client.auth.get_tokens(email, password).data
    client.set_authentication_method(
        client.make_bearer_token_auth(pair["access_token"], pair["refresh_token"])
    )
    return client


def numbers(client: BEMServerApiClient, names: list[str]) -> dict[str, str]:
    found = [client.timeseries.getall(name=name).data for name in names]
    return {str(rows[0]["id"]): name for rows, name in zip(found, names, strict=True)}


def read(client: BEMServerApiClient, asked: dict[str, Any]) -> dict[str, Any]:
    names = numbers(client, asked["series"])
    data = client.timeseries_data.download(
        asked["start"], asked["end"], RAW, list(names), "UTC"
    ).data
    text = client.timeseries_data.download(
        asked["start"], asked["end"], RAW, list(names), "UTC", DataFormat.csv
    ).data
    return {
        "json": {names[n]: list(points.items()) for n, points in data.items()},
        "csv": [list(names.values()), text.decode().partition("\n")[2]],
    }


def aggregate(client: BEMServerApiClient, asked: dict[str, Any]) -> dict[str, Any]:
    names = numbers(client, asked["series"])
    found = {name: {} for name in names.values()}
    for function in Aggregation:
        data = client.timeseries_data.download_aggregate(
            asked["start"],
            asked["end"],
            RAW,
            list(names),
            "UTC",
            function,
            str(asked["value"]),
            BucketWidthUnit(asked["unit"]),
        ).data
        for n, buckets in data.items():
            found[names[n]][function.value] = list(buckets.items())
    return found


def main(host: str, email: str, password: str, questions: str) -> None:
    client = signed_in(host, email, password)
    asked = json.loads(questions)
    for call, steps in ((read, asked["reads"]), (aggregate, asked["aggregates"])):
        for step in steps:
            print(json.dumps({"step": step["step"], "saw": call(client, step)}))


main(*sys.argv[1:])
