"""The one door out: every outbound socket of Tieline is opened here.

The guard looks at the addresses before connecting, and again at the address that the socket is
really connected to, so a name that resolves to one address when checked and to another when used
gains nothing.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import certifi

from connectors.addresses import public
from connectors.errors import ConfigInvalid, ConnectorError, Unavailable
from connectors.sockets import BoundSocket, BoundTlsSocket, Deadline

__all__ = ["Deadline", "Egress", "Endpoint"]

RESOLVE_SECONDS = 5.0
CONNECT_SECONDS = 5.0
"""For each address: a name with one dead address among several still connects behind a page."""
HANDSHAKE_SECONDS = 10.0

Lookup = Callable[..., list[Any]]
_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and port to connect to, and whether TLS is spoken there."""

    host: str
    port: int
    tls: bool = True

    @property
    def name(self) -> str:
        """The host in its one spelling: lower case, no trailing dot, no brackets."""
        return spelled(self.host)

    def __str__(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


def spelled(host: str) -> str:
    """The one spelling of a host; literal addresses in their shortest form."""
    name = host.strip().removeprefix("[").removesuffix("]").rstrip(".").lower()
    try:
        return str(ip_address(name))
    except ValueError:
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    """Opens sockets to public addresses, and to the exact `host:port` pairs the operator lists.

    A pair is compared with the host as the connection has it: listing `127.0.0.1:8000` does not
    open `localhost:8000`. Certificates are checked against the system's authorities and those of
    the PEM file `authorities`; there is no way to leave the check out.
    """

    allow: frozenset[tuple[str, int]] = frozenset()
    authorities: str | None = None
    lookup: Lookup = field(default=socket.getaddrinfo, repr=False)

    def __post_init__(self) -> None:
        pairs = frozenset((spelled(host), port) for host, port in self.allow)
        object.__setattr__(self, "allow", pairs)

    def allowed(self, endpoint: Endpoint, address: str) -> bool:
        """May a socket for this endpoint be connected to this address?"""
        return public(address) or (endpoint.name, endpoint.port) in self.allow

    def resolve(self, endpoint: Endpoint, *, deadline: Deadline) -> tuple[str, ...]:
        """The permitted addresses behind the name, in the resolver's order.

        Raises ConfigInvalid (no such name, or nothing but forbidden addresses) and Unavailable.
        """
        found = _found(endpoint, self.lookup, deadline)
        permitted = tuple(address for address in found if self.allowed(endpoint, address))
        if not permitted:
            raise _forbidden(endpoint)
        return permitted

    def connect(self, endpoint: Endpoint, *, deadline: Deadline) -> socket.socket:
        """A connected TCP socket, without TLS. Raises ConfigInvalid, Unavailable."""
        fault: ConnectorError = _late(endpoint)
        for address in self.resolve(endpoint, deadline=deadline):
            try:
                sock = _dial(address, endpoint.port, deadline)
            except OSError as wrong:
                fault = _unreached(endpoint, wrong)
            else:
                self.admit(endpoint, sock)
                return sock
        raise fault

    def admit(self, endpoint: Endpoint, sock: socket.socket) -> None:
        """Closes the socket and raises ConfigInvalid when its real peer is not permitted."""
        try:
            address = str(sock.getpeername()[0])
        except OSError:
            address = ""
        if address and self.allowed(endpoint, address):
            return
        sock.close()
        raise _forbidden(endpoint) if address else _hung_up(endpoint)

    def secure(
        self, endpoint: Endpoint, plain: socket.socket, *, deadline: Deadline
    ) -> socket.socket:
        """TLS over `plain`, the name verified. Raises ConfigInvalid with the certificate's fault.

        `plain` must not be used afterwards; it is closed when an error is raised.
        """
        try:
            plain.settimeout(deadline.within(HANDSHAKE_SECONDS))
            tls = _context(self.authorities).wrap_socket(plain, server_hostname=endpoint.name)
        except ssl.SSLError as wrong:
            fault = _untrusted(endpoint, wrong)
        except (OSError, ValueError) as wrong:
            fault = _unreached(endpoint, wrong)
        else:
            if isinstance(tls, BoundTlsSocket):
                tls.deadline = deadline
            return tls
        plain.close()
        raise fault

    def open(self, endpoint: Endpoint, *, deadline: Deadline) -> socket.socket:
        """Connected, and with TLS where the endpoint says so; its waits end at the deadline."""
        plain = self.connect(endpoint, deadline=deadline)
        return self.secure(endpoint, plain, deadline=deadline) if endpoint.tls else plain


def _found(endpoint: Endpoint, lookup: Lookup, deadline: Deadline) -> tuple[str, ...]:
    """All addresses of the name. The resolver knows no time limit, so a thread asks it."""
    box: SimpleQueue[list[Any] | OSError | ValueError] = SimpleQueue()
    Thread(target=_ask, args=(endpoint, lookup, box), name="resolver", daemon=True).start()
    try:
        found = box.get(timeout=deadline.within(RESOLVE_SECONDS))
    except (Empty, TimeoutError):
        found = TimeoutError()
    if isinstance(found, list):
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    raise _unresolved(endpoint, found)


def _ask(endpoint: Endpoint, lookup: Lookup, box: SimpleQueue[Any]) -> None:
    try:
        if not 0 < endpoint.port < 65536:
            raise ValueError("no such port")
        box.put(lookup(endpoint.name, endpoint.port, type=socket.SOCK_STREAM))
    except (OSError, ValueError) as wrong:
        box.put(wrong)


def _dial(address: str, port: int, deadline: Deadline) -> BoundSocket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = BoundSocket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(deadline.within(CONNECT_SECONDS))
        sock.connect((address, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        sock.close()
        raise
    sock.deadline = deadline
    return sock


@cache
def _context(authorities: str | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, the name checked. Made once: reading the authorities takes 20 ms."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = BoundTlsSocket
    # The compiled-in places are named here because the environment (SSL_CERT_FILE) could move the
    # default ones; certifi's list stands in on a machine without a system list.
    places = ssl.get_default_verify_paths()
    folder = Path(places.openssl_capath)
    if Path(places.openssl_cafile).is_file():
        context.load_verify_locations(cafile=places.openssl_cafile)
    elif folder.is_dir() and any(folder.iterdir()):
        context.load_verify_locations(capath=places.openssl_capath)
    else:
        context.load_verify_locations(cafile=certifi.where())
    if authorities is not None:
        context.load_verify_locations(cafile=authorities)
    return context


def _forbidden(endpoint: Endpoint) -> ConfigInvalid:
    return ConfigInvalid(
        f"{endpoint} is not a public address, so Tieline does not connect to it. "
        f"If it is meant, an operator can allow exactly {endpoint} with TIELINE_ALLOW_ADDRESSES."
    )


def _late(endpoint: Endpoint) -> Unavailable:
    return Unavailable(f"{endpoint} did not answer in time. Try again, or check host and port.")


def _hung_up(endpoint: Endpoint) -> Unavailable:
    return Unavailable(f"{endpoint} hung up while we were connecting. Try again in a moment.")


def _unresolved(endpoint: Endpoint, wrong: OSError | ValueError) -> ConnectorError:
    if isinstance(wrong, TimeoutError):
        return Unavailable(
            f"Looking up the name {endpoint.name} took too long. Try again in a moment."
        )
    if isinstance(wrong, ValueError):
        return ConfigInvalid("The host or the port is not written correctly. Check both.")
    if wrong.errno in _UNKNOWN:
        return ConfigInvalid(f"There is no host named {endpoint.name}. Check its spelling.")
    return Unavailable(
        f"The name {endpoint.name} could not be looked up just now. Try again in a moment."
    )


def _unreached(endpoint: Endpoint, wrong: OSError | ValueError) -> ConnectorError:
    if isinstance(wrong, TimeoutError):
        return _late(endpoint)
    if isinstance(wrong, ConnectionRefusedError):
        return Unavailable(
            f"{endpoint} refuses connections: nothing listens there now. "
            "Check host and port, or try again later."
        )
    if isinstance(wrong, ConnectionError):
        return _hung_up(endpoint)
    return Unavailable(f"{endpoint} cannot be reached from here. Try again later.")


_CERTIFICATE = {
    9: "has a certificate that is not valid yet",
    10: "has a certificate that has expired",
    18: "has a certificate that it signed itself, which proves nothing",
    19: "has a certificate of an authority that this server does not know",
    20: "has a certificate of an authority that this server does not know",
    21: "has a certificate of an authority that this server does not know",
    62: "has a certificate for another name",
    64: "has a certificate for another address",
}
"""By OpenSSL's number: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/"""

_HANDSHAKE = {
    "WRONG_VERSION_NUMBER": "does not speak TLS on this port; it may want http:// instead",
    "HTTP_REQUEST": "does not speak TLS on this port; it may want http:// instead",
    "TLSV1_ALERT_PROTOCOL_VERSION": "only speaks a TLS version that is too old to be safe",
    "UNSUPPORTED_PROTOCOL": "only speaks a TLS version that is too old to be safe",
    "DH_KEY_TOO_SMALL": "uses a key that is too short to be safe",
    "EE_KEY_TOO_SMALL": "uses a key that is too short to be safe",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "knows no way of encryption that is still safe",
}


def _untrusted(endpoint: Endpoint, wrong: ssl.SSLError) -> ConnectorError:
    if isinstance(wrong, ssl.SSLCertVerificationError):
        fault = _CERTIFICATE.get(wrong.verify_code, "has a certificate that cannot be trusted")
    else:
        fault = _HANDSHAKE.get(wrong.reason or "", "")
    if not fault:
        return _hung_up(endpoint)
    return ConfigInvalid(
        f"{endpoint} {fault}. Nothing was sent. Check the address, or ask who runs the platform."
    )
