"""Notifications together (section 2.5): how many there are, and all of them read.

Single ones are rows like any other, see `resources`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from connectors.bemserver import ids
from connectors.bemserver.client import Client
from connectors.bemserver.config import BEMServerConfig
from connectors.contract import Acts, NodeId
from connectors.operations import Table, operation

Whose = Annotated[
    NodeId | None,
    Field(title="User", description="Whose; one's own when nothing is said.", max_length=100),
]
TOTAL = "all campaigns"


class Notices(Acts):
    """Mixed into the service, which has the client."""

    _client: Client
    config: BEMServerConfig

    @operation(name="notifications.count_by_campaign", label="Count notifications",
               danger="reads", help="How many notifications a user has, in all and by "
                                    "campaign.")  # fmt: skip
    def count_notices(
        self,
        user_id: Whose = None,
        read: Annotated[
            bool | None,
            Field(title="Read", description="Only those that were read, or only the others."),
        ] = None,
    ) -> Table:
        filters = {} if read is None else {"read": read}
        found = self._client.notices(self._whose(user_id), **filters)
        rows = [(f"campaign/{one.campaign_id}", one.campaign_name, one.count)
                for one in found.campaigns]  # fmt: skip
        whole = (None, TOTAL, found.total)
        return Table(columns=("campaign", "name", "count"), rows=(whole, *rows))

    @operation(name="notifications.mark_all_as_read", label="Mark all as read", danger="writes",
               help="All notifications of a user count as read, of one campaign or of "
                    "all.")  # fmt: skip
    def read_notices(
        self,
        user_id: Whose = None,
        campaign_id: Annotated[
            NodeId | None,
            Field(title="Campaign", description="Only of this one.", max_length=100),
        ] = None,
    ) -> None:
        filters = {}
        if campaign_id is not None:
            filters["campaign_id"] = ids.number(campaign_id, "campaign")
        self._client.read_all(self._whose(user_id), **filters)

    def _whose(self, user: NodeId | None) -> int:
        if user is None:
            return self._client.user(self.config.email).id
        return ids.number(user, "user")
