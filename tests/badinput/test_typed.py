"""Rules, windows, zones and widths typed wrong: a sentence beside the field, what was typed is
kept; and whatever stands in an address, no page ever breaks."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.accounts.models import Person
from dashboard.connections.models import Connection
from dashboard.exports import claims, services
from dashboard.exports.models import Export, Run, Schedule
from tests.badinput.conftest import Exporter, drained, node
from tests.badinput.matrix import MATRIX, NOWHERE, World
from tests.sandbox.server import SandboxServer

RULES = {
    "* * * * * *": "this one has 6",
    "0 0 31 2 *": "No month named in this rule has such a day",
    "60 * * * *": "“60” is no minute",
    "* * * * *": "more often than every 5 minutes",
    "*/1 * * * *": "more often than every 5 minutes",
    "0,1 * * * *": "more often than every 5 minutes",
    "59 23 * * * ; rm -rf /": "A rule has five fields",
    "0 25 * * *": "“25” is no hour",
    "0 0 0 * *": "is no day",
    "0 0 * 13 *": "is no month",
    "0 0 * * 9": "is no day",
    "-1 0 * * *": "is no minute",
    "1e3 0 * * *": "is no minute",
    "²,½ 0 * * *": "is no minute",
    "0 0 29 2 1#6": "is no day",
    "@daily": "this one has 1",
    "": "this one has 0",
    "<b> 0 * * *": "is no minute",
}
LONG = "0 6 * * * " + "0" * 10_000


def scheduled(rule: str, **changed: str) -> dict[str, str]:
    timed = {"do": "schedule", "preset": "own", "cron": rule, "span": "P1D", "catch_up": "all"}
    shaped = {"name": "Mine", "format": "csv", "shape": "long", "zone": "Europe/Paris"}
    return timed | shaped | changed


@pytest.fixture
def series(account: Connection, server: SandboxServer) -> str:
    return f"{account.pk}:{node(server)}"


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_cannot_be_is_told_beside_its_field_and_stays_typed(
    rule: str, owner: Client, series: str
) -> None:
    page = owner.post(reverse("exports:new"), scheduled(rule, series=series))
    text = unescape(page.content.decode())
    assert page.status_code == 422
    assert text.count('id="id_cron_error"') == 1
    assert RULES[rule] in text.partition('id="id_cron_error"')[2][:400]
    assert f'value="{rule}"' in text or not rule
    assert 'value="Mine"' in text
    assert "<b> 0" not in page.content.decode()
    assert not Export.objects.exists()
    times = unescape(owner.get(reverse("exports:preview"), scheduled(rule)).content.decode())
    assert RULES[rule] in times or not rule


def test_a_rule_of_ten_thousand_letters_gets_one_sentence(owner: Client, series: str) -> None:
    page = owner.post(reverse("exports:new"), scheduled(LONG, series=series))
    said = unescape(page.content.decode()).partition('id="id_cron_error"')[2][:600]
    assert page.status_code == 422
    assert "at most 120" in said
    assert "five fields" not in said
    times = unescape(owner.get(reverse("exports:preview"), scheduled(LONG)).content.decode())
    assert "at most 120" in times


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"zone": "Mars/Olympus"}, "zone", "Select a valid choice"),
        ({"zone": "../../etc/passwd"}, "zone", "Select a valid choice"),
        ({"span": "P999999Y"}, "span", "Select a valid choice"),
        ({"catch_up": "never"}, "catch_up", "Select a valid choice"),
        ({"format": "exe"}, "format", "Select a valid choice"),
        ({"name": ""}, "name", "name"),
        ({"name": "x" * 10_000}, "name", "at most 120"),
        ({"name": "a\0b"}, "name", "Null characters"),
    ],
)
def test_a_choice_that_is_none_is_told_beside_its_field(
    changed: dict[str, str], field: str, sentence: str, owner: Client, series: str
) -> None:
    page = owner.post(reverse("exports:new"), scheduled("0 6 * * *", series=series, **changed))
    text = unescape(page.content.decode())
    assert page.status_code == 422
    assert sentence in text.partition(f'id="id_{field}_error"')[2][:400]
    assert 'value="0 6 * * *"' in text
    assert not Export.objects.exists()


WINDOWS = [
    ("9999-12-31T23:59", "9999-12-31T23:59", "start", "between 1900 and 2199"),
    ("0001-01-01", "2024-01-01", "start", "between 1900 and 2199"),
    ("2024-01-01", "9999-01-01", "end", "between 1900 and 2199"),
    ("2024-02-01", "2024-01-01", "end", "The window ends before it starts"),
    ("2024-01-01", "2024-01-01", "end", "The window"),
    ("2024-02-30", "2024-03-01", "start", "Write a date and time"),
    ("nan", "2024-03-01", "start", "Write a date and time"),
    ("2024-01-01", "<script>", "end", "Write a date and time"),
    ("2024-01-01T00:00+99:00", "2024-03-01", "start", "Write a date and time"),
    ("9" * 39, "2024-03-01", "start", "Write a date and time"),
    ("2024-01-01", "9" * 10_000, "end", "at most 40"),
    ("2024-W01-1", "2024-W00-9", "end", "Write a date and time"),
]


@pytest.mark.parametrize(("start", "end", "field", "sentence"), WINDOWS)
def test_a_window_that_cannot_be_is_told_beside_its_field_on_the_chart_and_the_export(
    start: str, end: str, field: str, sentence: str, owner: Client, series: str
) -> None:
    asked = {"series": series, "start": start, "end": end, "zone": "Pacific/Kiritimati"}
    page = owner.get(reverse("charts:explore"), asked)
    text = unescape(page.content.decode())
    assert page.status_code == 422
    assert sentence in text.partition(f'id="{field}-error"')[2][:300]
    assert f'value="{start}"' in text
    assert "<script>" not in page.content.decode().partition("<body")[2].partition("</main>")[0]
    for name in ("data", "table", "statistics", "csv"):
        assert owner.get(reverse(f"charts:{name}"), asked).status_code == 422
    once = scheduled("", do="once", preset="0 6 * * *") | asked
    page = owner.post(reverse("exports:new"), once)
    text = unescape(page.content.decode())
    assert page.status_code == 422
    assert sentence in text.partition(f'id="id_{field}_error"')[2][:300]
    assert 'value="Mine"' in text
    assert not Export.objects.exists()


@pytest.mark.parametrize("width", ["nan", "inf", "-1", "0", "1e9", "9" * 12, "²", "0x10", ""])
def test_a_width_that_is_none_draws_the_chart_all_the_same(
    width: str, owner: Client, series: str
) -> None:
    day = {"series": series, "start": "2024-03-01", "end": "2024-03-02", "width": width}
    assert owner.get(reverse("charts:data"), day).status_code == 200


@pytest.mark.parametrize("span", ["P999999Y", "P-1D", "P1D;", "nan", "p7d", "P7D" * 99])
def test_a_span_that_nobody_knows_is_told_in_words(span: str, owner: Client, series: str) -> None:
    page = owner.get(reverse("charts:explore"), {"series": series, "span": span})
    assert page.status_code == 422
    text = unescape(page.content.decode())
    assert "knows no width" in text or "at most 12" in text


def test_the_longest_window_there_can_be_is_answered(owner: Client, series: str) -> None:
    asked = {"series": series, "start": "1900-01-01T00:00Z", "end": "2199-12-31T00:00Z"}
    began = timezone.now()
    for name in ("explore", "data", "table", "statistics", "csv"):
        assert owner.get(reverse(f"charts:{name}"), asked).status_code in (200, 302), name
    assert timezone.now() - began < timedelta(seconds=10)


def test_a_schedule_that_cannot_be_worked_out_any_more_says_so_on_its_page(
    exporter: Exporter, server: SandboxServer, owner: Client
) -> None:
    """The zone database may drop a zone; an operator may type a rule into the database."""
    timing = services.Timing(cron="0 6 * * *", zone="UTC")
    export = exporter(node(server), span="P1D", timing=timing)
    for broken in ({"cron": "* * * * * *"}, {"zone": "Atlantis/Capital"}):
        Schedule.objects.update(next_due=timezone.now(), paused_because="", **broken)
        assert owner.get(reverse("exports:detail", args=[export.pk])).status_code == 200
        assert claims.claim_due(timezone.now()) == []
        page = owner.get(reverse("exports:detail", args=[export.pk]))
        assert page.status_code == 200
        assert "cannot be worked out" in unescape(page.content.decode())
        assert owner.get(reverse("exports:list")).status_code == 200
        assert owner.get(reverse("exports:schedule", args=[export.pk])).status_code == 200
    assert not Run.objects.exists()


@pytest.fixture
def operator(alice: Person, client_of: object) -> Client:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client = Client()
    client.force_login(alice)
    return client


@pytest.mark.parametrize(
    ("field", "value"),
    [("cron", "* * * * * *"), ("cron", "0 0 31 2 *"), ("zone", "Mars/Olympus")],
)
def test_the_admin_site_takes_no_schedule_that_cannot_run(
    field: str, value: str, exporter: Exporter, server: SandboxServer, operator: Client
) -> None:
    timing = services.Timing(cron="0 6 * * *", zone="UTC")
    export = exporter(node(server), span="P1D", timing=timing)
    schedule = export.schedule
    sent = {"workspace": str(export.workspace_id), "export": str(export.pk), "cron": "0 6 * * *",
            "zone": "UTC", "catch_up": "all", "paused_because": "", field: value}  # fmt: skip
    address = reverse("admin:exports_schedule_change", args=[schedule.pk])
    page = operator.post(address, sent)
    assert page.status_code == 200
    assert b"errorlist" in page.content
    schedule.refresh_from_db()
    assert (schedule.cron, schedule.zone) == ("0 6 * * *", "UTC")


@pytest.mark.parametrize(
    "asked",
    [
        "connections/connection/?sealed__startswith=g",
        "connections/connection/?kept__startswith=g",
        "connections/connection/?workspace__people__password__startswith=p",
        "accounts/person/?password__startswith=p",
        "accounts/membership/?person__password__startswith=p",
        "accounts/workspace/?people__password__startswith=p",
        "exports/run/?export__created_by__password__startswith=p",
    ],
)
def test_no_list_of_the_admin_site_can_be_asked_what_a_secret_begins_with(
    asked: str, operator: Client, account: Connection
) -> None:
    page = operator.get(f"/admin/{asked}")
    assert page.status_code in (302, 400)
    assert "e=1" in page.get("Location", "e=1")


NASTY = st.one_of(
    st.text(max_size=60),
    st.sampled_from([
        "", "\0", "a\0b", "-1", "0", "1e400", "nan", "inf", "9" * 5000, "x" * 10_000, "½", "²",
        "\u202e", "\ud83d", "%00", "%", "%s%n", "{{7*7}}", "' OR 1=1 --", "../../etc/passwd",
        "//evil.example", "\r\nX: y", "<img src=x onerror=alert(1)>", "owner__password", "[", "]",
        "{}", "null", "true", NOWHERE, f"{NOWHERE}:x", "a:b", ":", "timeseries/1@1", "last",
        "timeseries/99999999999@1", "campaign/1", "campaign/0", "site/2147483648", "P7D", "P1D",
        "P999999Y", "UTC", "Europe/Paris", "Etc/GMT+99", "0001-01-01", "9999-12-31T23:59:59Z",
        "2024-01-01", "2024-01-01T00:00:00+24:00", "0 6 * * *", "own", "eyJ:1a:x", "1:2:3",
    ]),
)  # fmt: skip
NAMES = st.sampled_from([
    "series", "start", "end", "span", "zone", "width", "theme", "again", "poll", "text", "page",
    "parent", "cursor", "id", "q", "connection", "retry", "draft", "preset", "cron", "name", "next",
    "chart", "do", "o", "e", "p", "ordering", "sort", "filter", "owner__password",
])  # fmt: skip
PAIRS = st.lists(st.tuples(NAMES, NASTY, st.booleans()), max_size=5)
"""The third: whether the text is the node of a real connection."""
READ = sorted(name for name, rule in MATRIX.items() if rule.get and name != "exports:download")


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(name=st.sampled_from(READ), pairs=PAIRS, htmx=st.booleans(), real=st.booleans())
def test_nothing_that_stands_in_an_address_breaks_a_page(
    world: World,
    name: str,
    pairs: list[tuple[str, str, bool]],
    htmx: bool,
    real: bool,
) -> None:
    address, _, query = world.address(name).partition("?")
    account = world.objects["connection"].pk
    texts = [(key, f"{account}:{text}" if own else text) for key, text, own in pairs]
    given = urlencode([(key, text.encode("utf-8", "replace")) for key, text in texts])
    headers = {"HX-Request": "true"} if htmx else {}
    page = world.owner.get(
        f"{address}?{query}&{given}" if real else f"{address}?{given}", headers=headers
    )
    drained(page)
    assert page.status_code < 500 or page.status_code in (502, 503), page.status_code


TYPED = ["accounts:profile", "accounts:password", "accounts:members", "accounts:member-role",
         "connections:new", "connections:edit", "connections:secrets", "charts:save",
         "exports:new", "exports:schedule"]  # fmt: skip
FIELDS = st.sampled_from([
    "name", "zone", "email", "role", "old_password", "new_password1", "new_password2", "url",
    "password", "data_state", "connection_name", "series", "start", "end", "span", "chart", "do",
    "preset", "cron", "catch_up", "format", "shape", "spreadsheet", "width", "theme",
])  # fmt: skip
FINE = {"name": "Fine", "zone": "UTC", "format": "csv", "shape": "long", "start": "2024-01-01",
        "end": "2024-01-02", "preset": "own", "cron": "0 6 * * *", "span": "P1D", "do": "schedule",
        "catch_up": "all", "connection_name": "Fine", "url": "https://a.example", "password": "p",
        "email": "a@b.example", "data_state": "Raw", "sign_in": "Bearer", "role": "1"}  # fmt: skip


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    name=st.sampled_from(TYPED),
    typed=st.dictionaries(FIELDS, NASTY, max_size=4),
    fine=st.booleans(),
)
def test_nothing_that_is_typed_into_a_form_breaks_a_page(
    world: World,
    name: str,
    typed: dict[str, str],
    fine: bool,
) -> None:
    sent = ({**FINE, "series": world.series} if fine else {}) | {
        key: text.encode("utf-8", "replace").decode() for key, text in typed.items()
    }
    page = world.owner.post(world.address(name).partition("?")[0], sent)
    assert page.status_code < 500 or page.status_code in (502, 503), page.status_code


@pytest.mark.parametrize("node", ["a\0b", "x" * 401, "", "\u202e", "a:b", "%00"])
def test_a_series_that_no_platform_can_have_is_refused_in_words(
    node: str, owner: Client, account: Connection
) -> None:
    asked = {"series": f"{account.pk}:{node}"}
    for name in ("explore", "data", "csv"):
        assert owner.get(reverse(f"charts:{name}"), asked).status_code in (200, 404, 422, 302)
    assert owner.get(reverse("exports:new"), asked).status_code == 200
    page = owner.post(reverse("exports:new"), scheduled("0 6 * * *", **asked))
    assert page.status_code == (302 if node in ("\u202e", "a:b", "%00") else 422)


PLACES = ["/browse/{}/", "/charts/{}/", "/exports/{}/", "/exports/runs/{}/", "/connections/{}/",
          "/exports/files/{}/", "/members/{}/remove/", "/connections/new/{}/",
          "/connections/test/{}/", "/{}/", "/admin/{}/", "//{}", "/charts//{}"]  # fmt: skip
PARTS = ["0", "9" * 30, "9" * 5000, "%00", "%2e%2e", "%2f", "%0d%0aX:y", "<uuid:id>", ":id", "..",
         NOWHERE.upper(), f"{NOWHERE}.", f"{NOWHERE}/", "%ff%fe", "-1", "nan"]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_no_path_breaks_a_page(place: str, owner: Client) -> None:
    for part in PARTS:
        page = owner.get(place.format(part))
        assert page.status_code in (301, 302, 403, 404), place.format(part)
        assert not page.get("Location", "/").startswith("//")
