"""The pieces that pages are made of, and the rules for templates and static files."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import engines

from dashboard.accounts.templatetags.pieces import count, size, when
from dashboard.browse.templatetags.nodes import detail

TEMPLATES = sorted((settings.ROOT / "templates").rglob("*.html"))
ICONS = set(re.findall(r'<symbol id="([^"]+)"', (settings.ROOT / "static/icons.svg").read_text()))
SCRIPTED = re.compile(
    r"""\sstyle=|<style|hx-on|javascript:|"js:|<script(?![^>]*\ssrc=)|https?://(?!www\.w3)"""
)


@pytest.mark.parametrize(
    ("told", "text"), [("True", "yes"), ("False", "no"), ("Truely", "Truely"), ("1000", "1000")]
)
def test_a_switch_that_a_platform_tells_of_is_a_word(told: str, text: str) -> None:
    assert detail(told, "UTC") == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (999_600, "1.0 MB")],
)
def test_bytes_are_shown_in_a_fitting_unit(number: int, text: str) -> None:
    assert size(number).replace("\u202f", " ") == text


def test_thousands_are_grouped_by_thin_spaces() -> None:
    assert count(1234567) == "1\u202f234\u202f567"


def test_a_time_is_local_and_tells_its_offset_on_hover() -> None:
    shown = when(datetime(2026, 3, 29, 1, 5, tzinfo=UTC), "Europe/Paris")
    assert ">29 Mar 2026, 03:05<" in shown
    assert "+02:00 (Europe/Paris)" in shown
    assert 'datetime="2026-03-29T01:05:00+00:00"' in shown


def test_each_of_several_choices_has_the_look_of_its_kind() -> None:
    class Form(forms.Form):
        shape = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)

    piece = engines["django"].get_template("partials/field.html")
    shown = piece.render({"field": Form()["shape"]})
    assert shown.count('class="form-check-input"') == 2


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd"])
def test_a_zone_that_does_not_exist_falls_back_to_utc(zone: str) -> None:
    assert "01:05" in when(datetime(2026, 3, 29, 1, 5, tzinfo=UTC), zone)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_template_loads_and_has_nothing_inline(path: Path) -> None:
    engines["django"].get_template(str(path.relative_to(settings.ROOT / "templates")))
    found = SCRIPTED.search(path.read_text(encoding="utf-8"))
    assert found is None, found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_icon_named_in_a_template_is_in_the_sprite(path: Path) -> None:
    named = set(re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8")))
    assert named <= ICONS
