"""The README's pictures. They are taken at every run; `make pictures` keeps them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parent / "pictures"


@pytest.mark.parametrize(
    ("name", "chart"), [("year", "A year of a real home"), ("week", "The campus this week")]
)
def test_a_saved_chart_of_the_demo_is_worth_a_picture(
    name: str, chart: str, page: Page, tmp_path: Path
) -> None:
    page.goto("/charts/")
    page.get_by_role("link", name=chart).click()
    page.locator(".scatterlayer .trace path.js-line").first.wait_for(state="attached")
    expect(page.locator(".legend-state:not(:empty)")).to_have_count(0, timeout=60_000)
    expect(page.locator("#veil")).to_be_hidden()
    kept = PICTURES if os.environ.get("TIELINE_PICTURES") else tmp_path
    page.screenshot(path=kept / f"{name}.png")
    assert (kept / f"{name}.png").stat().st_size > 20_000
