"""Wrong requests of every kind: the answer is always the platform's own, and it goes on serving."""

from __future__ import annotations

import ftplib
import json
import socket
from ftplib import FTP
from http.client import HTTPResponse
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st

from connectors.sandbox.accounts import ADMIN
from connectors.sandbox.openergy.catalogue import CATALOGUE
from tests.sandbox.fuzzing import for_seconds
from tests.sandbox.openergy.files import gate_with_files, put, session
from tests.sandbox.openergy.wire import FILE, Api, basic
from tests.sandbox.server import SandboxServer

pytestmark = pytest.mark.fuzz
TESTS = 7
"""That share the platform's time."""

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "MGET")
TAILS = ("", "/", "//", "/active/", "/action/", "/select/", "/list_dir/", "/password/",
         "/feed/",         "/attach_new_oftp_account/", "/../", "/%2e%2e/", "/%00/", "/?",
         "/%0d%0aX:y/")  # fmt: skip
ODD_TEXTS = ("", " ", "../../etc/passwd", "a\r\nb: c", "\x00", "é" * 300, "null", "1e999", "-1",
             "9" * 40, "%", "{", "2024-13-45", "0001-01-01", "9999-12-31T23:59:59", "1H", "0T",
             "99999999999D", "import os", "def parse(", "\ud800", "Europe/Paris",
             "a" * 5000)  # fmt: skip
QUERY = ("start", "length", "draw", "empty", "name", "project", "generator", "end", "resample",
         "resample_rule", "clock", "closed", "max_rows_nb", "utc_now", "dropna", "path",
         "search[value]", "order[0][column]", "columns[0][data]", "otsdb_pk",
         "resolved")  # fmt: skip
FIELDS = (
    "value", "name", "partial_instant", "series", "otsdb_pk", "path", "root_dir_path", "sep",
    "decimal", "out_freq", "out_mode", "time_grouper", "in_start_mode",
    *sorted({field.name for resource in CATALOGUE.values() for field in resource.fields}),
)  # fmt: skip

texts = st.sampled_from(ODD_TEXTS) | st.text(max_size=20)
scalars = texts | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=8)
contents = st.one_of(
    st.none(),
    bodies.map(lambda body: json.dumps(body).encode()),
    values.map(lambda body: json.dumps(body).encode()),
    st.binary(max_size=60),
    st.integers(1, 5000).map(lambda depth: b"[" * depth),
)
KINDS = ("application/json", "text/plain", "application/x-www-form-urlencoded", "", "multipart/x")


def ids(api: Api) -> dict[str, list[str]]:
    """Some records of each resource; users are left alone, so that the admin can sign in."""
    return {path: [row["id"] for row in api.rows(path, length=3)] for path in CATALOGUE}


def ask(port: int, lines: list[str], content: bytes | None) -> HTTPResponse:
    """One request, written by hand: nothing tidies it up on the way."""
    head = "\r\n".join([*lines, f"Content-Length: {len(content or b'')}", "Connection: close"])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head.encode("latin-1", "replace") + b"\r\n\r\n" + (content or b""))
        response = HTTPResponse(connection, method=lines[0].partition(" ")[0])
        response.begin()
        response.body = response.read()  # type: ignore[attr-defined]
        return response


def is_own(status: int, body: bytes) -> bool:
    """Whether an answer is one that the platform gives."""
    if status >= 500:
        return False
    if not body:
        return status in (200, 204)
    found = json.loads(body)
    if status < 400:
        return isinstance(found, dict)
    messages = [[found["detail"]]] if "detail" in found else list(found.values())
    return all(isinstance(text, str) for texts in messages for text in texts)


