"""A flow of flowthings.io, watched: points that arise show on its page and on its chart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.walking import browse, call, details, fit_to_be_seen, leaf

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

pytestmark = pytest.mark.browser

FLOW = "North campus wind speed (synthetic)"
PLACE = ("admin", "campus-synthetic", "north-campus")
HIDE = "Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })"
SHOW = "delete document.hidden"


@pytest.fixture
def series(page: Page) -> Page:
    """At the page of a flow's series."""
    browse(page, "Sandbox flowthings.io", *PLACE, FLOW)
    leaf(page, FLOW).click()
    page.get_by_role("heading", name="Latest values").wait_for()
    return page


def drop(context: BrowserContext, value: float) -> None:
    """Puts a drop into the flow by its own page, in another tab."""
    page = context.new_page()
    browse(page, "Sandbox flowthings.io", *PLACE)
    details(page, FLOW)
    call(page, "New drop", Elems=f'{{"value": {value}}}')
    page.get_by_text("The platform did it").wait_for()
    page.close()


def turn_on(page: Page) -> Locator:
    page.get_by_role("switch", name="Live").click()
    said = page.locator(".live-says")
    expect(said).to_contain_text("since")
    return said


def test_new_points_show_as_they_come_and_a_hidden_tab_asks_nothing(
    series: Page, context: BrowserContext
) -> None:
    expect(series.get_by_role("switch", name="Live")).to_have_attribute("aria-checked", "false")
    said = turn_on(series)
    drop(context, 4321.5)
    expect(series.locator(".live-rows td.number").first).to_have_text(re.compile("4.321.5"))
    expect(said).to_contain_text("new point")
    fit_to_be_seen(series)

    asked: list[str] = []
    series.evaluate(HIDE)
    series.on("request", lambda request: asked.append(request.url))
    series.wait_for_timeout(5000)
    assert not [url for url in asked if "/charts/live/" in url]
    with series.expect_request("**/charts/live/**"):
        series.evaluate(SHOW)

    series.get_by_role("switch", name="Live").click()
    expect(series.get_by_role("switch", name="Live")).to_have_attribute("aria-checked", "false")
    expect(series.locator(".live-rows")).to_have_count(0)


def test_new_points_are_drawn_on_the_chart(series: Page, context: BrowserContext) -> None:
    series.get_by_role("main").get_by_role("link", name="Chart", exact=True).click()
    series.locator(".scatterlayer .trace path.js-line").first.wait_for(state="attached")
    turn_on(series)
    expect(series.locator("[data-span=PT1H]")).to_have_class(re.compile("active"))
    drop(context, 87.25)
    series.wait_for_function(
        "() => document.getElementById('plot').data?.some((one) => [...one.y].includes(87.25))"
    )
    expect(series.locator("#veil")).to_be_hidden()
    fit_to_be_seen(series)
