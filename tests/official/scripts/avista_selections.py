"""What each type of the client selects, held against the platform's schema."""

from __future__ import annotations

from typing import Any

from avista_kinds import kind, selections

COMMON = {
    "Collaborative": "collaborative",
    "CollaborativeMemberOrganization": "collaborative_member_organization",
    "CollaborativeMemberUser": "collaborative_member_user",
    "DataStore": "data_store",
    "DataStoreDirectory": "data_store_directory",
    "DataStoreFile": "data_store_file",
    "GenerateQueryResultExportFileResult": "time_series_generate_query_export_result",
    "Organization": "organization",
    "PresignedUrl": "presigned_url",
    "QueryResult_TimestreamVariables": "timestream_query_result",
    "ServerResponse": "server_response",
    "TimeSeriesAssetAttribute": "time_series_asset_attribute",
    "TimeSeriesAssetAttributeData": "time_series_asset_attribute_data",
    "TimeSeriesAssetData": "time_series_asset_data",
    "TimeSeriesAssetsAndLastValuesResult": "time_series_assets_and_last_values_result",
    "TimeSeriesDb": "time_series_db",
    "TimeSeriesQueryExport": "time_series_query_export",
    "TimeSeriesQueryResult": "time_series_query_result",
    "User": "user",
}
"""Where the client keeps each type, in both versions."""
NEW = {
    "DigitalTwinModel": "digital_twin_model",
    "EndpointLastValues": "endpoint_last_values",
    "EndpointProperty": "endpoint_property",
    "EndpointTelemetry": "endpoint_telemetry",
    "EndpointTelemetryDataRecord": "endpoint_telemetry_data_record",
    "IotAttributeValue": "iot_attribute_value",
    "IotDataRecord": "iot_data_record",
    "IotDataRecordError": "iot_data_record_error",
    "IotDataRecordWithErrors": "iot_data_record_with_errors",
    "IotEndpoint": "iot_endpoint",
    "IotEndpointsLastValuesQueryResult": "iot_endpoints_last_values_query_result",
    "IotGenerateQueryResultExport": "iot_generate_query_result_export",
    "IotGroup": "iot_group",
    "IotQueryByTimeRangeResult": "iot_query_by_time_range_result",
    "IotQueryExport": "iot_query_export",
    "ModelProperty": "model_property",
    "ModelTelemetry": "model_telemetry",
    "PublishIotDataResult": "publish_iot_data_result",
}
"""The same of 1.2.1 alone."""
OTHERWISE = {
    "EndpointTelemetry": "ModelTelemetry",
    "EndpointTelemetryDataRecord": "EndpointTelemetryValue",
    "IotGenerateQueryResultExport": "GenerateQueryResultExport",
    "IotGroup": "IotEndpointGroup",
    "QueryResult_TimestreamVariables": "AWSTimestreamQueryResult",
    "TimeSeriesAssetAttribute": "AssetAttribute",
    "TimeSeriesAssetAttributeData": "AttributeDataEntry",
    "TimeSeriesAssetData": "TimeSeriesDbAssetData",
    "TimeSeriesAssetsAndLastValuesResult": "TimeSeriesLastValuesQueryResult",
}
"""Types that the platform calls by another name."""
LOST = {
    "TimeSeriesPublishResponse": ("time_series_publish_response", "RecordsIngested { Total }"),
    "IotEndpointData": ("iot_endpoint_data", "includedAttributeNames"),
}
"""Types that no operation of the platform answers: part of what they select."""


def judge_all(judge: Any, _dx: Any, side: Any) -> None:
    """Every `getQueryString`."""
    files = {**COMMON, **(NEW if side.new else {})}
    types = {
        name: (f"data_types.{file}", OTHERWISE.get(name, name)) for name, file in files.items()
    }
    selections(judge, side, types)
    for name, (file, part) in LOST.items():
        if f"{name}.getQueryString" in judge.names:
            select = kind(f"data_types.{file}", name).getQueryString
            judge.right(
                f"{name}.getQueryString",
                select,
                lambda text, part=part: part in " ".join(text.split()),
            )
            judge.wrong(f"{name}.getQueryString", lambda: select("x"), raises=TypeError)  # noqa: B023
