"""Everything else that the platform can do, all families together."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field

from connectors.avista.account import AccountOperations
from connectors.avista.captures import CaptureOperations
from connectors.avista.client import Client
from connectors.avista.collaboratives import CollaborativeOperations
from connectors.avista.databases import DatabaseOperations
from connectors.avista.devices import DeviceOperations
from connectors.avista.stores import StoreOperations
from connectors.operations import operation


class AvistaOperations(
    AccountOperations,
    StoreOperations,
    DatabaseOperations,
    CollaborativeOperations,
    DeviceOperations,
    CaptureOperations,
):
    """Mixed into the service."""

    _client: Client

    @operation(name="graphql.request", label="Any request", danger="destroys",
               help="Any query or mutation of GraphQL; the answer is shown as it is.")  # fmt: skip
    def request(
        self,
        query: Annotated[
            str,
            Field(title="Document", description="Of GraphQL, with one operation.", min_length=1,
                  max_length=100_000),
        ],
        variables: Annotated[
            dict[str, Any], Field(title="Variables", description="The values it names.")
        ] = {},  # noqa: B006  never changed
    ) -> str:  # fmt: skip
        found = self._client.send({"query": query, "variables": variables})
        return json.dumps(found, indent=2, ensure_ascii=False)
