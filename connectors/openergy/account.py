"""The small things of an account: who it is, its notifications, and whether the platform is up."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from connectors.contract import NodeId
from connectors.openergy import ids, shown
from connectors.openergy.client import Client
from connectors.openergy.ids import key
from connectors.operations import Acts, Record, operation

Notice = Annotated[NodeId, Field(title="Notification", description="The notification.")]


class Own(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @operation(
        name="user.me", label="Who I am", danger="reads",
        help="The account that this connection signs in with.",
    )  # fmt: skip
    def me(self) -> Record:
        return shown.record("user", self._client.me())

    @operation(
        name="user.data", label="My data user", danger="reads",
        help="The data side of this account, which owns its FTP area.",
    )  # fmt: skip
    def data_user(self) -> Record:
        found = key(self._client.me().get("odata"))
        ref = ids.ref_of("odata_user", {"id": found})
        return shown.record("odata_user", self._client.one(ref))

    @operation(
        name="notification.resolve", label="Resolve", on="notification", danger="writes",
        help="Takes a notification off the open ones.",
    )  # fmt: skip
    def resolve(self, notification: Notice) -> Record:
        ref = ids.ref(notification, "notification")
        return shown.record("notification", self._client.change(ref, {"resolved": True}))

    @operation(
        name="platform.health", label="Is it up", danger="reads",
        help="Whether the platform answers: a refusal counts, no answer and 503 do not.",
    )  # fmt: skip
    def health(self) -> Record:
        return Record(fields={"up": True, "status": self._client.answers()})
