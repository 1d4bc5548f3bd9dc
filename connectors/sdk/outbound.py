"""Requests to addresses that people or organizations give: looked up once, and only public ones are connected to.

Whoever runs the installation is believed: places of their own (`allow`, `reaching`) are reached without a look.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import httpx2

from connectors.sdk.addresses import PORTS, is_public, lowered, place, problem_of
from connectors.sdk.errors import ConfigurationInvalid, VendorUnavailable

#: Asks for the IP addresses of a name, for a port; raises OSError or UnicodeError.
LookUp = Callable[[str, int], Awaitable[Sequence[str]]]

_MESSAGE = (
    "We do not connect to {place} ({why}). Give an https address on a public host, port 443 or 8443. An address inside"
    " your network has to be allowed by whoever runs this installation (ADVOCACY_OUTBOUND_ALLOW)."
)

_reaching: ContextVar[frozenset[str]] = ContextVar("reaching", default=frozenset())


@contextmanager
def reaching(places: frozenset[str]) -> Iterator[None]:
    """Within the block these ``host:port`` pairs are reached as they are: the operator, or the vendor, named them."""
    token = _reaching.set(places)
    try:
        yield
    finally:
        _reaching.reset(token)


async def system_look_up(host: str, port: int) -> Sequence[str]:
    """The addresses that the system knows for a name, each once."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _host_and_port(url: httpx2.URL) -> tuple[str, int]:
    return url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)


def _refusal(where: str, why: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(f"address refused: {why}", message=_MESSAGE.format(place=where, why=why))


class Guard:
    """Decides for each request where it may connect to.

    The last three are for tests and for installations with a resolver of their own.
    """

    def __init__(
        self,
        *,
        allow: Collection[str] = (),
        look_up: LookUp = system_look_up,
        may_reach: Callable[[str], bool] = is_public,
        ports: Collection[int] = PORTS,
    ) -> None:
        self._allow = lowered(allow)
        self._look_up = look_up
        self._may_reach = may_reach
        self._ports = frozenset(ports)

    def trusts(self, url: httpx2.URL) -> bool:
        """Whether the place of a URL is one that the operator named; a user in it is nowhere in order."""
        if url.userinfo:
            return False
        where = place(*_host_and_port(url))
        return where in _reaching.get() or where in self._allow

    async def addresses(self, url: httpx2.URL) -> Sequence[str]:
        """The IP addresses that a request of this URL may connect to; those alone.

        Raises ConfigurationInvalid when any of them, or the URL, is not one that we connect to, and OSError or
        UnicodeError when the name has none. Nothing was sent then.
        """
        host, port = _host_and_port(url)
        why = problem_of(str(url), ports=self._ports)
        if why is None:
            found = await self._look_up(host, port)
            if not found:
                raise OSError(f"{host} has no address")
            if all(self._may_reach(address) for address in found):
                return found
            why = "a host that is not public"
        raise _refusal(place(host, port), why)

    async def check(self, url: str) -> None:
        """Look at an address as a request would; raise ConfigurationInvalid, or VendorUnavailable for no such host."""
        why = problem_of(url, allow=self._allow, ports=self._ports)
        try:
            parsed = httpx2.URL(url) if why is None else None
        except httpx2.InvalidURL:
            parsed = None
        if parsed is None:
            raise _refusal("this address", why or "not a complete https address")
        if self.trusts(parsed):
            return
        try:
            await self.addresses(parsed)
        except (OSError, UnicodeError) as error:
            raise VendorUnavailable("no such host") from error
