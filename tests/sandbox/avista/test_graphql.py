"""Avista's GraphQL as it goes over the wire: bodies, errors, limits, people, persistence."""

from __future__ import annotations

import json
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.accounts import ADMIN, MEMBER
from connectors.sandbox.avista import tokens
from connectors.sandbox.avista.engine import MOST_RESOLVERS
from connectors.sandbox.avista.seed import EXPIRED
from connectors.sandbox.clock import Clock
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

SESSION = """
query user_getUserSession { user_getUserSession { \n    user  {
  firstName lastName userId email lastActive mobile userAccountState userRoles
  organization { hostOrganization name organizationId } } }}"""
SMALL = "{ user_getUserSession { user { userId } } }"
STORES = "{ storage_listDataStores { dataStoreId name ownerUserId } }"
STORE = "query($id: ID!) { storage_getDataStore(dataStoreId: $id) { name } }"
UNAUTHORIZED = (
    b'{"errors":[{"errorType":"UnauthorizedException",'
    b'"message":"You are not authorized to make this call."}]}'
)
MALFORMED = "MalformedHttpRequestException"


def test_both_styles_of_a_request_give_the_same_bytes(reader: Wire) -> None:
    inline = reader.post({"query": SESSION})
    with_variables = reader.post({"query": SESSION, "variables": {}, "operationName": None})
    assert inline.status == with_variables.status == 200
    assert inline.headers["content-type"] == "application/json"
    assert inline.body == with_variables.body
    user = inline.data["data"]["user_getUserSession"]["user"]
    assert list(user)[:4] == ["firstName", "lastName", "userId", "email"]
    assert user["organization"] == {
        "hostOrganization": True, "name": "Sandbox Utility", "organizationId": "organizationId.1",
    }  # fmt: skip


@pytest.mark.parametrize("token", ["nonsense", EXPIRED, "Bearer sandbox-avista-admin", "x" * 3000])
def test_a_token_that_does_not_hold_is_refused_before_the_body_is_read(
    server: SandboxServer, token: str
) -> None:
    reply = Wire(server, token).post(b"no JSON")
    assert (reply.status, reply.body) == (401, UNAUTHORIZED)


def test_no_token_has_a_message_of_its_own(server: SandboxServer) -> None:
    reply = Wire(server, "").post({"query": SMALL})
    assert reply.status == 401
    assert reply.data == {
        "errors": [
            {
                "errorType": "UnauthorizedException",
                "message": "Valid authorization header not provided.",
            }
        ]
    }


@pytest.mark.parametrize(
    "body",
    [b"no JSON", b"[]", b"7", b"{}", b'{"query": 7}', b'{"query": ""}', b'{"query": "{ a"}',
     b'{"query": "{ a }", "operationName": 7}', b'{"query": "{ a }", "variables": 7}',
     b'{"query": "{ user_getUserSession { } }"}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_request_is_told_so(reader: Wire, body: bytes) -> None:
    reply = reader.post(body)
    assert reply.status == 400
    assert reply.data["errors"] == [
        {"errorType": MALFORMED, "message": "Unable to parse GraphQL query."}
    ]


def test_an_empty_body_is_told_so(reader: Wire) -> None:
    reply = reader.post(b"")
    error = {"errorType": MALFORMED, "message": "Request body is empty."}
    assert (reply.status, reply.data) == (400, {"errors": [error]})


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("{ nonsense }", "FieldUndefined"),
        ("{ user_getUserSession { user { nonsense } } }", "FieldUndefined"),
        ("{ storage_getDataStore { name } }", "MissingFieldArgument"),
        ('{ storage_getDataStore(dataStoreId: "1", x: 1) { name } }', "UnknownArgument"),
        ("{ storage_getDataStore(dataStoreId: 1.5) { name } }", "WrongType"),
        ("{ storage_listDataStores }", "SubSelectionRequired"),
        ("query($x: ID!) { storage_listDataStores { name } }", "UnusedVariable"),
        ("{ storage_getDataStore(dataStoreId: $x) { name } }", "UndefinedVariable"),
        ("{ ...F } fragment F on Query { ...F }", "FragmentCycle"),
        ("{ ...None }", "UndefinedFragment"),
    ],
)
def test_what_the_schema_does_not_know_is_a_validation_error(
    reader: Wire, query: str, kind: str
) -> None:
    reply = reader.post({"query": query})
    assert reply.status == 200
    assert reply.data["data"] is None
    error = reply.data["errors"][0]
    assert error["message"].startswith(f"Validation error of type {kind}: ")
    assert error["path"] is None
    assert set(error["locations"][0]) == {"line", "column"}


