"""Every query on launches, and what the probes read of the pilot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors.models import Ambassador, CallState, Invitation, InvitationState, OpenCall
from services.core.ambassadors.repository import calls
from services.core.ambassadors.rules import MEMBER
from services.core.communication.models import Message, MessageState
from services.core.communication.texts import MessageKind
from services.core.connections.models import Connection, ConnectionState
from services.core.employees.models import Employee
from services.core.kit.db import organization_of
from services.core.launches.models import LaunchExample, LaunchGate, LaunchProfile
from services.core.links.models import Click, ClickKind, TrackedLink
from services.core.measurement.models import MetricSnapshot
from services.core.programs.pilots import Cohort
from services.core.shares.models import Publication, PublicationState

#: Messages that are written before anybody has done anything.
_FIRST_MESSAGES = (MessageKind.INVITATION, MessageKind.INVITATION_REMINDER, MessageKind.SIGN_IN)


async def list_gates(session: AsyncSession, program_id: UUID, *, lock: bool = False) -> list[LaunchGate]:
    """How each gate stood when it was looked at last."""
    statement = select(LaunchGate).where(
        LaunchGate.organization_id == organization_of(session), LaunchGate.program_id == program_id
    )
    return list((await session.exec(statement.with_for_update() if lock else statement)).all())


async def find_quiet_programs(
    connection: asyncpg.Connection[Any], *, after_id: UUID, most: int
) -> list[tuple[UUID, UUID]]:
    """Programs of every organization that are launched quietly: organization and program, by id."""
    rows = await connection.fetch("select organization_id, id from find_quiet_programs($1, $2)", after_id, most)
    return [(row["organization_id"], row["id"]) for row in rows]


async def list_pilot_members(session: AsyncSession, program_id: UUID, cohort: Cohort) -> list[UUID]:
    """Who of a pilot is a member."""
    statement = (
        select(Employee)
        .join(
            Ambassador,
            sa.and_(
                col(Ambassador.organization_id) == Employee.organization_id,
                col(Ambassador.employee_id) == Employee.id,
            ),
        )
        .where(
            Employee.organization_id == organization_of(session),
            Ambassador.program_id == program_id,
            col(Ambassador.state).in_(MEMBER),
        )
    )
    return [one.id for one in (await session.exec(statement)).all() if cohort.covers(one)]


async def list_accepted(session: AsyncSession, program_id: UUID, people: Collection[UUID]) -> list[datetime]:
    """When invitations that were mailed to these people were accepted, oldest first."""
    mailed = (
        sa.select(sa.literal(1))
        .where(
            col(Message.organization_id) == Invitation.organization_id,
            col(Message.employee_id) == Invitation.employee_id,
            col(Message.kind) == MessageKind.INVITATION.value,
            col(Message.state) == MessageState.SENT,
            col(Message.created_at) >= col(Invitation.created_at),
        )
        .exists()
    )
    statement = select(Invitation.answered_at).where(
        Invitation.organization_id == organization_of(session),
        Invitation.program_id == program_id,
        col(Invitation.employee_id).in_(people),
        Invitation.state == InvitationState.ACCEPTED,
        mailed,
    )
    return sorted(at for at in (await session.exec(statement)).all() if at is not None)


async def list_connected(session: AsyncSession, people: Collection[UUID]) -> set[UUID]:
    """Who of these has a working account connected. Never shown by person."""
    statement = select(Connection.employee_id).where(
        Connection.organization_id == organization_of(session),
        col(Connection.employee_id).in_(people),
        Connection.state == ConnectionState.ACTIVE,
        col(Connection.account_hash).is_not(None),
    )
    return set((await session.exec(statement)).all())


async def list_published(session: AsyncSession, program_id: UUID, people: Collection[UUID]) -> list[Publication]:
    """Posts of these people that are known to be out, oldest first. Never shown by person."""
    statement = select(Publication).where(
        Publication.organization_id == organization_of(session),
        Publication.program_id == program_id,
        col(Publication.employee_id).in_(people),
        Publication.state == PublicationState.PUBLISHED,
        col(Publication.published_at).is_not(None),
    )
    return list((await session.exec(statement.order_by(col(Publication.published_at)))).all())


async def find_test_click(
    session: AsyncSession, program_id: UUID, people: Collection[UUID]
) -> tuple[UUID, datetime, UUID] | None:
    """The newest click of a person on a post of these people that is out: its id, when, and the item."""
    statement = (
        select(Click.id, Click.clicked_at, TrackedLink.item_id)
        .join(
            TrackedLink,
            sa.and_(col(TrackedLink.organization_id) == Click.organization_id, col(TrackedLink.id) == Click.link_id),
        )
        .where(
            Click.organization_id == organization_of(session),
            TrackedLink.program_id == program_id,
            col(TrackedLink.employee_id).in_(people),
            Click.kind == ClickKind.HUMAN,
            col(Click.clicked_at) >= col(TrackedLink.published_at),
        )
        .order_by(col(Click.clicked_at).desc())
        .limit(1)
    )
    return (await session.exec(statement)).first()


async def map_first_readings(session: AsyncSession, publication_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of these posts had its first number."""
    statement = (
        select(MetricSnapshot.publication_id, sa.func.min(MetricSnapshot.taken_at))
        .where(
            MetricSnapshot.organization_id == organization_of(session),
            col(MetricSnapshot.publication_id).in_(publication_ids),
            col(MetricSnapshot.counts) != {},
        )
        .group_by(col(MetricSnapshot.publication_id))
    )
    return dict((await session.exec(statement)).all())


