"""The settings of one AveniECA account."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from connectors.avenieca.ids import MODULE
from connectors.contract import Config
from connectors.egress import Endpoint
from connectors.webaddress import web_address, web_endpoint

TWIN = "{twin}"
_BETWEEN = re.compile(r"[\s,;]+")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{0,60}\{twin\}[A-Za-z0-9._-]{0,60}")
_BROKER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")


class AveniECAConfig(Config):
    """Where the server is, who signs in there, and which of its twins are meant."""

    uri: str = Field(
        title="Address",
        description=(
            "The address of the AveniECA REST server, with its port and path, for example "
            "http://eca.example.org:2580/v1. Take https:// wherever the server offers it: over "
            "http:// the password travels in the open."
        ),
        min_length=1,
        max_length=500,
    )
    username: str = Field(
        default="",
        title="User name",
        description="The name you sign in with. Not needed with an API token.",
        max_length=254,
    )
    password: SecretStr = Field(
        default=SecretStr(""),
        title="Password",
        description="The password of that user. It is kept sealed and never shown.",
        max_length=500,
    )
    api_token: SecretStr = Field(
        default=SecretStr(""),
        title="API token",
        description=(
            "Instead of name and password: a token that the server's operator gave you. "
            "With one, nobody signs in. It is kept sealed and never shown."
        ),
        max_length=4000,
        validate_default=True,
    )
    modules: str = Field(
        title="Twins",
        description=(
            "The module ids of the twins to show, with blanks between them: temperature purifier. "
            "The platform cannot list its twins, so they have to be named here."
        ),
        max_length=50_000,
    )
    broker: str = Field(
        default="",
        title="Kafka broker",
        description=(
            "Host and port of the Kafka broker behind the server, for live points and signals, "
            "for example eca.example.org:9092. Left empty: no live points. "
            "The platform's clients speak to it without encryption."
        ),
        max_length=300,
    )
    signal_topic: str = Field(
        default="{twin}_sub",
        title="Topic that a twin hears",
        description="The name of the topic that signals go to; {twin} stands for the module id.",
        max_length=130,
    )
    twin_topic: str = Field(
        default="{twin}_pub",
        title="Topic that a twin speaks on",
        description="The name of the topic that live points come from; {twin} is the module id.",
        max_length=130,
    )

    @field_validator("uri")
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value)

    @field_validator("api_token")
    @classmethod
    def _some_way_in(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        password = info.data.get("password", SecretStr("-"))
        named = info.data.get("username", "-") and password.get_secret_value()
        if not value.get_secret_value() and not named:
            raise ValueError("Give a user name and its password, or an API token.")
        return value

    @field_validator("modules")
    @classmethod
    def _names(cls, value: str) -> str:
        names = list(dict.fromkeys(name for name in _BETWEEN.split(value) if name))
        if not names:
            raise ValueError("Name at least one twin.")
        for name in names:
            if not MODULE.fullmatch(name):
                raise ValueError(
                    "A module id is made of letters, digits, dot, underscore, tilde and minus, "
                    f"at most 180 of them. “{name[:40]}” is none."
                )
        return " ".join(names)

    @field_validator("broker")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        found = _BROKER.fullmatch(value)
        if value and not (found and 0 < int(found[2]) < 65536):
            raise ValueError("A broker is a host and a port, for example eca.example.org:9092.")
        return value.lower()

    @field_validator("signal_topic", "twin_topic")
    @classmethod
    def _with_twin(cls, value: str) -> str:
        if not _TOPIC.fullmatch(value):
            raise ValueError("Write {twin} once, and letters, digits, dot, underscore or minus.")
        return value

    @property
    def twins(self) -> tuple[str, ...]:
        """The module ids, each once, in the order they were typed."""
        return tuple(self.modules.split())

    @property
    def place(self) -> str:
        """Host, port and path: which server it is, whether over http or https."""
        return self.uri.partition("://")[2]

    @property
    def kafka(self) -> Endpoint | None:
        """Where the broker is; the platform's clients speak no TLS to it (section 1.4)."""
        host, _, port = self.broker.rpartition(":")
        return Endpoint(host, int(port), tls=False) if host else None

    def endpoints(self) -> tuple[Endpoint, ...]:
        rest = web_endpoint(self.uri)
        return (rest, self.kafka) if self.kafka else (rest,)

    def hears(self, module: str) -> str:
        """The topic that a twin takes signals from."""
        return self.signal_topic.replace(TWIN, module)

    def speaks(self, module: str) -> str:
        """The topic that a twin writes to."""
        return self.twin_topic.replace(TWIN, module)
