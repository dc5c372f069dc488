# ruff: noqa: E731
"""The client's transport and its small data types."""

from __future__ import annotations

import asyncio
import ssl
import threading
from queue import Empty, Queue
from typing import Any

import requests
from avista_kinds import builders, kind
from avista_selections import COMMON
from avista_side import ERRORS
from requests.exceptions import SSLError

USER = """{ user_getUserSession { user { firstName lastName userId email mobile lastActive
  userAccountState userRoles organization { hostOrganization name organizationId } } } }"""
SMALL = "{ user_getUserSession { user { userId } } }"
LISTEN = """subscription onNotifyUploadComplete {
  onNotifyUploadComplete(uploadId: "%s") { uploadId httpStatusCode } }"""
COLLABORATIVE = """{ collaborative_getCollaborative(collaborativeId: "collaborativeId.1") {
  collaborativeId hostOrganizationId description name memberOrganizations { collaborativeId
  organization { hostOrganization name organizationId } memberState usersInCollaborative {
  permission user { firstName lastName userId email mobile lastActive userAccountState userRoles
  organization { hostOrganization name organizationId } } } } } }"""
URL = """{ storage_getDataStoreFileDownloadUrl(dataStoreFileId: "dataStoreFileId.1") {
  url uploadId itemId } }"""
DELETE = """mutation($id: ID!) { storage_deleteDataStoreFile(dataStoreFileId: $id) { name } }"""


def judge_all(judge: Any, dx: Any, side: Any) -> None:
    """Everything of this area."""
    session(judge, dx, side)
    requests_of(judge, dx, side)
    notices(judge, dx, side)
    records(judge, dx, side)
    words(judge)
    if side.new:
        trust(judge, side)
        log(judge)
        generated(judge, dx, side)


def session(judge: Any, dx: Any, side: Any) -> None:
    held = side.data(USER)["user"]
    nobody = side.connect("nonsense")
    for name in ("AvistaDigitalExchange.getUserInfo", "user_getUserSession.performQuery"):
        judge.right(
            name,
            dx.getUserInfo,
            lambda user: (
                all(getattr(user, key) == held[key] for key in held if key != "organization")
                and user.organization.name == held["organization"]["name"]
            ),
        )
        judge.wrong(name, nobody.getUserInfo, raises=ERRORS.UnauthorizedException)


def requests_of(judge: Any, dx: Any, side: Any) -> None:
    """The two ways of the client to ask, which differ in nothing but their name."""
    for name in ("performQuery", "performMutation"):
        ask = getattr(dx._client, name)
        judge.right(
            f"Client.{name}", lambda ask=ask: ask(SMALL), lambda got: got == side.ask(SMALL)
        )
        judge.wrong(
            f"Client.{name}",
            lambda ask=ask: ask("{ nonsense"),
            lambda got: got["errors"][0]["errorType"] == "MalformedHttpRequestException",
        )
        judge.wrong(
            f"Client.{name}",
            lambda ask=ask: ask("{ nonsense }"),
            lambda got: "FieldUndefined" in got["errors"][0]["message"] and got["data"] is None,
        )


def notices(judge: Any, dx: Any, side: Any) -> None:
    """A subscription of the client's, heard and refused."""
    upload = side.data(
        'mutation { storage_createDataStoreFile(dataStoreDirectoryId: "dataStoreDirectoryId.1", '
        'dataStoreId: "dataStoreId.1", name: "n", fileExtension: "txt") { uploadId url itemId } }'
    )
    requests.put(upload["url"], data=b"here", timeout=10).raise_for_status()
    judge.right(
        "Client.getSubscriptionClient",
        lambda: heard(dx, LISTEN % upload["uploadId"]),
        lambda frame: (
            frame["payload"]["data"]["onNotifyUploadComplete"]
            == {"uploadId": upload["uploadId"], "httpStatusCode": 200}
        ),
    )
    refused = lambda: heard(dx, "subscription { nonsense }", seconds=20 if side.new else 2)
    if side.new:
        judge.wrong(
            "Client.getSubscriptionClient",
            refused,
            lambda frame: "FieldUndefined" in frame["payload"]["errors"][0]["message"],
        )
    else:  # its handler of error frames fails, so that nobody hears of one (section 6.2)
        judge.wrong("Client.getSubscriptionClient", refused, raises=Empty)
    side.data(DELETE, id=upload["itemId"])


def heard(dx: Any, document: str, seconds: float = 20) -> Any:
    """The first frame that a subscription brings, of data or of an error."""
    frames: Queue[Any] = Queue()
    client = dx._client.getSubscriptionClient("onNotifyUploadComplete", document, frames, frames)
    thread = threading.Thread(target=client.connect)
    thread.start()
    try:
        return frames.get(timeout=seconds)
    finally:
        client.stop()
        thread.join(timeout=20)


def records(judge: Any, dx: Any, side: Any) -> None:
    """The small types, made from what the platform answered."""
    whole = side.data(COLLABORATIVE)
    member = whole["memberOrganizations"][0]
    inside = member["usersInCollaborative"][0]
    answers = {
        "User": side.data(USER)["user"],
        "Organization": member["organization"],
        "Collaborative": whole,
        "CollaborativeMemberOrganization": member,
        "CollaborativeMemberUser": inside,
        "PresignedUrl": side.data(URL),
    }
    builders(
        judge,
        dx,
        {name: (f"data_types.{COMMON[name]}", answer) for name, answer in answers.items()},
    )


def words(judge: Any) -> None:
    """The client's small change."""
    tabs = kind("globals", "getTabStr")
    judge.right("globals.getTabStr", lambda: tabs(2), lambda text: text == " " * 8)
    judge.wrong("globals.getTabStr", lambda: tabs("2"), raises=TypeError)


