"""A file of one's own, from the upload to a chart beside a platform's series."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import platform
from tests.browser.test_journey import drawn

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

START = datetime(2016, 7, 1)  # noqa: DTZ001 what a wall clock in Illinois showed
DAYS = 3


def readings() -> bytes:
    """What a spreadsheet makes of a meter's quarters of an hour: semicolons, decimal commas."""
    lines = ["Zeit;Leistung [kW];Außen (°C);Bemerkung"]
    for at in range(DAYS * 96):
        when = START + timedelta(minutes=15 * at)
        power, air = 2 + at % 96 / 32, 18 + at % 96 / 16
        row = f"{when:%d.%m.%Y %H:%M};{power:.3f};{air:.1f};".replace(".", ",")
        lines.append(f"{when:%d.%m.%Y %H:%M}" + row[row.index(";") :])
    return "\r\n".join(lines).encode("cp1252")


def connect_box(page: Page, *, name: str) -> None:
    page.goto("/connections/")
    page.get_by_role("link", name="Connect a platform").click()
    page.get_by_role("link", name="File box").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Name of the box").fill(name)
    page.get_by_label("Usual time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Test and connect").click()
    page.wait_for_url(re.compile(r"/connections/[0-9a-f-]{36}/$"))


def upload(page: Page, *, name: str, content: bytes) -> None:
    page.get_by_role("link", name="Browse").first.click()
    page.get_by_role("link", name=re.compile("^Upload to")).click()
    page.get_by_label("File").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Upload").click()


def chart_of(page: Page) -> str:
    """The address of the series whose page this is, as a chart names it."""
    link = page.get_by_role("main").get_by_role("link", name="Chart", exact=True)
    return str(link.get_attribute("href")).partition("?")[2]


def test_from_a_spreadsheet_to_a_chart_beside_a_platforms_series(page: Page) -> None:
    connect_box(page, name="Caretaker's readings")
    upload(page, name="Zähler.csv", content=readings())
    expect(page.get_by_label("How the time is written")).to_have_value("day first")
    expect(page.get_by_label("Decimal sign")).to_have_value("comma")
    expect(page.get_by_label("Columns of values and their units")).to_have_value(
        "Leistung [kW] = kW\nAußen (°C) = °C"
    )
    looked = page.get_by_role("region", name="First rows")
    expect(looked).to_contain_text("2016-07-01 00:00:00+02:00")

    page.get_by_label("Time zone").fill("America/Chicago")
    page.get_by_role("button", name="Look first").click()
    expect(page.get_by_role("region", name="Rows of the result")).to_contain_text(
        "2016-07-01 00:00:00-05:00"
    )
    page.get_by_role("button", name="Say how it is read").click()
    page.wait_for_url(re.compile(r"/functions/call/"))
    page.get_by_role("link", name="Its page").click()
    page.get_by_role("main").get_by_role("link", name="Open").click()
    page.get_by_role("link", name="Leistung [kW]").click()
    mine = chart_of(page)

    page.goto(f"/browse/search/?q={platform.METER.replace(' ', '+')}")
    page.get_by_role("link", name=platform.METER).first.click()
    page.goto(
        f"/charts/explore/?{mine}&{chart_of(page)}"
        "&start=2016-07-01T00:00&end=2016-07-03T00:00&zone=America/Chicago"
    )
    assert drawn(page).count() == 2


def test_a_file_that_is_too_big_is_not_sent_at_all(page: Page) -> None:
    connect_box(page, name="Too much")
    page.get_by_role("link", name="Browse").first.click()
    page.get_by_role("link", name=re.compile("^Upload to")).click()
    page.evaluate("document.querySelector('[data-upload]').dataset.most = '1000'")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_label("File").set_input_files(
        {"name": "big.csv", "mimeType": "text/csv", "buffer": b"1" * 2_000}
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("alert").first).to_contain_text("are taken here")
    assert "POST" not in sent
