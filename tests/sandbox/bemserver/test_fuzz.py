"""Wrong requests to BEMServer: always its own voice, and it still answers afterwards.

The requests go to the stand-in itself, without a server between: what it did not expect is then
an exception here, while the 500s that the platform is known for are answers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import strategies as st

from connectors.sandbox.bemserver.catalogue import catalogue
from tests.sandbox.client import Raw
from tests.sandbox.fuzzing import for_seconds
from tests.sandbox.server import ADMIN, MEMBER, OUTSIDER, SandboxServer

pytestmark = pytest.mark.fuzz

KNOWN = catalogue("0.26.0")
ODD = ("../", "..%2f", "//", "?", "%00", "\r\n", "\0", "é", "🏢", "-1", "0", "9" * 40, "1.5",
       "null", "{}", "' OR 1=1 --", "a" * 3000, " ", "%", "_", "\\")  # fmt: skip
ACTIONS = (
    "about/", "auth/token", "auth/token/refresh", "timeseries_data/", "timeseries_data/aggregate",
    "timeseries_data/stats", "timeseries_data/campaign/1/", "timeseries_data/campaign/1/stats",
    "timeseries_data/campaign/1/aggregate", "analysis/completeness", "tasks/", "tasks/run",
    "analysis/energy_consumption/site/1", "analysis/energy_consumption/building/1",
    "sites/1/degree_days", "sites/1/download_weather_data", "notifications/count_by_campaign",
    "notifications/mark_all_as_read", "io/sites", "io/timeseries", "users/3/set_active",
)  # fmt: skip
TIMES = ("2025-01-01T00:00:00Z", "2025-01-02T00:00:00+01:00", "2025-03-30", "1679-12-31T23:59:59Z",
         "2260-01-02T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
         "2025-02-30T00:00Z")  # fmt: skip
FIELDS = sorted({field.name for each in KNOWN.values() for field in each.fields})
PARAMETERS = sorted(
    {name for each in KNOWN.values() for name in each.filters}
    | {"sort", "page", "page_size", "data_state", "timeseries", "start_time", "end_time", "read",
       "timezone", "convert_to", "aggregation", "bucket_width_value", "bucket_width_unit", "unit",
       "ratio_property", "start_date", "end_date", "period", "type", "base", "forecast"}
)  # fmt: skip
WORDS = st.sampled_from(
    [*ODD, *TIMES, "1", "2", "3", "x", "", "true", "hour", "day", "month", "year", "second", "avg",
     "count", "sum", "Europe/Paris", "US/Pacific", "kWh", "W", "°F", "name", "-name", "[]"]
)  # fmt: skip
TEXT = WORDS | st.text(max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(FIELDS) | TEXT, JSON, max_size=6)
DEEP = st.sampled_from(
    [b"[" * 5000, b'{"a":' * 3000 + b"1" + b"}" * 3000, b'{"name": 1e999}', b"NaN"]
)
LINES = st.lists(st.lists(TEXT, max_size=5).map(",".join), max_size=6).map("\n".join)
CSV = st.tuples(st.sampled_from(["Datetime,1", "Datetime", "Datetime,Meter", "", "x"]), LINES)
PART = '--b\r\nContent-Disposition: form-data; name="{}"; filename="f"\r\n\r\n{}\r\n--b--\r\n'
FILES = st.tuples(st.sampled_from(["sites_csv", "spaces_csv", "timeseries_csv", "x"]), LINES)
BODIES = (
    OBJECTS.map(lambda body: json.dumps(body).encode())
    | JSON.map(lambda body: json.dumps(body).encode())
    | CSV.map(lambda parts: "\n".join(parts).encode(errors="replace"))
    | FILES.map(lambda parts: PART.format(*parts).encode(errors="replace"))
    | st.binary(max_size=60)
    | DEEP
)
PATHS = (
    st.sampled_from(ACTIONS)
    | st.sampled_from(sorted(KNOWN)).map(lambda path: f"{path}/")
    | st.tuples(st.sampled_from(sorted(KNOWN)), st.sampled_from(["1", "2", "99999", *ODD])).map(
        "/".join
    )
    | st.tuples(st.sampled_from(ODD), st.sampled_from(sorted(KNOWN))).map("".join)
)
KINDS = (
    "application/json",
    "text/csv",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "",
)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: list[tuple[str, str]]
    kind: str
    body: bytes
    who: int
    tag: str | None


GOOD = [("data_state", "1"), ("timeseries", "1"), ("start_time", TIMES[0]), ("end_time", TIMES[1]),
        ("bucket_width_value", "1"), ("bucket_width_unit", "hour"), ("user_id", "1"),
        ("campaign_id", "1"), ("start_date", "2025-01-06"), ("end_date", "2025-01-07"),
        ("period", "day")]  # fmt: skip
"""What the actions need; of a parameter that comes twice the last counts."""
ASKING = st.lists(st.tuples(st.sampled_from(PARAMETERS), TEXT), max_size=8)
WHO = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3, 4, 5])
TAGS = st.sampled_from([None, "*", "*", '"x"', "é"])
WILD = st.builds(
    Asked,
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "MGET"]),
    path=PATHS, query=ASKING, kind=st.sampled_from(KINDS), body=BODIES, who=WHO, tag=TAGS,
)  # fmt: skip
READING = st.builds(
    Asked, method=st.sampled_from(["GET", "GET", "PUT", "DELETE"]), path=st.sampled_from(ACTIONS),
    query=ASKING.map(lambda asked: GOOD + asked), kind=st.just(""), body=st.just(b""), who=WHO,
    tag=TAGS,
)  # fmt: skip
SENDING = st.builds(
    Asked, method=st.just("POST"),
    path=st.sampled_from(["timeseries_data/", "timeseries_data/campaign/1/", "io/sites",
                          "io/timeseries", "tasks/run", "auth/token"]),
    query=st.just(GOOD), kind=st.sampled_from(KINDS), body=BODIES, who=WHO, tag=TAGS,
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = JSON | st.sampled_from(
    [1, 2, 3, "x", True, None, TIMES[0], "WARNING", "day", {}]
)


def _writing(path: str) -> st.SearchStrategy[Asked]:
    """Bodies that have every field of a resource, some with a value that fits."""
    names = [field.name for field in KNOWN[path].fields]
    bodies = st.fixed_dictionaries({}, optional=dict.fromkeys(names, VALUES))
    return st.builds(
        Asked, method=st.sampled_from(["POST", "PUT"]), query=st.just([]), who=WHO, tag=TAGS,
        path=st.sampled_from([f"{path}/", f"{path}/1", f"{path}/2"]),
        kind=st.just("application/json"),
        body=bodies.map(lambda body: json.dumps(body).encode()),
    )  # fmt: skip


REQUESTS = WILD | READING | SENDING | st.sampled_from(sorted(KNOWN)).flatmap(_writing)


class Direct:
    """The stand-in's app with the tokens of its people, and some that are none."""

    def __init__(self, server: SandboxServer) -> None:
        self.app = server.standin("bemserver").app
        tokens = [Raw(server, who).token for who in (ADMIN, MEMBER, OUTSIDER)]
        headers = [f"Bearer {token}" for token in tokens]
        self.headers = [*headers, "Bearer x.y.z", "Basic ***", "é"]

    def ask(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        return asyncio.run(self._ask(asked))

    async def _ask(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        headers = [(b"authorization", self.headers[asked.who].encode("latin-1"))]
        headers += [(b"content-type", asked.kind.encode())]
        headers += [(b"if-match", asked.tag.encode("latin-1"))] if asked.tag else []
        query = urlencode(asked.query, errors="replace").encode()
        path = "/" + asked.path
        scope = {
            "type": "http", "http_version": "1.1", "method": asked.method, "scheme": "http",
            "path": path, "raw_path": quote(path).encode(), "query_string": query, "root_path": "",
            "headers": headers, "server": ("127.0.0.1", 1), "client": ("127.0.0.1", 1),
        }  # fmt: skip
        sent: list[dict[str, Any]] = []
        unread = [{"type": "http.request", "body": asked.body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not unread:
                await asyncio.Event().wait()  # a client that stays: else a streamed answer spins
            return unread.pop()

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        names = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return sent[0]["status"], names, b"".join(part.get("body", b"") for part in sent[1:])


@pytest.fixture(scope="module")
def direct() -> Iterator[Direct]:
    with SandboxServer("bemserver") as server:
        yield Direct(server)


def test_wrong_requests_are_answered_in_the_platforms_voice(direct: Direct) -> None:
    good = Asked("GET", "campaigns/", [], "", b"", 0, None)

    def check(asked: Asked) -> None:
        if asked.path.startswith("users/1") and asked.method in ("PUT", "DELETE"):
            return  # the administrator is needed for the other requests
        status, headers, body = direct.ask(asked)
        if status >= 400 and asked.method != "HEAD":
            told = json.loads(body)
            assert (told["code"], told["status"]) == (status, HTTPStatus(status).phrase)
            assert told.keys() <= {"code", "status", "message", "errors"}
            assert headers["content-type"] == "application/json"
        assert b"Traceback" not in body

    for_seconds(REQUESTS, check)
    assert direct.ask(good)[0] == 200
