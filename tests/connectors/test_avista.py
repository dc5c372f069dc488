"""Avista's settings, ids, documents and refusals, without a platform."""

from __future__ import annotations

import json

import pytest
from graphql import FieldNode, build_schema, get_operation_ast, parse, validate
from pydantic import ValidationError

from connectors.avista import ids
from connectors.avista.config import HOME, AvistaConfig
from connectors.avista.documents import Word, literal, request
from connectors.avista.fields import FIELDS
from connectors.avista.files import joined, split
from connectors.avista.problems import RecordsRefused, explain, fault
from connectors.contract import NodeId
from connectors.egress import Endpoint
from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConnectorError,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)
from connectors.http import Answer
from connectors.registry import configure
from connectors.sandbox.avista.engine import SDL


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", "ftp://here"),
        ("url", "https://a:b@here"),
        ("url", "https://here?x=1"),
        ("socket", "https://he re"),
        ("token", ""),
        ("token", "two\nlines"),
        ("token", "é"),
        ("token", "x" * 2049),
        ("scope", "a/b"),
        ("style", "both"),
    ],
)
def test_a_wrong_setting_is_said_in_a_sentence(name: str, value: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        AvistaConfig.model_validate({"token": "secret", name: value})
    assert {error["loc"][0] for error in wrong.value.errors()} == {name}


def test_the_live_address_follows_from_the_address_unless_it_is_given() -> None:
    found = configure("avista", {"token": "secret"})
    assert isinstance(found, AvistaConfig)
    assert found.address == HOME
    assert found.live == HOME.replace("appsync-api", "appsync-realtime-api")
    assert found.host == HOME.removeprefix("https://").removesuffix("/graphql")
    assert [str(one) for one in found.endpoints()] == [
        "rrfs7pb7ancybo7bom7uxcsaxq.appsync-api.us-west-2.amazonaws.com:443",
        "rrfs7pb7ancybo7bom7uxcsaxq.appsync-realtime-api.us-west-2.amazonaws.com:443",
    ]
    bare = configure("avista", {"token": "t", "url": "Here.example"})
    assert isinstance(bare, AvistaConfig)
    assert bare.address == "https://here.example/graphql"
    other = configure(
        "avista", {"token": "t", "url": "http://here:1/graphql", "socket": "http://there:2/x"}
    )
    assert isinstance(other, AvistaConfig)
    assert (other.live, other.host) == ("http://there:2/x", "here:1")
    assert other.endpoints()[1] == Endpoint("there", 2, tls=False)


@pytest.mark.parametrize(
    "place",
    [
        ids.Place("stores"),
        ids.Place("file", ("dataStoreFileId.1",)),
        ids.Place("series", ("timeSeriesDbId.1", "a/b é", "V - Setpoint", "DOUBLE")),
        ids.Place("telemetry", ("iotEndpointId.1", "kW", "integer")),
    ],
)
def test_an_id_is_read_back_as_it_was_written(place: ids.Place) -> None:
    assert ids.parse(place.id) == place


@pytest.mark.parametrize(
    "wrong",
    [
        "store", "store/", "store/a/b", "nothing/a", "series/a/b/c/FLOAT", "telemetry/a/b/DOUBLE",
        "store/%2", "store/%2F%2f", "store/é", "series/a/b/c", "store/" + "x" * 400,
    ],
)  # fmt: skip
def test_an_id_that_was_not_minted_here_is_not_found(wrong: str) -> None:
    with pytest.raises(NotFound):
        ids.parse(NodeId(wrong))


def test_every_document_is_graphql_in_both_styles() -> None:
    sample: dict[str, object] = {"Int!": 1, "Int": 1, "Boolean": True}
    for name, field in FIELDS.items():
        values = {argument: sample.get(kind, "x") for argument, kind in field.takes.items()}
        for style in ("variables", "inline"):
            asked = request(field, values, style)
            definition = get_operation_ast(parse(asked.query))
            assert definition is not None
            assert definition.name is not None
            (selected,) = definition.selection_set.selections
            assert isinstance(selected, FieldNode)
            assert definition.name.value == selected.name.value == name
            assert {one.name.value for one in selected.arguments or ()} == set(field.takes)
            assert ("variables" in asked.body) == (style == "variables")


def test_every_document_fits_the_schema() -> None:
    schema = build_schema("\n".join(path.read_text() for path in SDL.glob("*.graphql")))
    for field in FIELDS.values():
        asked = request(field, dict.fromkeys(field.takes, "x"), "variables")
        assert validate(schema, parse(asked.query)) == [], field.name


def test_what_is_not_given_is_not_said() -> None:
    asked = request(FIELDS["iot_createEndpoint"], {"name": "a", "description": None}, "variables")
    assert asked.variables == {"name": "a"}
    assert "description:" not in asked.query
    with pytest.raises(KeyError):
        request(FIELDS["iot_createEndpoint"], {"nothing": 1}, "inline")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('say "hi"\n\\', '"say \\"hi\\"\\n\\\\"'),
        (Word("MULTI"), "MULTI"),
        ([{"assetId": "a", "n": [1, True, None]}], '[{assetId: "a", n: [1, true, null]}]'),
        ("é\u2028", '"é\u2028"'),
    ],
)
def test_a_literal_is_as_graphql_writes_it(value: object, text: str) -> None:
    assert literal(value) == text
    parse(f"{{ a(b: {text}) }}")


