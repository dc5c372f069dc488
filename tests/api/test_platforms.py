"""Every function and every node of a connection over REST."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.access import Role
from dashboard.activity.models import Event
from dashboard.connections.models import Connection
from dashboard.operations import services
from dashboard.operations.models import Call
from dashboard.operations.tasks import run
from tests.api.conftest import Keyed
from tests.conformance.memory.platform import PASSWORD
from tests.conformance.memory.server import MemoryServer


def post(client: Client, connection: Connection, name: str, body: Any = None, **more: Any) -> Any:
    place = f"/api/v1/connections/{connection.pk}/operations/{name}"
    sent = json.dumps(body if body is not None else {})
    return client.post(place, sent, content_type="application/json", **more)


def content(answer: Any) -> Any:
    return json.loads(b"".join(answer.streaming_content))


def test_nodes_are_walked_page_by_page_and_looked_at(keyed: Keyed, stored: Connection) -> None:
    place = f"/api/v1/connections/{stored.pk}"
    waiting, found = [""], []
    while waiting:
        page = keyed().get(f"{place}/nodes", {"parent": waiting.pop()}).json()
        found += page["nodes"]
        waiting += [node["id"] for node in page["nodes"] if node["expandable"]]
    series = next(node for node in found if node["role"] == "series")
    assert series["series"] == f"{stored.pk}:{series['id']}"
    one = keyed().get(f"{place}/node", {"id": series["id"]}).json()
    assert one["name"] == series["name"]
    assert keyed().get(f"{place}/node", {"id": "nothing"}).status_code == 404
    hits = keyed().get(f"{place}/search", {"text": series["name"]}).json()["nodes"]
    assert series["id"] in [node["id"] for node in hits]


def test_functions_are_listed_with_the_schema_of_what_they_take(
    keyed: Keyed, stored: Connection
) -> None:
    listed = keyed().get(f"/api/v1/connections/{stored.pk}/operations").json()
    assert [one["name"] for one in listed] == [one.name for one in services.offered("memory")]
    newest = next(one for one in listed if one["name"] == "series.newest")
    assert newest["parameters"]["properties"]["most"]["maximum"] == 100


def test_results_come_as_json_as_csv_or_as_the_file(
    keyed: Keyed, stored: Connection, series: str
) -> None:
    client = keyed()
    made = content(post(client, stored, "notes.create", {"title": "A", "due": "2026-01-01T00:00Z"}))
    assert made["fields"]["title"] == "A"
    rows = content(post(client, stored, "notes.list"))
    assert (rows["columns"][1], rows["rows"][0][1]) == ("title", "A")
    assert content(post(client, stored, "labels.list")) == {
        "columns": ["id", "title", "weight"], "rows": [],
    }  # fmt: skip
    table = post(client, stored, "notes.list", headers={"Accept": "text/csv"})
    assert b"".join(table.streaming_content).splitlines()[0] == b"id,title,text,due"
    points = content(
        post(client, stored, "series.forecast",
             {"series": series, "start": "2026-01-01T00:00Z", "points": 3})
    )  # fmt: skip
    assert points["rows"][0][0] == "2026-01-01T00:00:00+00:00"
    assert content(post(client, stored, "greeting", {"language": "en"}))["text"]
    report = post(client, stored, "report")
    assert report["Content-Disposition"] == 'attachment; filename="report.txt"'
    assert b"".join(report.streaming_content)


def test_files_go_in_as_a_form(keyed: Keyed, stored: Connection) -> None:
    place = f"/api/v1/connections/{stored.pk}/operations/import"
    file = SimpleUploadedFile("in.txt", b"12345")
    answer = keyed().post(place, {"file": file, "password": PASSWORD})
    assert content(answer)["fields"] == {"Name": "in.txt", "Bytes": 5}


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("notes.create", {}, "title"),
        ("notes.create", {"title": 5}, "title"),
        ("notes.create", {"title": "x", "due": "2026-01-01T00:00"}, "due"),
        ("notes.create", {"title": "x", "colour": "red"}, "colour"),
        ("series.newest", {"series": "power", "most": 0}, "most"),
    ],
)
def test_bad_values_are_named_by_field(
    keyed: Keyed, stored: Connection, name: str, body: dict[str, Any], field: str
) -> None:
    answer = post(keyed(), stored, name, body)
    assert answer.status_code == 422
    assert field in answer.json()["fields"]
    assert not Call.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b'"x"', b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(keyed: Keyed, stored: Connection, body: bytes) -> None:
    place = f"/api/v1/connections/{stored.pk}/operations/greeting"
    answer = keyed().post(place, body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["error"] == "Rejected"


def test_a_key_that_was_used_gives_its_call_and_does_nothing(
    keyed: Keyed, stored: Connection
) -> None:
    once = {"Idempotency-Key": str(uuid4())}
    content(post(keyed(), stored, "notes.create", {"title": "one"}, headers=once))
    again = post(keyed(), stored, "notes.create", {"title": "one"}, headers=once)
    assert (again.status_code, again.json()["state"]) == (202, "done")
    assert len(content(post(keyed(), stored, "notes.list"))["rows"]) == 1
    wrong = post(keyed(), stored, "notes.list", headers={"Idempotency-Key": "x"})
    assert wrong.status_code == 422


def test_what_cannot_be_undone_wants_a_confirmation(
    keyed: Keyed, stored: Connection, series: str
) -> None:
    body = {"series": series}
    assert post(keyed(), stored, "series.empty", body).status_code == 409
    done = post(keyed(), stored, "series.empty", body, query_params={"confirm": "true"})
    assert content(done) == {"kind": "nothing"}


def test_a_reading_key_reads_and_changes_nothing(keyed: Keyed, stored: Connection) -> None:
    reader = keyed(Role.VIEWER)
    assert content(post(reader, stored, "notes.list"))["rows"] == []
    refused = post(reader, stored, "notes.create", {"title": "x"})
    assert (refused.status_code, refused.json()["error"]) == (403, "Forbidden")
    assert Event.objects.filter(verb="ran").count() == 1


def test_what_takes_minutes_answers_with_a_call_to_ask_again(
    keyed: Keyed, stored: Connection
) -> None:
    begun = post(keyed(), stored, "recalculate")
    assert begun.status_code == 202
    place = f"/api/v1/calls/{begun.json()['id']}"
    assert keyed().get(place).json()["state"] == "running"
    run(begun.json()["id"])
    done = keyed().get(place).json()
    assert done["state"] == "done"
    assert done["result"]["fields"][0][0] == "Job"


def test_a_platform_that_is_away_is_said_in_the_words_of_the_pages(
    keyed: Keyed, stored: Connection, platform: MemoryServer
) -> None:
    platform.close()
    answer = post(keyed(), stored, "notes.create", {"title": "x"})
    assert answer.status_code == 503
    assert answer.json()["whose"] == "network"
    assert Call.objects.get().state == "unknown"


def test_unknown_things_are_not_found(keyed: Keyed, stored: Connection) -> None:
    assert post(keyed(), stored, "no.such").status_code == 404
    assert keyed().get(f"/api/v1/calls/{uuid4()}").status_code == 404
    assert keyed().get(f"/api/v1/connections/{uuid4()}/operations").status_code == 404
    assert keyed().get("/api/v1/nothing").status_code == 404


def test_the_description_has_a_path_for_every_function(
    keyed: Keyed, stored: Connection, alice: Any, client_of: Any
) -> None:
    schema = keyed().get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.")
    paths = [path.rpartition("/")[2] for path in schema["paths"] if "/operations/" in path]
    assert {one.name for one in services.offered("memory")} <= set(paths)
    assert client_of(alice).get("/api/docs/").status_code == 200