def test_a_validation_error_says_where_in_the_document(reader: Wire) -> None:
    answer = reader.ask("{ user_getUserSession { user { nonsense } } }")
    path = "user_getUserSession/user/nonsense"
    assert answer == {
        "data": None,
        "errors": [
            {
                "path": None,
                "locations": [{"line": 1, "column": 32}],
                "message": "Validation error of type FieldUndefined: "
                f"Field 'nonsense' in type 'User' is undefined @ '{path}'",
            }
        ],
    }


def test_a_variable_that_is_missing_is_told_without_a_path(reader: Wire) -> None:
    answer = reader.ask(STORE)
    assert answer["data"] is None
    assert "errorType" not in answer["errors"][0]


def test_a_foreign_id_is_unauthorized_and_a_missing_one_is_null(outsider: Wire) -> None:
    answer = outsider.ask('{ storage_getDataStore(dataStoreId: "dataStoreId.1") { name } }')
    assert answer == {
        "data": {"storage_getDataStore": None},
        "errors": [
            {
                "path": ["storage_getDataStore"],
                "data": None,
                "errorType": "Unauthorized",
                "errorInfo": None,
                "locations": [{"line": 1, "column": 3, "sourceName": None}],
                "message": "Unauthorized",
            }
        ],
    }
    assert outsider.data(STORE, id="dataStoreId.none") is None


def test_one_field_that_fails_leaves_the_others(outsider: Wire) -> None:
    answer = outsider.ask(
        '{ a: storage_getDataStore(dataStoreId: "dataStoreId.1") { name } '
        "b: user_getUserSession { user { firstName } } }"
    )
    assert answer["data"] == {"a": None, "b": {"user": {"firstName": "Olga"}}}
    assert [error["path"] for error in answer["errors"]] == [["a"]]


def test_one_of_several_operations_is_chosen_by_name(reader: Wire) -> None:
    both = f"query A {SMALL} query B {STORES}"
    chosen = reader.post({"query": both, "operationName": "A"}).data
    assert list(chosen["data"]) == ["user_getUserSession"]
    assert reader.post({"query": both}).data["data"] is None
    assert "Unknown operation" in str(reader.post({"query": both, "operationName": "C"}).data)


def test_a_subscription_is_not_served_over_http(reader: Wire) -> None:
    reply = reader.post(
        {"query": 'subscription { onNotifyUploadComplete(uploadId: "1") { uploadId } }'}
    )
    assert (reply.status, list(reply.data)) == (400, ["errors"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/graphql", 405),
        ("PUT", "/graphql", 405),
        ("POST", "/graphql/", 404),
        ("GET", "/", 404),
    ],
)
def test_other_addresses_are_refused_in_the_same_shape(
    reader: Wire, method: str, path: str, status: int
) -> None:
    reply = reader.request(method, path)
    assert (reply.status, list(reply.data)) == (status, ["errors"])


def test_documents_have_limits(reader: Wire) -> None:
    deep = "contents { dataStoreDirectory { " * 40 + "name" + " } }" * 40
    directory = f'{{ storage_getDataStoreDirectory(dataStoreDirectoryId: "1") {{ {deep} }} }}'
    wide = "{" + " ".join(f"a{n}: __typename" for n in range(1001)) + "}"
    nested = "{ storage_getDataStore(dataStoreId: " + "[" * 5000 + "]" * 5000 + ") { name } }"
    for query in (directory, wide, nested):
        assert reader.post({"query": query}).status == 400
    assert reader.post(b" " * (6 << 20) + b"{}").status == 413


