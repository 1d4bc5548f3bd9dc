"""Every query on policies, their versions and acknowledgements."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.kit.ids import new_id
from services.core.kit.texts import Language
from services.core.policies.models import Acknowledgement, Policy, PolicyVersion, VersionState


def policies(session: AsyncSession) -> SelectOfScalar[Policy]:
    """All policies of the organization."""
    return select(Policy).where(Policy.organization_id == organization_of(session))


async def get_policy(session: AsyncSession, policy_id: UUID, *, lock: bool = False) -> Policy:
    """One policy, locked for this transaction if asked; raise NotFound."""
    statement = policies(session).where(Policy.id == policy_id)
    policy = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if policy is None:
        raise NotFound(thing="policy")
    return policy


def versions(session: AsyncSession, policy_id: UUID) -> SelectOfScalar[PolicyVersion]:
    """All versions of one policy."""
    return select(PolicyVersion).where(
        PolicyVersion.organization_id == organization_of(session), PolicyVersion.policy_id == policy_id
    )


async def find_version(session: AsyncSession, policy_id: UUID, version_id: UUID) -> PolicyVersion | None:
    """One version of one policy."""
    return (await session.exec(versions(session, policy_id).where(PolicyVersion.id == version_id))).first()


async def next_number(session: AsyncSession, policy_id: UUID) -> int:
    """The number of a policy's next version; hold the policy's lock."""
    statement = select(sa.func.coalesce(sa.func.max(PolicyVersion.number), 0)).where(
        PolicyVersion.organization_id == organization_of(session), PolicyVersion.policy_id == policy_id
    )
    return (await session.exec(statement)).one() + 1


async def find_published(session: AsyncSession, policy_id: UUID) -> PolicyVersion | None:
    """The version of one policy that is in force."""
    statement = versions(session, policy_id).where(PolicyVersion.state == VersionState.PUBLISHED)
    return (await session.exec(statement)).first()


async def map_published(session: AsyncSession, policy_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The id of the version in force of each of these policies that has one."""
    statement = select(PolicyVersion.policy_id, PolicyVersion.id).where(
        PolicyVersion.organization_id == organization_of(session),
        col(PolicyVersion.policy_id).in_(policy_ids),
        PolicyVersion.state == VersionState.PUBLISHED,
    )
    return dict((await session.exec(statement)).all())


async def list_program_level(session: AsyncSession, version_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these versions are of a program's own policy."""
    statement = (
        select(PolicyVersion.id)
        .join(
            Policy,
            (col(Policy.organization_id) == PolicyVersion.organization_id)
            & (col(Policy.id) == PolicyVersion.policy_id),
        )
        .where(
            PolicyVersion.organization_id == organization_of(session),
            col(PolicyVersion.id).in_(version_ids),
            col(Policy.program_id).is_not(None),
        )
    )
    return set((await session.exec(statement)).all())


async def list_current_versions(session: AsyncSession, program_id: UUID) -> list[PolicyVersion]:
    """Published versions that bind a program: the organization's first, then the program's own."""
    statement = (
        select(PolicyVersion)
        .join(
            Policy,
            (col(Policy.organization_id) == PolicyVersion.organization_id)
            & (col(Policy.id) == PolicyVersion.policy_id),
        )
        .where(
            PolicyVersion.organization_id == organization_of(session),
            PolicyVersion.state == VersionState.PUBLISHED,
            col(Policy.program_id).is_(None) | (col(Policy.program_id) == program_id),
        )
        .order_by(col(Policy.program_id).is_not(None), col(PolicyVersion.id))
    )
    return list((await session.exec(statement)).all())


async def find_current_version(session: AsyncSession, program_id: UUID) -> PolicyVersion | None:
    """The published version of the program's policy, else the organization's."""
    versions = await list_current_versions(session, program_id)
    return versions[-1] if versions else None


async def list_acknowledged(session: AsyncSession, *, employee_id: UUID, version_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these versions a person has agreed to."""
    statement = select(Acknowledgement.version_id).where(
        Acknowledgement.organization_id == organization_of(session),
        Acknowledgement.employee_id == employee_id,
        col(Acknowledgement.version_id).in_(version_ids),
    )
    return set((await session.exec(statement)).all())


def acknowledgements(session: AsyncSession, policy_id: UUID) -> SelectOfScalar[Acknowledgement]:
    """All agreements to any version of one policy."""
    of_policy = select(PolicyVersion.id).where(
        PolicyVersion.organization_id == organization_of(session), PolicyVersion.policy_id == policy_id
    )
    return select(Acknowledgement).where(
        Acknowledgement.organization_id == organization_of(session), col(Acknowledgement.version_id).in_(of_policy)
    )


async def keep_acknowledgement(
    session: AsyncSession, *, version_id: UUID, employee_id: UUID, language: Language
) -> Acknowledgement:
    """Store a person's agreement, or answer the one they gave before."""
    organization_id = organization_of(session)
    statement = insert(Acknowledgement).values(
        organization_id=organization_id, id=new_id(), version_id=version_id, employee_id=employee_id, language=language
    )
    await session.exec(statement.on_conflict_do_nothing())
    kept = select(Acknowledgement).where(
        Acknowledgement.organization_id == organization_id,
        Acknowledgement.version_id == version_id,
        Acknowledgement.employee_id == employee_id,
    )
    return (await session.exec(kept)).one()
