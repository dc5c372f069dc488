"""The settings of one BEMServer account."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from connectors.contract import Config
from connectors.egress import Endpoint
from connectors.webaddress import web_address, web_endpoint

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class BEMServerConfig(Config):
    """Where the server is, who signs in there and how, and which of its kinds of data is meant."""

    url: str = Field(
        title="Address",
        description=(
            "The address of the BEMServer API, with its port and path where it has them, "
            "for example https://bemserver.example.org/api/v0. Take https:// wherever the server "
            "offers it: over http:// the password travels in the open."
        ),
        max_length=500,
    )
    email: str = Field(
        title="E-mail",
        description="The e-mail address of your BEMServer account.",
        max_length=254,
    )
    password: SecretStr = Field(
        title="Password",
        description="The password of your BEMServer account. It is kept sealed and never shown.",
        min_length=1,
        max_length=80,  # section 1.2: longer ones are refused by the platform
    )
    data_state: Literal["Raw", "Clean"] = Field(
        default="Raw",
        title="Data",
        description=(
            "Raw is what meters delivered, and where written points go. Clean holds only what the "
            "server's own clean-up has passed, and is empty where nobody has set that up."
        ),
    )

    sign_in: Literal["Bearer", "Basic"] = Field(
        default="Bearer",
        title="Sign-in",
        description=(
            "Bearer takes a token that is renewed by itself; every server has it. Basic sends the "
            "password with each request, which costs the server half a second each time, and works "
            "only where its operator has allowed it."
        ),
    )

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value)

    @field_validator("email")
    @classmethod
    def _one_at_sign(cls, value: str) -> str:
        if not _EMAIL.fullmatch(value):
            raise ValueError("This is not an e-mail address: it needs a name, an @ and a domain.")
        return value

    @property
    def place(self) -> str:
        """Host, port and path: which server it is, whether over http or https."""
        return self.url.partition("://")[2]

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (web_endpoint(self.url),)
