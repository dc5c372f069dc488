"""What there is to see: data stores with their folders, databases with their assets and series,
hubs with their endpoints, captures, models, and what collaboratives share.

The platform's lists are short and come whole, but for assets, which come in pages. Nothing is
fetched before it is opened: a data store is one request, not its whole content (section 2.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from connectors.avista import ids, latest
from connectors.avista.client import GONE, Client, Row, rows, words
from connectors.avista.files import Files
from connectors.avista.ids import Place
from connectors.contract import Node, NodeId, Page
from connectors.errors import NotFound
from connectors.paging import walk
from connectors.refusals import cut

LONGEST = 300
"""Characters of a value that a page shows."""
TOPS = {
    "stores": "Data stores",
    "databases": "Time-series databases",
    "hubs": "IoT hubs",
    "captures": "Data captures",
    "collaboratives": "Collaboratives",
    "models": "Digital-twin models",
}
SERVICES = {
    "DATA_STORE": "store",
    "TIME_SERIES_DB": "database",
    "IOT_GROUP": "group",
    "DATA_CAPTURE": "capture",
    "OCS_ADAPTER": "adapter",
}
"""What each type of service is here."""


class Tree:
    """One account's. `scope` is the only endpoint or capture of a limited token."""

    def __init__(self, client: Client, files: Files, scope: str) -> None:
        self._client = client
        self._files = files
        self._scope = scope
        self._under: dict[str, Callable[[Place], list[Node]]] = {
            "stores": lambda place: [self._files.store_node(row)
                                     for row in client.many("storage_listDataStores")],
            "databases": lambda place: [database(row)
                                        for row in client.many("timeSeriesDb_listDatabases")],
            "hubs": lambda place: [hub(row) for row in client.many("iot_listHubs")],
            "captures": lambda place: [capture(row) for row in captures(client)],
            "collaboratives": lambda place: [
                collaborative(row) for row in client.many("collaborative_listCollaboratives")],
            "models": lambda place: [model(row) for row in client.many("iot_listModels")],
            "store": files.under, "directory": files.under,
            "asset": self._attributes, "hub": self._in_hub, "group": self._in_group,
            "endpoint": self._telemetry, "capture": self._captured,
            "collaborative": self._shared,
        }  # fmt: skip
        self._one: dict[str, Callable[[Place], Node]] = {
            "store": lambda place: files.store_node(files.store(place.key)),
            "directory": files.node, "file": files.node,
            "database": lambda place: database(
                client.one("timeSeriesDb_getDatabase", timeSeriesDbId=place.key)),
            "asset": lambda place: asset(place.key, latest.one(client, *place.parts)),
            "series": self._series,
            "hub": lambda place: hub(client.one("iot_getHub", iotHubId=place.key)),
            "group": lambda place: group(client.one("iot_getGroup", iotGroupId=place.key)),
            "endpoint": lambda place: self._endpoint_node(self.endpoint(place.key)),
            "telemetry": self._one_telemetry,
            "model": lambda place: model(client.one("iot_getModel", modelId=place.key)),
            "capture": lambda place: self._capture_node(self.capture(place.key)),
            "attribute": self._one_attribute,
            "collaborative": lambda place: collaborative(
                client.one("collaborative_getCollaborative", collaborativeId=place.key)),
            "token": self._token, "adapter": self._adapter,
        }  # fmt: skip

    def children(self, parent: NodeId | None, cursor: str | None) -> Page[Node]:
        if parent is None:
            return Page(items=self._top())
        place = ids.parse(parent)
        if place.sort == "database":
            page = latest.assets(self._client, place.key, cursor)
            nodes = [asset(place.key, one) for one in page.items]
            return Page(items=tuple(_fitting(nodes)), next=page.next)
        if place.sort not in self._under:
            return Page(items=())
        return Page(items=tuple(_fitting(self._under[place.sort](place))))

    def node(self, id: NodeId) -> Node:
        place = ids.parse(id)
        if place.sort in TOPS:
            return _folder(place.sort)
        return self._one[place.sort](place)

    def _top(self) -> tuple[Node, ...]:
        if not self._scope:
            return tuple(_folder(sort) for sort in TOPS)
        place = ids.Place("capture" if is_capture(self._scope) else "endpoint", (self._scope,))
        return (self.node(place.id),)

    # -- databases

    def _attributes(self, place: Place) -> list[Node]:
        found = latest.one(self._client, *place.parts)
        return [series(place.key, found, one) for one in found.values]

    def _series(self, place: Place) -> Node:
        found = latest.one(self._client, place.parts[0], place.parts[1])
        for one in found.values:
            if (one.name, one.type) == place.parts[2:]:
                return series(place.key, found, one)
        raise NotFound("This asset has no such attribute.")

    # -- devices

    def endpoint(self, key: str) -> Row:
        return self._client.one("iot_getEndpoint", iotEndpointId=key)

    def _endpoint_node(self, row: Row) -> Node:
        node = endpoint(row)
        return _alone(node) if self._scope else node

    def _in_hub(self, place: Place) -> list[Node]:
        groups = self._client.many("iot_listGroups", iotHubId=place.key)
        held = self._client.many("iot_listEndpointsInHub", iotHubId=place.key)
        return [*map(group, groups), *map(endpoint, held)]

    def _in_group(self, place: Place) -> list[Node]:
        found = self._client.one("iot_getGroup", iotGroupId=place.key, includeEndpoints=True)
        return [endpoint(row) for row in rows(found.get("endpoints"))]

    def _telemetry(self, place: Place) -> list[Node]:
        row = self.endpoint(place.key)
        values = {one.name: one for one in latest.of_endpoint(self._client, place.key)}
        return [
            telemetry(row, one, values.get(words(one, "name")))
            for one in rows(row.get("telemetry"))
        ]

    def _one_telemetry(self, place: Place) -> Node:
        row = self.endpoint(place.key)
        for one in rows(row.get("telemetry")):
            if (one.get("name"), one.get("schemaType")) == place.parts[1:]:
                return telemetry(row, one, None)
        raise NotFound("This endpoint has no such telemetry.")

    # -- captures

    def capture(self, key: str) -> Row:
        return self._client.one("dataCapture_getCapture", captureId=key, includeDataModel=True)

    def _capture_node(self, row: Row) -> Node:
        node = capture(row)
        return _alone(node) if self._scope else node

    def _captured(self, place: Place) -> list[Node]:
        return [attribute(place, one) for one in attributes(self.capture(place.key))]

    def _one_attribute(self, place: Place) -> Node:
        for one in attributes(self.capture(place.key)):
            if one.get("userDefinedId") == place.parts[1]:
                return attribute(ids.Place("capture", (place.key,)), one)
        raise NotFound("This capture has no such attribute.")

    # -- collaboratives and the rest

    def _shared(self, place: Place) -> list[Node]:
        found = self._client.many(
            "collaborative_listCollaborativeServices", collaborativeId=place.key
        )
        return [self._service(place, row) for row in found]

    def _service(self, place: Place, row: Row) -> Node:
        """A store or database as itself; of the others what the list tells."""
        kind, key = str(row.get("serviceType")), words(row, "serviceId")
        if kind == "DATA_STORE" and isinstance(row.get("dataStore"), dict):
            return self._files.store_node(row["dataStore"])
        if kind == "TIME_SERIES_DB" and isinstance(row.get("timeSeriesDb"), dict):
            return database(row["timeSeriesDb"])
        sort = SERVICES.get(kind, "adapter")
        named: Any = row.get("iotEndpointGroup") or row.get("dataCapture") or {}
        opens = sort in ("group", "capture")
        return Node(
            id=ids.of(sort, key).id, name=str(named.get("name") or named.get("displayName") or key),
            type="service" if sort == "adapter" else sort, role="folder" if opens else "record",
            parent=place.id, expandable=opens, details={"Service": kind},
        )  # fmt: skip

    def _token(self, place: Place) -> Node:
        for row in self._client.many("user_listAuthenticationTokens"):
            if row.get("tokenId") == place.key:
                details = _told(row, Expires="dateExpires", Type="tokenType")
                return Node(id=place.id, name=str(row.get("name")), type="token", role="record",
                            details=details)  # fmt: skip
        raise NotFound(GONE)

    def _adapter(self, place: Place) -> Node:
        """The platform tells nothing of an adapter but that a collaborative shares it."""
        for row in self._client.many("collaborative_listCollaboratives"):
            home = ids.of_row("collaborative", row)
            found = [one for one in self._shared(home) if one.id == place.id]
            if found:
                return found[0]
        raise NotFound(GONE)


