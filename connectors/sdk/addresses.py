"""Which addresses that somebody gives us may be reached: public ones, never our own network. Pure."""

import ipaddress
from collections.abc import Collection, Iterable
from functools import lru_cache
from urllib.parse import urlsplit

#: Where what people and organizations give us may be, on public hosts.
PORTS = frozenset({443, 8443})

#: Names that mean the reader's own machine or network.
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")

#: Not plain public unicast, though ``is_global`` says so of some: translated, tunnelled, shared, and the like.
_REFUSED = tuple(
    ipaddress.ip_network(net)
    for net in (
        "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96", "::/96", "192.0.0.0/24",
        "100.64.0.0/10", "192.88.99.0/24", "3fff::/20",
    )
)  # fmt: skip
#: All of IPv6 that is given out as global unicast (RFC 4291, IANA's registry); the rest, fec0::/10 too, is not.
_IPV6_UNICAST = ipaddress.ip_network("2000::/3")


@lru_cache(maxsize=1024)
def is_public(address: str) -> bool:
    """Whether an IP address is plain public unicast; nothing else is."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified:
        return False
    if parsed.version == 6 and parsed not in _IPV6_UNICAST:
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


def place(host: str, port: int) -> str:
    """The one spelling of ``host:port`` by which places are compared."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@lru_cache(maxsize=256)
def places_of(addresses: tuple[str, ...]) -> frozenset[str]:
    """The ``host:port`` of each of these that is a complete http or https address."""
    return frozenset(found for found in map(_place_of, addresses) if found)


def _place_of(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    return place(host, port or (443 if parts.scheme == "https" else 80))


def problem_of(address: str, *, allow: Collection[str] = (), ports: Collection[int] = PORTS) -> str | None:
    """What keeps an address from being reached, by its text alone; None: nothing that can be told without a look-up.

    ``allow`` names ``host:port`` pairs that need be neither public nor https.
    """
    where = _place_of(address)
    if where is None:
        return "not a complete https address"
    parts = urlsplit(address)
    if parts.username is not None or parts.password is not None:
        return "a user name in the address"
    if where in lowered(allow):
        return None
    if parts.scheme != "https" or (parts.port or 443) not in ports:
        return f"not https on port {_listed(ports)}"
    return None if may_be_public(parts.hostname or "") else "a host that is not public"


def lowered(places: Iterable[str]) -> frozenset[str]:
    """Places as they are compared: names of hosts have no case."""
    return frozenset(one.lower() for one in places)


def _listed(ports: Collection[int]) -> str:
    return " or ".join(str(port) for port in sorted(ports))
