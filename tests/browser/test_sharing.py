"""A flow of the sandbox is shared, the access changed and revoked, on its own page; at every step
nothing inaccessible, and the same without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Complaints
from tests.demo.running import Demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

FLOW = "Playground"


@pytest.fixture
def page(looked_at: Page, complaints: Complaints) -> Page:
    """In one of the three looks. A form that is refused answers 422."""
    complaints.expected = ("422 (Unprocessable",)
    return looked_at


@pytest.fixture
def plain(browser: Browser, demo: Demo, signed_in: Any) -> Iterator[Page]:
    """Signed in, without JavaScript."""
    context = browser.new_context(
        base_url=demo.address, storage_state=signed_in, java_script_enabled=False
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def flow(page: Page) -> str:
    """The address of the flow's page, found as a person finds it, with or without JavaScript."""
    page.goto("/connections/")
    link = page.get_by_role("link", name="Sandbox flowthings.io", exact=True).get_attribute("href")
    found = re.search(r"[0-9a-f-]{36}", link or "")
    assert found
    page.goto(f"/browse/{found[0]}/?parent=path%2Fadmin")
    parent = page.locator(".twig-name", has_text=FLOW).get_attribute("href") or ""
    return f"/browse/{found[0]}/node/?id={parent.partition('parent=')[2]}"


def panel(page: Page) -> Locator:
    return page.locator("#sharing")


def fine(page: Page) -> None:
    """The panel breaks no rule of accessibility and no page scrolls sideways."""
    page.wait_for_load_state("networkidle")
    wide = page.locator("html").evaluate("(page) => page.scrollWidth - page.clientWidth")
    assert wide <= 0, "the page scrolls sideways"
    found = Axe().run(page)
    assert not found.response["violations"], found.generate_report()


def test_a_flow_is_shared_changed_and_revoked_on_its_page(page: Page) -> None:
    page.goto(flow(page))
    expect(panel(page)).to_contain_text("Shared with nobody")
    fine(page)

    panel(page).get_by_role("link", name="Share it").click()
    expect(panel(page).get_by_role("heading")).to_be_focused()
    fine(page)
    panel(page).get_by_role("link", name="Max Member").click()
    panel(page).get_by_label("Until").fill("2001-01-01T00:00")
    panel(page).get_by_role("button", name="Share").click()
    expect(panel(page).locator(".field-error")).to_contain_text("over already")
    fine(page)

    panel(page).get_by_label("Until").fill("2040-01-01T00:00")
    panel(page).get_by_role("button", name="Share").click()
    expect(panel(page)).to_contain_text("It is shared with member.")
    expect(panel(page).locator(".grant")).to_contain_text("until 1 Jan 2040")
    expect(panel(page).locator(".grant-rights .pill")).to_have_text(["Read drops"])
    fine(page)

    panel(page).get_by_role("link", name="Change").click()
    panel(page).get_by_label("See flows").check()
    panel(page).get_by_role("button", name="Save").click()
    expect(panel(page).locator(".grant-rights .pill")).to_have_text(["Read drops", "See flows"])

    panel(page).get_by_role("link", name="Revoke").click()
    expect(panel(page)).to_contain_text("Revoke the access of member?")
    fine(page)
    panel(page).get_by_role("link", name="Keep").click()
    expect(panel(page).locator(".grant")).to_have_count(1)
    panel(page).get_by_role("link", name="Revoke").click()
    panel(page).get_by_role("button", name="Revoke").click()
    expect(panel(page)).to_contain_text("Shared with nobody")
    assert re.search(r"/browse/[0-9a-f-]{36}/node/", page.url)

    page.goto("/activity/")
    said = page.locator(".feed li").all_inner_texts()[:3]
    verbs = ["revoked the sharing of", "changed the sharing of", "shared"]
    assert all(verb in line for verb, line in zip(verbs, said, strict=True))


def test_the_text_of_a_token_is_shown_once(page: Page) -> None:
    page.goto(flow(page))
    panel(page).get_by_role("link", name="Share it").click()
    panel(page).get_by_role("link", name="A new token").click()
    panel(page).get_by_role("button", name="Make it").click()
    told = page.locator("#share-secret").inner_text()
    assert len(told) > 10
    fine(page)
    page.reload()
    expect(panel(page).locator(".grant")).to_have_count(1)
    assert told not in page.content()
    panel(page).get_by_role("link", name="Revoke").click()
    panel(page).get_by_role("button", name="Revoke").click()
    expect(panel(page)).to_contain_text("Shared with nobody")


def test_it_works_without_javascript(plain: Page) -> None:
    plain.goto(flow(plain))
    plain.get_by_role("link", name="Asking the platform").click()
    plain.get_by_role("link", name="Share it").click()
    plain.get_by_role("link", name="Readers").click()
    plain.get_by_role("button", name="Share").click()
    expect(plain.get_by_text("It is shared with Readers.")).to_be_visible()
    plain.get_by_role("link", name="Revoke").click()
    plain.get_by_role("button", name="Revoke").click()
    expect(plain.get_by_text("Shared with nobody")).to_be_visible()
