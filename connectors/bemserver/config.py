"""The settings of one BEMServer account."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.contract import Config
from connectors.egress import Endpoint

PORTS = {"http": 80, "https": 443}
_BLANK = re.compile(r"[\s\x00-\x1f\x7f\\]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class BEMServerConfig(Config):
    """Where the server is, who signs in there, and which of its two kinds of data is meant."""

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

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        text = value if "://" in value else f"https://{value}"
        if _BLANK.search(text):
            raise ValueError("An address has no spaces or backslashes in it.")
        parts = _split(text)
        _refuse(parts)
        return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"

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
        parts = urlsplit(self.url)
        tls = parts.scheme == "https"
        return (Endpoint(parts.hostname or "", parts.port or PORTS[parts.scheme], tls),)


def _split(text: str) -> SplitResult:
    """The parts of an address. Raises ValueError with a sentence."""
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("The address is not written correctly. Check its host name.") from None


def _refuse(parts: SplitResult) -> None:
    """Raises ValueError with the sentence for whatever makes an address unusable."""
    if parts.scheme not in PORTS:
        raise ValueError("The address has to begin with https:// or http://.")
    if "@" in parts.netloc:
        raise ValueError("Leave name and password out of the address; they have their own fields.")
    if parts.query or parts.fragment:
        raise ValueError("The address must not hold a question mark or a hash sign.")
    if {".", ".."} & set(parts.path.split("/")):
        raise ValueError("The path of the address must not hold dots alone.")
    try:
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("The address needs a host name, and a port between 1 and 65535 if any.")
