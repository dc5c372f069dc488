"""The page of each connector, and their list: what is promised, tested, limited and left open."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors import quality, registry
from connectors.contract import Right, Traits
from connectors.operations import operations
from connectors.quality import Contract
from dashboard.connections import reports
from dashboard.connections.models import Connection
from tests.conformance.memory.service import MemoryService

KINDS = sorted(registry.OURS)


@pytest.fixture(autouse=True)
def unread() -> Iterator[None]:
    """A process that has read no report yet; what a test put in a file's place is forgotten."""
    reports.on_file.cache_clear()
    yield
    reports.on_file.cache_clear()


@pytest.fixture(scope="module")
def heard() -> list[list[str]]:
    """Where the names of opened files go; a hook stays for as long as the process."""
    listening: list[list[str]] = []
    here = threading.get_ident()

    def hear(event: str, facts: tuple[Any, ...]) -> None:
        if event == "open" and listening and threading.get_ident() == here:
            listening[0].append(str(facts[0]))

    sys.addaudithook(hear)
    return listening


@pytest.fixture
def opened_files(heard: list[list[str]]) -> Iterator[list[str]]:
    """Every file that this thread opens, by name."""
    heard.append([])
    yield heard[0]
    heard.clear()


def text(page: Any) -> str:
    return unescape(page.content.decode())


def page_of(client: Client, kind: str) -> Any:
    return client.get(reverse("connections:connector", args=[kind]))


def test_every_connector_is_listed_with_its_tier_and_its_count_of_functions(
    owner: Client,
) -> None:
    page = owner.get(reverse("connections:connectors"))
    listed = page.context["reports"]
    assert {one.kind for one in listed} == set(registry.packages())
    for one in listed:
        assert reverse("connections:connector", args=[one.kind]) in text(page)
        assert one.label in text(page)
    assert reverse("connections:connectors") in text(owner.get("/connections/"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_holds_every_mark_every_reason_and_every_gap(owner: Client, kind: str) -> None:
    shown = text(page_of(owner, kind)).casefold()
    promised = quality.quality(kind)
    assert promised is not None
    for part in (promised.must, promised.should, promised.may):
        for reason in part.reasons.values():
            assert reason.casefold() in shown
    for gap in promised.gaps:
        assert gap.casefold() in shown
    assert promised.tier in shown


@pytest.mark.parametrize("kind", KINDS)
def test_functions_are_counted_from_what_is_declared(kind: str) -> None:
    found = reports.report(kind)
    service = registry.load(kind)
    declared = operations(service) if "has functions of its own" in found.powers else ()
    assert found.operations == len(declared)


def test_a_connection_leads_to_the_report_of_its_connector(
    owner: Client, stored: Connection
) -> None:
    place = reverse("connections:connector", args=["memory"])
    assert place in text(owner.get(reverse("connections:detail", args=[stored.pk])))
    report = page_of(owner, "memory")
    assert reverse("connections:detail", args=[stored.pk]) in text(report)
    assert "says nothing of its own quality" in text(report)
    assert "No run was written down" in text(report)


def test_a_contract_test_of_another_code_is_told_apart(
    owner: Client, stored: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Contract(
        on=datetime(2026, 1, 2, tzinfo=UTC), against="its stand-in", kept=283, lacking=5,
        exempt={"test_a_promise": "There is no clock."}, rows=180, rows_tested=179,
        code=quality.fingerprint("memory"),
    )  # fmt: skip
    monkeypatch.setattr(quality, "contract", lambda kind: found)
    page = text(page_of(owner, "memory"))
    assert "this very code" in page
    assert "179 of the 180" in page
    assert "There is no clock." in page
    older = found.model_copy(update={"code": "other"})
    reports.on_file.cache_clear()
    monkeypatch.setattr(quality, "contract", lambda kind: older)
    assert "changed since" in text(page_of(owner, "memory"))


def test_a_report_that_cannot_be_read_is_said_and_breaks_nothing(
    owner: Client, stored: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "_text", lambda kind, name: "tier = ")
    assert "Its report cannot be read" in text(page_of(owner, "memory"))
    assert owner.get(reverse("connections:connectors")).status_code == 200


def test_limits_are_words_and_their_source_is_a_link_where_it_is_one(
    owner: Client, stored: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    traits = Traits(
        per_second=2.5,
        source="https://example.org/limits (section 3)",
        widest=timedelta(minutes=90),
        settles=timedelta(days=2),
        steps=(timedelta(seconds=90), timedelta(hours=1)),
        stamps=True,
        rights=(Right(name="see", label="See it", help="Sees."),),
    )
    monkeypatch.setattr(MemoryService, "traits", traits)
    page = text(page_of(owner, "memory"))
    says = {one.name: one.says for one in reports.report("memory").limits}
    assert says["Requests a second"] == "2.5"
    assert says["Widest window of one request"] == "90 minutes"
    assert says["Points may change for"] == "2 days"
    assert says["Buckets at the source"] == "90 seconds, 1 hour"
    assert says["Rights that can be given"] == "See it"
    assert '<a href="https://example.org/limits"' in page
    assert "(section 3)" in page


@pytest.mark.parametrize("source", ["javascript:alert(1)", "section 3 of https://example.org", ""])
def test_a_source_that_is_no_address_is_no_link(
    source: str, stored: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryService, "traits", Traits(source=source))
    assert reports.report("memory").link == ""


def test_a_report_is_read_from_its_files_once_a_process(
    owner: Client, opened_files: list[str]
) -> None:
    pages = [
        reverse("connections:connectors"),
        *(reverse("connections:connector", args=[kind]) for kind in KINDS),
    ]
    for page in pages:
        owner.get(page)
    assert any(name.endswith("quality.toml") for name in opened_files)
    opened_files.clear()
    for page in pages:
        assert owner.get(page).status_code == 200
    assert opened_files == []


def test_an_unknown_connector_is_not_found(owner: Client) -> None:
    assert page_of(owner, "nothing").status_code == 404
