"""Names that want to be more than a name, from a platform and from people: on every page, in every
file, header and log line they are only text, and at most so long."""

from __future__ import annotations

import csv
import io
import json
import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.accounts.models import Person, Workspace
from dashboard.charts.models import Chart
from dashboard.connections.models import Connection
from dashboard.exports import services
from dashboard.exports.models import Export, Run
from tests.badinput.conftest import drained, rename, row, work_off
from tests.browse.test_hostile import acts
from tests.sandbox.server import SandboxServer

FORGED = "FORGED 2026-01-01 all is well"
NAMES = {
    "markup": "<img src=x onerror=alert(1)>",
    "attribute": '" autofocus onfocus="alert(1)',
    "script": "</script><script>alert(1)</script>",
    "link": "<a href=javascript:alert(1)>click</a>",
    "template": "{{ 7|add:8080801 }}{% debug %}",
    "long": "W" * 10_000,
    "right to left": "\u202egpj.exe مقياس الغاز",
    "nul": "a\0b",
    "newline": f"a\n{FORGED}",
    "header": f"a\r\nSet-Cookie: evil=1\r\n\r\n{FORGED}",
    "formula": "=HYPERLINK(1)",
    "path": "../../etc/passwd",
    "device": "CON",
    "emoji": "🔥" * 90,
    "separators": f"a\u2028{FORGED}\x85b\x0bc\x1bd",
}
DAY = {"start": "2024-03-01T00:00Z", "end": "2024-03-01T03:00Z", "zone": "UTC"}
QUARTERS = "Library electricity (synthetic)"


@pytest.fixture
def operator(alice: Person) -> Client:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return NAMES[request.param]


def harmless(page: Any) -> str:
    """The page's text, once it is known to hold nothing that acts."""
    assert page.status_code in (200, 422)
    html = str(page.content.decode())
    assert not acts(html)
    assert "<script>alert" not in html
    assert "<a href=javascript" not in html
    assert "8080808" not in html
    assert "\0" not in html
    assert len(html) < 150_000
    return html


@pytest.mark.usefixtures("unhurried")
def test_a_name_from_a_platform_is_only_text_wherever_it_is_shown(
    name: str, account: Connection, server: SandboxServer, operator: Client
) -> None:
    site = row(server, "sites", name="North campus")
    server.bemserver.store.replace("sites", {**site, "name": name, "description": name})
    meter = rename(server, name, old=QUARTERS)
    building = row(server, "buildings", name="Library")["id"]
    tree, one = (reverse(f"browse:{page}", args=[account.pk]) for page in ("tree", "node"))
    pages = [
        operator.get(tree, {"parent": "campaign/3"}),
        operator.get(tree, {"parent": f"building/{building}"}),
        operator.get(one, {"id": f"site/{site['id']}"}),
        operator.get(one, {"id": meter}),
        operator.get(reverse("browse:latest", args=[account.pk]), {"id": meter}),
        operator.get(reverse("browse:search"), {"q": name[:100]}),
        operator.get(reverse("browse:ask", args=[account.pk]), {"q": name[:100]}),
    ]
    asked = {"series": f"{account.pk}:{meter}", **DAY}
    drawn = operator.get(reverse("charts:data"), asked)
    pages += [operator.get(reverse(f"charts:{page}"), asked) for page in ("explore", "table")]
    pages += [operator.get(reverse("charts:statistics"), asked)]
    pages += [operator.get(reverse("charts:pick"), {"text": name[:20].strip("\0")})]
    pages += [operator.get(reverse("exports:new"), asked)]
    pages += [operator.get(reverse("admin:browse_seen_changelist"))]
    for page in pages:
        harmless(page)
    said = json.loads(drawn.content)["series"][0]
    assert said["raw"] == 12, said
    assert "<" not in said["trace"]["name"]
    assert len(drawn.content) < 20_000


