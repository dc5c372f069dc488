"""Which addresses are on the public Internet.

The special-purpose registries: https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
"""An IPv4 address in the last 32 bits, reached through a translator (RFC 6052)."""


def public(text: str) -> bool:
    """True for an address that anybody on the Internet may have; False for all others.

    An IPv6 address that carries an IPv4 address (mapped, 6to4, NAT64) is judged by the inner one.
    """
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return _public_v4(address)
    inner = _carried(address)
    if inner is not None:
        return _public_v4(inner)
    return address in GLOBAL_UNICAST and address.is_global


def _public_v4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
