"""Every page, light, dark and at phone width: nothing inaccessible, nothing wider than the screen,
no complaint from the browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Complaints

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SERIES = "series={connection}:timeseries%2F2%401"
YEAR = f"{SERIES}&start=2016-01-01T00:00&end=2017-01-01T00:00&zone=UTC"
PAGES = {
    "connections": "/connections/",
    "platforms": "/connections/new/",
    "connectors": "/connections/connectors/",
    "connector": "/connections/connectors/bemserver/",
    "new connection": "/connections/new/bemserver/",
    "connection": "/connections/{connection}/",
    "replace secret": "/connections/{connection}/secrets/",
    "delete connection": "/connections/{connection}/delete/",
    "tree": "/browse/{connection}/",
    "folder": "/browse/{connection}/?parent=campaign%2F1",
    "node": "/browse/{connection}/node/?id=timeseries%2F2%401",
    "search": "/browse/search/?q=temperature",
    "charts": "/charts/",
    "chart": f"/charts/explore/?{YEAR}",
    "exports": "/exports/",
    "new export": f"/exports/new/?{YEAR}",
    "runs": "/exports/runs/",
    "activity": "/activity/",
    "notices": "/activity/notices/",
    "functions": "/functions/{connection}/",
    "calls": "/functions/{connection}/calls/",
    "keys": "/keys/",
    "api": "/api/docs/",
    "profile": "/profile/",
    "members": "/members/",
    "not found": "/charts/00000000-0000-0000-0000-000000000000/",
}


@pytest.fixture
def connection(looked_at: Page) -> str:
    """The id of the connection that the demo's charts are of."""
    looked_at.goto("/connections/")
    link = looked_at.get_by_role("link", name="Sandbox BEMServer").first
    found = re.search(r"/connections/([0-9a-f-]{36})/", link.get_attribute("href") or "")
    assert found
    return found[1]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits_the_screen(
    name: str, looked_at: Page, connection: str, complaints: Complaints
) -> None:
    complaints.expected = ("404 (Not Found)",)
    looked_at.goto(PAGES[name].format(connection=connection))
    looked_at.wait_for_load_state("networkidle")
    wide = looked_at.locator("html").evaluate("(page) => page.scrollWidth - page.clientWidth")
    assert wide <= 0, "the page scrolls sideways"
    found = Axe().run(looked_at)
    assert not found.response["violations"], found.generate_report()