def test_a_name_is_one_cell_of_the_csv_and_no_formula(
    name: str, account: Connection, server: SandboxServer, operator: Client
) -> None:
    meter = rename(server, name, old=QUARTERS)
    operator.get(reverse("browse:node", args=[account.pk]), {"id": meter})
    asked = {"series": f"{account.pk}:{meter}", **DAY}
    answer = operator.get(reverse("charts:csv"), asked)
    body = b"".join(answer).decode()
    rows = list(csv.reader(io.StringIO(body, newline="")))
    assert len(rows) == 13
    assert {len(cells) for cells in rows} == {5}
    assert not rows[1][2].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "evil" not in str(answer.headers)


def test_a_name_typed_by_a_person_is_only_text_in_files_headers_and_logs(
    name: str,
    account: Connection,
    server: SandboxServer,
    operator: Client,
    workspace: Workspace,
    alice: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    meter = rename(server, name, old=QUARTERS)
    kept = name.replace("\0", "")[:120]
    for mine in (account, workspace, alice):
        mine.name = kept
        mine.save()
    operator.get(reverse("browse:node", args=[account.pk]), {"id": meter})
    export = Export(workspace=workspace, name=kept, zone="UTC")
    export.start = datetime(2024, 3, 1, tzinfo=UTC)
    export.end = datetime(2024, 3, 1, 3, tzinfo=UTC)
    chosen = services.series_chosen(workspace, [f"{account.pk}:{meter}"])
    services.export_create(export, series=chosen, person=alice, timing=None, now=timezone.now())
    Chart.objects.create(workspace=workspace, name=kept, span="P1D")
    run = work_off(services.run_now(export, person=alice, now=timezone.now()).pk)
    assert run.state == Run.State.DONE, run.trouble
    for address in ("exports:list", "exports:runs", "charts:list", "activity:list",
                    "connections:list", "accounts:members"):  # fmt: skip
        harmless(operator.get(reverse(address)))
    for address, pk in (
        ("exports:detail", export.pk),
        ("exports:run-detail", run.pk),
        ("exports:delete", export.pk),
        ("connections:delete", account.pk),
    ):
        harmless(operator.get(reverse(address, args=[pk])))
    for model in ("exports_export", "exports_run", "connections_connection", "charts_chart"):
        harmless(operator.get(reverse(f"admin:{model}_changelist")))
    for file in run.files.all():
        answer = operator.get(reverse("exports:download", args=[file.pk]))
        assert answer["Content-Disposition"].isprintable()
        assert "evil=1" not in str({key for key, _ in answer.items()})
        drained(answer)
        assert not set(file.name) & set('/\\:*?"<>|\r\n\t\0')
    _files(run, name)
    assert not [line for line in caplog.text.splitlines() if line.startswith(FORGED)]


def _files(run: Run, name: str) -> None:
    """The points are one series under one cell; the manifest is JSON that names it once."""
    for file in run.files.all():
        with default_storage.open(file.file) as stream:
            text = stream.read().decode()
        if file.type == "application/json":
            (series,) = json.loads(text)["series"]
            assert series["node"].startswith("timeseries/")
            assert len(series["label"]) <= 500
        else:
            lines = list(csv.reader(io.StringIO(text, newline="")))
            assert len(lines) == 13
            assert len({len(cells) for cells in lines}) == 1


@pytest.mark.parametrize("path", ["/%0aFORGED%202026", "/browse/%0d%0aFORGED/", "/a%1b[2J"])
def test_a_path_cannot_forge_a_line_of_the_log(
    path: str, owner: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert owner.get(path).status_code == 404
    assert caplog.records
    for record in caplog.records:
        assert record.getMessage().isprintable()


def test_a_name_of_a_member_cannot_forge_an_address(
    owner: Client, alice: Person, workspace: Workspace
) -> None:
    sent = {"name": NAMES["header"], "zone": "UTC"}
    assert owner.post(reverse("accounts:profile"), sent).status_code in (200, 302)
    page = owner.get(reverse("accounts:profile") + "?" + urlencode({"x": NAMES["header"]}))
    assert "evil" not in str(page.headers)
