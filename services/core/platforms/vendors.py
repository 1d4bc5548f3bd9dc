"""What a platform's connector is given for a call, and how the organization's secrets are sealed and opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx2
import orjson

from connectors.sdk import registry
from connectors.sdk.manifest import ConnectorKind, Manifest
from connectors.sdk.models import Context, Credentials
from connectors.sdk.ports import Connector
from services.core.connections.vendors import vendor_context
from services.core.kit import crypto
from services.core.kit.settings import Settings
from services.core.platforms.errors import NotAPlatform, UnknownPlatform
from services.core.platforms.models import PlatformConnection


@dataclass(frozen=True)
class Account:
    """A platform as a call needs it, read in one transaction and used after it."""

    connection_id: UUID
    organization_id: UUID
    connector: str
    settings: Mapping[str, str] = field(repr=False)
    credentials: Credentials | None = field(repr=False)
    token_version: int


def find_platform(slug: str) -> Connector:
    """The installed platform connector of this name; raise UnknownPlatform or NotAPlatform."""
    try:
        connector = registry.get_connector(slug)
    except registry.ConnectorNotFound:
        raise UnknownPlatform(slug=slug, thing="connector") from None
    if connector.manifest.kind is not ConnectorKind.PLATFORM:
        raise NotAPlatform(slug=slug)
    return connector


def manifest_of(connection: PlatformConnection) -> Manifest | None:
    """The manifest of a connection's connector; None once it is not installed any more."""
    try:
        return registry.get_connector(connection.connector).manifest
    except registry.ConnectorNotFound:
        return None


def title_of(connector: str) -> str:
    """What people call a platform."""
    try:
        return registry.get_connector(connector).manifest.title
    except registry.ConnectorNotFound:
        return connector


@asynccontextmanager
async def platform_context(
    settings: Settings,
    connector: str,
    given: Mapping[str, str],
    *,
    credentials: Credentials | None = None,
    http: httpx2.AsyncClient | None = None,
) -> AsyncIterator[Context]:
    """A context for one piece of work: the installation's settings, and the organization's over them."""
    async with vendor_context(settings, connector, given=given, credentials=credentials, http=http) as ctx:
        yield ctx


def _place(connection: PlatformConnection, name: str) -> crypto.Place:
    return crypto.Place(connection.organization_id, connection.id, f"platform_connections.{name}")


def seal_settings(connection: PlatformConnection, given: Mapping[str, str], *, settings: Settings) -> None:
    """Keep the organization's settings, all of them sealed; only their names stay readable."""
    plain = orjson.dumps(dict(given))
    sealer = crypto.Sealer(settings.master_keys)
    connection.sealed_settings = sealer.seal(plain, place=_place(connection, "sealed_settings"))
    connection.settings_set = sorted(given)


def open_settings(connection: PlatformConnection, *, settings: Settings) -> dict[str, str]:
    """The settings as the organization gave them."""
    if connection.sealed_settings is None:
        return {}
    sealer = crypto.Sealer(settings.master_keys)
    opened: dict[str, str] = orjson.loads(
        sealer.open(connection.sealed_settings, place=_place(connection, "sealed_settings"))
    )
    return opened


def seal_credentials(connection: PlatformConnection, credentials: Credentials, *, settings: Settings) -> bytes:
    """A token as it is stored."""
    sealer = crypto.Sealer(settings.master_keys)
    return sealer.seal(credentials.to_bytes(), place=_place(connection, "sealed_credentials"))


def seal_grant(connection: PlatformConnection, credentials: Credentials, *, settings: Settings) -> bytes:
    """A grant that waits to be confirmed, as it is stored; it opens in no other place."""
    sealer = crypto.Sealer(settings.master_keys)
    return sealer.seal(credentials.to_bytes(), place=_place(connection, "sealed_grant"))


def open_grant(connection: PlatformConnection, *, settings: Settings) -> Credentials | None:
    """The grant that waits to be confirmed."""
    if connection.sealed_grant is None:
        return None
    sealer = crypto.Sealer(settings.master_keys)
    return Credentials.from_bytes(sealer.open(connection.sealed_grant, place=_place(connection, "sealed_grant")))


def open_credentials(connection: PlatformConnection, *, settings: Settings) -> Credentials | None:
    """What opens the platform; None for one that needs no token of its own."""
    if connection.sealed_credentials is None:
        return None
    sealer = crypto.Sealer(settings.master_keys)
    sealed = connection.sealed_credentials
    return Credentials.from_bytes(sealer.open(sealed, place=_place(connection, "sealed_credentials")))


_SEALED = ("sealed_settings", "sealed_credentials", "sealed_grant")


def sealed_anew(connection: PlatformConnection, *, master: crypto.Sealer) -> dict[str, bytes]:
    """What of a platform is sealed with an older master key, sealed with the one in use."""
    held = {name: getattr(connection, name) for name in _SEALED}
    return {
        name: master.seal_anew(sealed, place=_place(connection, name))
        for name, sealed in held.items()
        if sealed is not None and not sealed.startswith(master.prefix)
    }


def open_account(connection: PlatformConnection, *, settings: Settings) -> Account:
    """Everything that a call needs."""
    return Account(
        connection_id=connection.id,
        organization_id=connection.organization_id,
        connector=connection.connector,
        settings=open_settings(connection, settings=settings),
        credentials=open_credentials(connection, settings=settings),
        token_version=connection.token_version,
    )
