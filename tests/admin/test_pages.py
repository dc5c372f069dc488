"""Every page of every list: who gets it, and that no secret is in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.http import HttpResponseBase
from django.test import Client, RequestFactory

from dashboard.accounts.longlist import LongList
from dashboard.accounts.models import Membership, Person, Workspace
from dashboard.activity.models import Event
from dashboard.charts.models import Chart
from dashboard.connections.models import Connection, Draft
from dashboard.exports.models import Export, Schedule
from tests.admin.conftest import LISTED, MARKER, World, address

Pages = dict[str, str]
MADE_HERE = {Person, Workspace, Membership, Group}
CHANGED_HERE = MADE_HERE | {Chart, Export, Schedule}


def pages(model: type[Model], world: World) -> Pages:
    key = world.keys(model)
    found = {
        "list": address(model, "changelist"),
        "search": address(model, "changelist") + "?q=M",
        "popup": address(model, "changelist") + "?_popup=1",
        "change": address(model, "change", key),
        "history": address(model, "history", key),
    }
    site = admin.site._registry[model]
    request = RequestFactory().get("/")
    request.user = Person(is_superuser=True, is_staff=True)
    if site.has_add_permission(request):
        found["add"] = address(model, "add")
    if site.has_delete_permission(request):
        found["delete"] = address(model, "delete", key)
    return found


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model._meta.label)
def test_a_superuser_gets_every_page_and_no_secret_in_any(
    operator: Client, world: World, model: type[Model]
) -> None:
    for page, where in pages(model, world).items():
        answer = operator.get(where)
        assert answer.status_code == 200, page
        text = answer.content.decode()
        assert MARKER not in text, page
        assert not any(sealed in text for sealed in ciphertexts()), page
    for secret in [MARKER, *ciphertexts()]:
        answer = operator.get(address(model, "changelist"), {"q": secret})
        assert answer.context["cl"].result_count == 0


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model._meta.label)
def test_others_are_sent_to_the_sign_in(
    world: World, client_of: Callable[[Person], Client], model: type[Model]
) -> None:
    nobody, member = Client(), client_of(Person.objects.get(email="owner@example.org"))
    for where in pages(model, world).values():
        assert nobody.get(where).status_code == 302
        assert member.get(where).status_code == 302


def ciphertexts() -> list[str]:
    """Everything that is sealed, as a page would print it."""
    kept = [*Connection.objects.values_list("sealed", "kept")]
    drafts = [*Draft.objects.values_list("sealed", flat=True)]
    columns = [column for row in kept for column in row] + drafts
    return [bytes(column).decode()[:24] for column in columns]


def test_only_what_is_made_here_can_be_added_and_only_what_is_put_right_here_changed(
    operator: Client, world: World
) -> None:
    added = {model for model in LISTED if ok(operator.get(address(model, "add")))}
    assert added == MADE_HERE
    changed = {model for model in LISTED if operator_may_save(operator, model, world.keys(model))}
    assert changed == CHANGED_HERE


def ok(answer: HttpResponseBase) -> bool:
    return answer.status_code == 200


def operator_may_save(operator: Client, model: type[Model], key: object) -> bool:
    return b'name="_save"' in operator.get(address(model, "change", key)).content


def test_every_list_has_the_shared_base() -> None:
    others = [m for m in LISTED if not isinstance(admin.site._registry[m], LongList)]
    assert others == [Group]  # Django's own; there are a handful


@pytest.mark.parametrize("lookup", ["sealed__startswith", "kept__contains", "settings__icontains"])
def test_a_sealed_column_cannot_be_guessed_letter_by_letter(
    operator: Client, world: World, lookup: str
) -> None:
    answer = operator.get(address(Connection, "changelist"), {lookup: "g"})
    assert answer.status_code == 400


def test_a_password_cannot_be_guessed_through_a_neighbour(operator: Client, world: World) -> None:
    tries = [(Membership, "person__password__startswith"), (Person, "password__startswith")]
    for model, lookup in tries:
        assert operator.get(address(model, "changelist"), {lookup: "m"}).status_code == 400


def test_a_list_is_narrowed_by_the_links_of_what_it_belongs_to(
    operator: Client, world: World
) -> None:
    workspace = world.rows[Workspace]
    page = operator.get(address(Workspace, "change", workspace.pk)).content.decode()
    link = f"{address(Connection, 'changelist')}?workspace__exact={workspace.pk}"
    assert link in page
    assert "Meters" in operator.get(link).content.decode()
    elsewhere = Workspace.objects.create(name="Elsewhere")
    other = link.replace(str(workspace.pk), str(elsewhere.pk))
    assert "0 connections" in operator.get(other).content.decode()


def test_a_search_finds_the_start_of_a_name_and_an_id(operator: Client, world: World) -> None:
    connection = world.rows[Connection]
    for text, found in [
        ("Met", True), ("ters", False), (str(connection.pk), True), ("Read", True), ("M*", False),
        ("%", False), ("[M]", False), (str(world.keys(Workspace)), False),
    ]:  # fmt: skip
        page = operator.get(address(Connection, "changelist"), {"q": text}).content.decode()
        assert (str(connection.pk) in page) is found, text


def test_a_deleted_connection_is_written_down_and_names_no_secret(
    operator: Client, world: World
) -> None:
    where = address(Connection, "delete", world.keys(Connection))
    page = operator.get(where).content.decode()
    assert "segments: 1" in page.lower()
    assert operator.post(where, {"post": "yes"}).status_code == 302
    assert not Connection.objects.exists()
    assert Event.objects.filter(verb="deleted", person__email="root@example.org").exists()
    assert all(MARKER not in f"{e.object_repr}{e.change_message}" for e in LogEntry.objects.all())


def test_a_workspace_is_emptied_before_it_is_deleted(operator: Client, world: World) -> None:
    where = address(Workspace, "delete", world.keys(Workspace))
    assert "exports of “Campus”" in operator.get(where).content.decode()
    operator.post(where, {"post": "yes"})
    assert Workspace.objects.filter(name="Campus").exists()
    for model in (Export, Chart, Connection):
        operator.post(address(model, "delete", world.keys(model)), {"post": "yes"})
    assert operator.post(where, {"post": "yes"}).status_code == 302
    assert not Workspace.objects.filter(name="Campus").exists()


def test_the_only_owner_of_a_workspace_of_others_stays_one(operator: Client, world: World) -> None:
    other = Person.objects.create_user("other@example.org", "-")
    Membership.objects.create(workspace_id=world.keys(Workspace), person=other, role=1)
    member, owner = world.keys(Membership), world.keys(Person)
    assert (
        "only owner"
        in operator.post(address(Membership, "change", member), {"role": "1"}).content.decode()
    )
    operator.post(address(Membership, "delete", member), {"post": "yes"})
    operator.post(address(Person, "delete", owner), {"post": "yes"})
    assert Membership.objects.filter(pk=member, role=3).exists()
    assert Person.objects.filter(pk=owner).exists()


def test_a_person_added_here_can_sign_in_however_the_address_was_typed(operator: Client) -> None:
    secret = "only Alice knows this 7"
    operator.post(
        address(Person, "add"),
        {"email": "New@Example.org", "password1": secret, "password2": secret},
    )
    assert Person.objects.filter(email="new@example.org").exists()
    assert Client().login(username="NEW@example.org", password=secret)


def test_staff_without_every_right_cannot_make_themselves_a_superuser(
    world: World, root: Person, client_of: Callable[[Person], Client]
) -> None:
    staff = Person.objects.create_user("staff@example.org", "-", is_staff=True)
    staff.user_permissions.add(*Permission.objects.filter(content_type__model="person"))
    client = client_of(staff)
    values = {"email": staff.email, "name": "", "zone": "UTC", "is_active": "on"}
    where = address(Person, "change", staff.pk)
    assert client.post(where, values | {"is_superuser": "on", "is_staff": "on"}).status_code == 302
    staff.refresh_from_db()
    assert staff.is_staff
    assert not staff.is_superuser
    assert client.post(address(Person, "change", root.pk), values).status_code == 403
