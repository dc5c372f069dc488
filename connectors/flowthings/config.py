"""The settings of one flowthings.io account."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.contract import Config
from connectors.egress import Endpoint
from connectors.http import Fixed
from connectors.webaddress import web_address, web_endpoint

HOME = "https://api.flowthings.io"
LIVE = "https://ws.flowthings.io"
OWN_FIELD = "Leave the token out of the address; it has its own field."
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]*")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")
_ELEM = re.compile(r"[^\W\d][\w$-]*(\.[^\W\d][\w$-]*)*")


class FlowthingsConfig(Config):
    """Where the platform is, and whose flows are meant (sections 1.1, 1.2 and 2)."""

    url: str = Field(
        default=HOME,
        title="Address",
        description="The address of the platform, without version and account. Leave it as it is "
        "unless your flows are kept elsewhere.",
        max_length=500,
    )
    account: str = Field(
        title="Account",
        description="The name of your account: the first part of every path of a flow.",
        min_length=1,
        max_length=100,
    )
    token: SecretStr = Field(
        title="Token",
        description="The master token of the account. A limited token may read and write drops "
        "only, so flows cannot be listed with it. What a cloud keeps in VCAP_SERVICES can be "
        "pasted as a whole. It is kept sealed and never shown.",
        min_length=1,
        max_length=20_000,
    )
    socket: str = Field(
        default="",
        title="Live address",
        description="Where live connections go. Empty: the platform's own, or the address above.",
        max_length=500,
    )
    version: str = Field(
        default="0.1",
        title="Version",
        description="The version of the API, as addresses have it: 0.1 or 4.0.",
        max_length=20,
    )
    query: str = Field(
        default="",
        title="Further parameters",
        description="Sent with every request, for example a=1&b=2. Empty: none.",
        max_length=500,
    )
    time: str = Field(
        default="",
        title="Time",
        description="The elem that holds a drop's own time, where drops have one. Empty: the time "
        "at which the platform got the drop.",
        max_length=100,
    )

    @field_validator("url", "socket")
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value, no_account=OWN_FIELD) if value else value

    @field_validator("account")
    @classmethod
    def _one_segment(cls, value: str) -> str:
        if not _ACCOUNT.fullmatch(value):
            raise ValueError("An account is one name of letters, digits, dots and dashes.")
        return value

    @field_validator("version")
    @classmethod
    def _numbers(cls, value: str) -> str:
        if not _VERSION.fullmatch(value):
            raise ValueError("A version is a number such as 0.1.")
        return value

    @field_validator("query")
    @classmethod
    def _pairs(cls, value: str) -> str:
        try:
            parse_qsl(value, strict_parsing=bool(value))
        except ValueError:
            raise ValueError("Parameters look like a=1&b=2.") from None
        return value

    @field_validator("time")
    @classmethod
    def _elem(cls, value: str) -> str:
        if value and not _ELEM.fullmatch(value):
            raise ValueError("This is the name of an elem, without `elems.` before it.")
        return value

    @model_validator(mode="before")
    @classmethod
    def _from_a_cloud(cls, values: Any) -> Any:
        token = values.get("token") if isinstance(values, dict) else None
        text = token.get_secret_value() if isinstance(token, SecretStr) else token
        if not isinstance(text, str) or not text.lstrip().startswith("{"):
            return values
        found = _bound(text)
        named = values.get("account") or found["account"]
        if named != found["account"]:
            raise ValueError("The text of the cloud is about another account.")
        return {**values, **found}

    @property
    def place(self) -> str:
        """Host and port: which platform it is, whether over http or https."""
        return self.url.partition("://")[2]

    @property
    def root(self) -> str:
        """The base of every REST address: `https://host/v0.1/account`."""
        return f"{self.url or HOME}/v{self.version}/{self.account}"

    @property
    def live(self) -> str:
        """The base of sessions, which has neither version nor account."""
        return self.socket or (LIVE if self.url == HOME else self.url)

    @property
    def parameters(self) -> dict[str, str]:
        """What every request has in its query."""
        return dict(parse_qsl(self.query))

    @property
    def signed(self) -> Fixed:
        """The header with the token (section 1.2).

        The account's name travels in a header too, but is no secret: it begins every path.
        """
        return Fixed({"x-auth-token": self.token.get_secret_value()})

    def endpoints(self) -> tuple[Endpoint, ...]:
        addresses = (self.url or HOME, self.live or HOME)
        return tuple(dict.fromkeys(web_endpoint(address) for address in addresses))


def _bound(text: str) -> dict[str, str]:
    """Account and token of the first flowthings service in a cloud's `VCAP_SERVICES` (1.2).

    Raises ValueError with a sentence when there is none.
    """
    try:
        credentials = json.loads(text)["flowthings"][0]["credentials"]
        return {"account": str(credentials["account"]), "token": str(credentials["token"])}
    except (KeyError, IndexError, TypeError, ValueError):
        pass
    raise ValueError("This text of a cloud holds no account and token of a flowthings service.")
