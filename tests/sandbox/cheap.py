"""A cheap request to each platform, signed in with what an offer says."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from connectors.sandbox.standin import Offer
from tests.sandbox.client import Reply, exchange


@dataclass(frozen=True, kw_only=True)
class Cheap:
    """A request that is answered with a few bytes, and changes nothing."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def path(self) -> str:
        """The path of its URL."""
        return urlsplit(self.url).path


def ask(request: Cheap) -> Reply:
    """Sends it on a connection of its own. Raises what breaks."""
    address = urlsplit(request.url)
    target = f"{address.path}?{address.query}" if address.query else address.path
    return exchange(address.port or 80, request.method, target, request.body, request.headers,
                    host=address.hostname or "")  # fmt: skip


def cheap(offer: Offer) -> Cheap:
    """The request of this person on this platform; signs in where that is asked for."""
    return CHEAP[offer.kind](offer.settings)


def posted(url: str, body: Mapping[str, str], **headers: str) -> Cheap:
    """A POST of JSON."""
    typed = {"Content-Type": "application/json", **headers}
    return Cheap(url=url, method="POST", headers=typed, body=json.dumps(body).encode())


def _bemserver(settings: Mapping[str, str]) -> Cheap:
    who = {name: settings[name] for name in ("email", "password")}
    granted = ask(posted(f"{settings['url']}/auth/token", who)).data["access_token"]
    bearer = {"Authorization": f"Bearer {granted}"}
    return Cheap(url=f"{settings['url']}/campaigns/", headers=bearer)


def _avenieca(settings: Mapping[str, str]) -> Cheap:
    who = {name: settings[name] for name in ("username", "password")}
    granted = ask(posted(f"{settings['uri']}/login", who)).data["session_id"]
    module = settings["modules"].split()[0]
    return Cheap(url=f"{settings['uri']}/ess/{module}/1",
                 headers={"Authorization": f"Bearer {granted}"})  # fmt: skip


def _openergy(settings: Mapping[str, str]) -> Cheap:
    who = b64encode(f"{settings['login']}:{settings['password']}".encode()).decode()
    return Cheap(url=f"{settings['url']}/oteams/organizations/",
                 headers={"Authorization": f"Basic {who}"})  # fmt: skip


def _avista(settings: Mapping[str, str]) -> Cheap:
    query = "query user_getUserSession { user_getUserSession { user { firstName lastName } } }"
    return posted(settings["url"], {"query": query}, Authorization=settings["token"])


def _flowthings(settings: Mapping[str, str]) -> Cheap:
    return Cheap(url=f"{settings['url']}/v0.1/{settings['account']}/identity",
                 headers={"X-Auth-Token": settings["token"]})  # fmt: skip


CHEAP: Mapping[str, Callable[[Mapping[str, str]], Cheap]] = {
    "avenieca": _avenieca,
    "avista": _avista,
    "bemserver": _bemserver,
    "flowthings": _flowthings,
    "openergy": _openergy,
}
