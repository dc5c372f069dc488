"""Uploading, describing, saving and deleting, by the pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from connectors.contract import NodeId, Reads, Window
from dashboard import middleware
from dashboard.accounts.models import Person, Workspace
from dashboard.activity.models import Event
from dashboard.browse.models import Seen
from dashboard.connections.files import StoredFiles, files_sweep
from dashboard.connections.models import Connection, Health
from dashboard.connections.services import connection_open
from dashboard.operations.models import State
from dashboard.series import reading
from dashboard.series.services import fill_now
from tests.files.conftest import LOCAL, describe, file_of, sent

NIGHT = Window(start=datetime(2024, 10, 26, tzinfo=UTC), end=datetime(2024, 10, 28, tzinfo=UTC))
NOW = datetime(2025, 1, 1, tzinfo=UTC)


def test_a_box_is_connected_by_the_same_pages_as_a_platform(
    owner: Client, workspace: Workspace
) -> None:
    typed = {"connection_name": "Readings", "box": "Caretaker", "zone": "Europe/Nowhere"}
    refused = owner.post("/connections/new/filebox/", typed)
    assert b"There is no time zone of this name" in refused.content
    page = owner.post("/connections/new/filebox/", typed | {"zone": "Europe/Berlin"})["Location"]
    for _ in range(5):
        answer = owner.post(f"{page}step/")
    made = Connection.objects.get(workspace=workspace)
    assert answer["Location"] == f"/connections/{made.pk}/"
    assert (made.health, made.account_label) == (Health.OK, "Caretaker")


def test_an_upload_leads_to_its_description_filled_in_with_what_was_guessed(
    owner: Client, box: Connection
) -> None:
    answer = sent(owner, box, "Zähler.csv", LOCAL)
    page = owner.get(answer["Location"])
    assert page.status_code == 200
    initial = page.context["form"].initial
    assert initial["time_column"] == "Zeit"
    assert initial["time_format"] == "day first"
    assert (initial["decimal"], initial["delimiter"]) == ("comma", "semicolon")
    assert initial["encoding"] == "windows-1252"
    assert initial["zone"] == "Europe/Berlin"
    assert initial["values"] == "Leistung [kW] = kW\nAußen (°C) = °C"
    text = page.content.decode()
    assert "“Zeit” is written day first: sure." in text
    assert "2024-10-27 01:00:00+02:00" in text, "the first rows are shown as they would be"
    assert page.context["prefilled"].look.rows[0][2] == 1234.5
    assert '<option value="day first" selected>' in text


def test_a_described_file_is_series_like_any_other(owner: Client, box: Connection) -> None:
    file = file_of(sent(owner, box, "night.csv", LOCAL))
    call = describe(owner, box, file)
    assert call.state == State.DONE, call.says
    assert call.result
    told = {name: value for name, value, _ in call.result["fields"]}
    assert told["Rows in the doubled hour of autumn"] == "2"
    assert told["Cells that hold no number, kept as gaps"] == "1"
    tree = owner.get(f"/browse/{box.pk}/", {"parent": file})
    assert [node.name for node in tree.context["listing"].nodes] == ["Leistung [kW]", "Außen (°C)"]
    power = tree.context["listing"].nodes[0]
    fill_now(
        connection=box, nodes=[power.node], window=NIGHT, now=NOW, seconds=20, background=False
    )
    points = [
        (time.astimezone(UTC).hour, value)
        for batch in reading.points(connection=box, node=power.node, window=NIGHT)
        for time, value in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]
    assert points == [(23, 1234.5), (0, 2.5), (1, 3.5), (2, 4.5)]
    shown = owner.get(f"/browse/{box.pk}/node/", {"id": power.node})
    assert b"kW" in shown.content


def test_a_correction_is_seen_under_the_same_series(owner: Client, box: Connection) -> None:
    file = file_of(sent(owner, box, "night.csv", LOCAL))
    describe(owner, box, file)
    before = first_point(box, file)
    describe(owner, box, file, zone="UTC")
    after = first_point(box, file)
    assert after[0] == before[0]
    assert (after[1] - before[1]).total_seconds() == 2 * 3600


def test_what_cannot_be_read_is_said_beside_its_field(owner: Client, box: Connection) -> None:
    file = file_of(sent(owner, box, "night.csv", LOCAL))
    address = f"/functions/{box.pk}/do/file.describe/?node={file}"
    looked = owner.post(
        address, {"as": "preview", "value-file": file, "value-time_column": "Zeitpunkt"}
    )
    assert looked.status_code == 422
    said = looked.context["form"].errors["time_column"][0]
    assert said.startswith("There is no column “Zeitpunkt”. There are Zeit,")
    call = describe(owner, box, file, time_format="month first")
    assert call.state == State.FAILED
    assert "month first" in call.says or "time" in call.says


def test_a_file_that_makes_no_sense_has_its_page_all_the_same(
    owner: Client, box: Connection
) -> None:
    file = file_of(sent(owner, box, "photo.jpg", b"\xff\xd8\xff\xe0\0\0JFIF"))
    page = owner.get(f"/functions/{box.pk}/do/file.describe/", {"node": file})
    assert page.status_code == 200
    assert "neither a text file, nor a workbook" in page.content.decode()
    assert owner.get(f"/browse/{box.pk}/node/", {"id": file}).status_code == 200


def test_what_was_uploaded_is_what_is_saved(owner: Client, viewer: Client, box: Connection) -> None:
    content = bytes(range(256)) * 3_000
    file = file_of(sent(owner, box, "raw.bin", content))
    for client in (owner, viewer):
        answer: Any = client.get(f"/files/{box.pk}/download/", {"id": file})
        assert b"".join(answer.streaming_content) == content
        assert answer["Content-Disposition"] == 'attachment; filename="raw.bin"'
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_deleting_asks_first(owner: Client, box: Connection) -> None:
    file = file_of(sent(owner, box, "old.csv", b"x"))
    address = f"/files/{box.pk}/delete/?id={file}"
    assert "Delete “" in owner.get(address).content.decode()
    assert Seen.objects.filter(connection=box, node=file).exists()
    answer = owner.post(address)
    assert answer["Location"] == f"/browse/{box.pk}/?parent=box"
    assert owner.get(address).status_code == 404
    assert Event.objects.filter(verb="deleted a file of", subject="Readings").exists()


def test_a_name_that_is_taken_is_said_beside_the_file(owner: Client, box: Connection) -> None:
    sent(owner, box, "same.csv", b"1")
    again = sent(owner, box, "same.csv", b"2")
    assert again.status_code == 422
    assert "There is a file of this name already" in again.context["form"].errors["file"][0]
    none = owner.post(f"/files/{box.pk}/upload/?id=box", {})
    assert none.context["form"].errors["file"] == ["Choose a file first."]


def test_a_script_gets_only_the_form_back_and_the_way_to_go_on(
    owner: Client, box: Connection
) -> None:
    htmx = {"HX-Request": "true"}
    done = sent(owner, box, "a.csv", LOCAL, headers=htmx)
    assert done["HX-Redirect"].startswith(f"/functions/{box.pk}/do/file.describe/?node=")
    again = sent(owner, box, "a.csv", LOCAL, headers=htmx)
    assert again.status_code == 422
    assert b"<html" not in again.content
    assert b'id="upload"' in again.content


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\boot.ini", "a\r\nb.csv", "\u202ea"])
def test_a_hostile_name_leads_nowhere(owner: Client, box: Connection, name: str) -> None:
    sent(owner, box, name, b"1,2")
    stored = default_storage.listdir(f"boxes/{box.pk}")
    assert stored[0] == []
    assert all(re.fullmatch(r"index\.json|[0-9a-f]{32}", key) for key in stored[1])
    assert default_storage.listdir("") == (["boxes"], [])


def test_who_may_only_look_puts_and_deletes_nothing(
    owner: Client, viewer: Client, charlie: Person, client_of: Any, box: Connection
) -> None:
    file = file_of(sent(owner, box, "kept.csv", b"1"))
    delete = f"/files/{box.pk}/delete/?id={file}"
    assert sent(viewer, box, "mine.csv", b"1").status_code == 403
    assert viewer.get(delete).status_code == viewer.post(delete).status_code == 403
    page = viewer.get(f"/browse/{box.pk}/node/", {"id": file}).content.decode()
    assert "/delete/" not in page
    assert "/download/" in page
    stranger = client_of(charlie)
    download = f"/files/{box.pk}/download/?id={file}"
    assert sent(stranger, box, "mine.csv", b"1").status_code == 404
    assert stranger.get(delete).status_code == stranger.get(download).status_code == 404


def test_a_file_that_is_too_big_is_refused_before_it_is_read(
    owner: Client, box: Connection, settings: Any
) -> None:
    settings.LARGEST_UPLOAD = 1_000_000
    slightly = sent(owner, box, "big.csv", b"1" * 1_200_000)
    assert slightly.status_code == 422
    assert slightly.context["form"].errors["file"] == [
        "The file has 1.2 MB; at most 1 MB are taken here."
    ]
    much = sent(owner, box, "huge.csv", b"1" * 4_000_000)
    assert much.status_code == 413
    assert "This is 4 MB, and at most 1 MB are taken here." in much.content.decode()
    part = sent(owner, box, "huge.csv", b"1" * 4_000_000, headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    told = owner.post("/api/v1/anything", b"1" * 4_000_000, content_type="application/octet-stream")
    assert told.status_code == 413
    assert "at most 1 MB" in told.json()["message"]
    assert list(StoredFiles(box.pk).list()) == []


def test_a_disk_without_room_takes_nothing(
    owner: Client, box: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 2**28

    monkeypatch.setattr(middleware, "disk_usage", lambda place: Usage)
    answer = sent(owner, box, "big.csv", b"1" * 4_000_000)
    assert answer.status_code == 413
    assert b"There is no room for this file" in answer.content


def test_the_files_go_with_their_connection(
    owner: Client, box: Connection, django_capture_on_commit_callbacks: Any
) -> None:
    describe(owner, box, file_of(sent(owner, box, "night.csv", LOCAL)))
    folder = f"boxes/{box.pk}"
    assert len(default_storage.listdir(folder)[1]) == 4
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(f"/connections/{box.pk}/delete/")
    assert not default_storage.exists(folder)


def test_files_of_a_connection_that_went_another_way_are_swept(
    owner: Client, box: Connection, workspace: Workspace
) -> None:
    sent(owner, box, "old.csv", b"1")
    assert files_sweep() == 0
    Connection.objects.filter(pk=box.pk).delete()
    assert files_sweep() == 1
    assert list(StoredFiles(box.pk).list()) == []


def test_any_platform_that_takes_files_has_the_same_pages(
    owner: Client, stored: Connection
) -> None:
    tree = owner.get(f"/browse/{stored.pk}/")
    folders = [node for node in tree.context["listing"].nodes if node.role == "folder"]
    with connection_open(stored) as service:
        inbox = next(node for node in folders if _takes(service, node.node))
    answer = sent(owner, stored, "mine.csv", b"1,2", folder=inbox.node)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"/browse/{stored.pk}/node/?id=")
    page = owner.get(answer["Location"]).content.decode()
    assert "/files/" in page


def first_point(box: Connection, file: str) -> tuple[str, datetime]:
    """The first series of a file, and when its points begin."""
    with connection_open(box) as service:
        series = service.children(NodeId(file)).items[0].id
        assert isinstance(service, Reads)
        return series, next(service.read([series], NIGHT)).batch["time"][0].as_py()


def _takes(service: Any, folder: str) -> bool:
    return folder == "files" or "file" in {n.role for n in service.children(NodeId(folder)).items}
