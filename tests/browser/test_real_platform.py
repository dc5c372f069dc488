"""A real BEMServer beside the sandbox: connected by its allowed name, charted, exported."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import Complaints, cookies
from tests.browser.looks import DESK
from tests.browser.test_exports import downloaded
from tests.browser.test_journey import drawn, fill_connection
from tests.demo.running import Demo, started
from tests.official import real_bemserver
from tests.official.clients import client_python
from tests.official.small_world import METER_FROM, load

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

VERSION = "0.27.0"
DAY = METER_FROM.date().isoformat()


@pytest.fixture(scope="module")
def real() -> Iterator[real_bemserver.RealServer]:
    programs = real_bemserver.postgres_programs()
    if programs is None:
        pytest.skip("promise: the real BEMServer (needs PostgreSQL)")
    python = client_python(f"requirements-bemserver-server-{VERSION}.txt")
    with (
        real_bemserver.machine(programs) as here,
        real_bemserver.bemserver(here, python, VERSION) as server,
    ):
        load(server.url)
        yield server


@pytest.fixture(scope="module")
def beside(
    real: real_bemserver.RealServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """A demo whose operator allows the real server by name, and nothing else on this machine."""
    with started(tmp_path_factory.mktemp("real"), allow=f"localhost:{real.port}") as running:
        yield running


@pytest.fixture
def page(browser: Browser, beside: Demo, complaints: Complaints) -> Iterator[Page]:
    context = browser.new_context(
        base_url=beside.address,
        storage_state=cookies(browser, beside),
        viewport=DESK,
    )
    context.on("page", complaints.listen)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def told(real: real_bemserver.RealServer, *, start: str, end: str) -> dict[datetime, float]:
    """The meter's points, asked of the real server with no code of ours between."""
    account = {"email": real.email, "password": real.password}
    signed = requests.post(f"{real.url}/auth/token", json=account, timeout=10).json()
    head = {"Authorization": f"Bearer {signed['access_token']}"}
    found = requests.get(
        f"{real.url}/timeseries/", params={"name": "Meter"}, headers=head, timeout=10
    )
    key = str(found.json()[0]["id"])
    query = {"timeseries": key, "data_state": "1", "start_time": start, "end_time": end}
    answer = requests.get(
        f"{real.url}/timeseries_data/", params=query, headers=head, timeout=10
    ).json()
    return {datetime.fromisoformat(time): value for time, value in answer[key].items()}


def test_a_real_server_is_refused_by_number_and_walked_by_its_allowed_name(
    page: Page, real: real_bemserver.RealServer, tmp_path: Path
) -> None:
    page.goto("/connections/new/bemserver/")
    fill_connection(page, name="Real", address=real.url, email=real.email, password=real.password)
    expect(page.locator(".is-failed .stage-says")).to_contain_text(f"127.0.0.1:{real.port}")

    page.goto("/connections/new/bemserver/")
    named = f"http://localhost:{real.port}"
    fill_connection(page, name="Real", address=named, email=real.email, password=real.password)
    page.wait_for_url(re.compile(r"/connections/[0-9a-f-]{36}/$"))
    expect(page.get_by_text(VERSION)).to_be_visible()

    page.get_by_role("main").get_by_role("link", name="Browse").first.click()
    page.get_by_label("Search Real").fill("Meter")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("link", name="Meter", exact=True).first.click()
    page.get_by_role("main").get_by_role("link", name="Chart", exact=True).click()
    page.get_by_label("From", exact=True).fill(f"{DAY}T00:00")
    page.get_by_label("To", exact=True).fill(f"{DAY}T23:00")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#shown-window")).to_contain_text("23:00")
    assert drawn(page).count() == 1

    page.get_by_role("link", name="Export…").click()
    page.get_by_role("button", name="Export now").click()
    file = downloaded(page, tmp_path, ending="csv")
    rows = csv.DictReader(io.StringIO(file.read_text()))
    written = {datetime.fromisoformat(row["time"]): float(row["value"]) for row in rows}
    assert written
    assert written == told(real, start=f"{DAY}T00:00:00+00:00", end=f"{DAY}T23:00:00+00:00")
