"""What a connector is given for a call: settings, credentials, an HTTP client and the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from connectors.sdk.http import build_client
from connectors.sdk.models import Context, Credentials
from services.core.kit.settings import Settings


@asynccontextmanager
async def vendor_context(
    settings: Settings, connector: str, *, credentials: Credentials | None = None
) -> AsyncIterator[Context]:
    """A context for one piece of work with one vendor; its HTTP client is closed at the end."""
    async with build_client() as http:
        yield Context(
            http=http,
            settings=settings.connectors.get(connector, {}),
            clock=_utc_now,
            credentials=credentials,
            deadline_seconds=settings.publish_deadline_seconds,
        )


def _utc_now() -> datetime:
    # Vendors' expiries are instants of the real world; the product's own decisions ask the database's clock.
    return datetime.now(UTC)
