"""Every query on personas, invitations, ambassadors, their preferences and their pauses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.ambassadors import rules
from services.core.ambassadors.fit import Strictness, strictness_of
from services.core.ambassadors.models import (
    Ambassador,
    AmbassadorState,
    Declaration,
    DeclarationConsent,
    Intake,
    Invitation,
    InvitationState,
    OnboardingMark,
    OpenCall,
    Pause,
    Persona,
    Preferences,
    Step,
)
from services.core.ambassadors.rules import Declared, Fit, Result
from services.core.ambassadors.schemas import Wanted, WantedKind
from services.core.employees import repository as employees
from services.core.employees.models import DataKey, Employee, EmploymentStatus
from services.core.employees.service import PRESENT
from services.core.kit.db import now, organization_of
from services.core.kit.errors import NotFound
from services.core.kit.ids import new_id
from services.core.organizations import repository as organizations
from services.core.policies.models import Acknowledgement, Policy, PolicyVersion
from services.core.programs.models import Program


async def find_persona(session: AsyncSession, program_id: UUID) -> Persona | None:
    """Whom a program looks for, if it has said so."""
    statement = select(Persona).where(
        Persona.organization_id == organization_of(session), Persona.program_id == program_id
    )
    return (await session.exec(statement)).first()


async def candidates(
    session: AsyncSession, program_id: UUID, *, fit: Fit, declared: Mapping[UUID, Declared] | None = None
) -> SelectOfScalar[Employee]:
    """Employees who are there and meet each criterion that is a must: surely, possibly, or everybody.

    ``declared`` is what people have said of themselves and let this program see; nobody else meets what asks for it.
    """
    statement = employees.employees(session).where(col(Employee.status).in_(PRESENT))
    persona = await find_persona(session, program_id)
    if persona is None or fit is Fit.ALL:
        return statement
    for criterion, met, failed in await _conditions(session, persona.criteria, declared or {}):
        if strictness_of(persona.terms, criterion) is Strictness.MUST:
            statement = statement.where(sa.not_(failed) if fit is Fit.POSSIBLE else met)
    return statement


async def _conditions(
    session: AsyncSession, criteria: dict[str, Any], declared: Mapping[UUID, Declared]
) -> list[tuple[str, Any, Any]]:
    """Each criterion, who meets it and who is known not to; decided by ``rules`` on distinct values."""
    found: list[tuple[str, Any, Any]] = []
    months = criteria.get(rules.TENURE)
    if months is not None:
        moment, default = await now(session), (await organizations.get_organization(session)).time_zone
        by_day: dict[Any, list[str | None]] = {}
        for zone in await _distinct(session, col(Employee.time_zone)):
            by_day.setdefault(rules.local_date(moment, zone, default=default), []).append(zone)
        started = col(Employee.started_on)
        # The world has three dates at the most at any moment, so these are few.
        long_enough = sa.or_(
            sa.false(),
            *(
                (started <= rules.started_by(day, months=months)) & _one_of(col(Employee.time_zone), zones)
                for day, zones in by_day.items()
            ),
        )
        found.append((rules.TENURE, started.is_not(None) & long_enough, started.is_not(None) & sa.not_(long_enough)))
    for criterion, field in rules.LISTED.items():
        wanted = criteria.get(criterion)
        if wanted:
            column = col(getattr(Employee, field))
            known = await _distinct(session, column)
            listed = column.in_([name for name in known if name and rules.is_listed(name, wanted)])
            found.append((criterion, column.is_not(None) & listed, column.is_not(None) & sa.not_(listed)))
    for criterion in rules.DECLARED:
        if criteria.get(criterion):
            found.append((criterion, *await _declared_conditions(session, criterion, criteria, declared)))
    return found


async def _declared_conditions(
    session: AsyncSession, criterion: str, criteria: dict[str, Any], declared: Mapping[UUID, Declared]
) -> tuple[Any, Any]:
    said: dict[Result, list[UUID]] = {result: [] for result in Result}
    for employee_id, one in declared.items():
        (explained,) = rules.explain({criterion: criteria[criterion]}, _NOBODY, today=_ANY_DAY, declared=one)
        said[explained.result].append(employee_id)
    met, failed = (col(Employee.id).in_(said[result]) for result in (Result.MET, Result.NOT_MET))
    if criterion == rules.LANGUAGES:
        locales = await _distinct(session, col(Employee.locale))
        speak = [locale for locale in locales if locale and rules.language_tag(locale) in criteria[criterion]]
        by_directory = col(Employee.locale).is_not(None) & col(Employee.locale).in_(speak)
        return met | by_directory, failed & sa.not_(by_directory)
    return met, failed


#: Stands for anybody where only what they declared is judged.
_NOBODY = Employee(
    organization_id=UUID(int=0), source="", source_id="", work_email="", first_name="", last_name="", display_name="",
    status=EmploymentStatus.ACTIVE,
)  # fmt: skip
_ANY_DAY = date(2000, 1, 1)


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
        Ambassador.employee_id == employee_id,
        col(Ambassador.state).in_((AmbassadorState.JOINED, AmbassadorState.ONBOARDING)),
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


async def find_intake(session: AsyncSession, program_id: UUID, *, lock: bool = False) -> Intake | None:
    """How a program takes people in, if it has said so; locked for this transaction if asked."""
    statement = select(Intake).where(
        Intake.organization_id == organization_of(session), Intake.program_id == program_id
    )
    return (await session.exec(statement.with_for_update() if lock else statement)).first()


def calls(session: AsyncSession) -> SelectOfScalar[OpenCall]:
    """All open calls of the organization, those that are over too."""
    return select(OpenCall).where(OpenCall.organization_id == organization_of(session))


async def get_call(session: AsyncSession, call_id: UUID, *, lock: bool = False) -> OpenCall:
    """One open call, locked for this transaction if asked; raise NotFound."""
    statement = calls(session).where(OpenCall.id == call_id)
    call = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if call is None:
        raise NotFound(thing="open_call")
    return call


async def count_members(session: AsyncSession, program_id: UUID, *, call_id: UUID | None = None) -> int:
    """How many are in a program now, or of those the ones who came through one call."""
    statement = select(sa.func.count()).where(
        Ambassador.organization_id == organization_of(session),
        Ambassador.program_id == program_id,
        col(Ambassador.state).in_(rules.MEMBER),
    )
    if call_id is not None:
        statement = statement.where(Ambassador.call_id == call_id)
    return (await session.exec(statement)).one()


def waiting(session: AsyncSession, program_id: UUID) -> SelectOfScalar[Ambassador]:
    """Who waits for a place, unordered."""
    return ambassadors(session).where(Ambassador.program_id == program_id, Ambassador.state == AmbassadorState.WAITING)


async def list_waiting_for_a_place(session: AsyncSession, program_id: UUID, *, lock: bool = False) -> list[Ambassador]:
    """Who waits for a place, in the order in which they get one."""
    statement = waiting(session, program_id).order_by(col(Ambassador.waiting_since), col(Ambassador.id))
    return list((await session.exec(statement.with_for_update() if lock else statement)).all())


async def find_place(session: AsyncSession, ambassador: Ambassador) -> int | None:
    """Which place somebody has on the waiting list, from 1; None for who does not wait."""
    if ambassador.state is not AmbassadorState.WAITING:
        return None
    since = col(Ambassador.waiting_since)
    earlier = waiting(session, ambassador.program_id).where(
        (since < ambassador.waiting_since)
        | ((since == ambassador.waiting_since) & (col(Ambassador.id) < ambassador.id))
    )
    return (await session.exec(select(sa.func.count()).select_from(earlier.subquery()))).one() + 1


async def list_memberships(session: AsyncSession, employee_id: UUID) -> list[Ambassador]:
    """Where a person is or was in, or waits; oldest first."""
    statement = ambassadors(session).where(Ambassador.employee_id == employee_id)
    return list((await session.exec(statement.order_by(col(Ambassador.id)))).all())


async def list_members_who_left_the_employer(session: AsyncSession) -> list[tuple[UUID, UUID]]:
    """Program and employee of members, and of people who wait, whose employment is over."""
    statement = (
        select(Ambassador.program_id, Ambassador.employee_id)
        .join(
            Employee,
            (col(Employee.organization_id) == Ambassador.organization_id)
            & (col(Employee.id) == Ambassador.employee_id),
        )
        .where(
            Ambassador.organization_id == organization_of(session),
            Employee.status == EmploymentStatus.LEFT,
            col(Ambassador.state).in_((*rules.MEMBER, AmbassadorState.WAITING)),
        )
        .order_by(col(Ambassador.program_id), col(Ambassador.id))
    )
    return list((await session.exec(statement)).all())


async def get_ambassador(session: AsyncSession, ambassador_id: UUID) -> Ambassador:
    """One membership; raise NotFound."""
    ambassador = (await session.exec(ambassadors(session).where(Ambassador.id == ambassador_id))).first()
    if ambassador is None:
        raise NotFound(thing="membership")
    return ambassador


async def count_waiting(session: AsyncSession, program_id: UUID) -> int:
    """How many wait for a place."""
    return (await session.exec(select(sa.func.count()).select_from(waiting(session, program_id).subquery()))).one()


async def count_able(
    session: AsyncSession, program_id: UUID, *, need: Wanted, able: Collection[UUID]
) -> tuple[int, int]:
    """How many meet a need: members of a program, and others who are there; ``able`` are known to beforehand."""
    meets: Any = col(Employee.id).in_(able)
    if need.kind is not WantedKind.SKILL:
        column = col(Employee.department if need.kind is WantedKind.DEPARTMENT else Employee.locale)
        wanted = need.value.casefold()
        known = [name for name in await _distinct(session, column) if name]
        if need.kind is WantedKind.DEPARTMENT:
            meets |= column.in_([name for name in known if name.casefold() == wanted])
        else:
            meets |= column.in_([name for name in known if rules.language_tag(name) == wanted])
    is_member = (
        select(Ambassador.id)
        .where(
            Ambassador.organization_id == organization_of(session),
            Ambassador.program_id == program_id,
            Ambassador.employee_id == Employee.id,
            col(Ambassador.state).in_(rules.MEMBER),
        )
        .exists()
    )
    statement = select(sa.func.count().filter(is_member), sa.func.count().filter(~is_member)).where(
        Employee.organization_id == organization_of(session), col(Employee.status).in_(PRESENT), meets
    )
    members, others = (await session.exec(statement)).one()
    return members, others


async def list_marks(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> set[Step]:
    """The steps that a person has said they have taken."""
    statement = select(OnboardingMark.step).where(
        OnboardingMark.organization_id == organization_of(session),
        OnboardingMark.program_id == program_id,
        OnboardingMark.employee_id == employee_id,
    )
    return {Step(name) for name in (await session.exec(statement)).all()}


async def add_mark(session: AsyncSession, *, program_id: UUID, employee_id: UUID, step: Step) -> None:
    """Keep that a person says they have taken a step; said again, nothing changes."""
    statement = insert(OnboardingMark).values(
        organization_id=organization_of(session), id=new_id(), program_id=program_id, employee_id=employee_id, step=step
    )
    await (await session.connection()).execute(statement.on_conflict_do_nothing())


async def delete_marks(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> None:
    """Forget the steps a person has said they have taken, for who comes back to take them again."""
    table: Any = sa.inspect(OnboardingMark).local_table
    await (await session.connection()).execute(
        sa.delete(table).where(
            table.c.organization_id == organization_of(session),
            table.c.program_id == program_id,
            table.c.employee_id == employee_id,
        )
    )


async def find_declaration(session: AsyncSession, employee_id: UUID) -> Declaration | None:
    """What a person has said of themselves, sealed; None for who has not."""
    statement = select(Declaration).where(
        Declaration.organization_id == organization_of(session), Declaration.employee_id == employee_id
    )
    return (await session.exec(statement)).first()


def live_consents(session: AsyncSession) -> SelectOfScalar[DeclarationConsent]:
    """What programs may look at now."""
    return select(DeclarationConsent).where(
        DeclarationConsent.organization_id == organization_of(session), col(DeclarationConsent.withdrawn_at).is_(None)
    )


async def list_consents(
    session: AsyncSession, *, employee_id: UUID, program_id: UUID | None = None
) -> list[DeclarationConsent]:
    """What a person lets one program look at, or all programs."""
    statement = live_consents(session).where(DeclarationConsent.employee_id == employee_id)
    if program_id is not None:
        statement = statement.where(DeclarationConsent.program_id == program_id)
    return list((await session.exec(statement.order_by(col(DeclarationConsent.id)))).all())


async def list_shown(
    session: AsyncSession, program_id: UUID, *, employee_ids: Sequence[UUID] | None = None
) -> list[tuple[DeclarationConsent, Declaration, DataKey]]:
    """What people have declared and let a program look at, with the key that opens it."""
    statement = (
        select(DeclarationConsent, Declaration, DataKey)
        .join(
            Declaration,
            (col(Declaration.organization_id) == DeclarationConsent.organization_id)
            & (col(Declaration.employee_id) == DeclarationConsent.employee_id),
        )
        .join(
            DataKey,
            (col(DataKey.organization_id) == DeclarationConsent.organization_id)
            & (col(DataKey.employee_id) == DeclarationConsent.employee_id),
        )
        .where(
            DeclarationConsent.organization_id == organization_of(session),
            DeclarationConsent.program_id == program_id,
            col(DeclarationConsent.withdrawn_at).is_(None),
        )
    )
    if employee_ids is not None:
        statement = statement.where(col(DeclarationConsent.employee_id).in_(employee_ids))
    return [(consent, said, key) for consent, said, key in (await session.exec(statement)).all()]


async def list_agreements(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> list[Acknowledgement]:
    """What a person has agreed to that binds them in this program and in no other they are in."""
    is_in_another = (
        select(Ambassador.id)
        .where(
            Ambassador.organization_id == organization_of(session),
            Ambassador.employee_id == employee_id,
            Ambassador.program_id != program_id,
            col(Ambassador.state).in_(rules.MEMBER),
        )
        .exists()
    )
    statement = (
        select(Acknowledgement)
        .join(
            PolicyVersion,
            (col(PolicyVersion.organization_id) == Acknowledgement.organization_id)
            & (col(PolicyVersion.id) == Acknowledgement.version_id),
        )
        .join(
            Policy,
            (col(Policy.organization_id) == PolicyVersion.organization_id)
            & (col(Policy.id) == PolicyVersion.policy_id),
        )
        .where(
            Acknowledgement.organization_id == organization_of(session),
            Acknowledgement.employee_id == employee_id,
            (col(Policy.program_id) == program_id) | (col(Policy.program_id).is_(None) & ~is_in_another),
        )
    )
    return list((await session.exec(statement)).all())


async def find_call(connection: asyncpg.Connection[Any], code: str) -> tuple[UUID, UUID] | None:
    """Organization and id of the open call whose link ends with ``code``."""
    row = await connection.fetchrow("select organization_id, id from find_open_call($1)", code)
    return (row["organization_id"], row["id"]) if row is not None else None


async def find_onboarding(connection: asyncpg.Connection[Any], *, after_id: UUID, most: int) -> list[tuple[UUID, UUID]]:
    """Organization and id of members whose first steps are not all done, in the order of their ids."""
    rows = await connection.fetch("select organization_id, id from find_ambassadors_onboarding($1, $2)", after_id, most)
    return [(row["organization_id"], row["id"]) for row in rows]


async def find_to_remind(connection: asyncpg.Connection[Any], *, after_id: UUID, most: int) -> list[tuple[UUID, UUID]]:
    """Organization and id of invitations whose next reminder is due, in the order of their ids."""
    rows = await connection.fetch("select organization_id, id from find_invitations_to_remind($1, $2)", after_id, most)
    return [(row["organization_id"], row["id"]) for row in rows]
