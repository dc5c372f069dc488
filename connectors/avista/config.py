"""The settings of one account of the Avista Digital Exchange."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.contract import Config
from connectors.egress import Endpoint
from connectors.http import Fixed
from connectors.webaddress import web_address, web_endpoint

HOME = "https://rrfs7pb7ancybo7bom7uxcsaxq.appsync-api.us-west-2.amazonaws.com/graphql"
"""The production platform (section 1)."""
OWN_FIELD = "Leave the token out of the address; it has its own field."
_ID = re.compile(r"[A-Za-z0-9._:~-]+")


class AvistaConfig(Config):
    """Where the platform is, and the token that opens it (sections 1, 1.2 and 1.3)."""

    url: str = Field(
        default=HOME,
        title="Address",
        description="The GraphQL address of the platform. Leave it as it is unless you were given "
        "another.",
        max_length=500,
    )
    token: SecretStr = Field(
        title="Token",
        description="Made on the platform's web pages, and sent as it is. A user's token opens "
        "everything; one of an endpoint or a capture opens that alone. It is kept sealed and never "
        "shown.",
        min_length=1,
        max_length=2048,
    )
    scope: str = Field(
        default="",
        title="Endpoint or capture",
        description="Only for a token of one endpoint or one data capture: its id, such as "
        "iotEndpointId.1. Empty: the token is a user's.",
        max_length=200,
    )
    socket: str = Field(
        default="",
        title="Live address",
        description="Where live connections and finished exports are told. Empty: it follows from "
        "the address, as the platform's own clients do it.",
        max_length=500,
    )
    style: Literal["variables", "inline"] = Field(
        default="variables",
        title="Requests",
        description="How values travel: beside the query as variables, or written into its text. "
        "The platform takes both.",
    )

    @field_validator("url", "socket")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value:
            return value
        found = web_address(value, no_account=OWN_FIELD)
        return found if urlsplit(found).path else f"{found}/graphql"

    @field_validator("token")
    @classmethod
    def _one_line(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if not text.isascii() or not text.isprintable():
            raise ValueError("A token is one line of letters, digits and signs.")
        return value

    @field_validator("scope")
    @classmethod
    def _one_id(cls, value: str) -> str:
        if value and not _ID.fullmatch(value):
            raise ValueError("This is an id of the platform, such as iotEndpointId.1.")
        return value

    @property
    def address(self) -> str:
        return self.url or HOME

    @property
    def place(self) -> str:
        """Host, port and path: which platform it is, whether over http or https."""
        return self.address.partition("://")[2]

    @property
    def host(self) -> str:
        """The GraphQL host, which live connections name in their sign-in (section 1.3)."""
        return self.place.partition("/")[0]

    @property
    def live(self) -> str:
        """The real-time endpoint's address."""
        return self.socket or self.address.replace("appsync-api", "appsync-realtime-api", 1)

    @property
    def signed(self) -> Fixed:
        """The token, verbatim and without any scheme (section 1.1)."""
        return Fixed({"Authorization": self.token.get_secret_value()})

    def endpoints(self) -> tuple[Endpoint, ...]:
        addresses = (self.address, self.live)
        return tuple(dict.fromkeys(web_endpoint(address) for address in addresses))
