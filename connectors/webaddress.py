"""The address of a platform's web server as people type it: checked, and in one spelling."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from connectors.egress import Endpoint

PORTS = {"http": 80, "https": 443}
NO_ACCOUNT = "Leave name and password out of the address; they have their own fields."
_BLANK = re.compile(r"[\s\x00-\x1f\x7f\\]")


def web_address(value: str, *, no_account: str = NO_ACCOUNT) -> str:
    """`scheme://host:port/path`; https where none was typed. Raises ValueError with a sentence.

    `no_account` is the sentence for an address with something before an @ in it.
    """
    text = value if "://" in value else f"https://{value}"
    if _BLANK.search(text):
        raise ValueError("An address has no spaces or backslashes in it.")
    parts = _split(text)
    _refuse(parts, no_account)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def web_endpoint(address: str) -> Endpoint:
    """Where a checked address leads."""
    parts = urlsplit(address)
    tls = parts.scheme == "https"
    return Endpoint(parts.hostname or "", parts.port or PORTS[parts.scheme], tls)


def _split(text: str) -> SplitResult:
    """The parts of an address. Raises ValueError with a sentence."""
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("The address is not written correctly. Check its host name.") from None


def _refuse(parts: SplitResult, no_account: str) -> None:
    """Raises ValueError with the sentence for whatever makes an address unusable."""
    if parts.scheme not in PORTS:
        raise ValueError("The address has to begin with https:// or http://.")
    if "@" in parts.netloc:
        raise ValueError(no_account)
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
