"""Records as people write them: checked without a platform, and spelled as the wire has them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.avista.documents import literal
from connectors.avista.records import CaptureRecord, Dimension, InputRecord, MeasureValue

SINGLE: dict[str, Any] = {
    "time": "1662155084",
    "time_unit": "SECONDS",
    "measure_name": "kW",
    "measure_value_type": "DOUBLE",
    "measure_value": "1.5",
}
SEVERAL = {
    **SINGLE,
    "measure_value_type": "MULTI",
    "measure_value": None,
    "measure_values": [{"type": "VARCHAR", "name": "word", "value": 'say "hi"'}],
}


@pytest.mark.covers("avista.create_time_series_measure_value")
@pytest.mark.covers("avista.type.time_series_measure_value")
def test_a_measure_value_keeps_type_name_and_text_and_refuses_an_unknown_type() -> None:
    made = MeasureValue(type="BIGINT", name="Measure 2", value=321)
    assert (made.type, made.name, made.value) == ("BIGINT", "Measure 2", "321")
    assert made.wire() == {"Type": "BIGINT", "Name": "Measure 2", "Value": "321"}
    assert literal(made.wire()) == '{Type: BIGINT, Name: "Measure 2", Value: "321"}'
    assert MeasureValue(type="BOOLEAN", name="on", value=True).value == "true"
    for kind in ("MULTI", "FLOAT", ""):
        with pytest.raises(ValidationError):
            MeasureValue(type=kind, name="x", value="1")


@pytest.mark.covers("avista.create_time_series_dimension")
@pytest.mark.covers("avista.type.time_series_dimension")
def test_a_dimension_is_of_texts_only() -> None:
    made = Dimension(name="site", value="north")
    assert made.wire() == {"DimensionValueType": "VARCHAR", "Name": "site", "Value": "north"}
    assert literal(made.wire()).startswith("{DimensionValueType: VARCHAR,")
    with pytest.raises(ValidationError):
        Dimension(name="site", value="1", dimension_value_type="BIGINT")


@pytest.mark.covers("avista.create_time_series_input_record")
def test_a_record_has_one_value_or_several_and_never_both() -> None:
    assert InputRecord(**SINGLE).version == 1
    assert InputRecord(**SEVERAL).version == 1
    for wrong in (
        {**SINGLE, "measure_values": SEVERAL["measure_values"]},
        {**SINGLE, "measure_value": None},
        {**SEVERAL, "measure_value": "1"},
        {**SEVERAL, "measure_values": None},
        {**SEVERAL, "measure_values": []},
        {**SINGLE, "time": "soon"},
        {**SINGLE, "time_unit": "HOURS"},
        {**SINGLE, "version": 0},
    ):
        with pytest.raises(ValidationError):
            InputRecord(**wrong)


@pytest.mark.covers("avista.type.time_series_input_record")
def test_all_eight_members_have_their_capitalised_names_on_the_wire() -> None:
    dimensions = [{"name": "name", "value": "Asset 1"}]
    single = InputRecord(**SINGLE, dimensions=dimensions, version=3).wire()
    assert single == {
        "Time": "1662155084", "TimeUnit": "SECONDS", "MeasureName": "kW",
        "MeasureValueType": "DOUBLE", "MeasureValue": "1.5", "Version": 3,
        "Dimensions": [{"DimensionValueType": "VARCHAR", "Name": "name", "Value": "Asset 1"}],
    }  # fmt: skip
    several = InputRecord(**SEVERAL).wire()
    assert several["MeasureValues"] == [{"Type": "VARCHAR", "Name": "word", "Value": 'say "hi"'}]
    assert {*single, *several} == {
        "Time", "TimeUnit", "MeasureName", "MeasureValueType", "MeasureValue", "MeasureValues",
        "Dimensions", "Version",
    }  # fmt: skip
    assert "MeasureValue" not in several
    assert 'Value: "say \\"hi\\""' in literal(several)


@pytest.mark.covers("avista.type.capture_data_record_input")
def test_a_capture_record_is_a_time_with_values_by_user_defined_id() -> None:
    made = CaptureRecord(timestamp=1_700_000_000_000, values={"t": 1.5, "on": False})
    assert made.wire() == {
        "timestamp": "1700000000000",
        "attributeValues": [
            {"userDefinedId": "t", "value": "1.5"},
            {"userDefinedId": "on", "value": "false"},
        ],
    }
    for wrong in ({"timestamp": "now", "values": {"t": 1}}, {"timestamp": 1, "values": {}}):
        with pytest.raises(ValidationError):
            CaptureRecord(**wrong)
