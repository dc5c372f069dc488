"""Names that files get, whatever an export or a series is called."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Window
from dashboard.exports.manifest import RESERVED, distinct, file_stem, safe
from dashboard.exports.models import Export


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Campus meters", "Campus meters"),
        ("../../etc/passwd", "etc_passwd"),
        ("..", "export"),
        ("", "export"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("a:b*c?", "a_b_c"),
        ('x"\r\nSet-Cookie: a=b', "x_Set-Cookie_ a_b"),
        ("<img onerror=alert(1)>", "img onerror_alert_1"),
        ("Bâtiment №3", "Bâtiment _3"),
        ("\u202egpj.exe", "gpj.exe"),
        (".hidden", "hidden"),
    ],
)
def test_a_hostile_name_becomes_a_plain_file_name(name: str, file: str) -> None:
    assert safe(name) == file


@given(st.text(max_size=400))
def test_any_name_becomes_a_safe_file_name(name: str) -> None:
    made = safe(name)
    assert 0 < len(made.encode()) <= 161
    assert not set(made) & set('/\\:*?"<>|\r\n\t\x00')
    assert made == made.strip(" .")
    assert ".." not in made
    assert made.split(".")[0].casefold() not in RESERVED


@given(st.lists(st.sampled_from(["a", "A", "a (2)", "b", "ß", "SS"]), max_size=12))
def test_names_are_distinct_in_any_letter_case(names: list[str]) -> None:
    made = [name.casefold() for name in distinct(names)]
    assert len(set(made)) == len(names)


def test_a_file_is_named_after_its_export_and_local_window() -> None:
    export = Export(name="Campus", zone="Europe/Paris")
    whole = Window(
        start=datetime(2024, 12, 31, 23, tzinfo=UTC), end=datetime(2025, 1, 31, 23, tzinfo=UTC)
    )
    assert file_stem(export, whole) == "Campus_2025-01-01_2025-02-01"
    part = Window(start=whole.start, end=datetime(2025, 1, 1, 5, 30, tzinfo=UTC))
    assert file_stem(export, part) == "Campus_2025-01-01_2025-01-01T0630"
