"""A project on an Openergy stand-in, whose importer has read one CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.sandbox.accounts import ADMIN, Person
from connectors.sandbox.openergy.call import Platform
from tests.sandbox.openergy.wire import Api
from tests.sandbox.server import SandboxServer

HOUR_MS = 3_600_000
RULES: dict[str, Any] = {"freq": "1H", "clock": "tzt", "timezone": "Europe/Paris"}


def ms(text: str) -> int:
    """The milliseconds of a naive stamp, as answers carry it."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def csv(columns: dict[str, list[float | None]], start: str = "2012-01-01", step: int = 1) -> bytes:
    """A file of hourly rows, or of every `step` hours; None is an empty cell."""
    first = ms(start)
    lines = [",".join(["date", *columns])]
    for at, row in enumerate(zip(*columns.values(), strict=True)):
        stamp = datetime.fromtimestamp((first + at * step * HOUR_MS) / 1000, UTC)
        cells = ["" if value is None else repr(value) for value in row]
        lines.append(",".join([stamp.replace(tzinfo=None).isoformat(), *cells]))
    return "\n".join(lines).encode()


@dataclass(frozen=True)
class Vbp:
    """One person's view of a stand-in; every call gives the status and the parsed body."""

    server: SandboxServer
    person: Person = ADMIN

    @property
    def platform(self) -> Platform:
        """What the stand-in holds."""
        platform: Platform = self.server.standin("openergy").platform
        return platform

    def call(
        self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None
    ) -> tuple[int, Any]:
        """One request on a connection of its own."""
        reply = Api(self.server, self.person)(method, f"{path}/", body, query=query)
        return reply.status, reply.data if reply.body else None

    def make(self, path: str, **fields: Any) -> dict[str, Any]:
        """A new record."""
        status, body = self.call("POST", f"odata/{path}", fields)
        assert status == 201, body
        return dict(body)

    def change(self, path: str, row_id: str, **fields: Any) -> dict[str, Any]:
        """The record after a PATCH."""
        status, body = self.call("PATCH", f"odata/{path}/{row_id}", fields)
        assert status == 200, body
        return dict(body)

    def one(self, path: str, row_id: str) -> dict[str, Any]:
        """One record as a retrieve shows it."""
        status, body = self.call("GET", f"odata/{path}/{row_id}")
        assert status == 200, body
        return dict(body)

    def rows(self, path: str, **filters: Any) -> list[dict[str, Any]]:
        """A listing."""
        status, body = self.call("GET", f"odata/{path}", query=filters)
        assert status == 200, body
        return list(body["data"])

    def act(self, path: str, row_id: str, name: str = "run", **more: Any) -> dict[str, Any]:
        """What the task of an `action` shows at its end."""
        status, body = self.call("POST", f"odata/{path}/{row_id}/action", {"name": name, **more})
        assert status == 200, body
        return dict(body["base"])

    def select(self, series: dict[str, Any], **query: Any) -> tuple[list[int], list[float | None]]:
        """Stamps and values of one series."""
        status, body = self.call("GET", f"odata/series/{series['id']}/select", query=query)
        assert status == 200, body
        return body["index"], body["data"]

    def output(self, generator: dict[str, Any], name: str) -> dict[str, Any]:
        """A generator's series by name."""
        (found,) = self.rows("series", generator=generator["id"], name=name)
        return found


@dataclass(frozen=True)
class Plant:
    """A project with an importer that reads what is put into its gate."""

    vbp: Vbp
    project: str
    account: str
    importer: dict[str, Any]
    cleaner: dict[str, Any]

    def feed(self, name: str, content: bytes) -> None:
        """One more file, read at once."""
        self.vbp.platform.homes.write(self.account, f"/{name}", content)
        task = self.vbp.act("importers", self.importer["id"])
        assert task["status"] == "finished", task

    def clean(self, external: str = "a", name: str = "a clean", **rules: Any) -> dict[str, Any]:
        """A new unitcleaner."""
        return self.vbp.make("unitcleaners", cleaner=self.cleaner["id"], external_name=external,
                             name=name, **{**RULES, **rules})  # fmt: skip

    def cleaned(self, name: str = "a clean", **query: Any) -> tuple[list[int], list[float | None]]:
        """What a cleaned series holds."""
        return self.vbp.select(self.vbp.output(self.cleaner, name), **query)


def plant(vbp: Vbp, content: bytes | None = None, name: str = "plant") -> Plant:
    """A new one, in the first organization; with a file if given."""
    _, listed = vbp.call("GET", "oteams/organizations")
    status, project = vbp.call("POST", "oteams/projects",
                               {"organization": listed["data"][0]["id"], "name": name})  # fmt: skip
    assert status == 201, project
    data = vbp.platform.one("oteams/projects", project["id"])["odata"]
    gate = vbp.make("gates", project=data, name="gate")
    account = gate["ftp_account"]
    vbp.call("POST", f"odata/gate_ftp_accounts/{account}/attach_new_oftp_account")
    importer = vbp.make("importers", project=data, name="data")
    vbp.change("importers", importer["id"], gate=gate["id"])
    (cleaner,) = vbp.rows("cleaners", project=data, name="data")
    made = Plant(vbp, data, account, importer, cleaner)
    if content is not None:
        made.feed("a.csv", content)
    return made
