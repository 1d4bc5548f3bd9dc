"""Every query on policies, their versions and acknowledgements."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.kit.db import organization_of
from services.core.policies.models import Acknowledgement, Policy, PolicyVersion, VersionState


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
