"""Making tracked links, and what is learned about them later. Flushes, never commits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.kit import crypto, db
from services.core.kit.db import organization_of
from services.core.kit.settings import Settings
from services.core.links import repository, rules
from services.core.links.models import LinkSettings, TrackedLink
from services.core.organizations.rules import Actor, Permission

#: Letters and digits alone, since programs that find links in a text drop a hyphen at the end. 71 bits.
CODE_LENGTH = 12
#: How long a click's row is kept whole.
ROWS_KEPT = timedelta(days=30)


async def create_link(
    session: AsyncSession,
    *,
    program_id: UUID,
    item_id: UUID,
    employee_id: UUID | None,
    network: str,
    destination_url: str,
    campaign: str,
    content_slug: str,
) -> TrackedLink:
    """A fresh link of one person's share, or without a person of an item in a platform.

    Its destination is tagged by network, campaign and content; nobody is named.
    ``campaign`` and ``content_slug`` may be plain names (of the program, of the item): they become slugs.
    The caller passes a destination that was checked and approved with its item. Another destination is another link.
    """
    code = crypto.random_text(CODE_LENGTH)
    link = TrackedLink(
        organization_id=organization_of(session),
        code=code,
        destination_url=rules.with_tags(
            destination_url, network=network, campaign=campaign, content=content_slug, opaque_id=code
        ),
        program_id=program_id,
        item_id=item_id,
        employee_id=employee_id,
        network=network,
    )
    session.add(link)
    await session.flush()
    return link


def public_url(link: TrackedLink, settings: Settings) -> str:
    """The address that goes into the post."""
    return f"{settings.public_url}/l/{link.code}"


async def mark_published(session: AsyncSession, link_id: UUID, at: datetime) -> None:
    """The post with this link is out since ``at`` (aware); clicks count as people's from shortly after.

    A hand-over counts as out when the text is handed over: only the person knows when they post it.
    Raises NotFound.
    """
    link = await repository.get_link(session, link_id)
    link.published_at = at
    session.add(link)
    await session.flush()


async def get_settings(session: AsyncSession) -> LinkSettings:
    """What the organization has set; the defaults where it has not, in a row that is not stored."""
    return await repository.find_settings(session) or LinkSettings(organization_id=organization_of(session), version=0)


async def put_settings(session: AsyncSession, actor: Actor, *, window_days: int, passes_click_id: bool) -> LinkSettings:
    """Set how conversions are tied to clicks. What was attributed already keeps the window it was attributed with."""
    actor.require(Permission.ORGANIZATION_WRITE)
    settings = await get_settings(session)
    before = {"window_days": settings.window_days, "passes_click_id": settings.passes_click_id}
    settings.window_days, settings.passes_click_id = window_days, passes_click_id
    session.add(settings)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="link_settings.put", subject=settings, before=before,
        after={"window_days": window_days, "passes_click_id": passes_click_id},
    )  # fmt: skip
    return settings


async def keep_clicks(session: AsyncSession) -> None:
    """Keep what attribution needs of clicks whose rows have had their 30 days, for as long as the window is.

    For a daily job, before the rows themselves are thrown away.
    """
    now = await db.now(session)
    opened = now - timedelta(days=(await get_settings(session)).window_days)
    await repository.keep_click_ids(session, before=now - ROWS_KEPT, since=opened)
    await repository.forget_click_ids(session, before=opened)


async def remember_owner(session: AsyncSession, link: TrackedLink, visitor_hash: bytes, day: date) -> None:
    """Recognise the owner's own clicks of ``day`` (UTC): they count as nobody's."""
    link.owner_visitor_hash = visitor_hash
    link.owner_visitor_on = day
    session.add(link)
    await session.flush()
