"""Making tracked links, and what is learned about them later. Flushes, never commits."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.kit import crypto
from services.core.kit.db import organization_of
from services.core.kit.settings import Settings
from services.core.links import repository, rules
from services.core.links.models import TrackedLink

#: Letters and digits alone, since programs that find links in a text drop a hyphen at the end. 71 bits.
CODE_LENGTH = 12


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


async def remember_owner(session: AsyncSession, link: TrackedLink, visitor_hash: bytes, day: date) -> None:
    """Recognise the owner's own clicks of ``day`` (UTC): they count as nobody's."""
    link.owner_visitor_hash = visitor_hash
    link.owner_visitor_on = day
    session.add(link)
    await session.flush()