async def list_notices(session: AsyncSession, people: Collection[UUID], *, since: datetime) -> list[datetime]:
    """When messages left to these people besides those that begin everything, oldest first."""
    statement = select(Message.sent_at).where(
        Message.organization_id == organization_of(session),
        col(Message.employee_id).in_(people),
        Message.state == MessageState.SENT,
        col(Message.kind).not_in([kind.value for kind in _FIRST_MESSAGES]),
        col(Message.sent_at) >= since,
    )
    return sorted(at for at in (await session.exec(statement)).all() if at is not None)


@dataclass(frozen=True)
class Recount:
    """A program's numbers counted from their rows, in another way than reports do."""

    published_shares: int
    human_clicks: int
    raw_hits: int
    impressions: int | None


async def recount(session: AsyncSession, program_id: UUID) -> Recount:
    """Count a program's posts, clicks and impressions row by row."""
    organization_id = organization_of(session)
    published = select(Publication.id).where(
        Publication.organization_id == organization_id,
        Publication.program_id == program_id,
        Publication.state == PublicationState.PUBLISHED,
    )
    ids = list((await session.exec(published)).all())
    clicks = (
        select(Click.link_id, Click.clicked_at, Click.visitor_hash, Click.kind)
        .where(
            Click.organization_id == organization_id,
            col(Click.link_id).in_(
                select(TrackedLink.id).where(
                    TrackedLink.organization_id == organization_id, TrackedLink.program_id == program_id
                )
            ),
            Click.kind != ClickKind.OWN,
        )
    )  # fmt: skip
    visitors, hits = set(), 0
    for link_id, clicked_at, visitor, kind in (await session.exec(clicks)).all():
        hits += 1
        if kind is ClickKind.HUMAN:
            visitors.add((link_id, clicked_at.date(), visitor))
    readings = (
        select(MetricSnapshot)
        .where(
            MetricSnapshot.organization_id == organization_id, col(MetricSnapshot.publication_id).in_(ids)
        )
        .order_by(col(MetricSnapshot.taken_at), col(MetricSnapshot.id))
    )  # fmt: skip
    last = {one.publication_id: one.counts for one in (await session.exec(readings)).all()}
    seen = [counts["impressions"] for counts in last.values() if "impressions" in counts]
    return Recount(len(ids), len(visitors), hits, sum(seen) if seen else None)


async def find_profile(
    session: AsyncSession, *, program_id: UUID, employee_id: UUID, lock: bool = False
) -> LaunchProfile | None:
    """How somebody wants to be presented at a launch."""
    statement = select(LaunchProfile).where(
        LaunchProfile.organization_id == organization_of(session),
        LaunchProfile.program_id == program_id,
        LaunchProfile.employee_id == employee_id,
    )
    return (await session.exec(statement.with_for_update() if lock else statement)).first()


