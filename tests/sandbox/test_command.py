"""`manage.py sandbox`, as a person starts it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from connectors.sandbox.clock import Clock, microseconds
from connectors.sandbox.standin import Offer, brief
from connectors.sandbox.standins import ALL
from connectors.sandbox.world import world
from tests.certificates import issued
from tests.sandbox.cheap import Cheap, ask, cheap, posted

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"127\.0\.0\.1:\d+")
PATIENCE = 60
"""Seconds for all platforms to be ready on a busy machine."""


@dataclass(frozen=True)
class Running:
    """A sandbox in a process of its own, and what it wrote into the accounts file."""

    process: subprocess.Popen[str]
    listed: dict[str, Any]

    def offers(self, kind: str) -> list[Offer]:
        """The accounts of a platform."""
        found = (Offer(**{**each, "views": ()}) for each in self.listed["offers"])
        return [offer for offer in found if offer.kind == kind]

    def stopped(self) -> tuple[int, str]:
        """Ctrl-C: the exit code and what was printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        printed, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, printed


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Running]:
    """Started on free ports, and stopped at the end."""
    accounts = folder / "there" / "accounts.json"
    accounts.unlink(missing_ok=True)
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--accounts", str(accounts)]
    environment = os.environ | {"TIELINE_DATA": str(folder / "data")}
    process = subprocess.Popen(
        [*command, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while not accounts.exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until, "the sandbox never listed its accounts"
        time.sleep(0.02)
    one = Running(process=process, listed=json.loads(accounts.read_text()))
    try:
        yield one
    finally:
        one.stopped()


def test_everything_that_is_printed_and_listed_can_be_used(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox:
        for kind in (each.kind for each in ALL):
            first, *others = sandbox.offers(kind)
            assert len(others) == 2
            assert ask(cheap(first)).status == 200
        told = {place for offer in sandbox.listed["offers"]
                for place in ADDRESS.findall(" ".join(offer["settings"].values()))}  # fmt: skip
        assert len(told) >= len(ALL)
        assert told <= set(sandbox.listed["addresses"])  # which also names what may be opened
        for place in told:
            host, _, port = place.rpartition(":")
            socket.create_connection((host, int(port)), timeout=5).close()
        code, printed = sandbox.stopped()
    assert code == 0
    for offer in sandbox.listed["offers"]:
        (line,) = [line for line in printed.splitlines() if line.startswith(f"{offer['name']} ")]
        assert all(brief(value) in line for value in offer["settings"].values())


def values(sandbox: Running, name: str, start: str, end: str) -> list[float]:
    """What BEMServer tells its administrator."""
    offer = sandbox.offers("bemserver")[0]
    url, headers = offer.settings["url"], cheap(offer).headers
    series = [row for row in every(f"{url}/timeseries/?page_size=100", headers)
              if row["name"] == name]  # fmt: skip
    asked = f"data_state=1&timeseries={series[0]['id']}&start_time={start}&end_time={end}"
    told = ask(Cheap(url=f"{url}/timeseries_data/?{asked}", headers=headers)).data
    return list(told[str(series[0]["id"])].values())


def every(url: str, headers: Any) -> list[Any]:
    """The rows of the first two pages."""
    return [row for page in (1, 2)
            for row in ask(Cheap(url=f"{url}&page={page}", headers=headers)).data]  # fmt: skip


def write(sandbox: Running, name: str) -> None:
    """A campaign on BEMServer."""
    offer = sandbox.offers("bemserver")[0]
    body = {"name": name, "timezone": "UTC"}
    made = ask(posted(f"{offer.settings['url']}/campaigns/", body, **cheap(offer).headers))
    assert made.status == 201


def campaigns(sandbox: Running) -> set[str]:
    return {row["name"] for row in ask(cheap(sandbox.offers("bemserver")[0])).data}


def test_seed_and_clock_are_as_told_and_what_is_written_stays_until_a_reset(
    tmp_path: Path,
) -> None:
    now = "2016-03-01T12:30+01:00"
    told = ("bemserver", "--seed", "2", "--now", now, "--folder", str(tmp_path / "kept"))
    real, made = "Home 1, heating and cooling: electricity", "Library electricity (synthetic)"
    day = ("2016-02-29T00:00:00Z", "2016-03-02T00:00:00Z")
    with running(tmp_path, *told) as sandbox:
        assert len(values(sandbox, real, *day)) == 24 + 12
        for name in (real, made):
            assert values(sandbox, name, *day) == computed(name, now, seed=2)
        assert computed(made, now, seed=2) != computed(made, now, seed=1)
        assert computed(real, now, seed=2) == computed(real, now, seed=1)
        write(sandbox, "Written")
    assert [each.name for each in (tmp_path / "there").iterdir()] == ["accounts.json"]
    with running(tmp_path, *told) as sandbox:
        assert "Written" in campaigns(sandbox)
        port = sandbox.offers("bemserver")[0].settings["url"].rpartition(":")[2]
        printed = StringIO()
        call_command("sandbox", "--reset", "--port", port, stdout=printed)
        assert printed.getvalue() == "The sandbox is back in its first state.\n"
        assert "Written" not in campaigns(sandbox)


def computed(name: str, now: str, *, seed: int) -> list[float]:
    """What the world holds of a meter since 2016-02-29."""
    moment = datetime.fromisoformat(now)
    clock = Clock.starting_at(moment)
    campaigns = world(clock, seed=seed)
    (meter,) = [each.meters()[name] for each in campaigns if name in each.meters()]
    _, found = meter.source.read(microseconds(datetime(2016, 2, 29, tzinfo=UTC)),
                                 microseconds(moment) + 1)  # fmt: skip
    return [float(value) for value in found]


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Cannot listen on 127.0.0.1:{port}: Address alr"):
            call_command("sandbox", "--port", str(port), "--accounts", str(tmp_path / "accounts"))
    assert not (tmp_path / "accounts").exists()


def test_a_reset_where_nobody_answers_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(CommandError, match=f"No sandbox answers on 127.0.0.1:{port}"):
        call_command("sandbox", "--reset", "--port", str(port))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody",), "invalid choice: 'nobody'"),
        (("--now", "2025-01-01T00:00"), "give an offset"),
        (("--now", "yesterday"), "no moment like 2025-09-10T08:59"),
        (("--seed", "x"), "invalid int value"),
        (("--port", "99999"), "Ports are 0 to 65535"),
        (("--flavour", "9.9"), "invalid choice: '9.9'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("sandbox", *arguments)


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CommandError, match=r"Cannot use .*file: File exists\."):
        call_command("sandbox", "--port", "0", "--folder", str(tmp_path / "file"))
    (tmp_path / "sandbox-1.sqlite3").write_bytes(b"no database" * 500)
    with pytest.raises(CommandError, match=r"Cannot use .*: file is not a database\."):
        call_command("sandbox", "--port", "0", "--folder", str(tmp_path))


def test_one_folder_serves_one_sandbox_and_is_one_file_after_a_stop(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with running(tmp_path, "--folder", str(folder), "avenieca") as one:
        beside = subprocess.run(
            [sys.executable, "manage.py", "sandbox", "--port", "0", "--folder", str(folder)],
            cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert beside.returncode == 1
        assert "another sandbox uses it" in beside.stderr
        one.process.terminate()
        one.process.wait(timeout=PATIENCE)
    assert one.process.returncode == 0
    left = {path.name for path in folder.iterdir() if path.stat().st_size}
    assert left == {"sandbox-1.sqlite3"}


def test_all_platforms_are_served_by_tls_with_a_certificate(tmp_path: Path) -> None:
    certificate = issued(tmp_path)
    trusted = ssl.create_default_context(cafile=certificate.authority)
    with running(tmp_path, "--tls", *certificate.tls, "bemserver") as sandbox:
        url = sandbox.offers("bemserver")[0].settings["url"]
        assert url.startswith("https://")
        about = urllib.request.Request(f"{url}/about/")  # noqa: S310
        with urllib.request.urlopen(about, context=trusted, timeout=PATIENCE) as answer:  # noqa: S310
            assert answer.status == 200
