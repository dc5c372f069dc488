"""Marker secrets go in by every way there is, and come out nowhere: no page, log line, row,
session, queue message or file holds one (hazards K1, K2, K5)."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from celery.signals import before_task_publish
from django.apps import apps
from django.conf import settings as project
from django.contrib.sessions.models import Session
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.sandbox.bemserver.auth import sealed
from connectors.sandbox.faults import Fault
from dashboard.accounts.models import Person, Workspace
from dashboard.celery import app as queue
from dashboard.connections import tasks as health
from dashboard.connections import vault
from dashboard.connections.models import Connection
from dashboard.exports import services
from dashboard.exports import tasks as exporting
from dashboard.exports.models import Run
from tests.badinput.conftest import NEW, Exporter, Staged, node, row, typed, work_off
from tests.badinput.matrix import MATRIX, World
from tests.connectors.servers import Seen, answer, site
from tests.sandbox.server import ADMIN, SandboxServer

MARKER = "marker/Pa55 wörd+51b0"
OTHER = "another-marker-77c2e1"
QUARTERS = "Library electricity (synthetic)"


def spellings(secret: str) -> set[str]:
    """As it could be hidden in a text."""
    raw = secret.encode()
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1],
            base64.b64encode(raw).decode(), raw.hex()}  # fmt: skip


@pytest.fixture
def sent(settings: Any) -> Iterator[list[str]]:
    """Every message that goes to the queue, as the broker gets it: headers, arguments, settings."""
    messages: list[str] = []

    def note(sender: str, body: Any, headers: Any, **rest: Any) -> None:
        assert rest["properties"].get("serializer", "json") == "json"
        messages.append(json.dumps([sender, body, headers], default=repr))

    broker = queue.conf.broker_url
    queue.conf.update(broker_url="memory://")
    before_task_publish.connect(note)
    yield messages
    before_task_publish.disconnect(note)
    queue.conf.update(broker_url=broker)


def rows() -> list[str]:
    """Every value of every table, the sealed columns as the bytes they are."""
    told = [repr(session.get_decoded()) for session in Session.objects.all()]
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # our own table names
            told += [" ".join(map(_plain, found)) for found in cursor.fetchall()]
    return told


def _plain(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1")
    return str(value)


def files() -> list[str]:
    return [
        f"{path} {path.read_bytes().decode('latin-1')}"
        for path in Path(project.MEDIA_ROOT).rglob("*")
        if path.is_file()
    ]


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [caplog.text] + [
        f"{record.getMessage()} {record.args} {record.exc_text} {vars(record)}"
        for record in caplog.records
    ]


def found(texts: list[str], secrets: set[str]) -> list[str]:
    """The places that tell, shortened, so that a failure is readable."""
    forms = {form for secret in secrets for form in spellings(secret)}
    return [f"{form}: {text[:200]}" for text in texts for form in forms if form in text]


@pytest.fixture
def told(server: SandboxServer) -> SandboxServer:
    """The administrator's password there is the marker."""
    admin = row(server, "users", email=ADMIN.email)
    changed = {**admin, "password": sealed(MARKER)}
    server.bemserver.store.replace("users", changed)
    return server


def tokens(account: Connection) -> set[str]:
    """What the platform gave: the signature alone is enough to tell one."""
    kept = vault.unseal(Connection.objects.get(pk=account.pk).kept)
    pair = {kept["access"], kept["refresh"]}
    return pair | {token.rpartition(".")[2] for token in pair}


