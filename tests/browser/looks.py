"""The three ways in which every page is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize


class Look(NamedTuple):
    """A screen, in CSS pixels, and the colours that its person prefers."""

    screen: ViewportSize
    scheme: Literal["light", "dark"]


DESK: ViewportSize = {"width": 1360, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
LOOKS = {
    "light": Look(DESK, "light"),
    "dark": Look(DESK, "dark"),
    "phone": Look(PHONE, "light"),
}
