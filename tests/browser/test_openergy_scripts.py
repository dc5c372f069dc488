"""The demo as it starts by itself runs no script that somebody posts, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.openergy import HERE, make, ran
from tests.browser.walking import browse, details, fit_to_be_seen

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_a_script_is_refused_with_the_switch_that_would_allow_it(page: Page) -> None:
    browse(page, HERE)
    details(page, "Openergy")
    project = make(page, "New project", "A script that is refused")
    expect(ran(page, project)).to_have_text("failed")
    expect(page.get_by_role("alert")).to_contain_text("Scripts are switched off on this sandbox")
    expect(page.get_by_role("alert")).to_contain_text("--script-python")
    fit_to_be_seen(page)