def is_capture(key: str) -> bool:
    """The platform's ids tell what they are of (section 4.1)."""
    return "capture" in key.lower()


def captures(client: Client) -> Iterator[Row]:
    """Every capture, page by page, without data models."""

    def turn(token: str | None) -> Page[Row]:
        page = client.one("dataCapture_listCaptures", includeDataModels=False, nextToken=token)
        return Page(items=tuple(rows(page.get("captures"))), next=page.get("nextToken") or None)

    return walk(turn)


def attributes(row: Row) -> list[Row]:
    """The attributes of a capture's data model, asset after asset."""
    held = row.get("dataModel")
    items = rows(held.get("items")) if isinstance(held, dict) else []
    return [one for item in items for one in rows(item.get("attributes"))]


def database(row: Row) -> Node:
    details = _told(row, Description="description", Database="databaseName", Table="tableName",
                    Owner="ownerUserId")  # fmt: skip
    return Node(id=ids.of_row("database", row).id, name=str(row.get("name")),
                type="database", role="folder", parent=NodeId("databases"), expandable=True,
                details=details)  # fmt: skip


def asset(key: str, found: latest.Asset) -> Node:
    return Node(
        id=ids.of("asset", key, found.key).id, name=found.name, type="asset", role="folder",
        parent=ids.of("database", key).id, expandable=True, details={"Asset": found.key},
    )  # fmt: skip


