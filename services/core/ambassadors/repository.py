"""Every query on personas, invitations and ambassadors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.ambassadors import rules
from services.core.ambassadors.models import Ambassador, AmbassadorState, Invitation, InvitationState, Persona
from services.core.ambassadors.rules import Fit
from services.core.employees import repository as employees
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT
from services.core.kit.db import now, organization_of
from services.core.kit.errors import NotFound
from services.core.organizations import repository as organizations
from services.core.programs.models import Program


async def find_persona(session: AsyncSession, program_id: UUID) -> Persona | None:
    """Whom a program looks for, if it has said so."""
    statement = select(Persona).where(
        Persona.organization_id == organization_of(session), Persona.program_id == program_id
    )
    return (await session.exec(statement)).first()


async def candidates(session: AsyncSession, program_id: UUID, *, fit: Fit) -> SelectOfScalar[Employee]:
    """Employees who are there and whom a program's persona fits: surely, possibly, or everybody."""
    statement = employees.employees(session).where(col(Employee.status).in_(PRESENT))
    persona = await find_persona(session, program_id)
    if persona is None or fit is Fit.ALL:
        return statement
    for column, condition in await _conditions(session, persona.criteria):
        statement = statement.where(condition | column.is_(None) if fit is Fit.POSSIBLE else condition)
    return statement


