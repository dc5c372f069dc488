"""Signing in to BEMServer and switching users on and off, on the wire."""

from __future__ import annotations

import base64
from typing import Any

from tests.official.wire import ADMIN, NOBODY, Wire


def people(wire: Wire) -> None:
    """A member of one campaign and one of its two scopes, and somebody who is in nothing."""
    wire.sign_in("admin", *ADMIN)
    for who in ("member", "outsider"):
        body = {"name": who, "email": f"{who}@wire.example", "password": who}
        wire.make(who, "users", body)
        wire.sign_in(who, body["email"], who)
    wire.make("campaign", "campaigns", {"name": "Wire", "timezone": "Europe/Paris"})
    for name in ("scope", "hidden scope"):
        wire.make(name, "campaign_scopes", {"name": name, "campaign_id": wire.ids["campaign"]})
    wire.make("members", "user_groups", {"name": "Members of the wire"})
    group = {"user_group_id": wire.ids["members"]}
    wire.make("m1", "users_by_user_groups", group | {"user_id": wire.ids["member"]})
    wire.make("m2", "user_groups_by_campaigns", group | {"campaign_id": wire.ids["campaign"]})
    wire.make("m3", "user_groups_by_campaign_scopes",
              group | {"campaign_scope_id": wire.ids["scope"]})  # fmt: skip


def signing(wire: Wire) -> None:
    """Section 1.2: tokens and headers."""
    email, password = ADMIN
    bodies: list[Any] = [
        {}, [], 7, None, {"email": email}, {"password": "x"}, {"email": "nobody", "password": "x"},
        {"email": email, "password": ""}, {"email": email, "password": "x" * 81},
        {"email": email, "password": "wrong"}, {"email": "nobody@wire.example", "password": "x"},
        {"email": email, "password": None}, {"email": 5, "password": 5}, {"email": email, "x": 1},
    ]  # fmt: skip
    for number, body in enumerate(bodies):
        wire.ask(f"token {number}", "POST", "/auth/token", None, json=body)
    for number, text in enumerate((b"", b"{", b"[]")):
        wire.ask(f"token raw {number}", "POST", "/auth/token", None, data=text,
                 headers={"Content-Type": "application/json"})  # fmt: skip
    wire.ask("token as text", "POST", "/auth/token", None, data=b"{}")
    good = wire.send("POST", "/auth/token", None, json={"email": email, "password": password})
    wire.seen["token"] = good.status_code, {}, sorted(good.json())
    pair = base64.b64encode(f"{email}:{password}".encode()).decode()
    for number, header in enumerate(
        ("Bearer", "bearer x", f"Basic {pair}", "Bearer x", "Bearer x.y.z", "Bearer ", "", "x y",
         f"Bearer {wire.refresh['admin']}", f"Bearer  {wire.tokens['admin']}",
         f"Bearer {wire.tokens['admin']} "),
    ):  # fmt: skip
        for verb, path in (("GET", "/campaigns/"), ("POST", "/auth/token/refresh")):
            wire.ask(f"{verb} header {number}", verb, path, None,
                     headers={"Authorization": header})  # fmt: skip
    wire.ask("refresh without", "POST", "/auth/token/refresh", None)
    renewed = wire.send("POST", "/auth/token/refresh", None,
                        headers={"Authorization": f"Bearer {wire.refresh['admin']}"})  # fmt: skip
    wire.seen["refresh"] = renewed.status_code, {}, sorted(renewed.json())
    wire.ask("about", "GET", "/about/", None)
    for verb in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        wire.ask(f"about {verb}", verb, "/about/", None)
        wire.ask(f"token {verb}", verb, "/auth/token", None, json={})
    for path in ("/about", "/nowhere", "/nowhere/", "/auth/", "/auth/token/", "/sites/1/nowhere",
                 "/timeseries_data", "/sites/../about/", "/%00/"):  # fmt: skip
        wire.ask(f"at {path}", "GET", path)


def flags(wire: Wire) -> None:
    """Switching users on and off."""
    here = "/users/{outsider}"
    for flag in ("set_admin", "set_active"):
        where = f"{here}/{flag}"
        wire.ask(f"{flag} blind", "PUT", where, json={"value": True})
        wire.ask(f"{flag} stale", "PUT", where, json={"value": True}, headers={"If-Match": '"0"'})
        for number, body in enumerate(({}, {"value": None}, {"value": "x"}, {"value": 1}, {"x": 1},
                                       [], {"value": "true"})):  # fmt: skip
            wire.ask(f"{flag} {number}", "PUT", where, json=body, headers={"If-Match": "*"})
        wire.ask(f"{flag} unknown", "PUT", f"/users/{NOBODY}/{flag}", json={"value": True},
                 headers={"If-Match": "*"})  # fmt: skip
        for verb in ("GET", "POST", "DELETE", "OPTIONS"):
            wire.ask(f"{flag} {verb}", verb, where, json={"value": True})
        for who in ("member", "outsider"):
            wire.ask(f"{flag} {who}", "PUT", "/users/{member}/" + flag, who, json={"value": True},
                     headers={"If-Match": "*"})  # fmt: skip
        wire.ask(f"{flag} off", "PUT", where, json={"value": False}, headers={"If-Match": "*"})
        wire.ask(f"{flag} then", "GET", here)
    wire.ask("inactive reads", "GET", "/campaigns/", "outsider")
    wire.ask("inactive signs in", "POST", "/auth/token", None,
             json={"email": "outsider@wire.example", "password": "outsider"})  # fmt: skip
    wire.ask("inactive refreshes", "POST", "/auth/token/refresh", None,
             headers={"Authorization": f"Bearer {wire.refresh['outsider']}"})  # fmt: skip
    wire.ask("active again", "PUT", f"{here}/set_active", json={"value": True},
             headers={"If-Match": "*"})  # fmt: skip
