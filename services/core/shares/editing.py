"""Changing what is planned, by its person, until it is armed: other words, another time. Each is a new consent.

The row is locked as arming locks it, so that of a change and arming exactly one wins.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import service as ambassadors
from services.core.connections import repository as connections
from services.core.connections.models import ConnectionState
from services.core.connections.names import STATE_NAMES as CONNECTION_STATES
from services.core.content import repository as content
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.kit.zones import zone_release
from services.core.organizations.rules import Actor
from services.core.shares import repository, rules, service
from services.core.shares.errors import ConnectionNotUsable, ContentChanged, MoveRefused
from services.core.shares.models import Publication, PublicationState
from services.core.shares.names import PUBLICATION_STATE_NAMES
from services.core.training import service as training

#: Planned, and not armed.
CHANGEABLE = (
    PublicationState.SCHEDULED,
    PublicationState.CLAIMED,
    PublicationState.WAITING,
    PublicationState.HELD,
)


async def find_planned(session: AsyncSession, share_id: UUID) -> Publication | None:
    """The publication of a share that can still be changed."""
    rows = await repository.list_of_share(session, share_id)
    return next((row for row in rows if row.state in CHANGEABLE), None)


async def change(
    session: AsyncSession,
    actor: Actor,
    publication: Publication,
    *,
    text: str | None,
    content_hash: str | None,
    local: datetime | None,
    zone: str | None,
    by_hand: bool,
    networks: Collection[str],
    allow_duplicate: bool,
    keep_similar: bool,
    settings: Settings,
    accept_review: bool = False,
) -> Publication:
    """Put a planned post in other words (``text`` with the ``content_hash`` of what was looked at), or move it.

    ``publication`` is locked by this transaction. What is not given stays. The old consent ends, and the new one is to
    the new bytes and time. Raises MoveRefused once it is armed or over, ContentChanged, and what ``approve`` raises.
    """
    if publication.state not in CHANGEABLE:
        raise MoveRefused(
            current=PUBLICATION_STATE_NAMES[publication.state],
            wanted=PUBLICATION_STATE_NAMES[PublicationState.SCHEDULED],
        )
    share = await repository.get_own_share(session, employee_id=actor.person(), share_id=publication.share_id)
    await ambassadors.get_active(session, program_id=share.program_id, employee_id=share.employee_id)
    await training.must_be_certified(session, program_id=share.program_id, employee_id=share.employee_id)
    if text is not None:
        variant = await content.get_variant(
            session, item_id=share.item_id, network=share.network, language=share.language
        )
        await service.write_text(session, share, text, variant, settings=settings)
        session.add(share)
        await session.flush()
    looked = await service.view(session, share, settings=settings)
    if text is not None and looked.content_hash != (content_hash or "").lower():
        raise ContentChanged()
    wished = local or datetime.fromisoformat(publication.scheduled_local), zone or publication.time_zone
    await service.must_be_clean(session, looked, at=rules.resolve_wall_time(*wished).at, settings=settings)
    connection = await connections.get_own(
        session, employee_id=share.employee_id, connection_id=publication.connection_id
    )
    # One that has to be connected again is no reason against a better time.
    if connection.state is ConnectionState.REVOKED or share.network not in networks:
        raise ConnectionNotUsable(state=CONNECTION_STATES[connection.state], network=share.network)
    fit = await service.fit_in(
        session,
        looked,
        local=wished[0],
        zone=wished[1],
        keep_similar=keep_similar,
        accept_review=accept_review,
        settings=settings,
        exclude_publication_id=publication.id,
        reviewed=(publication.reviewed_rules or ()) if text is None else (),
    )
    agreed = await service.agree(
        session,
        looked,
        connection=connection,
        time=fit.time,
        for_review=fit.review is not None,
        allow_duplicate=allow_duplicate or text is None,
        settings=settings,
        exclude_publication_id=publication.id,
    )
    await _end_consent(session, publication.consent_id, by="edited" if text is not None else "moved")
    publication.consent_id = agreed.consent.id
    publication.content_hash = agreed.consent.content_hash
    publication.fingerprint = agreed.fingerprint
    publication.words_hash = agreed.words_hash
    publication.scheduled_local = fit.time.local.isoformat()
    publication.time_zone = fit.time.zone
    publication.scheduled_at = publication.due_at = fit.time.at
    publication.zone_data = zone_release()
    publication.retries = 0
    # Whoever has claimed it has claimed something else.
    publication.fence += 1
    if text is not None:
        publication.reviewed_rules = None
    if fit.review is not None:
        if publication.state is not PublicationState.HELD:
            await service.move(session, publication, PublicationState.HELD)
        publication.reason = fit.review
    elif publication.state is not PublicationState.SCHEDULED:
        await service.let_go(session, publication, link_id=share.link_id, by_hand=by_hand)
    session.add(publication)
    events.emit(session, "publication.changed", publication_id=publication.id, item_id=publication.item_id)
    await session.flush()
    return publication


async def _end_consent(session: AsyncSession, consent_id: UUID, *, by: str) -> None:
    consent = await repository.get_consent(session, consent_id)
    consent.withdrawn_at = await db.now(session)
    consent.ended_by = by
    session.add(consent)
