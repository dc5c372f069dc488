"""The settings of one OpenergyVBP account."""

from __future__ import annotations

import base64

from pydantic import Field, SecretStr, field_validator

from connectors.contract import Config
from connectors.egress import Endpoint
from connectors.http import Fixed
from connectors.webaddress import web_address, web_endpoint

HOME = "https://data.openergy.fr/api/v2"


class OpenergyConfig(Config):
    """Where the platform is, and who signs in there."""

    url: str = Field(
        default=HOME,
        title="Address",
        description=(
            "The address of the API, with its port and path. Leave it as it is unless your "
            "operator runs a platform of their own: a certificate of a private authority is "
            "trusted when the operator of this site lists that authority."
        ),
        max_length=500,
    )
    login: str = Field(
        title="Login",
        description="The login or e-mail address of your Openergy account.",
        min_length=1,
        max_length=254,
    )
    password: SecretStr = Field(
        title="Password",
        description="The password of that account. It is kept sealed and never shown.",
        min_length=1,
        max_length=200,
    )

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value)

    @field_validator("login")
    @classmethod
    def _no_colon(cls, value: str) -> str:
        if ":" in value:
            raise ValueError("A login has no colon in it: the sign-in could not carry it.")
        return value

    @property
    def place(self) -> str:
        """Host, port and path: which platform it is, whether over http or https."""
        return self.url.partition("://")[2]

    @property
    def signed(self) -> Fixed:
        """Login and password with every request (section 1.1)."""
        pair = f"{self.login}:{self.password.get_secret_value()}"
        # Latin-1 is what the platform's own client sends; what it cannot hold goes as UTF-8.
        latin = all(ord(letter) < 256 for letter in pair)
        token = base64.b64encode(pair.encode("latin-1" if latin else "utf-8")).decode()
        return Fixed({"Authorization": f"Basic {token}"})

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (web_endpoint(self.url),)
