"""Every query on nominations, applications and open calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.ambassadors import repository as ambassadors
from services.core.ambassadors.models import Ambassador, CallState, Invitation, OpenCall
from services.core.ambassadors.rules import Declared, Fit
from services.core.employees import repository as employees
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT
from services.core.kit.db import now, organization_of
from services.core.kit.errors import NotFound
from services.core.recruitment.models import Application, ApplicationState, Nomination, NominationState


def applications(session: AsyncSession) -> SelectOfScalar[Application]:
    """All applications of the organization."""
    return select(Application).where(Application.organization_id == organization_of(session))


async def get_application(session: AsyncSession, application_id: UUID, *, lock: bool = False) -> Application:
    """One application, locked for this transaction if asked; raise NotFound."""
    statement = applications(session).where(Application.id == application_id)
    application = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if application is None:
        raise NotFound(thing="application")
    return application


async def find_open_application(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> Application | None:
    """What somebody has asked a program that it has not answered yet; locked."""
    statement = applications(session).where(
        Application.program_id == program_id,
        Application.employee_id == employee_id,
        Application.state == ApplicationState.APPLIED,
    )
    return (await session.exec(statement.with_for_update())).first()


def nominations(session: AsyncSession) -> SelectOfScalar[Nomination]:
    """All nominations of the organization."""
    return select(Nomination).where(Nomination.organization_id == organization_of(session))


async def get_own_nomination(session: AsyncSession, nomination_id: UUID, *, nominee_id: UUID) -> Nomination:
    """One nomination of a person, locked; raise NotFound, for somebody else's too."""
    statement = nominations(session).where(Nomination.id == nomination_id, Nomination.nominee_id == nominee_id)
    nomination = (await session.exec(statement.with_for_update())).first()
    if nomination is None:
        raise NotFound(thing="nomination")
    return nomination


async def list_asked(session: AsyncSession, *, program_id: UUID, nominee_id: UUID) -> list[Nomination]:
    """What somebody was nominated with in a program and has not answered, run out or not."""
    statement = nominations(session).where(
        Nomination.program_id == program_id,
        Nomination.nominee_id == nominee_id,
        Nomination.state == NominationState.ASKED,
    )
    return list((await session.exec(statement.with_for_update())).all())


async def was_asked_lately(
    session: AsyncSession, *, program_id: UUID, nominee_id: UUID, within: timedelta, besides: UUID
) -> bool:
    """Whether somebody was nominated in a program not long ago: they are not written to again."""
    statement = nominations(session).where(
        Nomination.program_id == program_id,
        Nomination.nominee_id == nominee_id,
        Nomination.id != besides,
        col(Nomination.created_at) > await now(session) - within,
    )
    return (await session.exec(select(statement.exists()))).one()


async def find_by_email(session: AsyncSession, work_email: str) -> Employee | None:
    """Who is employed and has this address."""
    statement = employees.employees(session).where(
        sa.func.lower(col(Employee.work_email)) == work_email.strip().lower(), col(Employee.status).in_(PRESENT)
    )
    return (await session.exec(statement)).first()


@dataclass(frozen=True)
class Present:
    """What people who are there are grouped by."""

    id: UUID
    department: str | None
    country: str | None
    locale: str | None
    started_on: date | None
    time_zone: str | None


async def list_present(session: AsyncSession) -> list[Present]:
    """Everybody who is there, with what they are grouped by."""
    columns = [getattr(Employee, field.name) for field in fields(Present)]
    statement = sa.select(*columns).where(
        col(Employee.organization_id) == organization_of(session), col(Employee.status).in_(PRESENT)
    )
    return [Present(*row) for row in (await (await session.connection()).execute(statement)).all()]


async def list_fitting(session: AsyncSession, program_id: UUID, *, declared: Mapping[UUID, Declared]) -> set[UUID]:
    """Whom the persona of a program surely fits."""
    fitting = (await ambassadors.candidates(session, program_id, fit=Fit.FITTING, declared=declared)).subquery()
    return set((await session.exec(select(fitting.c.id))).all())


async def list_invited(session: AsyncSession, program_id: UUID) -> set[UUID]:
    """Whom a program has invited, ever."""
    statement = select(Invitation.employee_id).where(
        Invitation.organization_id == organization_of(session), Invitation.program_id == program_id
    )
    return set((await session.exec(statement.distinct())).all())


async def list_decided(session: AsyncSession, program_id: UUID) -> list[tuple[Employee, bool]]:
    """Who applied and was answered, and whether the answer was yes; of several, the last."""
    statement = (
        select(Employee, Application.state)
        .join(
            Application,
            (col(Application.organization_id) == Employee.organization_id)
            & (col(Application.employee_id) == Employee.id),
        )
        .where(
            Employee.organization_id == organization_of(session),
            Application.program_id == program_id,
            col(Application.state).in_((ApplicationState.ACCEPTED, ApplicationState.REFUSED)),
        )
        .order_by(col(Application.decided_at))
    )
    last = {
        employee.id: (employee, state == ApplicationState.ACCEPTED)
        for employee, state in (await session.exec(statement)).all()
    }
    return list(last.values())


async def count_applications(session: AsyncSession, call_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many have applied through these calls."""
    statement = (
        select(Application.call_id, sa.func.count())
        .where(Application.organization_id == organization_of(session), col(Application.call_id).in_(call_ids))
        .group_by(col(Application.call_id))
    )
    return {call_id: count for call_id, count in (await session.exec(statement)).all() if call_id is not None}


async def find_call_by_code(session: AsyncSession, code: str) -> OpenCall | None:
    """The open call whose link ends with ``code``."""
    statement = select(OpenCall).where(OpenCall.organization_id == organization_of(session), OpenCall.code == code)
    return (await session.exec(statement)).first()


async def concerns(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> bool:
    """Whether a program has anything to do with somebody: it asked them, they asked it, or it calls everybody."""
    organization_id, moment = organization_of(session), await now(session)
    of_person = [
        select(model.id)
        .where(model.organization_id == organization_id, model.program_id == program_id, person == employee_id)
        .exists()
        for model, person in (
            (Invitation, col(Invitation.employee_id)),
            (Ambassador, col(Ambassador.employee_id)),
            (Application, col(Application.employee_id)),
            (Nomination, col(Nomination.nominee_id)),
        )
    ]
    calls = (
        select(OpenCall.id)
        .where(
            OpenCall.organization_id == organization_id,
            OpenCall.program_id == program_id,
            OpenCall.state == CallState.OPEN,
            col(OpenCall.closes_at) > moment,
        )
        .exists()
    )
    return (await session.exec(select(sa.or_(calls, *of_person)))).one()
