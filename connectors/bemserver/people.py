"""What can be done with users besides: their rights, and deleting them (section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from connectors.bemserver.client import Client
from connectors.bemserver.config import BEMServerConfig
from connectors.bemserver.families import Id
from connectors.bemserver.fields import GUARD
from connectors.bemserver.resources import BY_WORD
from connectors.bemserver.shelf import Shelf
from connectors.bemserver.states import States
from connectors.errors import Rejected
from connectors.operations import Acts, Record, operation

Version = Annotated[
    str | None,
    Field(title="Version", description=GUARD, pattern=r"^[0-9A-Za-z_-]{1,100}$"),
]
Own = Annotated[
    bool,
    Field(
        title="My own account too",
        description="Needed for the account that this connection signs in with: it works no more.",
    ),
]
MINE = "This connection signs in with this account, and would stop working. Say that it is meant."

FLAGS: Mapping[str, str] = {"set_admin": "is_admin", "set_active": "is_active"}


class People(Acts):
    """Mixed into the service, which has the client."""

    _client: Client
    _states: States
    config: BEMServerConfig

    @operation(
        name="users.set_admin", label="Make an administrator, or none", on="user", danger="writes",
        help="Whether a user may do everything on this server; for administrators only.",
    )  # fmt: skip
    def set_admin(
        self,
        id: Id,
        *,
        value: Annotated[bool, Field(title="Administrator", description="May do everything.")],
        version: Version = None,
        own: Own = False,
    ) -> Record:
        return self._flagged("set_admin", id, version, value=value, own=own)

    @operation(
        name="users.set_active", label="Switch on or off", on="user", danger="writes",
        help="Who is switched off cannot sign in; for administrators only.",
    )  # fmt: skip
    def set_active(
        self,
        id: Id,
        *,
        value: Annotated[bool, Field(title="Active", description="May sign in.")],
        version: Version = None,
        own: Own = False,
    ) -> Record:
        return self._flagged("set_active", id, version, value=value, own=own)

    @operation(
        name="users.delete", label="Delete the user", on="user", danger="destroys",
        preview="users.dependents",
        help="With their memberships, subscriptions and notifications. It cannot be undone.",
    )  # fmt: skip
    def delete_user(self, id: Id, *, version: Version = None, own: Own = False) -> None:
        self._guarded(id, meant=own)
        self._users.delete(id, version)

    @property
    def _users(self) -> Shelf:
        return Shelf(client=self._client, states=self._states, sort=BY_WORD["user"])

    def _flagged(
        self, flag: str, id: str, version: str | None, *, value: bool, own: bool
    ) -> Record:
        """The user as they are afterwards: whoever switches themselves off cannot look any more."""
        found = self._guarded(id, meant=own or value)
        number = self._users.number(id)
        now = self._client.set_flag(number, flag, version or found.version, value=value)
        return replace(found, version=now, fields={**found.fields, FLAGS[flag]: value})

    def _guarded(self, id: str, *, meant: bool) -> Record:
        """The user. Raises Rejected for one's own account, unless it is meant."""
        found = self._users.record(id, None)
        if found.fields.get("email") == self.config.email and not meant:
            raise Rejected.on("own", MINE)
        return found
