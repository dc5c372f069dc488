"""Every function of a platform in the browser: found, filled in, called once, shown by its type."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.activity.models import Event
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_open
from dashboard.operations import services
from dashboard.operations.models import Call, State
from dashboard.operations.tasks import nudge, run
from tests.conformance.memory.platform import PASSWORD
from tests.conformance.memory.server import MemoryServer


def do(client: Client, connection: Connection, name: str, node: str = "", **values: Any) -> Any:
    """Sends the form of an operation."""
    sent = {"once": str(uuid4())}
    sent |= {
        key if key in ("once", "sure", "as") else f"value-{key}": v for key, v in values.items()
    }
    address = f"/functions/{connection.pk}/do/{name}/" + (f"?node={node}" if node else "")
    return client.post(address, sent)


def test_all_functions_are_listed_and_found_by_a_word(owner: Client, stored: Connection) -> None:
    page = owner.get(f"/functions/{stored.pk}/")
    assert page.context["total"] == page.context["found"] == len(services.offered("memory"))
    narrowed = owner.get(f"/functions/{stored.pk}/", {"q": "good morning"})
    assert [one.name for group in narrowed.context["groups"] for one in group.operations] == [
        "greeting"
    ]
    part = owner.get(f"/functions/{stored.pk}/", {"q": "zzz"}, headers={"HX-Request": "true"})
    assert b"No function is called so" in part.content
    assert b"<html" not in part.content
    assert "HX-Request" in part["Vary"]  # or the way back shows this part for the page


def test_a_node_names_what_can_be_done_with_it_and_what_draws_comes_first(
    owner: Client, stored: Connection, series: str
) -> None:
    part = owner.get(f"/functions/{stored.pk}/node/", {"id": series})
    assert [one.name for one in part.context["operations"]] == [
        "series.forecast", "series.describe", "series.newest", "series.empty",
    ]  # fmt: skip
    assert owner.get(f"/functions/{stored.pk}/node/", {"id": "nothing"}).status_code == 404


def test_every_function_has_a_form_with_a_label_for_each_parameter(
    owner: Client, stored: Connection
) -> None:
    for one in services.offered("memory"):
        page = owner.get(f"/functions/{stored.pk}/do/{one.name}/")
        assert page.status_code == 200
        assert set(page.context["form"].fields) == set(one.parameters.model_fields)
        assert all(field.label for field in page.context["form"])


def test_each_kind_of_result_is_shown_as_what_it_is(
    owner: Client, stored: Connection, series: str
) -> None:
    record = do(owner, stored, "series.describe", series, series=series)
    assert record.context["result"].fields[0][0] == "Name"
    table = do(owner, stored, "series.newest", series, series=series, most="3")
    assert table.context["result"].columns == ("time", "value")
    assert len(table.context["result"].rows) == 3
    points = do(
        owner,
        stored,
        "series.forecast",
        series,
        series=series,
        start="2026-01-01T00:00",
        points="5",
    )
    assert len(points.context["chart"]["light"]["data"][0]["x"]) == 5
    assert b"operations.js" in points.content
    assert "start=2026-01-01T00%3A00%3A00Z&amp;end=" in points.content.decode()
    text = do(owner, stored, "greeting", language="fr")
    assert text.context["result"].text
    nothing = do(owner, stored, "labels.create", title="x")
    assert nothing.status_code == 200
    report = do(owner, stored, "report")
    assert report["Content-Disposition"] == 'attachment; filename="report.txt"'
    assert b"".join(report.streaming_content)


def test_points_of_a_time_to_come_are_a_prediction_drawn_after_what_was_measured(
    owner: Client, stored: Connection, series: str
) -> None:
    start = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M}"
    page = do(owner, stored, "series.forecast", series, series=series, start=start, points="5")
    for theme in ("light", "dark"):
        measured, predicted = page.context["chart"][theme]["data"]
        assert (measured["name"], measured["line"]["dash"]) == ("measured", "solid")
        assert (predicted["name"], predicted["line"]["dash"]) == ("predicted", "dash")
        assert len(predicted["x"]) == 5
        layout = page.context["chart"][theme]["layout"]
        assert [note["text"] for note in layout["annotations"]] == ["now"]
        assert layout["showlegend"]
    (said,) = page.context["says"]
    assert "5 predicted points up to" in said
    assert len(page.context["result"].rows) == 5


def test_points_that_have_been_are_drawn_as_they_are(
    owner: Client, stored: Connection, series: str
) -> None:
    given = {"series": series, "start": "2026-01-01T00:00", "points": "5"}
    page = do(owner, stored, "series.forecast", series, **given)
    (line,) = page.context["chart"]["light"]["data"]
    assert line["line"]["dash"] == "solid"
    assert not page.context["ahead"]


def test_points_that_begin_before_what_was_measured_ends_are_no_prediction(
    owner: Client, stored: Connection, series: str
) -> None:
    start = f"{datetime.now(UTC) - timedelta(days=3):%Y-%m-%dT%H:%M}"
    page = do(owner, stored, "series.forecast", series, series=series, start=start, points="96")
    times = [row[0] for row in page.context["result"].rows]
    assert len(times) == 96
    (line,) = page.context["chart"]["light"]["data"]
    assert line["line"]["dash"] == "solid"
    assert max(line["x"]) / 1000 > datetime.now(UTC).timestamp()
    assert not page.context["ahead"]
    assert page.context["says"] == ()


def test_a_table_comes_whole_as_csv(owner: Client, stored: Connection) -> None:
    for n in range(7):
        do(owner, stored, "notes.create", title=f"=note {n}")
    answer = do(owner, stored, "notes.list", **{"as": "csv"})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0] == "id,title,text,due"
    assert [line.split(",")[1] for line in lines[1:]] == [f"'=note {n}" for n in range(7)]
    assert Call.objects.filter(operation="notes.list").get().state == State.DONE


def test_a_local_time_without_an_offset_is_meant_in_the_persons_zone(
    owner: Client, alice: Any, stored: Connection
) -> None:
    alice.zone = "Europe/Paris"
    alice.save()
    page = do(owner, stored, "notes.create", title="x", due="2026-07-01T08:30")
    fields = {name: value for name, value, _ in page.context["result"].fields}
    assert datetime.fromisoformat(fields["due"]) == datetime(2026, 7, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 41}, "title"),
        ({"title": "x", "due": "no time"}, "due"),
    ],
)
def test_bad_input_is_named_beside_its_field_and_nothing_typed_is_lost(
    owner: Client, stored: Connection, values: dict[str, str], field: str
) -> None:
    page = do(owner, stored, "notes.create", **{"text": "kept words"} | values)
    assert page.status_code == 422
    assert page.context["form"].errors[field]
    assert b"kept words" in page.content
    assert not Call.objects.exists()


def test_what_the_platform_refuses_is_shown_and_the_form_stays(
    owner: Client, stored: Connection
) -> None:
    page = do(owner, stored, "notes.get", id="999999")
    assert page.status_code == 404
    assert b"It was not done" in page.content
    assert b"999999" in page.content
    assert Call.objects.get().state == State.FAILED


def test_the_same_form_sent_twice_calls_once(owner: Client, stored: Connection) -> None:
    once = str(uuid4())
    do(owner, stored, "notes.create", title="only one", once=once)
    again = do(owner, stored, "notes.create", title="only one", once=once)
    assert again["Location"] == f"/functions/call/{once}/"
    assert b"The platform did it" in owner.get(again["Location"]).content
    listed = do(owner, stored, "notes.list")
    assert [row[1] for row in listed.context["result"].rows].count("only one") == 1


def test_what_cannot_be_undone_asks_for_the_name_and_shows_before_what_is_meant(
    owner: Client, stored: Connection, series: str
) -> None:
    page = owner.get(f"/functions/{stored.pk}/do/series.empty/", {"node": series})
    name = page.context["here"].name
    assert f"Type “{name}” to confirm" in page.content.decode()
    refused = do(owner, stored, "series.empty", series, series=series, sure="something else")
    assert refused.status_code == 422
    looked = do(owner, stored, "series.empty", series, series=series, **{"as": "preview"})
    assert looked.context["result"].fields[0] == ("Name", name, False)
    assert Call.objects.get().operation == "series.describe"
    assert b"is-invalid" not in looked.content
    done = do(owner, stored, "series.empty", series, series=series, sure=name)
    assert done.status_code == 200
    left = do(owner, stored, "series.newest", series, series=series)
    assert left.context["result"].rows == ()


def test_a_viewer_may_read_and_not_change(viewer: Client, stored: Connection) -> None:
    assert do(viewer, stored, "greeting", language="en").status_code == 200
    assert viewer.get(f"/functions/{stored.pk}/do/notes.create/").status_code == 403
    assert do(viewer, stored, "notes.create", title="x").status_code == 403
    assert Call.objects.count() == 1


def test_every_call_is_an_event_without_what_was_given(owner: Client, stored: Connection) -> None:
    do(owner, stored, "notes.create", title="a very private title")
    event = Event.objects.get(verb="ran")
    assert event.subject == "notes.create on Plant"
    assert event.person is not None


def test_a_change_that_nobody_saw_through_is_in_doubt_and_not_repeated(
    owner: Client, stored: Connection, platform: MemoryServer
) -> None:
    platform.close()
    page = do(owner, stored, "notes.create", title="x")
    assert page.status_code == 503
    assert "Nobody knows whether it was done" in page.content.decode()
    assert "Look at what is there before you try again" in page.content.decode()
    assert Call.objects.get().state == State.UNKNOWN


def test_a_lasting_call_runs_behind_the_page_and_its_result_is_kept(
    owner: Client, stored: Connection, django_capture_on_commit_callbacks: Any
) -> None:
    answer = do(owner, stored, "recalculate")
    page = answer["Location"]
    live = owner.get(page)
    assert live.context["live"]
    assert b"Waiting for a worker" in live.content
    run(page.split("/")[-2])
    ended = owner.get(page, headers={"HX-Request": "true"})
    assert ended["HX-Refresh"] == "true"
    whole = owner.get(page)
    assert whole.context["result"].fields[0][0] == "Job"
    assert bytes(Call.objects.get().given) == b""


def test_a_message_that_comes_twice_does_a_lasting_call_once(
    owner: Client, stored: Connection
) -> None:
    identity = do(owner, stored, "recalculate")["Location"].split("/")[-2]
    run(identity)
    first = Call.objects.get().result
    run(identity)
    assert Call.objects.get().result == first
    assert Event.objects.filter(verb="ran").count() == 1


def test_a_call_whose_message_is_lost_is_sent_again_and_one_whose_worker_died_is_in_doubt(
    stored: Connection, owner: Client
) -> None:
    do(owner, stored, "recalculate")
    call = Call.objects.get()
    later = timezone.now() + timedelta(minutes=2)
    assert services.calls_waiting(later) == [call.pk]
    assert services.calls_lost(later + timedelta(hours=1)) == 0
    Call.objects.update(given=b"")  # taken by a worker that dies
    assert services.calls_waiting(later) == []
    assert services.calls_lost(later + timedelta(hours=1)) == 1
    call.refresh_from_db()
    assert call.state == State.UNKNOWN
    assert "Look at what is there" in call.says
    nudge()
    call.refresh_from_db()
    assert call.state == State.UNKNOWN


def test_an_upload_and_a_password_reach_the_platform_and_stay_nowhere(
    owner: Client, stored: Connection
) -> None:
    file = io.BytesIO(b"some bytes")
    file.name = "in.txt"
    page = do(owner, stored, "import", file=file, password=PASSWORD)
    fields = {name: value for name, value, _ in page.context["result"].fields}
    assert fields == {"Name": "in.txt", "Bytes": 10}
    assert PASSWORD.encode() not in page.content
    assert PASSWORD not in str(Call.objects.values())


def test_strangers_find_nothing(stored: Connection, charlie: Any, client_of: Any) -> None:
    client = client_of(charlie)
    for address in ("", "node/?id=x", "calls/", "do/greeting/"):
        assert client.get(f"/functions/{stored.pk}/{address}").status_code == 404
    call = services.call_begin(stored, services.offered("memory")[0], person=None, once=uuid4())
    assert client.get(f"/functions/call/{call.pk}/").status_code == 404
    assert client.get(f"/functions/call/{call.pk}/file/").status_code == 404


def test_an_unknown_function_is_not_found(owner: Client, stored: Connection) -> None:
    assert owner.get(f"/functions/{stored.pk}/do/no.such/").status_code == 404


def test_what_was_called_is_listed_with_its_state(owner: Client, stored: Connection) -> None:
    empty = owner.get(f"/functions/{stored.pk}/calls/")
    assert b"Nothing was called yet" in empty.content
    do(owner, stored, "greeting", language="en")
    page = owner.get(f"/functions/{stored.pk}/calls/")
    assert b"Greeting" in page.content
    assert b"Alice" in page.content


def test_previews_name_operations_that_exist(stored: Connection) -> None:
    with connection_open(stored) as service:
        kind = service.kind
    names = {one.name for one in services.offered(kind)}
    assert {one.preview for one in services.offered(kind) if one.preview} <= names
