"""The sandbox OpenergyVBP, asked and filled by hand: what the suite compares the service with."""

from __future__ import annotations

import ftplib
import io
import sys
from datetime import UTC, datetime
from typing import Any

import requests

from connectors.contract import NodeId, Window
from connectors.sandbox.accounts import ADMIN, Person
from connectors.sandbox.openergy.settings import Settings
from tests.conformance.subject import Subject
from tests.sandbox.server import SandboxServer

SETTINGS = Settings(instant=True, schedules=False, script_python=sys.executable)
WEEK = Window(start=datetime(2024, 3, 28, tzinfo=UTC), end=datetime(2024, 4, 4, tzinfo=UTC))
LONG = Window(start=datetime(2022, 1, 1, tzinfo=UTC), end=datetime(2024, 1, 1, tzinfo=UTC))
CROWD = 417
"""Series of one importer: more than two pages."""
TUTORIAL = "Openergy"
ELSEWHERE = "Odd names"
NOBODY = "00000000-0000-4000-8000-000000000000"


def openergy(**settings: Any) -> SandboxServer:
    """A sandbox of this platform alone; tasks end at once unless the settings say otherwise."""
    chosen = Settings(**settings) if settings else SETTINGS
    return SandboxServer("openergy", settings={"openergy": chosen})


def subject(server: SandboxServer, person: Person = ADMIN) -> Subject:
    """An account there, which may also reach the FTP ports."""
    standin = server.standin("openergy")
    host, _, port = server.address("openergy", "ftp").rpartition(":")
    ports = frozenset((host, one) for one in (int(port), *standin.ports()))
    settings = {
        "url": f"{server.url}/api/v2",
        "login": person.email,
        "password": person.password,
    }
    return Subject(kind="openergy", settings=settings, besides=ports)


class Bare:
    """HTTP and FTP by hand, with nothing of ours between."""

    def __init__(self, server: SandboxServer, person: Person = ADMIN) -> None:
        self._base = f"{server.url}/api/v2"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = (person.email, person.password)

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self._session.request(
            method, f"{self._base}/{path}/", json=body, params=query or None, timeout=30
        )
        assert answer.status_code < 300, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def status(self, method: str, path: str, body: Any = None) -> int:
        answer = self._session.request(method, f"{self._base}/{path}/", json=body, timeout=30)
        return answer.status_code

    def rows(self, path: str, **filters: Any) -> list[dict[str, Any]]:
        """Everything that a list holds."""
        found: list[dict[str, Any]] = []
        while page := self("GET", path, start=len(found), length=200, **filters)["data"]:
            found += page
        return found

    def one(self, path: str, **filters: Any) -> dict[str, Any]:
        (row,) = self.rows(path, **filters)
        return row

    def project(self, name: str, organization: str = "Openergy") -> dict[str, Any]:
        """A new project, in the organization of the vendor's tutorial unless another is named."""
        organization = self.one("oteams/organizations", name=organization)["id"]
        made: dict[str, Any] = self(
            "POST", "oteams/projects", {"organization": organization, "name": name}
        )
        return made

    def gate(self, data: str, name: str = "gate") -> dict[str, Any]:
        """A new gate with an account on the platform's own server."""
        made = self("POST", "odata/gates", {"project": data, "name": name, "comment": ""})
        path = f"odata/gate_ftp_accounts/{made['ftp_account']}"
        self("POST", f"{path}/attach_new_oftp_account")
        found: dict[str, Any] = self("GET", f"odata/gates/{made['id']}")
        return found

    def ftp(self, gate: dict[str, Any]) -> ftplib.FTP:
        """Signed in to a gate's account."""
        account = gate["ftp_account"]
        secret = self("GET", f"odata/gate_ftp_accounts/{account['id']}/password")["password"]
        session = ftplib.FTP(timeout=30)  # noqa: S321
        session.connect(account["host"], account["port"])
        session.login(account["login"], secret)
        return session

    def stored(self, gate: dict[str, Any], path: str, content: bytes) -> None:
        with self.ftp(gate) as session:
            session.storbinary(f"STOR {path}", io.BytesIO(content))

    def fetched(self, gate: dict[str, Any], path: str) -> bytes:
        found = io.BytesIO()
        with self.ftp(gate) as session:
            session.retrbinary(f"RETR {path}", found.write)
        return found.getvalue()

    def listed(self, gate: dict[str, Any], path: str = "/") -> list[str]:
        account = gate["ftp_account"]["id"]
        body = {"path": path, "root_dir_path": "/"}
        found = self("POST", f"odata/gate_ftp_accounts/{account}/list_dir", body)
        return [row["name"] for row in found["data"]]

    def importer(
        self, data: str, gate: dict[str, Any], name: str = "importer a", **fields: Any
    ) -> dict[str, Any]:
        """A new importer that has read what lies in the gate."""
        made = self("POST", "odata/importers", {"project": data, "name": name, "comment": ""})
        self("PATCH", f"odata/importers/{made['id']}", {"gate": gate["id"], **fields})
        self("POST", f"odata/importers/{made['id']}/action", {"name": "run"})
        found: dict[str, Any] = self("GET", f"odata/importers/{made['id']}")
        return found

    def values(self, series: dict[str, Any], window: Window) -> dict[int, float]:
        """The points of one series by `select`, which the service never reads: ms → value."""
        asked = {
            "start": window.start.isoformat(),
            "end": window.end.isoformat(),
            "closed": "left",
            "clock": "gmt",
        }
        found = self("GET", f"odata/series/{series['id']}/select", **asked)
        pairs = zip(found["index"], found["data"], strict=True)
        return {time: value for time, value in pairs if value is not None}


def id_of(type: str, row: dict[str, Any]) -> NodeId:
    """A record's node id, written down by hand."""
    tail = f"/{row['otsdb_pk']}" if type == "series" else ""
    return NodeId(f"{type}/{row['id']}{tail}")


def crowd(bare: Bare) -> dict[str, Any]:
    """An importer with more series than a page holds."""
    data = bare.project("Crowd", ELSEWHERE)["odata"]
    gate = bare.gate(data)
    names = ",".join(f"Crowd {n:03}" for n in range(CROWD))
    values = ",".join(str(n) for n in range(CROWD))
    bare.stored(gate, "crowd.csv", f"date,{names}\n2024-01-01 00:00:00,{values}\n".encode())
    return bare.importer(data, gate, "crowd")
