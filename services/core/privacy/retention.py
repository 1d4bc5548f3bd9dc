"""Letting go of rows that were kept their time, a bounded number at a time."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.employees import lifecycle
from services.core.employees.models import Employee, EmploymentStatus
from services.core.kit import db
from services.core.kit.db import organization_of
from services.core.privacy import registry, repository, service
from services.core.privacy.models import LegalHold

#: Rows of one transaction: few enough that nobody waits for them.
BATCH = 1000
_BY = "privacy.retention"
#: The person's record itself, which is emptied and stays.
_PROFILE = registry.BY_TABLE["employees"].keep


def due_rules() -> list[registry.Rule]:
    """Tables whose rows go by this job, those that refer to others first."""
    return [rule for rule in registry.RULES if rule.keep.days is not None and rule.keep.by == _BY]


async def forget(session: AsyncSession, rule: registry.Rule, *, batch: int = BATCH) -> int:
    """Delete rows of a table that are over their time, ``batch`` at the most; answer how many. A legal hold wins."""
    table, organization_id = rule.columns, organization_of(session)
    old = (
        sa.select(table.c.id)
        .where(
            table.c.organization_id == organization_id,
            table.c[rule.keep.since] < await db.now(session) - timedelta(days=rule.keep.days or 0),
            sa.text(rule.keep.only),
        )
        .order_by(table.c.id)
        .limit(batch)
    )
    for employee_id in await _held(session) if rule.is_personal else []:
        old = old.where(~registry.of_person(rule, organization_id=organization_id, employee_id=employee_id))
    statement = sa.delete(table).where(table.c.organization_id == organization_id, table.c.id.in_(old))
    return (await (await session.connection()).execute(statement)).rowcount


async def begin_erasures(session: AsyncSession, *, batch: int = BATCH) -> int:
    """Begin to forget people who left long enough ago, ``batch`` at the most; answer how many."""
    now = await db.now(session)
    statement = (
        select(Employee)
        .where(
            Employee.organization_id == organization_of(session),
            Employee.status == EmploymentStatus.LEFT,
            col(Employee.source) != lifecycle.ERASED_SOURCE,
            col(Employee.ended_on) < now.date() - timedelta(days=_PROFILE.days or 0),
            ~repository.is_being_erased(session, col(Employee.id)),
        )
        .order_by(col(Employee.id))
        .limit(batch)
    )
    people = (await session.exec(statement)).all()
    session.add_all([service.erasure_of_leaver(employee, now=now) for employee in people])
    await session.flush()
    return len(people)


async def _held(session: AsyncSession) -> list[object]:
    statement = select(LegalHold.employee_id).where(
        LegalHold.organization_id == organization_of(session), col(LegalHold.released_at).is_(None)
    )
    return list((await session.exec(statement.distinct())).all())
