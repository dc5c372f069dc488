"""The archive in the admin site: fast at any length, and only to look at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dashboard.accounts.longlist import MOST_COUNTED
from dashboard.accounts.models import Person
from dashboard.connections.models import Connection
from dashboard.series.models import Segment
from tests.series.conftest import NOW


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    client.force_login(Person.objects.create_superuser("root@example.org", "a long pass phrase"))
    return client


@pytest.fixture
def many(clock: Connection) -> Connection:
    Segment.objects.bulk_create(
        Segment(
            connection=clock,
            node=f"meter-{number}",
            start=NOW,
            end=NOW + timedelta(hours=1),
            rows=60,
            bytes=900,
            sha256="",
            fetched_at=timezone.now(),
        )
        for number in range(MOST_COUNTED + 100)
    )
    return clock


def test_a_long_list_costs_a_handful_of_queries_and_no_full_count(
    operator: Client, many: Connection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(8) as asked:
        page = operator.get(reverse("admin:series_segment_changelist"))
    assert page.status_code == 200
    assert f"{MOST_COUNTED} segments" in page.content.decode()
    counts = [query["sql"] for query in asked.captured_queries if "COUNT" in query["sql"]]
    assert counts
    assert all("LIMIT" in sql for sql in counts)


def test_a_segment_is_found_by_its_series(operator: Client, many: Connection) -> None:
    page = operator.get(reverse("admin:series_segment_changelist"), {"q": "meter-2042"})
    assert "meter-2042" in page.content.decode()
    assert "meter-2041" not in page.content.decode()


@pytest.mark.parametrize("name", ["series_segment", "series_fill"])
def test_nothing_can_be_added(operator: Client, name: str) -> None:
    assert operator.get(reverse(f"admin:{name}_changelist")).status_code == 200
    assert operator.get(reverse(f"admin:{name}_add")).status_code == 403
