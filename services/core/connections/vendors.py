"""What a connector is given for a call: settings, credentials, an HTTP client and the clock."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2

from connectors.sdk import registry
from connectors.sdk.addresses import places_of
from connectors.sdk.capabilities import Capability
from connectors.sdk.models import Context, Credentials
from connectors.sdk.outbound import reaching
from services.core.kit.outbound import outbound_client
from services.core.kit.settings import PREFIX, Settings, SettingsError

_NOTHING: Mapping[str, str] = {}


@asynccontextmanager
async def vendor_context(
    settings: Settings,
    connector: str,
    *,
    given: Mapping[str, str] = _NOTHING,
    credentials: Credentials | None = None,
    http: httpx2.AsyncClient | None = None,
) -> AsyncIterator[Context]:
    """A context for one piece of work with one vendor, ``given`` being an organization's settings over our operator's.

    Without ``http`` it has a client of its own, closed at the end. A client can be lent to many at once: each call of
    ours is a fresh connection all the same. The vendor's and the operator's own addresses are reached as they are;
    those that an organization gives, or a vendor answers with, have to be public.
    """
    operators = settings.connectors.get(connector, _NOTHING)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(reaching(_own_places(connector, operators, given)))
        yield Context(
            http=http if http is not None else await stack.enter_async_context(outbound_client(settings)),
            settings={**operators, **given} if given else operators,
            clock=utc_now,
            credentials=credentials,
            deadline_seconds=settings.publish_deadline_seconds,
        )


def _own_places(connector: str, operators: Mapping[str, str], given: Mapping[str, str]) -> frozenset[str]:
    """Where the vendor and the operator say that it is, as ``host:port``, unless the organization says otherwise."""
    try:
        declared = registry.get_connector(connector).manifest.settings
    except registry.ConnectorNotFound:
        return frozenset()
    values = (operators.get(one.name) or one.default for one in declared if one.name not in given)
    return places_of(tuple(value for value in values if value and "://" in value))


def check_settings(settings: Settings) -> None:
    """Make sure that connectors are set up by names they know; raise SettingsError that says which they are.

    A misspelt one would otherwise be found by the first post that is held.
    """
    known = {one.manifest.slug: one.manifest for one in registry.list_connectors()}
    for slug, given in sorted(settings.connectors.items()):
        if slug not in known:
            raise SettingsError(
                f"{PREFIX}CONNECTORS__{slug.upper()}__…: no connector of this name is installed; there are"
                f" {', '.join(sorted(known))}"
            )
        names = {one.name for one in known[slug].settings}
        if strange := sorted(set(given) - names):
            raise SettingsError(
                f"{PREFIX}CONNECTORS__{slug.upper()}__{strange[0].upper()}: {known[slug].title} has no such setting;"
                f" it has {', '.join(sorted(names)) or 'none'}"
            )


def can(connector: str, capability: Capability) -> bool:
    """Whether this connector is installed and declares the capability."""
    try:
        return capability in registry.get_connector(connector).manifest.capabilities
    except registry.ConnectorNotFound:
        return False


def who_can(capability: Capability) -> list[str]:
    """The installed connectors that declare the capability."""
    return [one.manifest.slug for one in registry.list_connectors() if capability in one.manifest.capabilities]


def utc_now() -> datetime:
    """The real moment, as vendors count it."""
    # Vendors' expiries are instants of the real world; the product's own decisions ask the database's clock.
    return datetime.now(UTC)
