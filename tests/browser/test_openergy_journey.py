"""The vendor's tutorial by hand: from an organization to the output of an analysis on a chart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import cookies
from tests.browser.openergy import HERE, make, ran
from tests.browser.walking import (
    browse,
    call,
    details,
    ended,
    field,
    fit_to_be_seen,
    leaf,
    node_id,
    twig,
)
from tests.demo.running import Demo, started
from tests.functions.openergy.ground import ANALYZE
from tests.official.clients import client_python

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Complaints

pytestmark = pytest.mark.browser

PROJECT = "A walk through the tutorial"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One that runs scripts, in the Python of the vendor's client, which has pandas."""
    python = client_python("requirements-openergy-1.5.2.txt")
    with started(tmp_path_factory.mktemp("scripts"), script_python=python) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(browser: Browser, demo: Demo) -> Any:
    return cookies(browser, demo)


def cleaned(page: Page) -> str:
    """The importer's cleaner with two unit cleaners; gives the cleaner's id."""
    browse(page, HERE, "Openergy", PROJECT)
    page.get_by_role("link", name="Details of importer-a").nth(1).click()
    cleaner = page.url
    for name in "ab":
        page.goto(cleaner)
        call(page, "New unit cleaner", Input=name, Output=f"{name}-cleaned")
        page.get_by_text("The platform did it").wait_for()
    page.goto(cleaner)
    return node_id(page)


def analysed(page: Page, cleaner: str) -> None:
    """An analysis of both, run."""
    analysis = make(page, "New analysis", "analysis-a")
    for name in ("a-cleaned", "b-cleaned"):
        call(page, "New analysis input", Made_by=cleaner, Series=name, Column=name)
        page.goto(analysis)
    call(page, "New analysis output", Name="a-output", Unit="°C")
    page.goto(analysis)
    call(
        page,
        "New analysis configuration",
        Input_frequency="3H",
        Output_frequency="3H",
        Script=ANALYZE,
    )
    page.goto(analysis)
    call(page, "Run")
    expect(ended(page)).to_have_text("done")


def test_from_an_organization_to_the_output_of_an_analysis_on_a_chart(page: Page) -> None:
    browse(page, HERE)
    details(page, "Openergy")
    project = make(page, "New project", PROJECT)
    expect(ran(page, project)).to_have_text("done")
    cleaner = cleaned(page)
    page.goto(project)
    analysed(page, cleaner)
    fit_to_be_seen(page)

    browse(page, HERE, "Openergy", PROJECT, "analysis-a")
    leaf(page, "a-output").click()
    expect(page.locator(".latest td.number").first).to_have_text("1.5")
    page.get_by_role("main").get_by_role("link", name="Chart", exact=True).click()
    page.locator(".scatterlayer .trace path.js-line").first.wait_for(state="attached")
    expect(page.locator("#summary")).to_contain_text("6 points, lowest 1.5")


def test_what_is_wrong_with_a_script_is_said_beside_it(page: Page, complaints: Complaints) -> None:
    complaints.expected = ("422 (Unprocessable",)
    browse(page, HERE, "Openergy")
    twig(page, PROJECT).wait_for()
    details(page, PROJECT)
    make(page, "New importer", "importer of a wrong script")
    call(page, "Change importer", Script="def parse(:")
    expect(page.locator(".is-invalid")).to_have_count(1)
    assert field(page, "Script").input_value() == "def parse(:"
