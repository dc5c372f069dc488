"""BEMServer's error bodies, and what each of them becomes."""

from __future__ import annotations

import json

import pytest

from connectors.bemserver.problems import explain
from connectors.errors import AuthFailed, ConnectorError, Forbidden, NotFound, Rejected
from connectors.http import Answer
from connectors.refusals import LONGEST


def _explained(status: int, **body: object) -> ConnectorError | None:
    whole = {"code": status, "status": "Reason", **body}
    return explain(Answer(status=status, headers={}, body=json.dumps(whole).encode()))


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"errors": {"authentication": "invalid_scheme"}}, AuthFailed),
        (403, {"message": "Authorization error"}, Forbidden),
        (409, {"message": "Unique constraint violation"}, Rejected),
        (409, {}, Rejected),
        (412, {}, Rejected),
        (414, {}, Rejected),
        (422, {"message": "Unknown timeseries: [9]"}, NotFound),
        (422, {"errors": {"query": {"data_state": "Unknown"}}}, NotFound),
        (422, {}, Rejected),
        (428, {}, Rejected),
    ],
)
def test_each_row_has_its_error(
    status: int, body: dict[str, object], error: type[ConnectorError]
) -> None:
    assert type(_explained(status, **body)) is error


@pytest.mark.parametrize("status", [400, 401, 404, 405, 429, 500, 502])
def test_the_rest_is_left_to_the_common_table(status: int) -> None:
    assert _explained(status) is None


@pytest.mark.parametrize(
    ("errors", "fields"),
    [
        ({"json": {"name": ["Too long."]}}, {"name": "Too long."}),
        ({"query": {"timeseries": {"0": ["Not a number."]}}}, {"timeseries": "Not a number."}),
        ({"files": {"sites_csv": "Missing."}}, {"sites_csv": "Missing."}),
        ({"json": {"a": [], "b": {}, "c": None}}, {"a": "", "b": "", "c": ""}),
    ],
)
def test_refused_values_stand_beside_their_fields(
    errors: dict[str, object], fields: dict[str, str]
) -> None:
    fault = _explained(422, errors=errors)
    assert isinstance(fault, Rejected)
    assert fault.fields == fields


def test_a_general_fault_is_the_sentence() -> None:
    fault = _explained(422, errors={"json": {"_schema": ["Both at once."], "name": ["Bad."]}})
    assert isinstance(fault, Rejected)
    assert (fault.message, fault.fields) == ("Both at once.", {"name": "Bad."})


def test_the_list_of_all_time_zones_is_cut() -> None:
    zones = "Must be one of: " + ", ".join(f"Europe/City{n}" for n in range(471))
    fault = _explained(422, errors={"query": {"timezone": [zones]}})
    assert isinstance(fault, Rejected)
    assert len(fault.fields["timezone"]) == LONGEST


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b'{"errors": 3}', b"\xff"])
@pytest.mark.parametrize("status", [401, 409, 422])
def test_a_proxys_body_breaks_nothing(status: int, body: bytes) -> None:
    answer = Answer(status=status, headers={}, body=body)
    assert explain(answer) is None or isinstance(explain(answer), Rejected)
