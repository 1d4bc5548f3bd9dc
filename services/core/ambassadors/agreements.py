"""Which members of the programs a policy binds have agreed to a version. Agreement is membership; a no is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.ambassadors.models import Ambassador
from services.core.ambassadors.rules import MEMBER
from services.core.kit.db import organization_of
from services.core.kit.texts import Language
from services.core.policies.models import Acknowledgement, AcknowledgementRefusal, Policy, PolicyVersion


@dataclass(frozen=True)
class Member:
    """Somebody whom a version binds, and the language of their membership."""

    employee_id: UUID
    language: Language


@dataclass(frozen=True)
class Counted:
    """How many members of one program there are, and how many have agreed, by the language they read."""

    program_id: UUID
    members: int
    acknowledged: int
    by_language: dict[str, int]


def _members(session: AsyncSession, policy: Policy) -> list[Any]:
    conditions: list[Any] = [
        Ambassador.organization_id == organization_of(session),
        col(Ambassador.state).in_(MEMBER),
    ]
    if policy.program_id is not None:
        conditions.append(Ambassador.program_id == policy.program_id)
    return conditions


def _agreed(version: PolicyVersion) -> Any:
    return (
        (col(Acknowledgement.organization_id) == Ambassador.organization_id)
        & (col(Acknowledgement.employee_id) == Ambassador.employee_id)
        & (col(Acknowledgement.version_id) == version.id)
    )


async def list_programs_of(session: AsyncSession, employee_id: UUID) -> list[UUID]:
    """The programs that somebody is a member of."""
    statement = select(Ambassador.program_id).where(
        Ambassador.organization_id == organization_of(session),
        Ambassador.employee_id == employee_id,
        col(Ambassador.state).in_(MEMBER),
    )
    return list((await session.exec(statement.order_by(col(Ambassador.program_id)))).all())


async def list_to_tell(
    session: AsyncSession, policy: Policy, version: PolicyVersion, *, after: UUID, most: int
) -> list[Member]:
    """Members who have neither agreed to a version nor said no to it, by their ids, each once."""
    refused = (
        sa.select(sa.literal(1))
        .where(
            col(AcknowledgementRefusal.organization_id) == Ambassador.organization_id,
            col(AcknowledgementRefusal.employee_id) == Ambassador.employee_id,
            col(AcknowledgementRefusal.version_id) == version.id,
        )
        .exists()
    )
    statement: Any = (
        sa.select(col(Ambassador.employee_id), sa.func.min(col(Ambassador.language)))
        .outerjoin(Acknowledgement, _agreed(version))
        .where(
            *_members(session, policy),
            col(Acknowledgement.id).is_(None),
            ~refused,
            col(Ambassador.employee_id) > after,
        )
        .group_by(col(Ambassador.employee_id))
        .order_by(col(Ambassador.employee_id))
        .limit(most)
    )
    return [Member(employee_id, Language(tag)) for employee_id, tag in (await session.exec(statement)).all()]


async def count(session: AsyncSession, policy: Policy, version: PolicyVersion) -> list[Counted]:
    """Program by program, how many members have agreed to a version."""
    statement: Any = (
        sa.select(col(Ambassador.program_id), col(Acknowledgement.language), sa.func.count())
        .outerjoin(Acknowledgement, _agreed(version))
        .where(*_members(session, policy))
        .group_by(col(Ambassador.program_id), col(Acknowledgement.language))
        .order_by(col(Ambassador.program_id))
    )
    found: dict[UUID, dict[str | None, int]] = {}
    for program_id, tag, people in (await session.exec(statement)).all():
        found.setdefault(program_id, {})[str(tag) if tag is not None else None] = people
    return [
        Counted(
            program_id,
            sum(by.values()),
            sum(people for tag, people in by.items() if tag is not None),
            {tag: people for tag, people in by.items() if tag is not None},
        )
        for program_id, by in found.items()
    ]


async def count_people(session: AsyncSession, policy: Policy, version: PolicyVersion) -> tuple[int, int]:
    """How many people a version binds, each once, and how many of them have agreed."""
    statement: Any = (
        sa.select(
            sa.func.count(sa.distinct(col(Ambassador.employee_id))),
            sa.func.count(sa.distinct(col(Acknowledgement.employee_id))),
        )
        .outerjoin(Acknowledgement, _agreed(version))
        .where(*_members(session, policy))
    )
    members, agreed = (await session.exec(statement)).one()
    return members, agreed


def members_of(
    session: AsyncSession, policy: Policy, version: PolicyVersion, *, has_agreed: bool | None
) -> SelectOfScalar[Ambassador]:
    """The memberships a version binds; only those who have agreed, or have not (yet), if asked."""
    statement = select(Ambassador).where(*_members(session, policy))
    if has_agreed is None:
        return statement
    agreed = sa.select(sa.literal(1)).select_from(Acknowledgement).where(_agreed(version)).exists()
    return statement.where(agreed if has_agreed else ~agreed)


async def map_agreed(
    session: AsyncSession, version: PolicyVersion, employee_ids: Sequence[UUID]
) -> dict[UUID, tuple[datetime, Language]]:
    """When and in which language these people agreed to a version; who has not is left out."""
    statement = select(Acknowledgement.employee_id, Acknowledgement.created_at, Acknowledgement.language).where(
        Acknowledgement.organization_id == organization_of(session),
        Acknowledgement.version_id == version.id,
        col(Acknowledgement.employee_id).in_(employee_ids),
    )
    return {employee_id: (at, Language(tag)) for employee_id, at, tag in (await session.exec(statement)).all()}