async def list_own_profiles(session: AsyncSession, employee_id: UUID) -> list[LaunchProfile]:
    """The same, of every program of theirs."""
    statement = select(LaunchProfile).where(
        LaunchProfile.organization_id == organization_of(session), LaunchProfile.employee_id == employee_id
    )
    return list((await session.exec(statement.order_by(col(LaunchProfile.id)))).all())


async def list_shown_profiles(session: AsyncSession, program_id: UUID) -> list[LaunchProfile]:
    """What members have approved as it stands, oldest first."""
    statement = (
        select(LaunchProfile)
        .join(
            Ambassador,
            sa.and_(
                col(Ambassador.organization_id) == LaunchProfile.organization_id,
                col(Ambassador.program_id) == LaunchProfile.program_id,
                col(Ambassador.employee_id) == LaunchProfile.employee_id,
            ),
        )
        .where(
            LaunchProfile.organization_id == organization_of(session),
            LaunchProfile.program_id == program_id,
            col(LaunchProfile.approved_hash) == col(LaunchProfile.content_hash),
            col(Ambassador.state).in_(MEMBER),
        )
    )
    return list((await session.exec(statement.order_by(col(LaunchProfile.id)))).all())


async def list_own_examples(session: AsyncSession, employee_id: UUID) -> list[LaunchExample]:
    """Which posts somebody lets launch kits show."""
    statement = select(LaunchExample).where(
        LaunchExample.organization_id == organization_of(session), LaunchExample.employee_id == employee_id
    )
    return list((await session.exec(statement.order_by(col(LaunchExample.id)))).all())


async def find_example(session: AsyncSession, publication_id: UUID) -> LaunchExample | None:
    """The same of one post."""
    statement = select(LaunchExample).where(
        LaunchExample.organization_id == organization_of(session), LaunchExample.publication_id == publication_id
    )
    return (await session.exec(statement)).first()


async def list_examples(session: AsyncSession, program_id: UUID) -> list[LaunchExample]:
    """What members let a program's kit show of posts that are out."""
    statement = (
        select(LaunchExample)
        .join(
            Publication,
            sa.and_(
                col(Publication.organization_id) == LaunchExample.organization_id,
                col(Publication.id) == LaunchExample.publication_id,
            ),
        )
        .join(
            Ambassador,
            sa.and_(
                col(Ambassador.organization_id) == LaunchExample.organization_id,
                col(Ambassador.program_id) == LaunchExample.program_id,
                col(Ambassador.employee_id) == LaunchExample.employee_id,
            ),
        )
        .where(
            LaunchExample.organization_id == organization_of(session),
            LaunchExample.program_id == program_id,
            Publication.state == PublicationState.PUBLISHED,
            col(Ambassador.state).in_(MEMBER),
        )
    )
    return list((await session.exec(statement.order_by(col(LaunchExample.id)))).all())


async def map_engagement(session: AsyncSession, publication_ids: Collection[UUID]) -> dict[UUID, int]:
    """Reactions, comments and reshares of each post as they were reported last. Orders examples; never shown."""
    statement = (
        select(MetricSnapshot)
        .where(
            MetricSnapshot.organization_id == organization_of(session),
            col(MetricSnapshot.publication_id).in_(publication_ids),
        )
        .order_by(col(MetricSnapshot.taken_at), col(MetricSnapshot.id))
    )
    return {
        one.publication_id: sum(one.counts.get(name, 0) for name in ("reactions", "comments", "reshares"))
        for one in (await session.exec(statement)).all()
    }


async def find_open_call(session: AsyncSession, program_id: UUID, *, now: datetime) -> OpenCall | None:
    """The newest call of a program that takes applications."""
    statement = calls(session).where(
        OpenCall.program_id == program_id, OpenCall.state == CallState.OPEN, col(OpenCall.closes_at) > now
    )
    return (await session.exec(statement.order_by(col(OpenCall.id).desc()))).first()