def test_a_request_starts_so_many_resolvers_and_no_more(admin: Wire) -> None:
    make = """mutation { storage_createDataStoreFile(dataStoreDirectoryId: "dataStoreDirectoryId.1",
      dataStoreId: "dataStoreId.1", name: "n", fileExtension: "x") { itemId } }"""
    for _ in range(50):
        admin.data(make)
    one = (
        'storage_getDataStoreDirectory(dataStoreDirectoryId: "dataStoreDirectoryId.1") '
        "{ contents { dataStoreFile { owner { userId } } } }"
    )
    answer = admin.ask("{" + " ".join(f"a{n}: {one}" for n in range(199)) + "}")
    assert MOST_RESOLVERS < 199 * 52
    assert {error["errorType"] for error in answer["errors"]} == {"QueryLimitExceeded"}
    assert answer["data"]["a0"]["contents"][-1]["dataStoreFile"]["owner"] == {"userId": "userId.1"}


def test_everybody_sees_his_own_and_what_is_shared_with_him(
    reader: Wire, member: Wire, outsider: Wire
) -> None:
    everything = reader.data(STORES)
    shared = member.data(STORES)
    assert [one["name"] for one in everything[-2:]] == ["Odd names", "Drafts"]
    assert [one for one in everything if one["name"] != "Odd names"] == shared
    assert outsider.data(STORES) == []
    own = "query($id: ID) { storage_listDataStores(userId: $id) { name } }"
    assert reader.data(own, id="userId.2") == [{"name": "Drafts"}]


def test_tokens_are_made_listed_and_taken_away(admin: Wire, member: Wire) -> None:
    made = admin.data(
        'mutation { user_createAuthenticationToken(daysBeforeExpiration: 1, name: "New") '
        "{ tokenId tokenValue tokenType userId } }"
    )
    assert (made["tokenType"], made["userId"]) == ("USER_FULL_ACCESS", "userId.1")
    fresh = Wire(admin.server, made["tokenValue"])
    assert fresh.data(SMALL) == {"user": {"userId": "userId.1"}}
    listed = admin.data("{ user_listAuthenticationTokens { tokenId name tokenValue } }")
    assert {"tokenId": made["tokenId"], "name": "New", "tokenValue": None} in listed
    drop = "mutation($id: ID!) { user_deleteAuthenticationToken(tokenId: $id) { name } }"
    assert member.refusal(drop, id=made["tokenId"]) == (None, "Unauthorized")
    assert admin.data(drop, id=made["tokenId"]) == {"name": "New"}
    assert admin.data(drop, id=made["tokenId"]) is None
    assert fresh.post({"query": SMALL}).status == 401


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_lives_a_day_to_a_year(admin: Wire, days: int) -> None:
    make = """mutation($days: Int!) { user_createAuthenticationToken(
      daysBeforeExpiration: $days, name: "New") { tokenId } }"""
    assert admin.refusal(make, days=days) == (None, "BadRequest")


def limited(server: SandboxServer, kind: str, scope: str) -> Wire:
    made = tokens.issue(
        server.standin("avista").platform,
        user_id="userId.1", name="Limited", days=1, token_type=kind, scope=(scope,),
    )  # fmt: skip
    return Wire(server, made["tokenValue"])


def test_a_limited_token_calls_what_its_type_allows_and_only_for_its_own(admin: Wire) -> None:
    wire = limited(admin.server, tokens.ENDPOINT, "iotEndpointId.1")
    answer = wire.ask(SMALL)
    assert answer["errors"][0]["errorType"] == "Unauthorized"
    assert answer["errors"][0]["message"] == (
        "Not Authorized to access user_getUserSession on type Query"
    )
    endpoint = "query($id: ID!) { iot_getEndpoint(iotEndpointId: $id) { iotEndpointId } }"
    assert wire.data(endpoint, id="iotEndpointId.1") == {"iotEndpointId": "iotEndpointId.1"}
    assert wire.refusal(endpoint, id="iotEndpointId.2") == (None, "Unauthorized")


