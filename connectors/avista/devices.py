"""IoT hubs, endpoints, groups and models as the platform's client has them (sections 2.5, 3.8)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import Annotated, Any

from pydantic import Field

from connectors.avista import account, ids, latest, listening, reading, shown
from connectors.avista.client import Client, Row, rows
from connectors.avista.config import AvistaConfig
from connectors.avista.exports import Asked, Exports
from connectors.avista.files import Files
from connectors.avista.ids import Place
from connectors.avista.moments import check_range, millis, of_millis
from connectors.avista.records import DeviceRecord, ModelProperty, ModelTelemetry, PropertyValue
from connectors.avista.tree import Tree
from connectors.contract import Acts, Door, File, NodeId, Points, Window
from connectors.errors import Rejected
from connectors.operations import Progress, Record, Table, operation

RECORDS = [{"attributes": {"temperature": 20.5, "fan": "on"}, "time_unit": "ISO8601",
            "timestamp": "2024-03-31T02:00:00Z"}]  # fmt: skip
PROPERTIES = [{"name": "Setpoint", "schema_type": "double", "default_value": 21, "writable": True}]
TELEMETRY = [{"name": "temperature", "schema_type": "double", "description": "Of the room, in °C"}]
VALUES = {"Setpoint": {"value": 21.5}}
"""What the forms show as examples."""
HEARD = ("time", "attribute", "schema", "value")

Endpoint = Annotated[NodeId, Field(title="Endpoint", description="Which one.")]
Hub = Annotated[NodeId, Field(title="Hub", description="Which one.")]
Group = Annotated[NodeId, Field(title="Group", description="Which one.")]
Model = Annotated[NodeId, Field(title="Model", description="Which one.")]
Start = Annotated[datetime, Field(title="From", description="The first moment that counts.")]
Names = Annotated[
    tuple[str, ...],
    Field(title="Attributes", description="Names of the endpoint's telemetry. Empty: all of them."),
]
About = Annotated[str | None, Field(title="Description", description="What it is for.")]
Seconds = Annotated[int, Field(title="Seconds", description="How long to listen.", ge=1, le=3600)]
Most = Annotated[
    int, Field(title="Notices", description="How many to wait for at most.", ge=1, le=10_000)
]


class DeviceOperations(Acts):
    """Mixed into the service, which has the client, the exports, the files and the tree."""

    config: AvistaConfig
    door: Door
    _client: Client
    _exports: Exports
    _files: Files
    _tree: Tree

    @operation(name="hubs.list", label="Hubs", danger="reads", help="The account's own hubs.")
    def list_hubs(self) -> Table:
        columns = ("iotHubId", "name", "description")
        return shown.table("hub", self._client.many("iot_listHubs"), columns)

    @operation(name="models.list", label="Models", danger="reads", help="The account's own models.")
    def list_models(self) -> Table:
        columns = ("modelId", "displayName", "dtmi")
        return shown.table("model", self._client.many("iot_listModels"), columns)

    @operation(name="model.get", label="Model", on="model", danger="reads",
               help="Its properties and telemetry, in their order.")  # fmt: skip
    def get_model(self, model: Model) -> Record:
        found = self._client.one("iot_getModel", modelId=ids.key(model, "model"))
        return shown.record("model", found)

    @operation(
        name="model.create",
        label="New model",
        danger="writes",
        help="Makes a digital-twin model of what devices are told and what they measure.",
    )
    def create_model(
        self,
        name: Annotated[
            str,
            Field(title="Name", description="Letters and digits only.", pattern="^[A-Za-z0-9]+$",
                  max_length=200),
        ],
        description: About = None,
        properties: Annotated[
            tuple[ModelProperty, ...],
            Field(title="Properties", description="Each with name and schema_type; description, "
                  "default_value and writable where wanted.", examples=[PROPERTIES]),
        ] = (),
        telemetry: Annotated[
            tuple[ModelTelemetry, ...],
            Field(title="Telemetry", description="Each with name and schema_type, and a "
                  "description where wanted.", examples=[TELEMETRY]),
        ] = (),
    ) -> Record:  # fmt: skip
        made = self._client.one(
            "iot_createModel",
            displayName=name,
            dtmiSegment=name,
            description=description,
            properties=[one.wire(place) for place, one in enumerate(properties)],
            telemetry=[one.wire(place) for place, one in enumerate(telemetry)],
        )
        return shown.record("model", made)

    @operation(name="group.get", label="Group", on="group", danger="reads",
               help="The group, with its endpoints where they are wanted.")  # fmt: skip
    def get_group(
        self,
        group: Group,
        *,
        endpoints: Annotated[
            bool, Field(title="Endpoints", description="Its endpoints as well.")
        ] = True,
    ) -> Record:
        return _group(
            self._client.one(
                "iot_getGroup", iotGroupId=ids.key(group, "group"), includeEndpoints=endpoints
            )
        )

    @operation(
        name="group.add_endpoints",
        label="Add endpoints",
        on="group",
        danger="writes",
        help="Puts endpoints of your own into the group; those that are there stay.",
    )
    def add_endpoints(
        self,
        group: Group,
        endpoints: Annotated[
            list[NodeId],
            Field(title="Endpoints", description="The ids of one or several.", min_length=1),
        ],
    ) -> Record:
        return _group(
            self._client.one(
                "iot_addEndpointsToGroup",
                iotGroupId=ids.key(group, "group"),
                iotEndpointIds=[ids.key(one, "endpoint") for one in endpoints],
            )
        )

    @operation(name="endpoint.create", label="New endpoint", on="hub", danger="writes",
               help="Makes a device in the hub, after a model.")  # fmt: skip
    def create_endpoint(
        self,
        hub: Hub,
        model: Model,
        name: Annotated[str, Field(title="Name", description="Of the device.", min_length=1)],
        description: About = None,
    ) -> Record:
        made = self._client.one(
            "iot_createEndpoint",
            iotHubId=ids.key(hub, "hub"),
            modelId=ids.key(model, "model"),
            name=name,
            description=description,
        )
        return shown.record("endpoint", made)

    @operation(name="endpoint.get", label="Endpoint", on="endpoint", danger="reads",
               help="Its properties with their values, and its telemetry.")  # fmt: skip
    def get_endpoint(self, endpoint: Endpoint) -> Record:
        return shown.record("endpoint", self._tree.endpoint(ids.key(endpoint, "endpoint")))

    @operation(
        name="endpoint.token",
        label="Token",
        on="endpoint",
        danger="writes",
        help="The token by which the device signs in; the first time it is made.",
    )
    def get_token(self, endpoint: Endpoint) -> Record:
        key = ids.key(endpoint, "endpoint")
        return account.told(
            self._client.one("iot_getEndpointToken", again=False, iotEndpointId=key)
        )

    @operation(name="endpoint.set_properties", label="Set properties", on="endpoint",
               danger="writes", help="Gives properties of the device new values.")  # fmt: skip
    def set_properties(
        self,
        endpoint: Endpoint,
        properties: Annotated[
            dict[str, PropertyValue],
            Field(title="Properties", description="By name, each with a value and, if it was not "
                  "now, a timestamp in milliseconds since 1970.", min_length=1,
                  examples=[VALUES]),
        ],
    ) -> Record:  # fmt: skip
        changed = self._client.one(
            "iot_updateEndpointProperties",
            iotEndpointId=ids.key(endpoint, "endpoint"),
            properties=[one.wire(name) for name, one in properties.items()],
        )
        return shown.record("endpoint", changed)

    @operation(name="endpoint.last_values", label="Latest values", on="endpoint", danger="reads",
               help="Each attribute with its newest value and time.")  # fmt: skip
    def endpoint_last_values(self, endpoint: Endpoint) -> Table:
        key = ids.key(endpoint, "endpoint")
        listed = [(ids.of("telemetry", key, one.name, one.type).id, one.name, one.type, one.text,
                   one.at) for one in latest.of_endpoint(self._client, key)]  # fmt: skip
        return Table(columns=("node", "attribute", "schema", "lastValue", "time"), rows=listed)

    @operation(name="endpoint.export", label="Export a range", on="endpoint", danger="reads",
               help="The values between two times, both counted in, as a file of CSV.")  # fmt: skip
    def export_endpoint(
        self,
        endpoint: Endpoint,
        start: Start,
        end: Annotated[datetime, Field(title="Until", description="The last moment that counts.")],
        attributes: Names = (),
    ) -> Generator[Progress, None, File]:
        check_range(start, end)
        key = ids.key(endpoint, "endpoint")
        names = tuple(one.parts[1] for one in self._series(key, attributes))
        asked = Asked(database=None, picks={key: names}, start=millis(start), end=millis(end))
        found = yield from self._exports.file(asked, "CSV")
        return self._files.fetched(
            found.url, "result.csv", size=found.size, type="text/csv", promised=True
        )

    @operation(name="endpoint.points", label="Points of a range", on="endpoint", danger="reads",
               help="The same as points with types; the end does not count.")  # fmt: skip
    def endpoint_points(
        self,
        endpoint: Endpoint,
        start: Start,
        end: Annotated[datetime, Field(title="Before", description="Where the range ends.")],
        attributes: Names = (),
    ) -> Iterator[Points]:
        check_range(start, end)
        series = self._series(ids.key(endpoint, "endpoint"), attributes)
        window = Window(start=start, end=end)
        return reading.read(self._client, self._exports, self._files, series, window)

    @operation(
        name="endpoint.publish",
        label="Publish",
        on="endpoint",
        danger="writes",
        help="Writes records of the device; those written and those failed are told apart.",
    )
    def publish_to_endpoint(
        self,
        endpoint: Endpoint,
        records: Annotated[
            list[DeviceRecord],
            Field(title="Records", description="Each with attributes, and timestamp and time_unit "
                  "unless it is of now.", min_length=1, max_length=10_000, examples=[RECORDS]),
        ],
    ) -> Record:  # fmt: skip
        found = self._client.one(
            "iot_publish",
            iotEndpointId=ids.key(endpoint, "endpoint"),
            data=[one.wire() for one in records],
        )
        failed = rows(found.get("failedRecords"))
        written = rows(found.get("recordsWritten"))
        return Record(fields={"iotEndpointId": found.get("iotEndpointId"),
                              "success": not failed, "recordsWritten": written,
                              "recordsFailed": failed})  # fmt: skip

    @operation(name="endpoint.listen", label="Listen", on="endpoint", danger="reads",
               help="What is published to the device from now on, as it comes.")  # fmt: skip
    def listen_to_endpoint(
        self, endpoint: Endpoint, seconds: Seconds = 30, most: Most = 100
    ) -> Table:
        key = ids.key(endpoint, "endpoint")
        self._tree.endpoint(key)
        told = listening.notices(
            self._client, self.door, self.config, "onIotPublish", seconds=seconds,
            iotEndpointId=key,
        )  # fmt: skip
        return Table(columns=HEARD, rows=_heard(told, most))

    def _series(self, key: str, names: Sequence[str]) -> list[Place]:
        """The telemetry of these names. Raises Rejected on `attributes`."""
        known = {
            str(one.get("name")): ids.of("telemetry", key, one.get("name"), one.get("schemaType"))
            for one in rows(self._tree.endpoint(key).get("telemetry"))
        }
        unknown = [name for name in names if name not in known]
        if unknown:
            raise Rejected.on("attributes", f"The endpoint has no telemetry {', '.join(unknown)}.")
        return [known[name] for name in names or known]


def _heard(told: Generator[Any, None, None], most: int) -> Iterator[tuple[object, ...]]:
    """A row a value, of so many notices."""
    with closing(told):
        for notice in islice(told, most):
            for record in rows(notice.get("recordsWritten")):
                for one in rows(record.get("attributes")):
                    yield (of_millis(record.get("timestamp")), one.get("name"),
                           one.get("schemaType"), one.get("value"))  # fmt: skip


def _group(row: Row) -> Record:
    return shown.record("group", row, endpoints=rows(row.get("endpoints")))
