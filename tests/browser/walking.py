"""How a person walks through the functions of a platform, by what the pages offer alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.looks import LOOKS

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

NARROW = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
"""Nothing scrolls sideways."""


def browse(page: Page, connection: str, *names: str) -> None:
    """Opens a connection's tree, and in it one folder after the other."""
    page.goto("/connections/")
    page.get_by_role("row").filter(has_text=connection).get_by_role("link", name="Browse").click()
    for name in names:
        twig(page, name).click()


def twig(page: Page, name: str) -> Locator:
    """A folder in the tree, by its whole name."""
    return page.locator(".twig-name[data-twig]").filter(has=page.get_by_text(name, exact=True))


def leaf(page: Page, name: str) -> Locator:
    """A series or a record in the tree, by its whole name."""
    leaves = page.locator(".twig-name:not([data-twig])")
    return leaves.filter(has=page.get_by_text(name, exact=True)).first


def details(page: Page, name: str) -> None:
    """The page of a folder that the tree shows."""
    page.get_by_role("link", name=f"Details of {name}", exact=True).first.click()


def call(page: Page, label: str, /, **fields: str) -> None:
    """Does a function that a node's page offers, with its form filled in."""
    page.get_by_role("main").get_by_role("link", name=label, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(label)
    for name, text in fields.items():
        field(page, name.replace("_", " ")).fill(text)
    page.get_by_role("main").get_by_role("button", name=label, exact=True).click()


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(re.compile(rf"^{label}( optional)?$"))


def opened(page: Page) -> str:
    """Opens the page of what a function made; gives its address."""
    page.get_by_role("link", name="Open its page").click()
    page.wait_for_url("**/node/**")
    return str(page.url)


def node_id(page: Page) -> str:
    """The id that a node's page shows."""
    return str(page.locator(".facts dd code").last.inner_text())


def ended(page: Page) -> Locator:
    """What became of a call that lasts."""
    page.wait_for_url("**/functions/call/**")
    state = page.locator(".card-head .pill").first
    expect(state).not_to_have_text("running", timeout=30_000)
    return state


def fit_to_be_seen(page: Page) -> None:
    """In light, dark and on a phone: accessible, and no wider than the screen."""
    before = page.viewport_size
    for look in LOOKS.values():
        page.set_viewport_size(look.screen)
        page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
        page.wait_for_function(NARROW, timeout=5_000)  # a chart follows the screen a moment later
        found = Axe().run(page)
        assert not found.response["violations"], found.generate_report()
    page.emulate_media(color_scheme="light")
    if before:
        page.set_viewport_size(before)