def trust(judge: Any, side: Any) -> None:
    """TLS of 1.2.1: one context for everything; it holds the certificate against the name."""
    build, session_of = kind("_tls", "build_ssl_context"), kind("_tls", "build_http_session")
    judge.right(
        "_tls.build_ssl_context",
        lambda: build(side.authority),
        lambda made: made.verify_mode == ssl.CERT_REQUIRED and made.check_hostname,
    )
    judge.wrong("_tls.build_ssl_context", lambda: build("/no/such/file"), raises=FileNotFoundError)
    other_name = side.url.replace("127.0.0.1", "localhost")
    dx = side.connect()
    for name, made in (
        ("_tls.build_http_session", lambda: session_of(build(side.authority))),
        ("Client.build_http_session", dx._client.build_http_session),
    ):
        judge.right(name, lambda made=made: _post(made(), side.url), lambda status: status == 401)
        judge.wrong(name, lambda made=made: _post(made(), other_name), raises=SSLError)


def _post(session: Any, url: str) -> int:
    return session.post(url, json={}, timeout=10).status_code


def log(judge: Any) -> None:
    """A logger that 1.2.1 ships and does not use: its format names what it is not given."""
    logger = kind("logger", "Logger")
    why = "not in the reference: the format of its lines cannot be filled"
    for name in ("info", "exception"):
        judge.broken(f"Logger.{name}", lambda name=name: getattr(logger, name)("x"), KeyError, why)
    judge.broken("Logger.log", lambda: logger.log("x", "INFO"), KeyError, why)
    judge.right("Logger.debug", lambda: logger.debug("x"), lambda nothing: nothing is None)
    judge.nothing_wrong("Logger.debug", "it says nothing unless switched on, and cannot be")


def generated(judge: Any, dx: Any, side: Any) -> None:
    """The asynchronous client that 1.2.1 has inside."""
    quote, encode, gql = (
        kind("globals", "gqlStr"),
        kind("client", "headerEncode"),
        kind("async_graphql_client.client", "gql"),
    )
    judge.right("globals.gqlStr", lambda: quote('a "b"\n'), lambda text: text == '"a \\"b\\"\\n"')
    judge.wrong("globals.gqlStr", lambda: quote(None), lambda text: text == '""')
    judge.right(
        "client.headerEncode", lambda: encode({"a": 1}), lambda text: text == "eyJhIjogMX0="
    )
    judge.wrong("client.headerEncode", lambda: encode(object()), raises=TypeError)
    judge.right("client.gql", lambda: gql("{ a }"), lambda text: text == "{ a }")
    judge.nothing_wrong("client.gql", "gives back what it is given")
    asked(judge, side)
    pointed(judge, side)
    refusals(judge)


def asked(judge: Any, side: Any) -> None:
    """Its request and its reading of an answer."""
    execute = lambda text, token="sandbox-avista-admin": asyncio.run(
        _execute(side.connect(token), text)
    )
    judge.right(
        "Client.execute", lambda: execute(SMALL), lambda answer: answer.json() == side.ask(SMALL)
    )
    judge.wrong(
        "Client.execute",
        lambda: execute(SMALL, "nonsense"),
        lambda answer: answer.status_code == 401,
    )
    read = side.connect()._client.updatedGqlClient.get_data
    judge.right(
        "Client.get_data",
        lambda: read(execute(SMALL)),
        lambda data: data == side.ask(SMALL)["data"],
    )
    errors = "async_graphql_client.exceptions"
    judge.wrong(
        "Client.get_data",
        lambda: read(execute(SMALL, "nonsense")),
        raises=kind(errors, "GraphQLClientHttpError"),
    )
    judge.wrong(
        "Client.get_data",
        lambda: read(execute("{ nonsense }")),
        raises=kind(errors, "GraphQLClientGraphQLMultiError"),
    )


async def _execute(dx: Any, text: str) -> Any:
    async with dx._client.updatedGqlClient as client:
        return await client.execute(text)


def pointed(judge: Any, side: Any) -> None:
    """The client made anew after its attributes changed."""
    dx = side.connect()

    def point(url: str) -> Any:
        dx._client.APPSYNC_API_ENDPOINT_URL = url
        dx._client.setupUpdatedGqlClient()
        return asyncio.run(_execute(dx, SMALL)).status_code

    judge.right(
        "Client.setupUpdatedGqlClient", lambda: point(side.url), lambda status: status == 200
    )
    judge.wrong(
        "Client.setupUpdatedGqlClient",
        lambda: point(f"{side.url}/nowhere"),
        lambda status: status == 404,
    )


def refusals(judge: Any) -> None:
    """Errors of the platform as exceptions."""
    one = kind("async_graphql_client.exceptions", "GraphQLClientGraphQLError").from_dict
    many = kind(
        "async_graphql_client.exceptions", "GraphQLClientGraphQLMultiError"
    ).from_errors_dicts
    error = {"message": "Unauthorized", "path": ["a"], "locations": None}
    judge.right(
        "GraphQLClientGraphQLError.from_dict",
        lambda: one(error),
        lambda made: (str(made), made.path) == ("Unauthorized", ["a"]),
    )
    judge.wrong("GraphQLClientGraphQLError.from_dict", lambda: one([]), raises=AttributeError)
    judge.right(
        "GraphQLClientGraphQLMultiError.from_errors_dicts",
        lambda: many([error, error], {}),
        lambda made: str(made) == "Unauthorized; Unauthorized",
    )
    judge.wrong(
        "GraphQLClientGraphQLMultiError.from_errors_dicts",
        lambda: many({"errors": []}, {}),
        raises=AttributeError,
    )
