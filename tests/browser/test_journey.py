"""The main journey, as a person walks it: sign in → connect → browse → chart → zoom → CSV."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import platform
from tests.browser.conftest import Complaints
from tests.demo.running import Demo

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


def fill_connection(page: Page, *, name: str, address: str, email: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Address").fill(address)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Test and connect").click()


def connect(page: Page, demo: Demo, *, name: str) -> None:
    page.goto("/connections/")
    page.get_by_role("link", name="Connect a platform").click()
    page.get_by_role("link", name="BEMServer").click()
    fill_connection(page, name=name, address=demo.sandbox, **platform.MEMBER)
    page.wait_for_url(re.compile(r"/connections/[0-9a-f-]{36}/$"))


def open_twig(page: Page, name: str) -> None:
    page.locator(".twig-name", has_text=name).first.click()


def drawn(page: Page) -> Locator:
    """The chart's lines, once they are drawn and nothing is being read any more."""
    page.locator(".scatterlayer .trace path.js-line").first.wait_for(state="attached")
    expect(page.locator(".legend-state:not(:empty)")).to_have_count(0, timeout=60_000)
    return page.locator(".scatterlayer .trace")


def test_from_signing_in_to_a_chart_and_a_file(page: Page, demo: Demo, tmp_path: Path) -> None:
    connect(page, demo, name="Homes of the member")
    page.get_by_role("link", name="Browse").first.click()
    open_twig(page, "Illinois homes")
    open_twig(page, "Home 1")
    open_twig(page, "House")
    page.get_by_role("link", name=platform.METER).click()
    page.get_by_role("main").get_by_role("link", name="Chart", exact=True).click()
    assert drawn(page).count() == 1

    page.goto(f"{page.url.split('&span')[0]}&start=2016-01-01T00:00&end=2017-01-01T00:00&zone=UTC")
    assert drawn(page).count() == 1
    year = page.locator("#shown-window").inner_text()
    plot = page.locator("#plot .nsewdrag").first.bounding_box()
    assert plot
    page.mouse.move(plot["x"] + plot["width"] * 0.5, plot["y"] + 80)
    page.mouse.down()
    page.mouse.move(plot["x"] + plot["width"] * 0.503, plot["y"] + 82, steps=3)
    page.mouse.move(plot["x"] + plot["width"] * 0.56, plot["y"] + 82, steps=6)
    page.mouse.up()
    expect(page.locator("#shown-window")).not_to_have_text(year)
    assert drawn(page).count() == 1

    page.goto(
        re.sub(r"start=[^&]+&end=[^&]+", "start=2016-07-01T00:00&end=2016-07-02T00:00", page.url)
    )
    drawn(page)
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Every point, CSV").click()
    file = tmp_path / "window.csv"
    download.value.save_as(file)
    rows = list(csv.reader(io.StringIO(file.read_text())))
    told = platform.values(demo, start="2016-07-01T00:00:00+00:00", end="2016-07-02T00:00:00+00:00")
    assert len(told) == 24
    assert [float(row[-1]) for row in rows[1:]] == list(told.values())
    assert [datetime.fromisoformat(row[0]) for row in rows[1:]] == list(told)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://127.0.0.1:9", "127.0.0.1:9"),
        ("http://10.0.0.1:80", "10.0.0.1:80"),
        ("http://nowhere.invalid", "nowhere.invalid"),
    ],
)
def test_an_address_that_may_not_be_reached_is_refused_where_it_was_typed(
    address: str, says: str, page: Page
) -> None:
    page.goto("/connections/new/bemserver/")
    fill_connection(page, name="Elsewhere", address=address, email="a@example.org", password="x")
    page.get_by_text("Nothing has been kept").wait_for()
    expect(page.locator(".is-failed .stage-says")).to_contain_text(says)
    expect(page.get_by_text("Look at: Address")).to_be_visible()


def test_a_wrong_password_is_named_and_nothing_is_kept(
    page: Page, demo: Demo, complaints: Complaints
) -> None:
    page.goto("/connections/new/bemserver/")
    fill_connection(
        page,
        name="Typo",
        address=demo.sandbox,
        email=platform.MEMBER["email"],
        password="not this",
    )
    page.get_by_text(re.compile("wrong e-mail or password", re.I)).wait_for()
    page.goto("/connections/")
    assert page.get_by_text("Typo").count() == 0
    assert not complaints.unexpected()
