"""Writes the README's generated tables anew: `python -m tests.readme`."""

from __future__ import annotations

import os
import re
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

import dashboard.settings  # noqa: F401  (reading it declares every setting)
from dashboard import env

README = Path(__file__).resolve().parents[1] / "README.md"


def settings_table() -> str:
    """One row a setting, in the order in which the settings file reads them."""
    rows = [f"| `{s.name}` | {s.help} | {s.default or '–'} |" for s in env.DECLARED]
    return "\n".join(["| name | what it is | default |", "|---|---|---|", *rows])


def renewed(text: str) -> str:
    """The README's text with its generated part made anew."""
    mark = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)
    return mark.sub(lambda found: f"{found[1]}{settings_table()}\n{found[2]}", text)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text()))
