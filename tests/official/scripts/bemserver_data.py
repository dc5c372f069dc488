# ruff: noqa: T201
"""Data in and out through the published client, with sign-in, paging and refusals.

    python bemserver_data.py HOST:PORT EMAIL PASSWORD

Prints {"step", "saw"} lines without ids, so that two servers can be compared.
"""

import datetime as dt
import json
import sys
from typing import Any

from bemserver_api_client import BEMServerApiClient
from bemserver_api_client.enums import Aggregation, BucketWidthUnit, DataFormat
from bemserver_api_client.exceptions import BEMServerAPIError, BEMServerAPIVersionError

PARIS = "Europe/Paris"
START, END = "2025-03-29T23:00:00+00:00", "2025-03-30T22:00:00+00:00"
FALL = "2025-10-25T22:00:00+00:00", "2025-10-26T23:00:00+00:00"


def say(step: Any, saw: Any) -> None:
    print(json.dumps({"step": step, "saw": saw}))


def refusal(call: Any, *args: Any, **kwargs: Any) -> Any:
    """The name of what the client raised, with its status and its details."""
    try:
        return ["no error", call(*args, **kwargs).status_code]
    except BEMServerAPIError as error:
        details = getattr(error, "code", None) or getattr(error, "message", None)
        return [type(error).__name__, error.status_code, details]


def hours(start: Any, count: Any) -> Any:
    first = dt.datetime.fromisoformat(start)
    return [(first + dt.timedelta(hours=n)).isoformat() for n in range(count)]


def signed_in(host: Any, email: Any, password: Any) -> Any:
    client = BEMServerApiClient(host, use_ssl=False)
    say("wrong password", client.auth.get_tokens(email, "wrong").data)
    say("malformed e-mail", refusal(client.auth.get_tokens, "nobody", "x")[:2])
    say("without a token", refusal(client.campaigns.getall))
    pair = client.auth.get_tokens(email, password).data
    say("sign-in", sorted(pair))
    pairs = []
    auth = client.make_bearer_token_auth(
        "x" * 10, pair["refresh_token"], lambda a, r: pairs.append(bool(a and r))
    )
    client.set_authentication_method(auth)
    say("a bad token", refusal(client.campaigns.getall))
    auth = client.make_bearer_token_auth(
        pair["access_token"], pair["refresh_token"], lambda a, r: pairs.append(bool(a and r))
    )
    client.set_authentication_method(auth)
    say("refresh", sorted(client.auth.refresh_tokens().data))
    return client


def planted(client: Any) -> Any:
    campaign = client.campaigns.create({"name": "Data walk", "timezone": PARIS}).data["id"]
    scope = client.campaign_scopes.create({"name": "S", "campaign_id": campaign}).data["id"]
    made = []
    for n in range(23):
        body = {
            "name": f"Series {n:02d}",
            "unit_symbol": "kWh",
            "campaign_id": campaign,
            "campaign_scope_id": scope,
        }
        made.append(client.timeseries.create(body).data["id"])
    return campaign, made


def paging(client: Any, campaign: Any) -> None:
    answer = client.timeseries.getall(campaign_id=campaign, sort="-name")
    say("page 1", [[row["name"] for row in answer.data], answer.pagination])
    answer = client.timeseries.getall(campaign_id=campaign, sort="name", page=3, page_size=10)
    say("page 3", [[row["name"] for row in answer.data], answer.pagination])
    answer = client.timeseries.getall(campaign_id=campaign, page=9)
    say("page 9", [answer.data, answer.pagination])
    say("page size 101", refusal(client.timeseries.getall, page_size=101)[:2])


def data(client: Any, campaign: Any, one: Any, two: Any) -> None:
    ts = client.timeseries_data
    values = {time: n + 0.1 for n, time in enumerate(hours(START, 23))}
    say("upload json", ts.upload(1, {str(one): values}).status_code)
    text = "Datetime,Series 01\n" + "".join(f"{t},{v}\n" for t, v in values.items())
    say("upload csv", ts.upload_by_names(campaign, 1, text.encode(), DataFormat.csv).status_code)
    say("upload again", ts.upload(1, {str(one): dict.fromkeys(values, 7)}).status_code)
    got = ts.download(START, END, 1, [one, two], PARIS).data
    say("json", [got.get(str(one)), got.get(str(one)) == got.get(str(two))])
    say(
        "csv",
        ts.download_by_names(
            campaign, START, END, 1, ["Series 00", "Series 02"], PARIS, DataFormat.csv
        ).data.decode(),
    )
    say(
        "converted",
        list(
            ts.download(START, END, 1, [one], "UTC", DataFormat.json, ["Wh"])
            .data[str(one)]
            .values()
        ),
    )
    say(
        "no such unit",
        refusal(ts.download, START, END, 1, [one], "UTC", DataFormat.json, ["kgCO2"])[:2],
    )
    say(
        "other dimension",
        refusal(ts.download, START, END, 1, [one], "UTC", DataFormat.json, ["°C"])[:2],
    )
    say("unknown series", refusal(ts.download, START, END, 1, [10**6])[:2])
    say("unknown state", refusal(ts.download, START, END, 99, [one])[:2])
    say(
        "empty csv",
        ts.download(END, START, 1, [one], "UTC", DataFormat.csv)
        .data.decode()
        .replace(f"Datetime,{one}", "Datetime,ID"),
    )
    say("empty json", ts.download(END, START, 1, [one]).data)


