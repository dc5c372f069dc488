"""The way in: who is calling, from where, and what those hear who may not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from connectors.sandbox.avista.documents import Malformed
from connectors.sandbox.avista.engine import Engine, Operation
from connectors.sandbox.avista.resolvers import Actor, Call, Resolvers
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.avista.tokens import actor_of
from connectors.sandbox.avista.wording import Body
from connectors.sandbox.spoiling import spoiled

HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
SECURE = {"https": "https", "wss": "https"}


def error_body(error_type: str, message: str, **more: Any) -> Body:
    """An answer without data."""
    return {"errors": [{"errorType": error_type, "message": message, **more}]}


UNAUTHORIZED = error_body("UnauthorizedException", "You are not authorized to make this call.")
NO_HEADER = error_body("UnauthorizedException", "Valid authorization header not provided.")


@dataclass(slots=True)
class Gate:
    """What the routes stand on. The platform is another one after a reset."""

    engine: Engine
    resolvers: Resolvers
    platform: Platform = field(init=False)

    def actor(self, token: str | None) -> Actor | None:
        """Who a token belongs to; None for nobody."""
        return actor_of(self.platform, token or "")

    def account(self, headers: Headers) -> str | None:
        """The e-mail address of the caller, for faults that are aimed at one account."""
        actor = self.actor(headers.get("authorization"))
        if actor is None:
            return None
        return str(self.platform.store.records("users")[actor.user_id]["email"])

    def call(self, connection: HTTPConnection, actor: Actor) -> Call:
        """A request as the resolvers see it."""
        return Call(
            platform=self.platform,
            actor=actor,
            base_url=self._base_url(connection),
            spoiled=spoiled(connection.scope),
        )

    def operation(self, body: Mapping[str, Any]) -> Operation:
        """What `query`, `variables` and `operationName` mean. Raises Malformed and Rejected."""
        text = body.get("query")
        variables = body.get("variables") or {}
        name = body.get("operationName") or None
        if not (isinstance(text, str) and isinstance(variables, dict)):
            raise Malformed
        if not (name is None or isinstance(name, str)):
            raise Malformed
        return self.engine.operation(text, variables, name)

    def _base_url(self, connection: HTTPConnection) -> str:
        """The address that the caller used; our own when its Host is no host."""
        host = connection.headers.get("host", "")
        if not HOST.fullmatch(host):
            return self.platform.ground.addresses["http"]
        return f"{SECURE.get(connection.scope['scheme'], 'http')}://{host}"
