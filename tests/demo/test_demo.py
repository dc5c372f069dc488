"""One command starts everything, Ctrl-C stops all of it, and running it again keeps the data."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from connectors import registry
from tests.demo.running import Demo, started

PATIENCE = 60
"""Seconds for the first pages of a machine that is busy with other tests."""


def signed_in(demo: Demo) -> requests.Session:
    session = requests.Session()
    page = session.get(f"{demo.address}sign-in/", timeout=PATIENCE)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    form = {"username": demo.email, "password": demo.password, "csrfmiddlewaretoken": token[1]}
    answer = session.post(page.url, form, headers={"Referer": page.url}, timeout=PATIENCE)
    assert answer.status_code == 200
    return session


def connections(demo: Demo) -> set[str]:
    page = signed_in(demo).get(f"{demo.address}connections/", timeout=PATIENCE).text
    return set(re.findall(r"/connections/([0-9a-f-]{36})/", page))


def children(demo: Demo) -> list[str]:
    """The processes that inherited the demo's data folder and still run."""
    mark = f"TIELINE_DATA={demo.folder}".encode()
    return [found.parent.name for found in Path("/proc").glob("[0-9]*/environ") if has(found, mark)]


def has(environment: Path, mark: bytes) -> bool:
    try:
        return mark in environment.read_bytes().split(b"\0")
    except OSError:  # it ended meanwhile, or is somebody else's
        return False


def test_the_demo_starts_stops_by_ctrl_c_and_keeps_its_data(tmp_path: Path) -> None:
    with started(tmp_path) as first:
        held = connections(first)
        assert len(held) == len(registry.OURS)
        assert children(first)
        assert first.interrupt() == 0
        assert not children(first)
    sandbox = int(first.sandbox.rpartition(":")[2])
    with started(tmp_path, sandbox_port=sandbox) as again:
        assert again.password == first.password
        assert connections(again) == held
