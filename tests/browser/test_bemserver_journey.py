"""BEMServer by hand: a site made, listed and deleted; a week's completeness; a campaign shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.walking import browse, call, details, field, fit_to_be_seen, leaf, opened

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

HERE = "Sandbox BEMServer"
SITE = "A site that was walked to"
SERIES = "UK outdoor temperature 0"


def function(page: Page, *, words: str, label: str) -> None:
    """Opens a function that the list of all of them has, found by words."""
    page.goto("/connections/")
    page.get_by_role("link", name=HERE, exact=True).click()
    page.get_by_role("main").get_by_role("link", name="Functions").click()
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("button", name="Find").click()
    page.locator(".functions a").filter(has=page.get_by_text(label, exact=True)).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(label)


def press(page: Page, label: str) -> None:
    page.get_by_role("main").get_by_role("button", name=label, exact=True).click()


def listed(page: Page) -> list[str]:
    """The names of all sites, as the table tells them."""
    function(page, words="all sites", label="All sites")
    press(page, "All sites")
    return list(page.locator(".result-table tbody td:nth-child(3)").all_inner_texts())


def test_a_site_is_made_listed_and_deleted_by_its_typed_name(page: Page) -> None:
    browse(page, HERE)  # so that there are campaigns to choose from
    function(page, words="site new", label="New site")
    campaign = page.locator("datalist option", has_text="UK homes").get_attribute("value")
    field(page, "Name").fill(SITE)
    field(page, "Campaign").fill(campaign or "")
    press(page, "New site")
    site = opened(page)
    assert SITE in listed(page)
    fit_to_be_seen(page)

    page.goto(site)
    page.get_by_role("main").get_by_role("link", name="Delete the site").click()
    press(page, "Look first")
    expect(page.get_by_text("Nothing is done yet")).to_be_visible()
    page.get_by_label(f"Type “{SITE}” to confirm").fill(SITE)
    press(page, "Delete the site")
    expect(page.locator(".trouble-good")).to_have_count(1)
    expect(page.get_by_role("button", name="Delete the site")).to_have_count(0)
    fit_to_be_seen(page)
    assert SITE not in listed(page)


def test_three_hundred_functions_are_folded_by_what_they_are_about(page: Page) -> None:
    page.goto("/connections/")
    page.get_by_role("link", name=HERE, exact=True).click()
    page.get_by_role("main").get_by_role("link", name="Functions").click()
    expect(page.locator(".functions li:visible")).to_have_count(0)
    titles = page.locator(".functions-group h2").all_inner_texts()
    assert not [title for title in titles if "_" in title]
    fit_to_be_seen(page)
    page.get_by_role("heading", name="Sites", exact=True).click()
    expect(page.get_by_role("link", name="Degree days")).to_be_visible()


def test_the_completeness_of_a_week_is_a_row_a_day(page: Page) -> None:
    browse(page, HERE, "UK homes", "Home A")
    leaf(page, SERIES).click()
    call(page, "Completeness", From="2024-01-01T00:00", Until="2024-01-08T00:00")
    rows = page.locator(".result-table tbody tr")
    expect(rows).to_have_count(7)
    time, count, expected = rows.first.locator("td").all_inner_texts()[2:5]
    assert (time, count, expected) == ("2024-01-01 00:00:00 +00:00", "24", "24")
    fit_to_be_seen(page)


def test_a_campaign_is_shared_with_a_user_group_and_taken_back(page: Page) -> None:
    browse(page, HERE)
    details(page, "Odd names")
    panel = page.locator("#sharing")
    panel.get_by_role("link", name="Share it").click()
    panel.get_by_role("link", name="Members").click()
    panel.get_by_role("button", name="Share").click()
    expect(panel).to_contain_text("It is shared with Members.")
    fit_to_be_seen(page)
    panel.get_by_role("link", name="Revoke").click()
    panel.get_by_role("button", name="Revoke").click()
    expect(panel).to_contain_text("Shared with nobody")
