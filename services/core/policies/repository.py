"""Every query on policies, their versions and acknowledgements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit.db import advocacy_now, organization_of
from services.core.kit.errors import NotFound
from services.core.kit.ids import new_id
from services.core.kit.texts import Language
from services.core.policies.models import (
    Acknowledgement,
    AcknowledgementRefusal,
    Policy,
    PolicyApproval,
    PolicyApprover,
    PolicyVersion,
    VersionState,
)
from services.core.policies.timeline import BindingRules, Dated


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


#: Of a policy, several versions may be published: the newest whose time has come binds.
_BINDS = (VersionState.PUBLISHED, VersionState.SCHEDULED)


def _has_begun(at: datetime | None) -> Any:
    begins = col(PolicyVersion.effective_from)
    return begins.is_(None) | (begins <= (sa.select(advocacy_now()).scalar_subquery() if at is None else at))


async def find_published(session: AsyncSession, policy_id: UUID, *, at: datetime | None = None) -> PolicyVersion | None:
    """The version of one policy that is in force now, or ``at`` a moment."""
    statement = versions(session, policy_id).where(col(PolicyVersion.state).in_(_BINDS), _has_begun(at))
    return (await session.exec(statement.order_by(col(PolicyVersion.number).desc()).limit(1))).first()


async def list_published(session: AsyncSession, policy_id: UUID) -> list[Dated]:
    """Number, date and state of every version of one policy that was ever published, oldest first."""
    statement = (
        select(PolicyVersion.id, PolicyVersion.number, PolicyVersion.effective_from, PolicyVersion.state)
        .where(
            PolicyVersion.organization_id == organization_of(session),
            PolicyVersion.policy_id == policy_id,
            PolicyVersion.state != VersionState.DRAFT,
        )
        .order_by(col(PolicyVersion.number))
    )
    return [Dated(*row) for row in (await session.exec(statement)).all()]


async def map_published(session: AsyncSession, policy_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The id of the version in force of each of these policies that has one."""
    statement = (
        select(PolicyVersion.policy_id, PolicyVersion.id)
        .where(
            PolicyVersion.organization_id == organization_of(session),
            col(PolicyVersion.policy_id).in_(policy_ids),
            col(PolicyVersion.state).in_(_BINDS),
            _has_begun(None),
        )
        .order_by(col(PolicyVersion.number))
    )
    return dict((await session.exec(statement)).all())


async def map_coming(session: AsyncSession, policy_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, datetime]]:
    """Of each of these policies that has one, the version that takes effect next, and when."""
    statement = (
        select(PolicyVersion.policy_id, PolicyVersion.id, PolicyVersion.effective_from)
        .where(
            PolicyVersion.organization_id == organization_of(session),
            col(PolicyVersion.policy_id).in_(policy_ids),
            col(PolicyVersion.state).in_(_BINDS),
            ~_has_begun(None),
        )
        .order_by(col(PolicyVersion.effective_from).desc(), col(PolicyVersion.number))
    )
    rows = (await session.exec(statement)).all()
    return {policy_id: (version_id, begins) for policy_id, version_id, begins in rows if begins is not None}


def _of_program(session: AsyncSession, program_id: UUID | None, *columns: Any) -> Any:
    """Published versions of everybody's policies and of a program's own, by their numbers."""
    own = col(Policy.program_id) == program_id if program_id is not None else sa.false()
    return (
        sa.select(*columns)
        .join(
            Policy,
            (col(Policy.organization_id) == PolicyVersion.organization_id)
            & (col(Policy.id) == PolicyVersion.policy_id),
        )
        .where(
            col(PolicyVersion.organization_id) == organization_of(session),
            col(PolicyVersion.state).in_(_BINDS),
            col(Policy.program_id).is_(None) | own,
        )
        .order_by(col(PolicyVersion.number))
    )


async def list_current_versions(
    session: AsyncSession, program_id: UUID, *, at: datetime | None = None
) -> list[PolicyVersion]:
    """Versions that bind a program now, or ``at`` a moment: the organization's first, then the program's own."""
    statement = _of_program(session, program_id, PolicyVersion, Policy.program_id).where(_has_begun(at))
    newest = {row[0].policy_id: row for row in (await session.exec(statement)).all()}
    in_order = sorted(newest.values(), key=lambda row: (row[1] is not None, row[0].id))
    return [row[0] for row in in_order]


async def list_rules(session: AsyncSession, program_id: UUID | None) -> list[BindingRules]:
    """The rules that bind a program now, and those that will from a later moment on; without one, everybody's."""
    columns = (
        PolicyVersion.id,
        PolicyVersion.policy_id,
        PolicyVersion.number,
        Policy.program_id,
        PolicyVersion.effective_from,
        PolicyVersion.rules,
    )
    rows = (await session.exec(_of_program(session, program_id, *columns))).all()
    return sorted((BindingRules(*row) for row in rows), key=lambda one: (one.program_id is not None, one.id))


