"""Signing in and out, slowing down guesses, one's own profile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from dashboard.accounts import throttle
from dashboard.accounts.forms import address_of
from dashboard.accounts.models import FailedSignIn, Person
from dashboard.accounts.zones import zones
from tests.conftest import PASSWORD

Clients = Callable[[Person], Client]
WRONG = "The e-mail address or the password is not right."


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in/", {"username": email, "password": password} | more)


def test_an_address_signs_in_whatever_its_case(client: Client, alice: Person) -> None:
    assert sign_in(client, "Alice@Example.org")["Location"] == "/connections/"


def test_who_nobody_knows_gets_the_same_answer_as_a_wrong_password(
    client: Client, alice: Person
) -> None:
    known = sign_in(client, alice.email, "wrong").content.decode()
    unknown = sign_in(client, "nobody@example.org", "wrong").content.decode()
    assert WRONG in known
    assert WRONG in unknown


def test_an_account_switched_off_gets_the_same_answer_too(client: Client, alice: Person) -> None:
    Person.objects.update(is_active=False)
    assert WRONG in sign_in(client, alice.email).content.decode()


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_next_leads_to_no_other_site(client: Client, alice: Person, next: str) -> None:
    assert sign_in(client, alice.email, next=next)["Location"] == "/connections/"


def test_next_leads_back_to_the_page_that_was_asked_for(client: Client, alice: Person) -> None:
    assert client.get("/activity/")["Location"] == "/sign-in/?next=/activity/"
    assert sign_in(client, alice.email, next="/activity/")["Location"] == "/activity/"


def test_a_fragment_asked_for_after_the_session_ended_reloads_its_page(client: Client) -> None:
    answer = client.get("/activity/", headers={"HX-Request": "true"}, follow=True)
    assert answer["HX-Refresh"] == "true"


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_after_ten_failures_even_the_right_password_waits(
    client: Client, alice: Person, email: str
) -> None:
    for _ in range(throttle.FAILURES_AN_ACCOUNT):
        sign_in(client, email, "wrong")
    assert "too many failed sign-ins" in sign_in(client, email).content.decode()
    FailedSignIn.objects.update(at=timezone.now() - throttle.MEMORY - timedelta(seconds=1))
    assert "too many" not in sign_in(client, email).content.decode(errors="replace")


def test_one_network_guessing_many_accounts_is_slowed_down(client: Client, alice: Person) -> None:
    for number in range(throttle.FAILURES_AN_ADDRESS):
        throttle.failed(email=f"{number}@example.org", address="127.0.0.1")
    assert "too many failed sign-ins" in sign_in(client, alice.email).content.decode()


def test_a_success_forgets_the_failures_of_its_account(client: Client, alice: Person) -> None:
    for _ in range(throttle.FAILURES_AN_ACCOUNT - 1):
        sign_in(client, alice.email, "wrong")
    assert sign_in(client, alice.email).status_code == 302
    assert not throttle.blocked(email=alice.email, address="elsewhere")


def test_failures_hold_no_address_that_was_typed(client: Client, db: None) -> None:
    sign_in(client, "nobody@example.org", "wrong")
    assert not [row for row in FailedSignIn.objects.all() if "nobody" in row.source]


def test_behind_a_proxy_only_the_entry_of_the_proxy_counts(
    rf: RequestFactory, settings: Any
) -> None:
    request = rf.get("/", headers={"X-Forwarded-For": "6.6.6.6, 1.2.3.4"}, REMOTE_ADDR="10.0.0.1")
    settings.SECURE_PROXY_SSL_HEADER = None
    assert address_of(request) == "10.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert address_of(request) == "1.2.3.4"


def test_signing_out_takes_a_post(client: Client, alice: Person, client_of: Clients) -> None:
    alices = client_of(alice)
    assert alices.get("/sign-out/").status_code == 405
    assert alices.post("/sign-out/")["Location"] == "/sign-in/"
    assert alices.get("/activity/").status_code == 302


def test_the_profile_saves_name_and_zone(alice: Person, client_of: Clients) -> None:
    client_of(alice).post("/profile/", {"name": "<b>Al</b>", "zone": "Europe/Paris"})
    alice.refresh_from_db()
    assert (alice.name, alice.zone) == ("<b>Al</b>", "Europe/Paris")
    page = client_of(alice).get("/profile/").content.decode()
    assert "&lt;b&gt;Al&lt;/b&gt;" in page
    assert "<b>Al" not in page


def test_a_zone_that_does_not_exist_is_refused(alice: Person, client_of: Clients) -> None:
    answer = client_of(alice).post("/profile/", {"name": "Al", "zone": "Mars/Base"})
    assert "id_zone_error" in answer.content.decode()


def test_more_than_four_hundred_zones_can_be_chosen() -> None:
    assert len(zones()) > 400
    assert zones()[0] == "UTC"


def test_a_new_password_ends_the_other_sessions(alice: Person, client_of: Clients) -> None:
    here, elsewhere = client_of(alice), client_of(alice)
    new = "a different horse battery"
    here.post(
        "/profile/password/",
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302


def test_a_person_is_added_by_command(db: None, client: Client, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    given = ["person", "add", "Eve@Example.org", "--password-file", str(secret), "--staff"]
    call_command(*given, stdout=StringIO())
    eve = Person.objects.get(email="eve@example.org")
    assert eve.is_staff
    assert eve.workspaces.count() == 1
    assert sign_in(client, "eve@example.org").status_code == 302


@pytest.mark.parametrize(
    ("email", "password", "says"),
    [
        ("alice@example.org", PASSWORD, "has an account already"),
        ("no address", PASSWORD, "is not an e-mail address"),
        ("eve@example.org", "short", "too short"),
    ],
)
def test_a_person_that_cannot_be_is_refused(
    alice: Person, email: str, password: str, says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("person", "add", email, "--password", password)


def test_the_admin_site_has_no_sign_in_of_its_own(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/accounts/")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=/admin/accounts/"


def test_who_is_signed_in_and_not_staff_is_told_so_by_the_admin_site(
    alice: Person, client_of: Callable[[Person], Client]
) -> None:
    assert client_of(alice).get("/admin/", follow=True).status_code == 403