def test_every_wrong_request_gets_the_platforms_own_answer(server: SandboxServer) -> None:
    api = Api(server)
    known = ids(api)

    @st.composite
    def requests(draw: st.DrawFn) -> tuple[str, str, str, str, bytes | None]:
        path = draw(st.sampled_from(sorted(CATALOGUE)))
        names = st.sampled_from([*known[path], "me", "export", "multi_select"]) | texts.map(
            lambda text: quote(text.encode("utf-8", "replace"))
        )
        target = f"/api/v2/{path}/" + draw(st.just("") | names) + draw(st.sampled_from(TAILS))
        pairs = draw(st.lists(st.tuples(st.sampled_from(QUERY), texts), max_size=4))
        query = "&".join(f"{n}={quote(v.encode('utf-8', 'replace'))}" for n, v in pairs)
        target = f"{target}{'&' if '?' in target else '?'}{query}"
        kind = draw(st.sampled_from(KINDS))
        return draw(st.sampled_from(METHODS)), target, kind, "known", draw(contents)

    def check(request: tuple[str, str, str, str, bytes | None]) -> None:
        method, target, kind, _, content = request
        lines = [f"{method} {target} HTTP/1.1", "Host: x",
                 f"Authorization: {basic(ADMIN.email, ADMIN.password)}"]  # fmt: skip
        response = ask(server.port, [*lines, f"Content-Type: {kind}"] if kind else lines, content)
        body: bytes = response.body  # type: ignore[attr-defined]
        good = response.status < 500 if method == "HEAD" else is_own(response.status, body)
        assert good, (request, response.status, body[:300])

    assert for_seconds(requests(), check, among=TESTS)
    assert api("GET", "oteams/users/me/").status == 200
    server.reset()


def test_no_header_and_no_host_breaks_it(server: SandboxServer) -> None:
    headers = st.lists(
        st.tuples(
            st.sampled_from(("Authorization", "Host", "Content-Type", "Accept", "X-Odd")),
            st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
            | st.sampled_from((basic("é", "ü"), "Basic Og==", "Basic =", "basic  x")),
        ),
        max_size=4,
    )

    def check(pairs: list[tuple[str, str]]) -> None:
        lines = ["GET /api/v2/odata/gates/ HTTP/1.0", *(f"{n}: {v}" for n, v in pairs)]
        response = ask(server.port, lines, None)
        body: bytes = response.body  # type: ignore[attr-defined]
        assert response.status == 401 or body == b"Invalid HTTP request received.", body

    assert for_seconds(headers, check, among=TESTS)
    assert Api(server)("GET", "oteams/users/me/").status == 200


def test_no_file_breaks_an_importer(server: SandboxServer) -> None:
    api = Api(server)
    gate = gate_with_files(api, api.project()["odata"])
    importer = api.make("odata/importers", project=gate["project"], name="x", gate=gate["id"],
                        re_run_last_file=True)  # fmt: skip
    cells = st.sampled_from(("2024-01-01", "2024-01-01T00:00:00", "1", "-1e300", "1e999", '"', "x",
                             "", "nan", "\x00", "١"))  # fmt: skip
    rows = st.lists(st.lists(cells | st.text(max_size=5), max_size=4), max_size=4)
    files = rows.map(lambda table: "\n".join(",".join(row) for row in table))

    def check(text: str) -> None:
        put(api, gate["ftp_account"], x_csv=text.encode("utf-8", "replace").decode())
        task = api.act("odata/importers", importer, name="run")
        assert task["base"]["status"] in ("finished", "failed"), text
        assert api("GET", "odata/series/", query={"generator": importer["id"]}).status == 200

    assert for_seconds(files, check, among=TESTS)
    put(api, gate["ftp_account"], x_csv=FILE)
    assert api.act("odata/importers", importer, name="reset")["base"]["status"] == "finished"
    server.reset()


def test_no_command_breaks_the_ftp_server(server: SandboxServer) -> None:
    api = Api(server)
    user = api("GET", "oteams/users/me/").data
    account = api("GET", f"odata/users/{user['odata']}/").data["ftp_account"]
    verbs = ("CWD", "MKD", "RMD", "DELE", "RNFR", "RNTO", "SIZE", "MDTM", "STOR", "RETR", "LIST",
             "STAT", "SITE", "STOU", "MFMT", "MLST", "ABOR", "REST", "TYPE", "PASV", "EPSV",
             "PORT", "FEAT", "NLST", "XYZ")  # fmt: skip
    commands = st.lists(
        st.tuples(st.sampled_from(verbs), texts.filter(lambda text: "\r" not in text)), max_size=6
    )

    def check(lines: list[tuple[str, str]]) -> None:
        with session(api, "odata/user_ftp_accounts", account) as ftp:
            for verb, argument in lines:
                _sent(ftp, f"{verb} {argument}")

    assert for_seconds(commands, check, among=TESTS)
    with session(api, "odata/user_ftp_accounts", account) as ftp:
        assert "series_exports" in ftp.nlst("/")


def _sent(ftp: FTP, line: str) -> Any:
    """Whatever is sent, an answer comes and the session stays."""
    try:
        ftp.sock.sendall(line.encode("utf-8", "replace").replace(b"\n", b" ") + b"\r\n")  # type: ignore[union-attr]
        return ftp.getresp()
    except ftplib.Error:
        return None