@pytest.mark.parametrize(
    ("kind", "said", "error"),
    [
        ("UnauthorizedException", "You are not authorized to make this call.", AuthFailed),
        ("Unauthorized", "Unauthorized", Forbidden),
        (None, "Unauthorized", Forbidden),
        ("Unauthorized", "Not Authorized to access a on type Query", Forbidden),
        ("TooManyRequestsException", "Rate exceeded.", RateLimited),
        ("ThrottlingException", "", RateLimited),
        ("InternalFailure", "", Unavailable),
        ("ExecutionTimeout", "", Unavailable),
        (None, "Validation error of type FieldUndefined: Field 'x'", BadAnswer),
        ("BadRequest", "The capture must be READY.", Rejected),
        (None, None, Rejected),
        ("RejectedRecordsException", "RejectedRecords: nonsense", Rejected),
    ],
)
def test_a_refusal_is_named_for_what_one_does_next(
    kind: str | None, said: str | None, error: type[ConnectorError]
) -> None:
    found = fault([{"errorType": kind, "message": said}])
    assert type(found) is error
    assert found.message.partition(" (reference")[0].endswith(".")
    assert isinstance(fault(["nonsense"]), Rejected)


def test_refused_records_are_read_from_the_message() -> None:
    listed = [
        {"RecordIndex": 1, "Reason": "Older.", "ExistingVersion": 3},
        {"RecordIndex": 2, "Reason": "No DOUBLE."},
    ]
    found = fault(
        [{"errorType": "RejectedRecordsException",
          "message": f"One or more. RejectedRecords: {json.dumps(listed)}"}]
    )  # fmt: skip
    assert isinstance(found, RecordsRefused)
    assert [(one.index, one.existing) for one in found.refused] == [(1, 3), (2, None)]
    assert found.message == "No DOUBLE."


def test_a_bad_status_is_explained_by_its_body_and_else_by_the_table() -> None:
    body = json.dumps({"errors": [{"errorType": "UnauthorizedException"}]}).encode()
    assert isinstance(explain(Answer(status=401, headers={}, body=body)), AuthFailed)
    for status, content in ((401, b"no JSON"), (400, b"[]"), (500, body), (403, b"{}")):
        assert explain(Answer(status=status, headers={}, body=content)) is None


@pytest.mark.parametrize(
    ("whole", "parts"),
    [("a.tar.gz", ("a", "tar.gz")), ("README", ("README", "")), (".env", ("", "env"))],
)
def test_a_name_is_split_at_its_first_dot(whole: str, parts: tuple[str, str]) -> None:
    assert split(whole) == parts
    assert joined(*parts) == whole


@pytest.mark.parametrize("wrong", ["", ".", "a.", "a/b", "a\\b", "a\tb", "x" * 256, " "])
def test_a_name_that_cannot_be_kept_is_refused(wrong: str) -> None:
    with pytest.raises(Rejected) as refused:
        split(wrong)
    assert "name" in refused.value.fields
