"""Through which account a page is read: the organization's at a platform, or one that a person lends for it."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import GoalFeed
from services.core.connections import repository as connections
from services.core.connections.models import ConnectionState
from services.core.connections.names import STATE_NAMES
from services.core.connections.vendors import can
from services.core.goals.errors import AccountNotUsable, FeedNotOffered
from services.core.goals.schemas import SourceCreate
from services.core.organizations.rules import Actor, Permission
from services.core.platforms import access
from services.core.platforms import repository as platforms
from services.core.platforms.errors import CannotDoThat
from services.core.platforms.vendors import title_of


async def find_feed(session: AsyncSession, actor: Actor, body: SourceCreate) -> tuple[str, GoalFeed]:
    """The connector and its feed that a page is read by.

    Only its person lends an account, and nobody sees whose it is. Raises NotFound, NotUsable, AccountNotUsable,
    CannotDoThat where the vendor offers no numbers of pages, and FeedNotOffered naming those that it does offer.
    """
    if body.platform_connection_id is not None:
        actor.require(Permission.PLATFORMS_READ)
        platform = await platforms.get_connection(session, body.platform_connection_id)
        access.check_usable(platform, Capability.READ_GOAL_FEED)
        return platform.connector, _named(platform.connector, body.feed)
    assert body.connection_id is not None  # noqa: S101  # one of them is there, as was checked
    own = await connections.get_own(session, employee_id=actor.person(), connection_id=body.connection_id)
    if not can(own.connector, Capability.READ_GOAL_FEED):
        raise CannotDoThat(platform=title_of(own.connector), capability=Capability.READ_GOAL_FEED.label)
    if own.state is not ConnectionState.ACTIVE:
        raise AccountNotUsable(state=STATE_NAMES[own.state])
    return own.connector, _named(own.connector, body.feed)


def _named(connector: str, name: str) -> GoalFeed:
    offered = registry.get_connector(connector).manifest.goal_feeds
    feed = next((one for one in offered if one.name == name), None)
    if feed is None:
        raise FeedNotOffered(connector=title_of(connector), feed=name, feeds=", ".join(one.name for one in offered))
    return feed