def series(key: str, found: latest.Asset, value: latest.Value) -> Node:
    """One attribute of an asset."""
    return Node(
        id=ids.of("series", key, found.key, value.name, value.type).id, name=value.name,
        type="attribute", role="series", parent=ids.of("asset", key, found.key).id,
        last_seen=value.at,
        details={"Value type": value.type, "Last value": cut(value.text, LONGEST)},
    )  # fmt: skip


def hub(row: Row) -> Node:
    return Node(id=ids.of_row("hub", row).id, name=str(row.get("name")), type="hub",
                role="folder", parent=NodeId("hubs"), expandable=True,
                details=_told(row, Description="description"))  # fmt: skip


def group(row: Row) -> Node:
    return Node(id=ids.of_row("group", row).id, name=str(row.get("name")),
                type="group", role="folder", parent=ids.of_row("hub", row).id,
                expandable=True, details=_told(row, Description="description"))  # fmt: skip


def endpoint(row: Row) -> Node:
    details = _told(row, Description="description", Model="modelId", Owner="ownerUserId")
    values = {
        f"Property {one.get('name')}": str(one["value"])
        for one in rows(row.get("properties"))
        if one.get("value") is not None
    }
    return Node(id=ids.of_row("endpoint", row).id, name=str(row.get("name")),
                type="endpoint", role="folder", parent=ids.of_row("hub", row).id,
                expandable=True, details=details | values)  # fmt: skip


def telemetry(row: Row, one: Row, value: latest.Value | None) -> Node:
    key, name, schema = row.get("iotEndpointId"), words(one, "name"), words(one, "schemaType")
    details = {"Schema": schema, **_told(one, Description="description")}
    if value is not None and value.text is not None:
        details["Last value"] = cut(value.text, LONGEST)
    return Node(
        id=ids.of("telemetry", key, name, schema).id, name=name, type="telemetry", role="series",
        parent=ids.of("endpoint", key).id, last_seen=value.at if value else None, details=details,
    )  # fmt: skip


def model(row: Row) -> Node:
    details = _told(row, DTMI="dtmi", Description="description")
    for label in ("properties", "telemetry"):
        details[label.capitalize()] = ", ".join(
            str(one.get("name")) for one in rows(row.get(label))
        )
    return Node(id=ids.of_row("model", row).id, name=str(row.get("displayName")),
                type="model", role="record", parent=NodeId("models"), details=details)  # fmt: skip


def capture(row: Row) -> Node:
    details = _told(row, State="state", Description="description", Made="dateCreated")
    return Node(id=ids.of_row("capture", row).id, name=str(row.get("displayName")),
                type="capture", role="folder", parent=NodeId("captures"), expandable=True,
                details=details)  # fmt: skip


def attribute(place: Place, row: Row) -> Node:
    """What a capture takes. It can be heard live; the platform gives no way to read it back."""
    key = words(row, "userDefinedId")
    return Node(
        id=ids.of("attribute", place.key, key).id, name=str(row.get("displayName") or key),
        type="captured", role="record", parent=place.id, unit=row.get("unit"),
        details=_told(row, Schema="schemaType", Description="description"),
    )  # fmt: skip


def collaborative(row: Row) -> Node:
    members = rows(row.get("memberOrganizations"))
    details = _told(row, Description="description", Host="hostOrganizationId")
    details["Members"] = str(len(members))
    return Node(id=ids.of_row("collaborative", row).id,
                name=str(row.get("name")), type="collaborative", role="folder",
                parent=NodeId("collaboratives"), expandable=True, details=details)  # fmt: skip


def _folder(sort: str) -> Node:
    return Node(id=NodeId(sort), name=TOPS[sort], type=sort, role="folder", expandable=True)


def _alone(node: Node) -> Node:
    """A limited token sees nothing above."""
    return Node(id=node.id, name=node.name, type=node.type, role=node.role,
                expandable=node.expandable, details=node.details)  # fmt: skip


def _told(row: Row, **labels: str) -> dict[str, str]:
    return {label: str(row[name]) for label, name in labels.items() if row.get(name)}


def _fitting(nodes: list[Node]) -> Iterator[Node]:
    """Those whose ids are short enough to be kept."""
    return (node for node in nodes if len(node.id) <= ids.LONGEST)
