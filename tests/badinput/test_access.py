"""Every address of the dashboard × everybody: walked from the resolver, so that an address which
this matrix does not know fails a test."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.accounts.models import Person
from tests.badinput.conftest import drained
from tests.badinput.matrix import (
    ADMIN,
    ELSEWHERE,
    MATRIX,
    NOWHERE,
    OPEN,
    OURS,
    PATTERNS,
    Rule,
    World,
    leaks,
    rows,
)


def test_the_matrix_knows_every_address() -> None:
    assert set(OURS) == set(MATRIX) | OPEN | ELSEWHERE


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_nobody_gets_anything_without_signing_in(name: str, world: World) -> None:
    before, address = rows(), world.address(name)
    pages = [world.anonymous.get(address), world.anonymous.post(address, follow=False)]
    for page in pages:
        assert page.status_code == 302
        assert page["Location"].startswith("/sign-in/")
        assert not leaks(page)
    assert rows() == before
    missing = re.sub(r"[0-9a-f-]{36}", NOWHERE, address)
    assert world.anonymous.get(missing).status_code == 302


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_a_stranger_finds_nothing_of_ours(name: str, world: World) -> None:
    rule, address = MATRIX[name], world.address(name)
    before = rows()
    if rule.get is not None:
        page = world.stranger.get(address)
        assert not leaks(page)
        assert page.status_code == 404 if _names_ours(rule) else page.status_code in (200, 302)
    if rule.post is not None and _names_ours(rule):
        page = world.stranger.post(address, _fields(rule, world))
        assert page.status_code == 404
        assert not leaks(page)
    assert rows() == before


def _names_ours(rule: Rule) -> bool:
    return bool(rule.of) or rule.asks == "series"


def _fields(rule: Rule, world: World) -> dict[str, str]:
    """What makes a POST do something, where it needs anything at all."""
    return {"role": "3", "series": world.series, "name": "Mine", "connection_name": "Mine"}


@pytest.mark.parametrize("name", [name for name in sorted(MATRIX) if name != "charts:pick"])
def test_a_smaller_role_is_refused_and_the_right_one_is_served(name: str, world: World) -> None:
    rule, address = MATRIX[name], world.address(name)
    before = rows()
    for method, least in (("get", rule.get), ("post", rule.post)):
        if least is None:
            continue
        for client in world.below(least):
            page = getattr(client, method)(address, _sent(method, rule, world))
            assert page.status_code in (403, 404), (name, method)
            assert b"Traceback" not in page.content
    assert rows() == before
    if rule.get is not None:
        page = world.of(rule.get).get(address)
        drained(page)
        assert page.status_code in ((200, 302) if name != "exports:download" else (404,))
    if rule.post is not None:
        page = world.of(rule.post).post(address, _sent("post", rule, world))
        assert (
            page.status_code in (200, 302, 404, 422)
            if name == "accounts:workspace"
            else (page.status_code in (200, 302, 422))
        )


def _sent(method: str, rule: Rule, world: World) -> dict[str, str] | None:
    return _fields(rule, world) if method == "post" else None


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_what_changes_takes_a_post_with_its_token_and_what_reads_takes_none(
    name: str, world: World, alice: Person
) -> None:
    rule, address = MATRIX[name], world.address(name)
    before = rows()
    if rule.get is None:
        assert world.owner.get(address).status_code == 405
    if rule.post is None:
        assert world.owner.post(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(address, _fields(rule, world)).status_code == 403
    assert strict.post(address, headers={"HX-Request": "true"}).status_code == 403
    after = rows()
    assert {**after, "Person": []} == {**before, "Person": []}  # the sign-in itself is noted there


@pytest.mark.parametrize("name", ADMIN)
def test_the_admin_site_is_for_staff_alone(name: str, world: World) -> None:
    if name == "admin:login":
        return
    pattern = PATTERNS[name].pattern
    words = ["connections"] if name == "admin:app_list" else ["1"] * len(pattern.converters)
    address = reverse(name, args=["1", "1"] if name == "admin:view_on_site" else words)
    for client in (world.anonymous, world.owner):
        for page in (client.get(address), client.post(address)):
            assert page.status_code in (302, 403, 404)
            assert not leaks(page)
            if page.status_code == 302:
                assert "/sign-in/" in page["Location"] or "/admin/" in page["Location"]
