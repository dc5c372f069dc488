"""The platform's root fields that are asked here: arguments with their types, and what is selected
(section 2 of the wire reference; types in section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["query", "mutation", "subscription"]


@dataclass(frozen=True, slots=True)
class RootField:
    """One operation of the platform."""

    kind: Kind
    name: str
    gives: str
    """The selection with its braces; empty for a scalar."""
    takes: Mapping[str, str]
    """Argument → GraphQL type."""


ORGANIZATION = "organization { organizationId name hostOrganization }"
USER = (
    "{ userId firstName lastName email mobile lastActive userAccountState userRoles "
    f"{ORGANIZATION} }}"
)
SIGN_IN = "{ tokenId name userId dateCreated dateExpires lastActive scope tokenType }"
SHOWN = SIGN_IN.replace(" }", " tokenValue }")
STORE = "{ dataStoreId name description ownerUserId homeDirectoryId }"
FILE = (
    "{ dataStoreFileId dataStoreId dataStoreDirectoryId name fileExtension description "
    "storageSizeBytes ownerUserId s3ConfirmedUpload lastModified contentType dataViewIds }"
)
_DIRECTORY = "dataStoreDirectoryId dataStoreId name ownerUserId homeDirectory parentDirectoryId"
DIRECTORY = (
    f"{{ {_DIRECTORY} contents {{ objectType dataStoreFile {FILE} "
    f"dataStoreDirectory {{ {_DIRECTORY} }} }} }}"
)
BARE_DIRECTORY = f"{{ {_DIRECTORY} }}"
SIGNED = "{ url uploadId itemId }"
DATABASE = "{ timeSeriesDbId name description ownerUserId databaseName tableName }"
ASSET = (
    "{ assetId name attributes { name attributeType lastValue lastValueTime "
    "data { timestamp value } } }"
)
MEMBERS = (
    "memberOrganizations { collaborativeId memberState accessApprovedByUserId submittedTimestamp "
    f"{ORGANIZATION} submittedByUser {USER} usersInCollaborative {{ permission user {USER} }} }}"
)
COLLABORATIVE = f"{{ collaborativeId name description hostOrganizationId {MEMBERS} }}"
HUB = "{ iotHubId name description ownerUserId }"
_PART = "name attributeType schemaType description"
ENDPOINT = (
    "{ iotEndpointId iotHubId modelId ownerUserId name description "
    f"properties {{ {_PART} defaultValue value timestamp writable }} "
    f"telemetry {{ {_PART} index }} }}"
)
GROUP = (
    "{ iotGroupId iotHubId ownerUserId name description iotEndpointIds "
    + f"endpoints {ENDPOINT} }}"
)
MODEL = (
    "{ modelId dtmi ownerUserId displayName description "
    f"properties {{ {_PART} index defaultValue writable }} telemetry {{ {_PART} index }} }}"
)
RECORDS = "iotEndpointId timestamp attributes { name schemaType value }"
PUBLISHED = (
    f"{{ iotEndpointId recordsWritten {{ {RECORDS} }} "
    f"failedRecords {{ record {{ {RECORDS} }} errors {{ errorType errorMessage }} }} }}"
)
CAPTURE = (
    "{ captureId ownerUserId captureType displayName description dateCreated dateUpdated state "
    "stateHistory { dateCreated message newState } "
    "timeSettings { actualStartTime actualStopTime scheduledStartTime scheduledStopTime errors "
    "startTimeType stopTimeType state } "
    "dataModel { version state errors items { userDefinedId displayName description "
    "attributes { userDefinedId displayName description attributeType schemaType unit } } } }"
)
CAPTURED = (
    "{ captureId dataWritten { timestamp userDefinedId value } "
    "failedRecords { recordIndex attributeIndex errorType message } logs { error message } }"
)
SERVICE = (
    f"{{ serviceId serviceType dataStore {STORE} timeSeriesDb {DATABASE} "
    "iotEndpointGroup { iotGroupId name } dataCapture { captureId displayName } "
    "ocsAdapter { ocsAdapterId } }"
)
_SERVED = {"serviceType": "ServiceType!", "serviceId": "ID!"}
_TIMES = {"nextToken": "String", "clientToken": "String"}
_ECHO = {**_TIMES, "queryId": "String", "queryString": "String"}


def _query(name: str, gives: str, /, **takes: str) -> RootField:
    return RootField("query", name, gives, takes)


def _mutation(name: str, gives: str, /, **takes: str) -> RootField:
    return RootField("mutation", name, gives, takes)


def _subscription(name: str, gives: str, /, **takes: str) -> RootField:
    return RootField("subscription", name, gives, takes)


_ALL = (
    # people and their tokens (2.1, 2.7)
    _query("user_getUserSession", f"{{ user {USER} }}"),
    _query("user_listAuthenticationTokens", SIGN_IN),
    _mutation("user_createAuthenticationToken", SHOWN,
              daysBeforeExpiration="Int!", name="String!"),
    _mutation("user_deleteAuthenticationToken", SIGN_IN, tokenId="ID!"),
    # data stores (2.2)
    _query("storage_listDataStores", STORE),
    _query("storage_getDataStore", STORE, dataStoreId="ID!"),
    _query("storage_getDataStoreDirectory", DIRECTORY, dataStoreDirectoryId="ID!"),
    _query("storage_getDataStoreFile", FILE, dataStoreFileId="ID!"),
    _query("storage_getDataStoreFileDownloadUrl", SIGNED, dataStoreFileId="ID!"),
    _mutation("storage_createDataStoreFile", SIGNED, dataStoreDirectoryId="ID!",
              dataStoreId="ID!", name="String!", fileExtension="String!", description="String"),
    _mutation("storage_deleteDataStoreFile", FILE, dataStoreFileId="ID!"),
    _mutation("storage_createDataStoreDirectory", BARE_DIRECTORY,
              dataStoreId="ID!", parentDirectoryId="ID!", name="String!"),
    _mutation("storage_deleteDataStoreDirectory", BARE_DIRECTORY, dataStoreDirectoryId="ID!"),
    # time-series databases (2.3)
    _query("timeSeriesDb_listDatabases", DATABASE),
    _query("timeSeriesDb_getDatabase", DATABASE, timeSeriesDbId="ID!"),
    _query("timeSeriesDb_listAllAssetLastValues",
           "{ queryProgressPercentage clientToken nextToken queryId data { assetId name "
           "attributes { name attributeType lastValue lastValueTime } } }",
           timeSeriesDbId="ID!", **_TIMES),
    _query("timeSeriesDb_queryDatabase",
           "{ queryProgressPercentage clientToken nextToken queryString queryId }",
           timeSeriesDbId="ID!", queryType="TimeSeriesDbQueryType!",
           assets="[TimeSeriesQueryAssetInput]!", startTime="String", endTime="String",
           maxRows="Int", queryString="String", **_TIMES),
    _query("timeSeriesDb_queryDatabaseWithTimestreamQuery", "{ resultJSONString clientToken }",
           timeSeriesDbId="ID!", queryString="String!", maxRows="Int", **_TIMES),
    _mutation("timeSeriesDb_generateQueryResultExportFile",
              "{ queryId timeSeriesDbId fileFormat }", queryId="String!", timeSeriesDbId="ID!",
              fileFormat="TimeSeriesQueryOutputFileType"),
    _mutation("timeSeriesDb_cancelDatabaseQuery", "{ httpStatusCode errorMessage }",
              timeSeriesDbId="ID!", queryId="String!"),
    _mutation("timeSeriesDb_publishToDatabase", ASSET, assetId="ID!", timeSeriesDbId="ID!",
              data="TimeSeriesDbDataInput!"),
    _subscription("onNotifyTimeSeriesQueryExportComplete",
                  "{ queryId fileType fileSizeBytes url }", queryId="String!"),
    _subscription("onTimeSeriesDbPublish", ASSET, assetId="ID!", timeSeriesDbId="ID!"),
    # collaboratives (2.4)
    _query("collaborative_listCollaboratives", COLLABORATIVE),
    _query("collaborative_getCollaborative", COLLABORATIVE, collaborativeId="ID!"),
    _query("collaborative_listCollaborativeServices", SERVICE, collaborativeId="ID!"),
    _query("collaborative_listCollaborativesServiceSharedWith", COLLABORATIVE, **_SERVED),
    _query("collaborative_listCollaborativeMemberOrganizationRequests", COLLABORATIVE,
           collaborativeId="ID", includeApprovedRequests="Boolean",
           includeDeniedRequests="Boolean"),
    _mutation("collaborative_addServiceToCollaborative", SERVICE, collaborativeId="ID!", **_SERVED),
    _mutation("collaborative_removeServiceFromCollaborative", SERVICE, collaborativeId="ID!",
              **_SERVED),
    _mutation("collaborative_updateCollaborativeMemberOrganization",
              f"{{ collaborativeId memberState accessApprovedByUserId {ORGANIZATION} }}",
              collaborativeId="ID!", organizationId="ID!",
              memberState="CollaborativeMemberOrganizationState!"),
    # endpoints, groups and models (2.5)
    _query("iot_listHubs", HUB),
    _query("iot_getHub", HUB, iotHubId="ID!"),
    _query("iot_listModels", MODEL),
    _query("iot_getModel", MODEL, modelId="ID!"),
    _query("iot_listGroups", GROUP, iotHubId="ID!", includeEndpoints="Boolean"),
    _query("iot_getGroup", GROUP, iotGroupId="ID!", includeEndpoints="Boolean"),
    _query("iot_listEndpointsInHub", ENDPOINT, iotHubId="ID!"),
    _query("iot_getEndpoint", ENDPOINT, iotEndpointId="ID!"),
    _query("iot_getEndpointToken", SHOWN, iotEndpointId="ID!"),
    _query("iot_listEndpointLastValues",
           "{ clientToken nextToken queryId data { iotEndpointId telemetryValues { timestamp "
           f"value telemetryModel {{ {_PART} index }} }} }} }}", iotEndpointId="ID!", **_ECHO),
    _query("iot_queryByTimeRange", "{ clientToken nextToken queryId queryString }",
           endpointQueryFilters="[EndpointQueryFilter]!", startTime="String!",
           endTime="String!", **_ECHO),
    _mutation("iot_createEndpoint", ENDPOINT, iotHubId="ID!", modelId="ID!", name="String!",
              description="String"),
    _mutation("iot_createModel", MODEL, displayName="String!", dtmiSegment="String!",
              description="String", properties="[ModelPropertyInput]",
              telemetry="[ModelTelemetryInput]"),
    _mutation("iot_addEndpointsToGroup", GROUP, iotGroupId="ID!", iotEndpointIds="[ID]!"),
    _mutation("iot_updateEndpointProperties", ENDPOINT, iotEndpointId="ID!",
              properties="[EndpointPropertyInput]!"),
    _mutation("iot_generateQueryResultExport", "{ queryId fileFormat }", queryId="ID!",
              fileFormat="ExportFileFormat"),
    _mutation("iot_cancelQuery", "{ httpStatusCode errorMessage }", queryId="ID!"),
    _mutation("iot_publish", PUBLISHED, iotEndpointId="ID!", data="[IotDataRecordInput]!"),
    _subscription("onNotifyIotQueryExportComplete", "{ queryId fileFormat fileSizeBytes url }",
                  queryId="String!"),
    _subscription("onIotPublish", PUBLISHED, iotEndpointId="ID!"),
    # data capture (2.6)
    _query("dataCapture_listCaptures", f"{{ captures {CAPTURE} nextToken }}",
           includeDataModels="Boolean", limit="Int", nextToken="String"),
    _query("dataCapture_getCapture", CAPTURE, captureId="ID!", includeDataModel="Boolean"),
    _mutation("dataCapture_startCapture", CAPTURE, captureId="ID!"),
    _mutation("dataCapture_stopCapture", CAPTURE, captureId="ID!"),
    _mutation("dataCapture_publishData", CAPTURED, captureId="ID!",
              data="[DataCaptureDataRecordInput]!"),
    _subscription("onCapturePublishData", CAPTURED, captureId="ID!"),
)  # fmt: skip

FIELDS: Mapping[str, RootField] = {field.name: field for field in _ALL}
