"""A whole Tieline, started as a newcomer starts it, and a browser to walk in it.

Everything the page complains of (script errors, failed requests, violations of the content
policy) ends the test that saw it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.looks import DESK, LOOKS
from tests.demo.running import Demo, started
from tests.machine import CHROMIUM

if importlib.util.find_spec("playwright") is None:
    collect_ignore_glob = ["test_*.py"]  # `make test` does without; `make test-browser` installs it
else:
    from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Complaints:
    """What a browser had to say about a page, besides showing it."""

    said: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.said.append(f"script: {error}"))
        page.on("response", self._response)

    def unexpected(self) -> list[str]:
        return [text for text in self.said if not any(part in text for part in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.said.append(f"answer {response.status}: {response.url}")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with started(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("promise: the browser journeys (needs Chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, demo: Demo) -> Any:
    """The cookies of the demo's person."""
    return cookies(browser, demo)


def cookies(browser: Browser, demo: Demo) -> Any:
    """Signs in by hand; gives what the browser then keeps."""
    context = browser.new_context(base_url=demo.address)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("E-mail").fill(demo.email)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/connections/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    heard = Complaints()
    yield heard
    assert not heard.unexpected()


@pytest.fixture
def context(
    browser: Browser, demo: Demo, signed_in: Any, complaints: Complaints
) -> Iterator[BrowserContext]:
    made = browser.new_context(
        base_url=demo.address,
        storage_state=signed_in,
        viewport=DESK,
        accept_downloads=True,
    )
    yield _watched(made, complaints)
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(params=LOOKS)
def looked_at(
    request: pytest.FixtureRequest,
    browser: Browser,
    demo: Demo,
    signed_in: Any,
    complaints: Complaints,
) -> Iterator[Page]:
    """A page in one of the three looks."""
    look = LOOKS[request.param]
    made = browser.new_context(
        base_url=demo.address,
        storage_state=signed_in,
        viewport=look.screen,
        color_scheme=look.scheme,
        reduced_motion="reduce",
    )
    yield _watched(made, complaints).new_page()
    made.close()


def _watched(context: BrowserContext, complaints: Complaints) -> BrowserContext:
    """Whatever its pages complain of is heard."""
    context.add_init_script(WATCH)
    context.on("page", complaints.listen)
    context.set_default_timeout(15_000)
    return context
