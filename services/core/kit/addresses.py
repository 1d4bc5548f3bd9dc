"""Which addresses that somebody gives us may be reached: public ones, never our own network. Pure."""

from __future__ import annotations

import ipaddress

#: Names that mean the reader's own machine or network.
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")

#: Not plain public unicast, though ``is_global`` says so of some: translated, tunnelled, shared, and the like.
_REFUSED = tuple(
    ipaddress.ip_network(net)
    for net in (
        "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96", "::/96", "192.0.0.0/24",
        "100.64.0.0/10", "192.88.99.0/24",
    )
)  # fmt: skip


def is_public(address: str) -> bool:
    """Whether an IP address is plain public unicast; nothing else is."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified:
        return False
    return not any(parsed in net for net in _REFUSED if net.version == parsed.version)


def may_be_public(host: str) -> bool:
    """Whether a host, a name or an address, may be on the public internet. A name is not looked up here."""
    host = host.rstrip(".").lower().strip("[]")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.endswith(_LOCAL_SUFFIXES)
    return is_public(host)
