"""`manage.py platform`: the same functions, the same sentences."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dashboard.connections.models import Connection
from dashboard.operations.models import Call
from tests.conformance.memory.platform import PASSWORD


def platform(*words: str) -> str:
    out = io.StringIO()
    call_command("platform", *words, stdout=out)
    return out.getvalue()


def test_without_a_function_all_are_listed(stored: Connection) -> None:
    assert "series.forecast" in platform("Plant")
    assert "series.forecast" in platform(str(stored.pk))


def test_a_function_is_called_and_its_result_printed(stored: Connection) -> None:
    assert platform("Plant", "greeting", "language=fr").strip()
    made = json.loads(platform("Plant", "notes.create", "title=By hand", "--json"))
    assert made["fields"]["title"] == "By hand"
    assert platform("Plant", "notes.list").splitlines()[1].split(",")[1] == "By hand"
    rows = json.loads(platform("Plant", "notes.list", "--json"))["rows"]
    assert [row[1] for row in rows] == ["By hand"]
    assert Call.objects.count() == 4


def test_files_go_in_and_come_out(stored: Connection, tmp_path: Path) -> None:
    given, got = tmp_path / "in.txt", tmp_path / "out.txt"
    given.write_text("content")
    printed = platform("Plant", "import", f"file=@{given}", f"password={PASSWORD}", "--json")
    assert json.loads(printed)["fields"] == {"Name": "in.txt", "Bytes": 7}
    platform("Plant", "report", "--out", str(got))
    assert got.read_bytes()


def test_what_lasts_is_waited_for(stored: Connection) -> None:
    assert json.loads(platform("Plant", "recalculate", "--json"))["fields"]["Job"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("Nowhere", "greeting"), "No connection is called"),
        (("Plant", "no.such"), "There is no function no.such"),
        (("Plant", "notes.create", "title"), "is no name=value"),
        (("Plant", "notes.create", "colour=red"), "notes.create takes title, text, due"),
        (("Plant", "notes.create", "title="), "title:"),
        (("Plant", "notes.delete", "id=1"), "Confirm with --yes"),
        (("Plant", "import", "file=@/no/such", "password=p"), "Cannot read"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    stored: Connection, words: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        platform(*words)
