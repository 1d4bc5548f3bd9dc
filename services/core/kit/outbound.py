"""The one road to addresses that people or organizations give: feeds, platforms, endpoints, identity providers."""

from __future__ import annotations

import httpx2

from connectors.sdk.addresses import problem_of
from connectors.sdk.http import build_client
from connectors.sdk.outbound import Guard
from services.core.kit.settings import Settings


def outbound_client(settings: Settings) -> httpx2.AsyncClient:
    """The HTTP client of this installation, closed by whoever builds it.

    Each request goes by https to port 443 or 8443 of a host whose every address is public, looked up once and connected
    to as it was found; no redirect is followed. What is refused is ConfigurationInvalid, and was not sent. Exempt are
    the pairs of ``ADVOCACY_OUTBOUND_ALLOW``, and what ``connectors.sdk.outbound.reaching`` names.
    """
    return build_client(guard=Guard(allow=settings.outbound_allow))


async def check_address(url: str, *, settings: Settings) -> None:
    """Look at an address as a request would, and send nothing.

    Raises ConfigurationInvalid for one that is not connected to, VendorUnavailable for a host that cannot be found now.
    """
    await Guard(allow=settings.outbound_allow).check(url)


def address_problem(url: str, *, settings: Settings) -> str | None:
    """What is wrong with an address by its text alone, in English; None: nothing that can be told without a look-up."""
    return problem_of(url, allow=settings.outbound_allow)
