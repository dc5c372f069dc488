"""Every page, light, dark and at phone width: nothing inaccessible, nothing wider than the screen,
no complaint from the browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Complaints

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

SERIES = "series={connection}:timeseries%2F2%401"
YEAR = f"{SERIES}&start=2016-01-01T00:00&end=2017-01-01T00:00&zone=UTC"
PAGES = {
    "connections": "/connections/",
    "platforms": "/connections/new/",
    "connectors": "/connections/connectors/",
    "connector": "/connections/connectors/bemserver/",
    "connector without a platform": "/connections/connectors/filebox/",
    "new connection": "/connections/new/bemserver/",
    "new file box": "/connections/new/filebox/",
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
    "functions found": "/functions/{connection}/?q=delete+site",
    "no function found": "/functions/{connection}/?q=zzz",
    "function": "/functions/{connection}/do/sites.create/?node=campaign%2F1",
    "function that destroys": "/functions/{connection}/do/sites.delete/?node=site%2F1",
    "function with examples": "/functions/{avista}/do/database.publish/",
    "function with many fields": "/functions/{openergy}/do/series.select_many/",
    "calls": "/functions/{connection}/calls/",
    "who has access": "/sharing/{connection}/?id=campaign%2F1",
    "whom to share with": "/sharing/{connection}/audiences/?id=campaign%2F1",
    "upload": "/files/{box}/upload/?id=box",
    "how a file is read": "/functions/{box}/do/file.describe/",
    "keys": "/keys/",
    "api": "/api/docs/",
    "profile": "/profile/",
    "members": "/members/",
    "not found": "/charts/00000000-0000-0000-0000-000000000000/",
    "not on the platform": "/browse/{connection}/node/?id=campaign%2F999",
}
NAMES = {
    "connection": "Sandbox BEMServer",
    "avista": "Sandbox Avista Digital Exchange",
    "openergy": "Sandbox OpenergyVBP",
    "box": "Files of a UK home",
}
"""The connections of the demo, as the addresses above call them."""
TYPED_EARLY = """
document.addEventListener("readystatechange", () => {
  const search = document.querySelector("input[type=search]");
  if (search && document.readyState === "interactive") search.value = "delete site";
});
"""
"""What is typed while the page's scripts are still on their way."""


@pytest.fixture
def connections(looked_at: Page) -> dict[str, str]:
    return ids(looked_at)


def ids(page: Page) -> dict[str, str]:
    """The ids of the demo's connections."""
    page.goto("/connections/")
    return {key: _id(page, name) for key, name in NAMES.items()}


def _id(page: Page, name: str) -> str:
    link = page.get_by_role("link", name=name).first
    found = re.search(r"/connections/([0-9a-f-]{36})/", link.get_attribute("href") or "")
    assert found
    return found[1]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits_the_screen(
    name: str, looked_at: Page, connections: dict[str, str], complaints: Complaints
) -> None:
    complaints.expected = ("404 (Not Found)",)
    looked_at.goto(PAGES[name].format(**connections))
    looked_at.wait_for_load_state("networkidle")
    wide = looked_at.locator("html").evaluate("(page) => page.scrollWidth - page.clientWidth")
    assert wide <= 0, "the page scrolls sideways"
    found = Axe().run(looked_at)
    assert not found.response["violations"], found.generate_report()


def test_functions_are_found_as_one_types_and_the_way_back_leads_to_the_whole_page(
    page: Page,
) -> None:
    page.goto(f"/functions/{ids(page)['connection']}/")
    page.get_by_role("searchbox").press_sequentially("delete site")
    found(page, "sites.delete", without="about.getall").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete the site")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("delete site")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    expect(found(page, "sites.delete", without="about.getall")).to_be_visible()


def test_what_was_typed_before_the_scripts_came_is_searched_for(page: Page) -> None:
    address = f"/functions/{ids(page)['connection']}/"
    page.add_init_script(TYPED_EARLY)
    page.goto(address)
    expect(found(page, "sites.delete", without="about.getall")).to_be_visible()


def found(page: Page, name: str, *, without: str) -> Locator:
    """A function in the list, once that is narrowed."""
    functions = page.locator("#found .functions code")
    expect(functions.filter(has_text=without)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?q="))
    return page.locator("#found .functions a").filter(has=page.get_by_text(name, exact=True))
