"""Where a request goes: origins, paths that cannot leave their base, links handed out by platforms.

Credentials belong to one origin. Origins are compared on the prepared URL, which is the very text
that the transport connects by, so no two readings of one address can differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from requests import Request, RequestException

from connectors.egress import spelled
from connectors.errors import BadAnswer, ConfigInvalid, Rejected

Params = Mapping[str, str | int | float | bool | Sequence[str | int | float]] | None

PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\\]")
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_HARMLESS = frozenset({"accept", "range"})
"""What a redirect elsewhere still gets of a caller's headers."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address that the platform itself handed out: a next page, a file, an upload place.

    Relative to the base, or absolute. On the base's own origin it gets the credentials, elsewhere
    it goes without them.
    """

    url: str

    def __repr__(self) -> str:
        """Signed links are secrets, so no repr shows one."""
        return "Link(…)"


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: whom credentials are pinned to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Raises ValueError when it is no http or https address, or holds a user name."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
            raise ValueError("not a web address")
        port = PORTS[parts.scheme] if parts.port is None else parts.port
        return cls(parts.scheme, spelled(parts.hostname), port)


def base_of(url: str) -> str:
    """The checked base, ending in one slash. Raises ConfigInvalid."""
    text = url.strip()
    try:
        Origin.of(text)
    except ValueError:
        text = ""
    parts = urlsplit(text)
    if not text or _UNSAFE.search(text) or parts.query or parts.fragment or _leaves(parts.path):
        raise ConfigInvalid(
            "The platform's address has to look like https://host or https://host:port/path, "
            "without a user name, password or question mark."
        )
    return text.rstrip("/") + "/"


def inside(base: str, path: str, params: Params = None) -> str:
    """`path` under `base`, as it goes out. Raises Rejected when it could lead anywhere else.

    One leading slash is taken as the base's own; an empty path is the base without its last slash.
    Refused: `//`, `.` and `..` segments, backslashes, control characters, `?` and `#` (queries go
    in `params`), and all of these percent-encoded, an encoded slash too, however often it was
    encoded.
    """
    text = path.removeprefix("/")
    fits = not ("?" in text or "#" in text or "//" in path or _leaves(text))
    url = _outgoing(base + text if path else base.rstrip("/"), params) if fits else None
    if url is None:
        raise Rejected("This name or number cannot be part of a platform's address.")
    return url


def linked(base: str, link: Link, params: Params = None) -> str:
    """The absolute address of a link, as it goes out. Raises BadAnswer when it is none."""
    url = None
    if not _UNSAFE.search(link.url):
        with suppress(ValueError):
            url = _outgoing(urljoin(base, link.url).partition("#")[0], params)
    if url is None:
        raise BadAnswer("The platform handed out a link that is no web address.")
    return url


def _outgoing(url: str, params: Params) -> str | None:
    """The spelling that the transport connects by; None when there is none."""
    try:
        Origin.of(url)
        prepared = str(Request("GET", url, params=pairs(params)).prepare().url)
        Origin.of(prepared)
    except (RequestException, ValueError):
        return None
    return prepared


def pairs(params: Params) -> list[tuple[str, str]]:
    """The query: a sequence repeats its name, truth is `true` or `false`."""
    return [
        (name, _text(item))
        for name, value in (params or {}).items()
        for item in ([value] if isinstance(value, str | int | float) else value)
    ]


def fitting(headers: Mapping[str, str], *, home: bool, redirected: bool) -> dict[str, str]:
    """Of a caller's own headers those that may go to this origin."""
    if home:
        return dict(headers)
    if redirected:
        return {name: value for name, value in headers.items() if name.lower() in _HARMLESS}
    return {name: value for name, value in headers.items() if name.lower() not in _CREDENTIALS}


def _text(value: str | int | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _leaves(path: str) -> bool:
    plain = path
    for _ in range(4):
        plain = unquote(plain)
    if plain.count("/") != path.count("/") or _UNPRINTABLE.search(plain):
        return True
    # Some servers drop what follows a semicolon before they resolve the dots.
    return any(segment.partition(";")[0] in {".", ".."} for segment in plain.split("/"))