async def _conditions(session: AsyncSession, criteria: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Each criterion as the column it asks and the condition it sets, decided by ``rules`` on distinct values."""
    found: list[tuple[Any, Any]] = []
    months = criteria.get(rules.TENURE)
    if months is not None:
        moment, default = await now(session), (await organizations.get_organization(session)).time_zone
        by_day: dict[Any, list[str | None]] = {}
        for zone in await _distinct(session, col(Employee.time_zone)):
            by_day.setdefault(rules.local_date(moment, zone, default=default), []).append(zone)
        started = col(Employee.started_on)
        # The world has three dates at the most at any moment, so these are few.
        found.append(
            (
                started,
                sa.or_(
                    sa.false(),
                    *(
                        (started <= rules.started_by(day, months=months)) & _one_of(col(Employee.time_zone), zones)
                        for day, zones in by_day.items()
                    ),
                ),
            )
        )
    for criterion, field in rules.LISTED.items():
        wanted = criteria.get(criterion)
        if wanted:
            column = col(getattr(Employee, field))
            known = await _distinct(session, column)
            found.append((column, column.in_([name for name in known if name and rules.is_listed(name, wanted)])))
    return found


async def _distinct(session: AsyncSession, column: Any) -> list[str | None]:
    statement = select(column).where(Employee.organization_id == organization_of(session)).distinct()
    return list((await session.exec(statement)).all())


def _one_of(column: Any, values: Sequence[str | None]) -> Any:
    listed = column.in_([value for value in values if value is not None])
    return listed | column.is_(None) if None in values else listed


def invitations(session: AsyncSession) -> SelectOfScalar[Invitation]:
    """All invitations of the organization."""
    return select(Invitation).where(Invitation.organization_id == organization_of(session))


async def get_invitation(session: AsyncSession, invitation_id: UUID, *, lock: bool = False) -> Invitation:
    """One invitation, locked for this transaction if asked; raise NotFound."""
    statement = invitations(session).where(Invitation.id == invitation_id)
    invitation = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if invitation is None:
        raise NotFound(thing="invitation")
    return invitation


async def list_invitations_of(
    session: AsyncSession, *, program_id: UUID, employee_ids: Sequence[UUID]
) -> list[Invitation]:
    """Every invitation of these people to a program."""
    statement = invitations(session).where(
        Invitation.program_id == program_id, col(Invitation.employee_id).in_(employee_ids)
    )
    return list((await session.exec(statement.order_by(col(Invitation.id)))).all())


async def list_open_invitations(session: AsyncSession, *, employee_id: UUID) -> list[tuple[Invitation, Program]]:
    """What a person is asked right now, with the programs; oldest first."""
    statement = (
        select(Invitation, Program)
        .join(
            Program,
            (col(Program.organization_id) == Invitation.organization_id) & (col(Program.id) == Invitation.program_id),
        )
        .where(
            Invitation.organization_id == organization_of(session),
            Invitation.employee_id == employee_id,
            Invitation.state == InvitationState.SENT,
            col(Invitation.expires_at) > await now(session),
        )
        .order_by(col(Invitation.id))
    )
    return [(invitation, program) for invitation, program in (await session.exec(statement)).all()]


async def name_programs(session: AsyncSession, program_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of these programs."""
    statement = select(Program.id, Program.name).where(
        Program.organization_id == organization_of(session), col(Program.id).in_(program_ids)
    )
    return dict((await session.exec(statement)).all())


def ambassadors(session: AsyncSession) -> SelectOfScalar[Ambassador]:
    """All memberships of the organization, those that ended too."""
    return select(Ambassador).where(Ambassador.organization_id == organization_of(session))


async def find_ambassador(
    session: AsyncSession, *, program_id: UUID, employee_id: UUID, lock: bool = False
) -> Ambassador | None:
    """A person's membership in a program, locked for this transaction if asked."""
    statement = ambassadors(session).where(Ambassador.program_id == program_id, Ambassador.employee_id == employee_id)
    return (await session.exec(statement.with_for_update() if lock else statement)).first()


async def list_ambassadors_of(
    session: AsyncSession, *, program_id: UUID, employee_ids: Sequence[UUID]
) -> list[Ambassador]:
    """The memberships of these people in a program."""
    statement = ambassadors(session).where(
        Ambassador.program_id == program_id, col(Ambassador.employee_id).in_(employee_ids)
    )
    return list((await session.exec(statement)).all())


async def list_waiting(session: AsyncSession, *, employee_id: UUID, program_id: UUID | None) -> list[Ambassador]:
    """A person's memberships that are not active yet, in one program or in all."""
    statement = ambassadors(session).where(
        Ambassador.employee_id == employee_id, Ambassador.state == AmbassadorState.JOINED
    )
    if program_id is not None:
        statement = statement.where(Ambassador.program_id == program_id)
    return list((await session.exec(statement.order_by(col(Ambassador.id)))).all())


async def name_employees(session: AsyncSession, employee_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of these employees, as the directory displays them."""
    statement = select(Employee.id, Employee.display_name).where(
        Employee.organization_id == organization_of(session), col(Employee.id).in_(employee_ids)
    )
    return dict((await session.exec(statement)).all())


async def list_active(session: AsyncSession, program_id: UUID) -> list[tuple[Ambassador, Employee]]:
    """The active ambassadors of a program who are still employed, with what the directory says of them."""
    statement = (
        select(Ambassador, Employee)
        .join(
            Employee,
            (col(Employee.organization_id) == Ambassador.organization_id)
            & (col(Employee.id) == Ambassador.employee_id),
        )
        .where(
            Ambassador.organization_id == organization_of(session),
            Ambassador.program_id == program_id,
            Ambassador.state == AmbassadorState.ACTIVE,
            col(Employee.status).in_(PRESENT),
        )
        .order_by(col(Ambassador.id))
    )
    return [(ambassador, employee) for ambassador, employee in (await session.exec(statement)).all()]


async def funnel(session: AsyncSession, program_id: UUID) -> dict[str, int]:
    """How many people: ``eligible`` (there, and fit the persona), ``invited``, ``joined`` (in now), ``active``.

    Plain counts: whoever shows them to others suppresses small ones first.
    """
    fitting = (await candidates(session, program_id, fit=Fit.FITTING)).subquery()
    organization_id = organization_of(session)
    invited = select(sa.func.count(sa.distinct(col(Invitation.employee_id)))).where(
        Invitation.organization_id == organization_id, Invitation.program_id == program_id
    )
    members = select(sa.func.count()).where(
        Ambassador.organization_id == organization_id, Ambassador.program_id == program_id
    )
    return {
        "eligible": (await session.exec(select(sa.func.count()).select_from(fitting))).one(),
        "invited": (await session.exec(invited)).one(),
        "joined": (await session.exec(members.where(col(Ambassador.state).in_(rules.MEMBER)))).one(),
        "active": (await session.exec(members.where(Ambassador.state == AmbassadorState.ACTIVE))).one(),
    }