def aggregates(client: Any, one: Any, two: Any) -> None:
    ts = client.timeseries_data
    for start, end in ((START, END), FALL):
        got = ts.download_aggregate(
            start, end, 1, [one], PARIS, Aggregation.count, "1", BucketWidthUnit.hour
        ).data
        say(f"hours of {start[:10]}", got[str(one)])
    for function in Aggregation:
        for unit in (
            BucketWidthUnit.day,
            BucketWidthUnit.week,
            BucketWidthUnit.month,
            BucketWidthUnit.year,
        ):
            got = ts.download_aggregate(START, END, 1, [one], PARIS, function, "1", unit).data
            say(
                f"{function.value} by {unit.value}",
                {k: round(v, 9) if v else v for k, v in got[str(one)].items()},
            )
    got = ts.download_aggregate(
        START, END, 1, [one], "UTC", Aggregation.avg, "6", BucketWidthUnit.hour
    ).data
    say("avg by 6 hours", {k: round(v, 9) if v else v for k, v in got[str(one)].items()})
    say(
        "two days",
        refusal(
            ts.download_aggregate,
            START,
            END,
            1,
            [one],
            "UTC",
            Aggregation.avg,
            "2",
            BucketWidthUnit.day,
        )[:2],
    )
    got = ts.download_aggregate(
        START, END, 1, [one], PARIS, Aggregation.count, "1", BucketWidthUnit.day, DataFormat.csv
    )
    say("csv counts", got.data.decode().replace(f"Datetime,{one}", "Datetime,ID"))
    stats = ts.get_stats(1, [one], PARIS).data["stats"][str(one)]
    say("stats", {k: round(v, 9) if isinstance(v, float) else v for k, v in stats.items()})


def removed(client: Any, one: Any) -> None:
    ts = client.timeseries_data
    middle = hours(START, 23)[10]
    say("delete", ts.delete(middle, END, 1, [one]).status_code)
    say("left", len(ts.download(START, END, 1, [one]).data[str(one)]))
    say("delete again", ts.delete(middle, END, 1, [one]).status_code)
    say("written anew", ts.upload(1, {str(one): {middle: 99}}).status_code)
    say("value", list(ts.download(middle, END, 1, [one]).data[str(one)].values()))


def bad_uploads(client: Any, one: Any) -> None:
    ts = client.timeseries_data
    texts = [
        "",
        "Time,1\n",
        "Datetime,\n",
        f"Datetime,{one}\n2025-01-01T00:00:00Z,1\n2025-01-02T00:00:00Z,1,2\n",
        f"Datetime,{one}\nyesterday,1\n",
        f"Datetime,{one}\n2025-01-01T00:00:00,1\n",
        f"Datetime,{one}\n2025-01-01T00:00:00Z,x\n",
        "Datetime,abc\n2025-01-01T00:00:00Z,1\n",
    ]
    for text in texts:
        try:
            say("bad csv", ts.upload(1, text.encode(), DataFormat.csv).status_code)
        except BEMServerAPIError as error:
            say("bad csv", [error.status_code, error.errors])


def main(host: Any, email: Any, password: Any) -> None:
    client = signed_in(host, email, password)
    version = client.about.getall().data["versions"]["bemserver_api"]
    say("version", version)
    try:
        client.check_api_version(version)
        say("version check", "passes")
    except BEMServerAPIVersionError:
        say("version check", "refuses")
    campaign, made = planted(client)
    paging(client, campaign)
    data(client, campaign, *made[:2])
    aggregates(client, *made[:2])
    removed(client, made[0])
    bad_uploads(client, made[0])
    say(
        "campaign away",
        client.campaigns.delete(campaign, etag=client.campaigns.getone(campaign).etag).status_code,
    )
    say("its series too", refusal(client.timeseries.getone, made[0])[:2])


main(*sys.argv[1:])
