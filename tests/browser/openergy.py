"""The first half of the tutorial of OpenergyVBP, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.walking import call, ended, node_id, opened
from tests.functions.openergy.ground import FRAME, PARSE

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

HERE = "Sandbox OpenergyVBP"


def make(page: Page, label: str, name: str) -> str:
    """Adds something under the node whose page is open; gives the address of its page."""
    call(page, label, Name=name)
    return opened(page)


def ran(page: Page, project: str) -> Locator:
    """A gate with a file in it, and an importer with a script that was told to read it; gives what
    became of that."""
    gate = make(page, "New gate", "gate")
    call(page, "Attach an internal FTP account")
    expect(page.locator(".result-facts")).to_contain_text("127.0.0.1")
    page.goto(gate)
    own = node_id(page)
    page.get_by_role("main").get_by_role("link", name="Upload").click()
    page.get_by_label("File").set_input_files(
        {"name": "first.json", "mimeType": "application/json", "buffer": FRAME}
    )
    page.get_by_role("main").get_by_role("button", name="Upload").click()
    expect(page.get_by_role("main").get_by_text("first.json").first).to_be_visible()
    page.goto(project)
    importer = make(page, "New importer", "importer-a")
    call(page, "Change importer", Gate=own, Script=PARSE, Crontab="0 0 0 1 1 *")
    page.goto(importer)
    call(page, "Run")
    return ended(page)
