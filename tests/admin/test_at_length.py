"""Every list of the admin site with 100,000 rows: few queries, no count of all, no sort of all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.db import connection as database
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from dashboard.accounts.longlist import MOST_COUNTED
from dashboard.accounts.models import ApiKey, Membership, Person, Workspace
from dashboard.activity.models import Event, Notice
from dashboard.browse.models import Seen
from dashboard.charts.models import Chart
from dashboard.connections.models import Connection, Lease
from dashboard.exports.models import Export, File, Run, Schedule, Slice, Slot
from dashboard.operations.models import Call
from dashboard.series.models import Fill, Live, Segment
from tests.admin import plans
from tests.admin.conftest import LISTED, World, address, made
from tests.admin.copies import key, multiply, number, text

ROWS = 100_000
MANY = {Run, Segment, Event, Connection, Seen}
FEWER = 10_000
"""Of the others: twice what a query may read, and the suite stays quick."""
QUERIES = 8
SOMEWHERE = "some-"
LONG = [model for model in LISTED if model is not Group]
CHANGES: dict[type[Model], dict[str, str]] = {
    Person: {"email": text(SOMEWHERE)},
    Workspace: {"name": text(SOMEWHERE)},
    Membership: {"person_id": number()},
    Connection: {"name": text(SOMEWHERE), "account_id": text("a"), "account_label": text("l")},
    Seen: {"node": text("copy "), "folded": text(SOMEWHERE)},
    Segment: {"node": text(SOMEWHERE)},
    Fill: {"digest": text("d"), "connection_id": key(of="1 + (n - 1) / 10")},
    Live: {"node": text(SOMEWHERE), "connection_id": key(of="1 + (n - 1) / 10")},
    Chart: {"name": text(SOMEWHERE)},
    Export: {"name": text(SOMEWHERE)},
    Schedule: {"export_id": key()},
    Slot: {},
    Run: {"slot_id": "NULL", "export_id": key(of="1 + (n - 1) / 10")},
    Slice: {"position": "n", "connection_id": key(of="1 + (n - 1) / 10")},
    File: {"name": text(SOMEWHERE)},
    Event: {"subject": text(SOMEWHERE)},
    Notice: {"topic": text(SOMEWHERE), "seen": "seen OR n > 9"},
    ApiKey: {"name": text(SOMEWHERE), "prefix": text("p")},
    Lease: {"name": text(SOMEWHERE)},
    Call: {"operation": text(SOMEWHERE), "connection_id": key(of="1 + (n - 1) / 10")},
}
"""In this order: a row's foreign keys are there before it."""
FILTERS = [
    (Person, "is_staff__exact=1"),
    (Person, "is_active__exact=0"),
    (Membership, "role__exact=1"),
    (Connection, "health__exact=down"),
    (Connection, "kind=bemserver&health__exact=locked"),
    (Notice, "seen__exact=0"),
    (Fill, "state__exact=failed"),
    (Schedule, "state=paused"),
    (Schedule, "state=failing"),
    (Run, "state__exact=failed"),
    (Run, "state__exact=waiting"),
]


@pytest.fixture(scope="module")
def full(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Filled once for all tests here, and rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = made()
        for model, changes in CHANGES.items():
            multiply(world.rows[model], ROWS if model in MANY else FEWER, changes)
        with database.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield world
        transaction.set_rollback(True)


@pytest.fixture
def operator(full: World, operator: Client) -> Iterator[Client]:
    """Each test is rolled back without a look at every foreign key of half a million rows."""
    yield operator
    transaction.set_rollback(True)


def faults(operator: Client, model: type[Model], query: str, *, narrow: bool) -> list[str]:
    """What is wrong with how the list is answered; the session and the person come on top."""
    with CaptureQueriesContext(database) as asked:
        answer = operator.get(f"{address(model, 'changelist')}?{query}")
    assert answer.status_code == 200
    sent = [each["sql"] for each in asked.captured_queries]
    own = [sql for sql in sent if "SAVEPOINT" not in sql and "django_session" not in sql]
    found = [fault for sql in own for fault in plans.faults(sql, narrow=narrow)]
    return found if len(own) <= QUERIES else [*found, f"{len(own)} queries"]


@pytest.mark.parametrize("model", LONG, ids=lambda model: model._meta.label)
def test_a_list_reads_its_first_rows_only(operator: Client, model: type[Model]) -> None:
    for query in ("", "p=40", "o=-3.1"):  # the first page, the last, and one asked to be sorted
        assert not faults(operator, model, query, narrow=False)


@pytest.mark.parametrize("model", LONG, ids=lambda model: model._meta.label)
def test_a_search_reads_an_index(operator: Client, full: World, model: type[Model]) -> None:
    narrow = [f"q={SOMEWHERE}9999", "q=nothing-begins-so", f"q={full.keys(Workspace)}"]
    for query in narrow:
        assert not faults(operator, model, query, narrow=True)


@pytest.mark.parametrize(("model", "query"), FILTERS)
def test_a_filter_that_few_rows_pass_reads_an_index(
    operator: Client, model: type[Model], query: str
) -> None:
    assert not faults(operator, model, query, narrow=True)


@pytest.mark.parametrize("model", [Connection, Chart, Export, Run, Event, Notice])
def test_a_workspace_with_everything_is_narrowed_to_in_order(
    operator: Client, full: World, model: type[Model]
) -> None:
    query = f"workspace__exact={full.keys(Workspace)}"
    assert not faults(operator, model, query, narrow=False)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM exports_run ORDER BY trouble LIMIT 50",
        "SELECT COUNT(*) FROM exports_run",
        "SELECT id FROM connections_connection WHERE trouble = 'no such' LIMIT 50",
    ],
)
def test_a_query_that_reads_everything_would_be_noticed(operator: Client, sql: str) -> None:
    assert plans.faults(sql, narrow=True)


def test_a_list_that_shows_only_its_first_rows_says_so(operator: Client) -> None:
    page = operator.get(address(Run, "changelist"))
    assert f"the first {MOST_COUNTED:,}" in page.context["cl"].title


def test_the_last_of_many_is_found(operator: Client) -> None:
    page = operator.get(address(Connection, "changelist"), {"q": f"{SOMEWHERE}{ROWS}"})
    assert [row.name for row in page.context["cl"].result_list] == [f"{SOMEWHERE}{ROWS}"]


def test_an_action_on_all_takes_those_that_were_counted(operator: Client, full: World) -> None:
    chosen = {"select_across": "1", "_selected_action": [str(full.keys(Connection))]}
    where = address(Connection, "changelist")
    answer = operator.post(where, {"action": "check_now"} | chosen, follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert said == [f"Will be checked in a moment: {MOST_COUNTED}."]


def test_deleting_what_much_hangs_on_is_asked_without_reading_it(
    operator: Client, full: World
) -> None:
    with CaptureQueriesContext(database) as asked:
        page = operator.get(address(Connection, "delete", full.keys(Connection)))
    assert "segments (at least)" in page.content.decode().lower()
    assert len(asked) < 30
