"""The same verbs over the ten kinds of object that are no drops, from one table (section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, create_model

from connectors.contract import Acts, NodeId
from connectors.flowthings import forms
from connectors.flowthings.calls import Calls
from connectors.flowthings.client import Client
from connectors.operations import Parameters, Record, Resource, Table, changes, family

READS = frozenset(("find_many", "find", "read", "read_or_else", "read_many"))
MAKES = frozenset(("create", "delete"))
CHANGES = frozenset(("update", "update_many", "save"))
COMMON = ("id", "creationDate", "creatorId")
RUNS = ("status", "lastRun", "nextRun", "runCt", "reportPath")

Id = Annotated[NodeId, Field(title="Id", description="Which one.", max_length=100)]
Ids = Annotated[list[str], Field(title="Ids", description="The ids of those meant.", min_length=1)]
Default = Annotated[str, Field(title="Otherwise", description="What is told when it is not there.")]
Many = Annotated[
    dict[str, dict[str, Any]],
    Field(title="Changes", description="For each id the members that change, with their values."),
]


@dataclass(frozen=True, kw_only=True)
class Sort(Resource):
    """One kind of object."""

    path: str
    made: type[Parameters]
    columns: tuple[str, ...]
    verbs: frozenset[str] = READS | MAKES | CHANGES


_TABLE = (
    Sort(name="flow", one="flow", many="flows", path="flow", made=forms.Flow,
         columns=("path", "displayName", "description", "filter", "capacity", "public")),
    Sort(name="track", one="track", many="tracks", path="track", made=forms.Track,
         columns=("displayName", "source", "destination", "filter", "disabled")),
    Sort(name="group", one="group", many="groups", path="group", made=forms.Group,
         columns=("displayName", "description", "memberIds")),
    Sort(name="identity", one="identity", many="identities", path="identity", made=forms.Identity,
         columns=("name", "email", "firstName", "lastName", "groupIds")),
    Sort(name="api_task", one="API task", many="API tasks", path="api-task", made=forms.ApiTask,
         columns=("displayName", "destination", "periodicity", "disabled", *RUNS)),
    Sort(name="mqtt_task", one="MQTT bridge", many="MQTT bridges", path="mqtt",
         made=forms.MqttTask, columns=("displayName", "uri", "topic", "source", "destination",
                                       "status", "reportPath")),
    Sort(name="rss_task", one="RSS task", many="RSS tasks", path="rss", made=forms.RssTask,
         columns=("displayName", "url", "destination", "periodicity", "disabled", *RUNS)),
    Sort(name="device", one="device", many="devices", path="device", made=forms.Device,
         columns=("path", "displayName", "status", "lastSeen", "timeSinceLastSeen", "tokenId")),
    Sort(name="token", one="token", many="tokens", path="token", made=forms.Token,
         columns=("description", "paths", "duration", "expiresInMs"), verbs=READS | MAKES),
    Sort(name="share", one="share", many="shares", path="share", made=forms.Share,
         columns=("description", "issuedTo", "paths", "duration", "expiresInMs"),
         verbs=READS | MAKES),
)  # fmt: skip


def _saved(row: Sort) -> type[Parameters]:
    """Everything may be left out: what is given says what is meant."""
    one = (str, Field(default="", title="Id", description="Change this one.", max_length=100))
    many: tuple[Any, Any] = (
        dict[str, dict[str, Any]],
        Field(default={}, title="Several", description="For each id the members that change."),
    )
    fields: dict[str, Any] = {"id": one, "many": many}
    return create_model(f"{row.made.__name__}Saved", __base__=changes(row.made), **fields)


class Objects(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @family(_TABLE, "find_many", label="All {many}", help="The {many} that pass, page by page.",
            danger="reads", fields=lambda row: forms.Listing)  # fmt: skip
    def find_many(self, row: Sort, /, **values: Any) -> Table:
        return self._calls(row).find_many(values)

    @family(_TABLE, "find", label="Find {many}", help="One, some or all of the {many}.",
            danger="reads", fields=lambda row: forms.Finding)  # fmt: skip
    def find(self, row: Sort, /, **values: Any) -> Table:
        return self._calls(row).find(values)

    @family(_TABLE, "read", label="The {one}", help="One {one} with all that is known of it.",
            danger="reads", on=lambda row: row.path)  # fmt: skip
    def read_one(self, row: Sort, /, id: Id) -> Record:
        return self._calls(row).read(id)

    @family(_TABLE, "read_or_else", label="The {one}, if any", danger="reads",
            help="One {one}, or what you say instead when there is none.")  # fmt: skip
    def read_or_else(self, row: Sort, /, id: Id, default: Default = "") -> Record:
        return self._calls(row).read_or_else(id, default)

    @family(_TABLE, "read_many", label="Some {many}", danger="reads",
            help="The {many} of these ids, in one request.")  # fmt: skip
    def read_many(self, row: Sort, /, ids: Ids) -> Table:
        return self._calls(row).read_many(ids)

    @family(_TABLE, "create", label="New {one}", help="Makes a {one}.", danger="writes",
            fields=lambda row: row.made)  # fmt: skip
    def create(self, row: Sort, /, **values: Any) -> Record:
        return self._calls(row).create(values)

    @family(_TABLE, "update", label="Change the {one}", help="What is left out stays as it is.",
            danger="writes", on=lambda row: row.path,
            fields=lambda row: changes(row.made))  # fmt: skip
    def update(self, row: Sort, /, id: Id, **values: Any) -> Record:
        return self._calls(row).update(id, values)

    @family(_TABLE, "update_many", label="Change some {many}", danger="writes",
            help="Each of the {many} gets its own changes, in one request.")  # fmt: skip
    def update_many(self, row: Sort, /, changes: Many) -> Table:
        return self._calls(row).update_many(changes)

    @family(_TABLE, "save", label="Save a {one}", danger="writes", fields=_saved,
            help="Makes a {one}, or changes one or several {many}.")  # fmt: skip
    def save(self, row: Sort, /, **values: Any) -> Record:
        return self._calls(row).save(values)

    @family(_TABLE, "delete", label="Delete the {one}", help="It cannot be undone.",
            danger="destroys", on=lambda row: row.path)  # fmt: skip
    def delete_one(self, row: Sort, /, id: Id) -> None:
        self._calls(row).delete(id)

    def _calls(self, row: Sort) -> Calls:
        return Calls(self._client, row.path, row.path, (*COMMON, *row.columns))