async def find_current_version(session: AsyncSession, program_id: UUID) -> PolicyVersion | None:
    """The version in force of the program's policy, else the organization's."""
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


async def map_acknowledged(
    session: AsyncSession, *, employee_id: UUID, policy_ids: Sequence[UUID]
) -> dict[UUID, dict[UUID, Acknowledgement]]:
    """A person's agreements to versions of these policies: per policy, by version."""
    statement = (
        select(PolicyVersion.policy_id, Acknowledgement)
        .join(
            Acknowledgement,
            (col(Acknowledgement.organization_id) == PolicyVersion.organization_id)
            & (col(Acknowledgement.version_id) == PolicyVersion.id),
        )
        .where(
            PolicyVersion.organization_id == organization_of(session),
            col(PolicyVersion.policy_id).in_(policy_ids),
            Acknowledgement.employee_id == employee_id,
        )
    )
    found: dict[UUID, dict[UUID, Acknowledgement]] = {}
    for policy_id, agreement in (await session.exec(statement)).all():
        found.setdefault(policy_id, {})[agreement.version_id] = agreement
    return found


async def list_binding_policies(session: AsyncSession, program_ids: Sequence[UUID]) -> list[Policy]:
    """Everybody's policies, then those of these programs."""
    statement = (
        policies(session)
        .where(col(Policy.program_id).is_(None) | col(Policy.program_id).in_(program_ids))
        .order_by(col(Policy.program_id).is_not(None), col(Policy.id))
    )
    return list((await session.exec(statement)).all())


async def list_from_now(session: AsyncSession, policy_id: UUID) -> list[PolicyVersion]:
    """The version of a policy in force now, if there is one, and those to come, oldest first."""
    current = await find_published(session, policy_id)
    statement = versions(session, policy_id).where(col(PolicyVersion.state).in_(_BINDS))
    statement = statement.where(PolicyVersion.number >= (current.number if current else 0))
    return list((await session.exec(statement.order_by(col(PolicyVersion.number)))).all())


async def find_version_before(session: AsyncSession, version: PolicyVersion) -> PolicyVersion | None:
    """The version of the same policy that was published last before this one."""
    statement = versions(session, version.policy_id).where(
        PolicyVersion.state != VersionState.DRAFT, PolicyVersion.number < version.number
    )
    return (await session.exec(statement.order_by(col(PolicyVersion.number).desc()).limit(1))).first()


async def get_any_version(session: AsyncSession, version_id: UUID, *, lock: bool = False) -> PolicyVersion:
    """One version of whatever policy of the organization; raise NotFound."""
    statement = select(PolicyVersion).where(
        PolicyVersion.organization_id == organization_of(session), PolicyVersion.id == version_id
    )
    version = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if version is None:
        raise NotFound(thing="policy version")
    return version


async def list_overtaken(session: AsyncSession, version: PolicyVersion) -> list[PolicyVersion]:
    """Versions of the same policy that were published before this one and still stand as such."""
    statement = versions(session, version.policy_id).where(
        col(PolicyVersion.state).in_(_BINDS), PolicyVersion.number < version.number
    )
    return list((await session.exec(statement)).all())


async def list_approvers(session: AsyncSession, policy_id: UUID) -> list[PolicyApprover]:
    """Who is named for the functions of an organization's own policy."""
    statement = select(PolicyApprover).where(
        PolicyApprover.organization_id == organization_of(session), PolicyApprover.policy_id == policy_id
    )
    return list((await session.exec(statement.order_by(col(PolicyApprover.id)))).all())


async def list_approvals(session: AsyncSession, version_id: UUID) -> list[PolicyApproval]:
    """Every answer about a version, oldest first."""
    statement = select(PolicyApproval).where(
        PolicyApproval.organization_id == organization_of(session), PolicyApproval.version_id == version_id
    )
    return list((await session.exec(statement.order_by(col(PolicyApproval.id)))).all())


async def keep_refusal(session: AsyncSession, *, version_id: UUID, employee_id: UUID) -> None:
    """Remember that a person does not agree, so that nothing reminds them."""
    statement = insert(AcknowledgementRefusal).values(
        organization_id=organization_of(session), id=new_id(), version_id=version_id, employee_id=employee_id
    )
    await session.exec(statement.on_conflict_do_nothing())


async def drop_refusal(session: AsyncSession, *, version_id: UUID, employee_id: UUID) -> None:
    """They agree after all."""
    await session.exec(
        sa.delete(AcknowledgementRefusal).where(
            col(AcknowledgementRefusal.organization_id) == organization_of(session),
            col(AcknowledgementRefusal.version_id) == version_id,
            col(AcknowledgementRefusal.employee_id) == employee_id,
        )
    )


async def find_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Versions of all organizations that the scheduler has to look at, the longest due first."""
    rows = await connection.fetch("select organization_id, id from find_policy_versions_due($1)", most)
    return [(row["organization_id"], row["id"]) for row in rows]
