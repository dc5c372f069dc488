"""Authentication tokens: their three kinds, what each may call, and how they end."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectors.sandbox.avista.resolvers import (
    Actor,
    Call,
    Fault,
    Resolvers,
    refused,
    unauthorized,
)
from connectors.sandbox.avista.state import Platform, iso
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()

FULL = "USER_FULL_ACCESS"
ENDPOINT = "IOT_ENDPOINT_READ_WRITE"
CAPTURE = "DATA_CAPTURE_READ_WRITE"
LONGEST_TOKEN = 2048
"""Characters that a Lambda authorizer takes [A]."""
LONGEST_DAYS = 365
"""A choice: the platform does not tell how long a token may live [G]."""

LIMITED: Mapping[str, Mapping[str, str]] = {
    ENDPOINT: {
        "iot_getEndpoint": "iotEndpointId",
        "iot_updateEndpointProperties": "iotEndpointId",
        "iot_listEndpointLastValues": "iotEndpointId",
        "iot_queryByTimeRange": "endpointQueryFilters",
        "iot_generateQueryResultExport": "",
        "iot_cancelQuery": "",
        "iot_publish": "iotEndpointId",
        "onIotPublish": "iotEndpointId",
        "onNotifyIotQueryExportComplete": "",
    },
    CAPTURE: {
        "dataCapture_getCapture": "captureId",
        "dataCapture_startCapture": "captureId",
        "dataCapture_stopCapture": "captureId",
        "dataCapture_publishData": "captureId",
        "onCapturePublishData": "captureId",
        "onStartCapture": "captureId",
        "onStopCapture": "captureId",
        "onNotifyCaptureComplete": "captureId",
    },
}
"""What a limited token may call [G], and the argument that must lie in its scope."""


def allow(actor: Actor, kind: str, field: str, arguments: Mapping[str, Any]) -> None:
    """Holds a call of a root field against the token's type and scope. Raises Fault."""
    if actor.token_type == FULL:
        return
    if field not in LIMITED[actor.token_type]:
        raise Fault("Unauthorized", f"Not Authorized to access {field} on type {kind}")
    argument = LIMITED[actor.token_type][field]
    if argument and not set(_ids(arguments.get(argument))) <= set(actor.scope):
        raise unauthorized()


def _ids(value: Any) -> list[str]:
    """The ids in an argument: an id, or a list of query filters."""
    if isinstance(value, list):
        return [str((one or {}).get("iotEndpointId")) for one in value]
    return [str(value)]


def actor_of(platform: Platform, value: str) -> Actor | None:
    """Who holds a token; None for one that is unknown, expired or of a disabled user."""
    if len(value) > LONGEST_TOKEN or value not in platform.store.records("tokenValues"):
        return None
    token_id = platform.store.records("tokenValues")[value]["tokenId"]
    token = platform.store.records("tokens")[token_id]
    user = platform.store.records("users")[token["userId"]]
    if token["dateExpires"] <= platform.now_text() or user["userAccountState"] != "ACTIVE":
        return None
    return Actor(
        user_id=user["userId"],
        token_id=token["tokenId"],
        token_type=token["tokenType"],
        scope=tuple(token["scope"]),
        admin="PLATFORM_ADMIN" in user["userRoles"],
    )


def issue(
    platform: Platform,
    *,
    user_id: str,
    name: str,
    days: float,
    token_type: str = FULL,
    scope: tuple[str, ...] = (),
    value: str | None = None,
) -> Record:
    """A new token, in the shape of AuthenticationToken, its value shown this once."""
    now = platform.clock.now()
    token: Record = {
        "tokenId": platform.new_id("tokenId"),
        "name": name,
        "userId": user_id,
        "dateCreated": iso(now),
        "dateExpires": iso(now + timedelta(days=days)),
        "lastActive": None,
        "scope": list(scope),
        "tokenType": token_type,
    }
    shown = value or secrets.token_urlsafe(32)
    platform.store.records("tokens")[token["tokenId"]] = token
    platform.store.records("tokenValues")[shown] = {"tokenId": token["tokenId"]}
    return {**token, "tokenValue": shown}


def revoke(platform: Platform, token_id: str) -> None:
    """Forgets a token. One that does not exist is ignored."""
    values = platform.store.records("tokenValues")
    for value, held in list(values.items()):
        if held["tokenId"] == token_id:
            del values[value]
    platform.store.records("tokens").pop(token_id, None)


@RESOLVERS.field("Query", "user_listAuthenticationTokens")
def list_tokens(call: Call) -> list[Record]:
    """The caller's own, without their values."""
    return [
        token
        for token in call.platform.store.records("tokens").all()
        if token["userId"] == call.actor.user_id
    ]


@RESOLVERS.field("Mutation", "user_createAuthenticationToken")
def create_token(call: Call, *, daysBeforeExpiration: int, name: str) -> Record:  # noqa: N803
    """A token with all rights of the caller."""
    if not 1 <= daysBeforeExpiration <= LONGEST_DAYS:
        raise refused(f"daysBeforeExpiration must be from 1 to {LONGEST_DAYS}.")
    return issue(call.platform, user_id=call.actor.user_id, name=name, days=daysBeforeExpiration)


@RESOLVERS.field("Mutation", "user_deleteAuthenticationToken")
def delete_token(call: Call, *, tokenId: str) -> Record | None:  # noqa: N803
    """The token as it was."""
    token = call.platform.store.records("tokens").get(tokenId)
    if token is None:
        return None
    if token["userId"] != call.actor.user_id:
        raise unauthorized()
    revoke(call.platform, tokenId)
    return token