def test_every_field_that_a_limited_token_may_call_is_in_the_schema(reader: Wire) -> None:
    routes = {route.split()[-1] for route in reader.server.standin("avista").routes()}
    named = {field for table in tokens.LIMITED.values() for field in table}
    assert named <= routes


def test_a_kept_state_comes_back_and_tokens_end_by_the_sandboxes_clock(tmp_path: Path) -> None:
    make = """mutation { user_createAuthenticationToken(daysBeforeExpiration: 1, name: "New")
      { tokenValue } }"""
    store = 'mutation { storage_createDataStore(name: "Kept") { dataStoreId } }'
    with SandboxServer("avista", folder=tmp_path) as first:
        token = Wire(first).data(make)["tokenValue"]
        place = Wire(first).data(store)["dataStoreId"]
        assert Wire(first, token).post({"query": SMALL}).status == 200
    with SandboxServer("avista", folder=tmp_path, clock=Clock(timedelta(days=2))) as later:
        assert Wire(later).data(STORE, id=place) == {"name": "Kept"}
        assert Wire(later, token).post({"query": SMALL}).body == UNAUTHORIZED
        later.reset()
        assert Wire(later).data(STORE, id=place) is None


def test_a_presigned_url_leads_where_the_caller_came_from(reader: Wire) -> None:
    query = (
        """{ storage_getDataStoreFileDownloadUrl(dataStoreFileId: "dataStoreFileId.1") { url } }"""
    )

    def url(host: str) -> str:
        answer = reader.post({"query": query}, Host=host).data
        return str(answer["data"]["storage_getDataStoreFileDownloadUrl"]["url"])

    assert url("dx.example:8443").startswith("http://dx.example:8443/objects/")
    assert url('evil"/x?').startswith(f"{reader.server.url}/objects/")


def test_a_request_without_a_host_is_answered(reader: Wire) -> None:
    body = json.dumps({"query": SMALL}).encode()
    connection = HTTPConnection("127.0.0.1", reader.server.port, timeout=20)
    connection.putrequest("POST", "/graphql", skip_host=True)
    for name, value in (("Authorization", reader.token), ("Content-Length", str(len(body)))):
        connection.putheader(name, value)
    connection.endheaders(body)
    status = connection.getresponse().status
    connection.close()
    assert status in (200, 400)  # the server itself may refuse it


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [("401", 401, "UnauthorizedException"), ("expired", 401, "UnauthorizedException"),
     ("403", 403, "AccessDeniedException"), ("429", 429, "TooManyRequestsException"),
     ("500", 500, "InternalFailure")],
)  # fmt: skip
def test_a_fault_speaks_in_the_platforms_voice(
    admin: Wire, fault: str, status: int, kind: str
) -> None:
    with admin.server.faults.on(fault, account=ADMIN.email):
        reply = admin.post({"query": SMALL})
        assert Wire(admin.server, MEMBER).post({"query": SMALL}).status == 200
    assert (reply.status, reply.data["errors"][0]["errorType"]) == (status, kind)


def test_a_size_lies_when_it_is_told_to(admin: Wire) -> None:
    size = """{ storage_getDataStoreFile(dataStoreFileId: "dataStoreFileId.1") {
      storageSizeBytes } }"""
    honest = admin.data(size)["storageSizeBytes"]
    with admin.server.faults.on("lying_total"):
        assert admin.data(size)["storageSizeBytes"] == honest + 1


def test_every_root_field_of_the_schema_is_answered(reader: Wire) -> None:
    standin = reader.server.standin("avista")
    assert standin.engine.unanswered() == []
    assert {"query user_getUserSession", "type User"} <= set(standin.routes())


def test_the_offers_are_accounts_that_work(reader: Wire) -> None:
    names: list[Any] = []
    for offer in reader.server.standin("avista").offers():
        assert offer.settings["url"] == f"{reader.server.url}/graphql"
        names.append(Wire(reader.server, offer.settings["token"]).data(SMALL)["user"]["userId"])
    assert names == ["userId.1", "userId.2", "userId.3"]