def test_no_walk_through_the_house_tells_a_secret(
    world: World,
    account: Connection,
    told: SandboxServer,
    staged: Staged,
    exporter: Exporter,
    alice: Person,
    sent: list[str],
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    Connection.objects.filter(pk=account.pk).update(sealed=vault.seal({"password": MARKER}))
    pages = []
    with django_capture_on_commit_callbacks(execute=True):
        for name, rule in sorted(MATRIX.items()):
            if rule.get is not None and name != "exports:download":
                page = world.owner.get(world.address(name))
                pages.append(b"".join(page) if page.streaming else page.content)
                pages.append(str(page.headers).encode())
        pages.append(staged(password=MARKER).encode())
        pages.append(staged(password=OTHER, connection_name="Wrong").encode())
        wrong = typed(told, url="nonsense", password=OTHER)
        pages.append(world.owner.post(NEW, wrong).content)
        decade = {"series": world.series, "span": "P10Y"}
        pages.append(world.owner.get(reverse("charts:data"), decade).content)
        health.check_one(str(account.pk))
        health.check_all()
        exporting.tick()
        export = exporter(node(told, QUARTERS), end=datetime(2024, 2, 1, tzinfo=UTC))
        run = services.run_now(export, person=alice, now=timezone.now())
        exporting.plan(str(run.pk))
    assert work_off(run.pk).state == Run.State.DONE
    secrets = {MARKER, OTHER} | tokens(account)
    every_page = [page.decode("latin-1") for page in pages] + [
        page.decode(errors="replace") for page in pages
    ]
    tasks = {json.loads(message)[0].rpartition(".")[2] for message in sent}
    assert tasks >= {"check_one", "fill", "plan", "read", "nudge"}
    assert files()
    assert not found(every_page, secrets)
    assert not found(sent, secrets)
    assert not found(logged(caplog), secrets)
    assert not found(files(), secrets)
    assert not found(rows(), secrets)


@pytest.mark.django_db(transaction=True)  # tokens are renewed in a thread, which sees commits only
@pytest.mark.parametrize("kind", ["401", "403", "422", "500", "html", "truncated", "reset",
                                  "wrong_type", "empty", "bad_gateway"])  # fmt: skip
def test_no_trouble_with_a_platform_tells_a_secret(
    kind: str,
    account: Connection,
    told: SandboxServer,
    owner: Client,
    exporter: Exporter,
    alice: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    Connection.objects.filter(pk=account.pk).update(sealed=vault.seal({"password": MARKER}))
    health.check_one(str(account.pk))
    secrets = {MARKER} | tokens(account)
    told.faults.add(Fault(kind=kind))
    meter = node(told, QUARTERS)
    day = {"series": f"{account.pk}:{meter}", "start": "2024-03-01", "end": "2024-03-02"}
    pages = [
        owner.get(reverse("browse:tree", args=[account.pk])),
        owner.get(reverse("browse:node", args=[account.pk]), {"id": meter}),
        owner.get(reverse("charts:data"), day),
        owner.get(reverse("charts:csv"), day),
        owner.post(reverse("connections:check", args=[account.pk]), follow=True),
    ]
    run = work_off(services.run_now(exporter(meter), person=alice, now=timezone.now()).pk)
    pages.append(owner.get(reverse("exports:run-detail", args=[run.pk])))
    assert run.trouble
    assert {page.status_code for page in pages} <= {200, 302, 403, 404, 422, 424, 429, 502, 503}
    assert not found([page.content.decode() for page in pages], secrets)
    assert not found(logged(caplog) + rows(), secrets)


def echoing(seen: Seen) -> bytes:
    """Greets like a BEMServer, and answers a sign-in with all that it was told."""
    if seen.target.startswith("/about"):
        versions = {"bemserver_core": "0.22.0", "bemserver_api": "0.26.0"}
        return answer(json.dumps({"versions": versions}).encode(), content_type="application/json")
    said = {"code": 409, "status": "Conflict", "message": f"Refused: {seen.body.decode()}"}
    return answer(json.dumps(said).encode(), 409, content_type="application/json")


def test_a_platform_that_repeats_the_password_is_not_repeated(
    staged: Staged, owner: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with site(echoing) as other:
        settings.ALLOW_ADDRESSES = frozenset({("127.0.0.1", other.port)})
        page = staged(url=other.base, password=MARKER)
        assert [seen for seen in other.seen if seen.target.startswith("/auth/token")]
    assert "Refused" in page
    assert not found([page, *logged(caplog), *rows()], {MARKER})


def test_a_failed_sign_in_to_tieline_leaves_no_word_of_it(
    alice: Person, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in (alice.email, OTHER):
        page = client.post(reverse("accounts:sign-in"), {"username": name, "password": MARKER})
        assert MARKER not in page.content.decode()
    assert not found([*logged(caplog), *rows()], {MARKER})


def test_a_mistake_of_ours_tells_no_secret_in_its_traceback(
    account: Connection,
    told: SandboxServer,
    client_of: Any,
    alice: Person,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An exception in the middle of a sign-in, and Django's own report of it."""
    caplog.set_level(logging.DEBUG)
    Connection.objects.filter(pk=account.pk).update(sealed=vault.seal({"password": MARKER}))
    monkeypatch.setattr("dashboard.connections.health.health_note", _mistake)
    client = client_of(alice)
    client.raise_request_exception = False
    page = client.post(reverse("connections:check", args=[account.pk]))
    assert page.status_code == 500
    assert "ZeroDivisionError" in caplog.text
    assert not found([page.content.decode(), *logged(caplog)], {MARKER} | tokens(account))


def _mistake(*given: object, **named: object) -> None:
    raise ZeroDivisionError("a mistake of ours")


def test_every_model_is_looked_through(workspace: Workspace) -> None:
    """The walk reads tables, so that a column which no model shows is looked at too."""
    with database.cursor() as cursor:
        tables = set(database.introspection.table_names(cursor))
    assert {model._meta.db_table for model in apps.get_models()} <= tables
