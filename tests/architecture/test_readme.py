"""The README's generated parts and its map are held to the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import readme

ROOT = Path(__file__).resolve().parents[2]
TEXT = readme.README.read_text()


def test_the_settings_table_is_made_from_the_code() -> None:
    assert readme.renewed(TEXT) == TEXT, "run `make readme`"


@pytest.mark.parametrize("room", ["dashboard", "connectors"])
def test_the_map_of_the_house_names_every_room(room: str) -> None:
    rooms = [p.name for p in (ROOT / room).iterdir() if (p / "__init__.py").exists()]
    assert not [name for name in rooms if f"  {name}/" not in TEXT]


def test_the_readme_names_every_command() -> None:
    makefile = (ROOT / "Makefile").read_text().splitlines()
    targets = [line.split(":")[0] for line in makefile if ": " in line and "## " in line]
    inner = {"lint", "format", "help", "clean"}
    assert not [
        target for target in targets if target not in inner and f"make {target}`" not in TEXT
    ]
