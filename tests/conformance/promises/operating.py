"""Operations: declared for people, checked before anything is sent, and what they promise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.contract import Acts, File, Points
from connectors.errors import ConnectorError, Rejected
from connectors.operations import Operation, Progress, Record, Table, operations
from tests.conformance.faults import FaultProxy, echo
from tests.conformance.promises.base import Promises, having
from tests.conformance.subject import Known, Opened, Subject

TYPES: dict[str, Any] = {
    "record": Record,
    "table": Table,
    "file": File,
    "text": str,
    "nothing": type(None),
}


class _Nonsense:
    """What no parameter can be."""


class Operating(Promises):
    def test_every_operation_is_declared_for_people(self, service: Subject) -> None:
        having(service, Acts)
        declared = operations(service.type)
        previews = {one.name: one for one in declared if one.danger == "reads"}
        for one in declared:
            assert one.label, one.name
            assert one.help.endswith("."), one.name
            assert one.kind, one.name
            assert one.parameters.model_json_schema(), one.name
            assert one.on is None or one.subject, one.name
            assert one.preview is None or previews[one.preview].on == one.on
            for name, parameter in one.parameters.model_fields.items():
                assert parameter.title, f"{one.name} {name}"
                assert parameter.description, f"{one.name} {name}"

    def test_wrong_values_are_refused_beside_their_fields_and_nothing_is_sent(
        self, service: Subject, proxy: FaultProxy
    ) -> None:
        having(service, Acts)
        with proxy.failing(echo):
            opened = service.open(proxy.url)
            for one in operations(service.type):
                fields = one.parameters.model_fields
                wrong = dict.fromkeys([*fields, "no_such_parameter"], _Nonsense())
                assert _refusal(one, opened, wrong) == set(wrong), one.name
                required = {name for name, field in fields.items() if field.is_required()}
                if required:
                    assert _refusal(one, opened, {}) == required, one.name
        assert proxy.struck == []

    def test_every_operation_does_what_it_declares(self, service: Subject, known: Known) -> None:
        opened = having(service, Acts)
        declared = {one.name: one for one in operations(service.type)}
        called = {declared[name].method for name in known.calls}
        assert called == {one.method for one in declared.values()}, "a method without a call"
        for name, values in known.calls.items():
            progress: list[Progress] = []
            result: Any = declared[name].call(opened, values(opened), told=progress.append)
            assert not progress or declared[name].lasting
            _is(declared[name], result)

    def test_a_secret_parameter_is_in_no_refusal(
        self, service: Subject, known: Known, proxy: FaultProxy
    ) -> None:
        opened = having(service, Acts)
        declared = {one.name: one for one in operations(service.type)}
        for name, values in known.calls.items():
            fields = declared[name].parameters.model_fields.items()
            secret = [field for field, found in fields if found.annotation is SecretStr]
            marked = {**values(opened), **dict.fromkeys(secret, "marker-5a1d-secret")}
            if not secret:
                continue
            for url in (None, proxy.url):
                with proxy.failing(echo), pytest.raises(ConnectorError) as refused:
                    declared[name].call(service.open(url), marked)
                assert "marker-5a1d-secret" not in f"{refused.value} {refused.value.__dict__}"


def _refusal(one: Operation, opened: Opened, values: Mapping[str, object]) -> set[str]:
    with pytest.raises(Rejected) as refused:
        one.call(opened, values)
    assert all(text.endswith(".") for text in refused.value.fields.values())
    return set(refused.value.fields)


def _is(one: Operation, result: Any) -> None:
    """Of the declared kind, through and through."""
    if one.kind == "points":
        assert all(isinstance(points, Points) for points in result)
        return
    assert isinstance(result, TYPES[one.kind]), one.name
    if isinstance(result, Table):
        rows, _ = result.first(10)
        assert all(len(row) == len(result.columns) for row in rows)
    if isinstance(result, File):
        with result as file:
            assert b"".join(file)
