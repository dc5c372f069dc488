"""Data into BEMServer on the wire, mostly what it cannot take (section 3.3)."""

from __future__ import annotations

import json
from typing import Any

from tests.official.wire import PEOPLE, Wire

CSV = {"Content-Type": "text/csv"}


def uploads(wire: Wire) -> None:
    ids = wire.ids
    texts = (
        "",
        "\n",
        "x",
        "Datetime",
        "Datetime\n",
        "Datetime,\n",
        "Datetime,{e}\n",
        "Time,{e}\n",
        "Datetime,{e},\n2025-02-01T00:00:00Z,1,\n",
        "Datetime,{e}\n2025-02-01T00:00:00Z,1,2\n",
        "Datetime,{e}\n2025-02-01T00:00:00,1\n",
        "Datetime,{e}\nnever,1\n",
        "Datetime,{e}\n2025-02-01T00:00:00Z,x\n",
        "Datetime,abc\n2025-02-01T00:00:00Z,1\n",
        "Datetime,2000000000\n2025-02-01T00:00:00Z,1\n",
        "Datetime,{e}\n,1\n",
        "Datetime,{e}\n1600-02-01T00:00:00Z,1\n",
        "Datetime,{e}\n2025-02-30T00:00:00Z,1\n",
        "Datetime,{e}\n2025-02-01T00:00:00Z,\n",
        "Datetime,{e}\n2025-02-01T00:00:00Z,nan\n",
        "Datetime,{e}\n2025-02-01T00:00:00Z\n",
        "Datetime,{e},{p}\n2025-02-01T00:00:00Z,1\n",
        'Datetime,{e}\n"2025-02-01T00:00:00Z,1\n',
        "Datetime,{e},{e}\n2025-02-01T00:00:00Z,1,2\n",
        "Datetime,{e}\n2025-02-01T01:00:00+01:00,4.5\n2025-02-01T00:00:00Z,5.5\n",
        "Datetime,{e}\n2025-02-01 02:00:00+00:00,6.5\n2025-02-01,3\n",
        "Datetime,{e}\n2025-02-01T05:00Z,7\n",
        "Datetime;{e}\n2025-02-01T00:00:00Z;1\n",
        "Datetime,2147483648\n2025-02-01T00:00:00Z,1\n",
        "Datetime,1.5\n2025-02-01T00:00:00Z,1\n",
        "Datetime,{h}\n2025-02-01T00:00:00Z,1\n",
        "Datetime,{e}\n2025-02-01T00:00:00Z,inf\n",
        "\ufeffDatetime,{e}\n2025-02-01T09:00:00Z,1\n",
        "Datetime,{e}\r\n2025-02-01T08:00:00Z,1\r\n",
    )
    for number, text in enumerate(texts):
        sent = text.format(e=ids["empty"], p=ids["power"], h=ids["hidden"]).encode()
        for who in ("admin", "member") if "{h}" in text else ("admin",):
            wire.ask(
                f"upload csv {number} {who}",
                "POST",
                "/timeseries_data/",
                who,
                params={"data_state": 1},
                data=sent,
                headers=CSV,
            )
    _bodies(wire)
    _states(wire)


def _bodies(wire: Wire) -> None:
    ids = wire.ids
    bodies: tuple[Any, ...] = (
        {},
        [],
        7,
        None,
        "x",
        {"x": {}},
        {"{e}": {}},
        {"{e}": []},
        {"{e}": 5},
        {"{e}": {"never": 1}},
        {"{e}": {"2025-02-02T00:00:00": 1}},
        {"{e}": {"2025-02-02T00:00:00Z": "x"}},
        {"{e}": {"2025-02-02T00:00:00Z": "1.5"}},
        {"{e}": {"2025-02-02T01:00:00Z": None}},
        {"2000000000": {"2025-02-02T00:00:00Z": 1}},
        {"x": {"2025-02-02T00:00:00Z": 1}},
        {"": {"2025-02-02T00:00:00Z": 1}},
        {"{e}": {"": 1}},
        {"{e}": {"2025-02-02T02:00:00Z": True}},
        {"{e}": {"2025-02-02T03:00:00Z": []}},
        {"{e}": {"2025-02-02T03:00:00+02:00": 8.25}},
        {"{h}": {"2025-02-02T03:00:00Z": 1}},
        [1, 2],
        [{"a": 1}],
        {"{e}": {"1600-01-01T00:00:00Z": 1}},
    )
    for number, body in enumerate(bodies):
        sent = json.dumps(body).replace("{e}", str(ids["empty"])).replace("{h}", str(ids["hidden"]))
        for who in ("admin", "member"):
            wire.ask(
                f"upload json {number} {who}",
                "POST",
                "/timeseries_data/",
                who,
                params={"data_state": 1},
                data=sent.encode(),
                headers={"Content-Type": "application/json"},
            )


def _states(wire: Wire) -> None:
    ids = wire.ids
    good = f"Datetime,{ids['empty']}\n2025-02-03T00:00:00Z,1\n".encode()
    for number, state in enumerate((None, "x", 99, "", 2**31)):
        wire.ask(
            f"upload in state {number}",
            "POST",
            "/timeseries_data/",
            data=good,
            headers=CSV,
            params={} if state is None else {"data_state": state},
        )
    for kind in ("text/csv; charset=utf-8", "text/plain", ""):
        wire.ask(
            f"upload as {kind}",
            "POST",
            "/timeseries_data/",
            params={"data_state": 1},
            data=good,
            headers={"Content-Type": kind},
        )
    for number, raw in enumerate((b"\xff\xfe", b"Datetime,\xff\n", b"Datetime,1\x00\n")):
        wire.ask(
            f"upload bytes {number}",
            "POST",
            "/timeseries_data/",
            params={"data_state": 1},
            data=raw,
            headers=CSV,
        )
    where = f"/timeseries_data/campaign/{ids['campaign']}/"
    for who in PEOPLE:
        for name in ("empty", "hidden", "none", ""):
            sent = f"Datetime,{name}\n2025-02-04T00:00:00Z,3\n".encode()
            wire.ask(
                f"upload by name {name} {who}",
                "POST",
                where,
                who,
                params={"data_state": 1},
                data=sent,
                headers=CSV,
            )
    wire.ask(
        "what was uploaded",
        "GET",
        "/timeseries_data/",
        params={
            "data_state": 1,
            "timeseries": ids["empty"],
            "start_time": "2025-02-01T00:00:00Z",
            "end_time": "2025-02-05T00:00:00Z",
        },
    )
