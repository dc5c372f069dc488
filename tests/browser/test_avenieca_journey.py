"""AveniECA is asked what a twin does next, and the answer is drawn beyond now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Complaints
from tests.browser.walking import browse, call, details, fit_to_be_seen, leaf

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

TWIN = "home_1_heating_and_cooling_electricity"
LINES = """
() => document.getElementById("result-plot").data.map(({ name, line, x }) =>
  ({ name, dash: line.dash, first: Math.min(...x), last: Math.max(...x) }))
"""


def test_a_prediction_is_drawn_dashed_after_what_was_measured(page: Page) -> None:
    browse(page, "Sandbox AveniECA")
    details(page, TWIN)
    now = datetime.now(UTC).timestamp() * 1000
    call(page, "Predict", Steps="24")
    page.locator("#result-plot .scatterlayer path.js-line").first.wait_for(state="attached")
    measured, predicted = page.evaluate(LINES)
    assert (measured["name"], measured["dash"]) == ("measured", "solid")
    assert (predicted["name"], predicted["dash"]) == ("predicted", "dash")
    assert measured["last"] <= now < predicted["first"] < predicted["last"]
    expect(page.locator("#result-plot .legendtext")).to_have_text(["measured", "predicted"])
    expect(page.locator("#result-plot .annotation-text")).to_have_text(["now"])
    expect(page.get_by_text("24 predicted points up to")).to_be_visible()
    expect(page.get_by_text("The dashed line is what the platform expects")).to_be_visible()
    assert page.locator(".result-table tbody tr").count() == 24
    fit_to_be_seen(page)


def test_what_was_measured_is_a_click_away_and_leads_back_to_the_prediction(page: Page) -> None:
    browse(page, "Sandbox AveniECA", TWIN)
    leaf(page, TWIN).click()
    page.get_by_role("heading", name="What can be done with its twin").click()
    call(page, "Predict", Steps="3")
    page.get_by_role("link", name="What was measured").click()
    page.locator(".scatterlayer .trace path.js-line").first.wait_for(state="attached")
    expect(page.locator(".legend-name")).to_have_text([TWIN])


def test_a_wrong_number_of_steps_is_said_beside_its_field(
    page: Page, complaints: Complaints
) -> None:
    complaints.expected = ("422 (Unprocessable",)
    browse(page, "Sandbox AveniECA")
    details(page, TWIN)
    call(page, "Predict", Steps="0")
    expect(page.locator(".is-invalid")).to_have_count(1)
    fit_to_be_seen(page)
