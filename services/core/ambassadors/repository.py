"""Every query on personas, invitations, ambassadors, their preferences and their pauses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.ambassadors import rules
from services.core.ambassadors.models import (
    Ambassador,
    AmbassadorState,
    Invitation,
    InvitationState,
    Pause,
    Persona,
    Preferences,
)
from services.core.ambassadors.rules import Fit
from services.core.employees import repository as employees
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT
from services.core.kit.db import now, organization_of
from services.core.kit.errors import NotFound
from services.core.kit.ids import new_id
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


async def get_preferences(session: AsyncSession, employee_id: UUID) -> Preferences | None:
    """What a person wants over all programs; None for somebody who has not said."""
    statement = select(Preferences).where(
        Preferences.organization_id == organization_of(session), Preferences.employee_id == employee_id
    )
    return (await session.exec(statement)).first()


async def add_preferences(session: AsyncSession, employee_id: UUID, values: Mapping[str, Any]) -> bool:
    """Store a person's first preferences; whether there were none before."""
    statement = insert(Preferences).values(
        organization_id=organization_of(session), id=new_id(), version=1, employee_id=employee_id, **values
    )
    statement = statement.on_conflict_do_nothing(index_elements=["organization_id", "employee_id"])
    made = await (await session.connection()).execute(statement.returning(col(Preferences.id)))
    return made.first() is not None


async def list_wanted_languages(session: AsyncSession, program_id: UUID) -> dict[UUID, list[str]]:
    """In which languages people of a program want to be offered content; who takes any is not listed."""
    statement = (
        select(Preferences.employee_id, Preferences.languages)
        .join(
            Ambassador,
            (col(Ambassador.organization_id) == Preferences.organization_id)
            & (col(Ambassador.employee_id) == Preferences.employee_id),
        )
        .where(
            Preferences.organization_id == organization_of(session),
            Ambassador.program_id == program_id,
            sa.func.jsonb_array_length(col(Preferences.languages)) > 0,
        )
    )
    return {employee_id: list(wanted) for employee_id, wanted in (await session.exec(statement)).all()}


async def lock_person(session: AsyncSession, employee_id: UUID) -> None:
    """Put what changes a person's own things one after the other, until the transaction ends."""
    statement = select(Employee.id).where(
        Employee.organization_id == organization_of(session), Employee.id == employee_id
    )
    await session.exec(statement.with_for_update(key_share=True))


def pauses(session: AsyncSession, *, employee_id: UUID) -> SelectOfScalar[Pause]:
    """A person's pauses, those that are over too."""
    return select(Pause).where(Pause.organization_id == organization_of(session), Pause.employee_id == employee_id)


async def get_pause(session: AsyncSession, pause_id: UUID, *, employee_id: UUID, lock: bool = False) -> Pause:
    """One of a person's pauses; raise NotFound, for somebody else's too."""
    statement = pauses(session, employee_id=employee_id).where(Pause.id == pause_id)
    pause = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if pause is None:
        raise NotFound(thing="pause")
    return pause


def in_effect(at: datetime) -> sa.ColumnElement[bool]:
    """Whether a pause counts at a moment: from its start to the moment before its end."""
    return (col(Pause.starts_at) <= at) & (col(Pause.ends_at).is_(None) | (col(Pause.ends_at) > at))


async def find_pause(
    session: AsyncSession, *, employee_id: UUID, program_id: UUID | None, at: datetime
) -> Pause | None:
    """The pause of a person that is in effect in a program at a moment; of several, the one that lasts longest.

    Without a program, only those for every program count.
    """
    statement = (
        pauses(session, employee_id=employee_id)
        .where(col(Pause.program_id).is_(None) | (col(Pause.program_id) == program_id), in_effect(at))
        .order_by(col(Pause.ends_at).desc().nulls_first(), col(Pause.id))
        .limit(1)
    )
    return (await session.exec(statement)).first()


async def list_pauses(session: AsyncSession, *, employee_id: UUID, ends_after: datetime | None = None) -> list[Pause]:
    """A person's pauses in the order in which they start; with ``ends_after``, only those not over by then."""
    statement = pauses(session, employee_id=employee_id)
    if ends_after is not None:
        statement = statement.where(col(Pause.ends_at).is_(None) | (col(Pause.ends_at) > ends_after))
    return list((await session.exec(statement.order_by(col(Pause.starts_at), col(Pause.id)))).all())
