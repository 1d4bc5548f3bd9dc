"""Recruitment: nominations, applications and open calls. Flushes, never commits.

A nominee is told and asked before any manager sees the nomination; whoever nominated learns nothing more, be it a yes
or a no. Who withdraws an application, or lets a nomination pass, is on no list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import declarations, places
from services.core.ambassadors import repository as ambassadors
from services.core.ambassadors import rules as ambassador_rules
from services.core.ambassadors import service as membership
from services.core.ambassadors.fit import Score, score
from services.core.ambassadors.models import Ambassador, AmbassadorState, CallState, OpenCall, Purpose
from services.core.ambassadors.rules import Declared
from services.core.audit import service as audit
from services.core.employees import sealing
from services.core.employees import service as employees
from services.core.employees.models import Employee
from services.core.employees.service import language_of
from services.core.events import service as events
from services.core.kit import crypto, db
from services.core.kit.errors import FieldProblem, Invalid, NotFound
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.programs import pilots
from services.core.programs import repository as programs
from services.core.programs.models import Program
from services.core.recruitment import repository, rules
from services.core.recruitment.errors import (
    AlreadyApplied,
    AlreadyIn,
    AlreadyNominated,
    ApplicationDecided,
    CallClosed,
    NoApplications,
    NominationClosed,
    NoNominations,
    NotEligible,
)
from services.core.recruitment.models import (
    Application,
    ApplicationState,
    Nomination,
    NominationState,
    Origin,
)
from services.core.recruitment.names import APPLICATION_STATE_NAMES
from services.core.recruitment.rules import Group, GroupBy, Stage
from services.core.recruitment.schemas import (
    ApplicationCreate,
    CallCreate,
    CallUpdate,
    NominationAccept,
    NominationCreate,
    Refuse,
)
from services.core.recruitment.texts import REASONS, name_criteria

NOMINATION_LIFE = timedelta(days=30)
#: However many nominate somebody, or whatever they answered, they are written to once in this time.
QUIET_AFTER_NOMINATION = timedelta(days=90)
LONGEST_CALL = timedelta(days=366)
_CODE_LENGTH = 12

_NOBODY_THERE = Text(
    en="We know nobody with this address. Check it, or ask your colleague for theirs.",
    he="כתובת זו אינה מוכרת לנו. יש לבדוק אותה, או לבקש מהעמית/ה את הכתובת הנכונה.",
)
_YOURSELF = Text(
    en="This is your own address. Apply yourself: POST /v1/programs/{program_id}/applications.",
    he="זו הכתובת שלך. ניתן להגיש מועמדות: ‎POST /v1/programs/{program_id}/applications‎.",
)
_CLOSES = Text(en="Give a time from now on, at most a year ahead.", he="יש לתת מועד מעכשיו והלאה, עד שנה מראש.")
_BOTH = Text(
    en="Each language needs a title and a text; this one is missing here.",
    he="לכל שפה נדרשים כותרת וטקסט; כאן חסרה שפה זו.",
)
_NEEDED = Text(en="This cannot be removed. Give a value.", he="לא ניתן להסיר שדה זה. יש לתת ערך.")
_THEIR_LANGUAGE = Text(
    en="The person is answered in this language. Write the words in it too, or leave words out.",
    he="התשובה נשלחת בשפה זו. יש לכתוב את הדברים גם בה, או להשמיט את words.",
)


async def create_call(session: AsyncSession, actor: Actor, program: Program, body: CallCreate) -> OpenCall:
    """Call for more ambassadors; raise Invalid and ProgramNotReady."""
    actor.require(Permission.AMBASSADORS_INVITE, program_id=program.id)
    membership.must_take_people(program)
    call = OpenCall(
        organization_id=actor.tenant(),
        program_id=program.id,
        code=crypto.random_text(_CODE_LENGTH),
        titles=_by_language(body.titles),
        texts=_by_language(body.texts),
        criteria=body.criteria.model_dump(mode="json", exclude_none=True),
        capacity=body.capacity,
        closes_at=body.closes_at,
    )
    await _must_be_sound(session, call)
    session.add(call)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="open_call.create", subject=call,
        after={"program_id": program.id, "capacity": call.capacity, "closes_at": call.closes_at},
    )  # fmt: skip
    events.emit(session, "open_call.opened", call_id=call.id, program_id=program.id)
    return call


async def update_call(session: AsyncSession, actor: Actor, call: OpenCall, body: CallUpdate) -> OpenCall:
    """Merge patch. A later deadline opens a call again that had run out; more places go to who waits at once."""
    actor.require(Permission.AMBASSADORS_INVITE, program_id=call.program_id)
    changes = body.changes()
    missing = [name for name in ("titles", "texts", "closes_at", "criteria") if name in changes and not changes[name]]
    if missing:
        raise Invalid(problems=[FieldProblem(f"/{name}", "required", _NEEDED) for name in missing])
    if body.titles is not None:
        call.titles = _by_language(body.titles)
    if body.texts is not None:
        call.texts = _by_language(body.texts)
    if body.criteria is not None:
        call.criteria = body.criteria.model_dump(mode="json", exclude_none=True)
    if "capacity" in changes:
        call.capacity = body.capacity
    if body.closes_at is not None:
        call.closes_at = body.closes_at
    await _must_be_sound(session, call, is_new_deadline=body.closes_at is not None)
    session.add(call)
    await session.flush()
    audit.record(session, actor=actor.name, action="open_call.update", subject=call, after={"fields": sorted(changes)})
    if "capacity" in changes:
        await places.move_up(session, call.program_id)
    return call


async def close_call(session: AsyncSession, actor: Actor, call: OpenCall) -> OpenCall:
    """Take no more applications; those that came are answered as before. Said again, nothing changes."""
    actor.require(Permission.AMBASSADORS_INVITE, program_id=call.program_id)
    if call.state is CallState.OPEN:
        call.state = CallState.CLOSED
        session.add(call)
        await session.flush()
        audit.record(session, actor=actor.name, action="open_call.close", subject=call)
        events.emit(session, "open_call.closed", call_id=call.id, program_id=call.program_id)
    return call


async def _must_be_sound(session: AsyncSession, call: OpenCall, *, is_new_deadline: bool = True) -> None:
    now = await db.now(session)
    problems = []
    if is_new_deadline and not now < call.closes_at <= now + LONGEST_CALL:
        problems.append(FieldProblem("/closes_at", "out_of_range", _CLOSES))
    for name, here, there in (("titles", call.titles, call.texts), ("texts", call.texts, call.titles)):
        problems += [FieldProblem(f"/{name}/{tag}", "missing", _BOTH) for tag in sorted(set(there) - set(here))]
    if problems:
        raise Invalid(problems=problems)


def _by_language(words: dict[Language, str]) -> dict[str, str]:
    return {language.value: text for language, text in words.items()}


async def nominate(
    session: AsyncSession, actor: Actor, program: Program, body: NominationCreate, *, settings: Settings
) -> tuple[Nomination, Employee | None]:
    """Say a word for a colleague. Answers the nomination, and the nominee if they are to be written to now.

    They are not while they are in, have an open question to answer or to be answered, or were nominated not long ago:
    whoever nominates learns nothing of that. Raises NoNominations, AlreadyNominated, ProgramNotReady and Invalid.
    """
    nominator_id = actor.person()
    membership.must_take_people(program)
    if not (await membership.read_intake(session, program.id)).takes_nominations:
        raise NoNominations()
    nominee = await repository.find_by_email(session, body.work_email)
    if nominee is None:
        raise Invalid(problems=[FieldProblem("/work_email", "unknown", _NOBODY_THERE)])
    if nominee.id == nominator_id:
        values: dict[str, object] = {"program_id": program.id}
        raise Invalid(problems=[FieldProblem("/work_email", "yourself", _YOURSELF, values)])
    await pilots.must_be_open_to(session, program, nominee.id)
    await ambassadors.lock_person(session, nominee.id)
    now = await db.now(session)
    for earlier in await repository.list_asked(session, program_id=program.id, nominee_id=nominee.id):
        if earlier.nominator_id != nominator_id:
            continue
        if earlier.expires_at > now:
            raise AlreadyNominated()
        await session.delete(earlier)
    await session.flush()
    nomination = Nomination(
        organization_id=actor.tenant(),
        program_id=program.id,
        nominator_id=nominator_id,
        nominee_id=nominee.id,
        sealed_content=b"",
        expires_at=now + NOMINATION_LIFE,
    )
    nomination.sealed_content = await _seal(
        session, nominee.id, _nomination_place(nomination),
        {"reason": body.reason, "traits": body.traits, "skills": body.skills}, settings=settings,
    )  # fmt: skip
    session.add(nomination)
    await session.flush()
    is_told = not await _is_to_be_left_alone(session, nomination)
    return nomination, nominee if is_told else None


async def _is_to_be_left_alone(session: AsyncSession, nomination: Nomination) -> bool:
    program_id, nominee_id = nomination.program_id, nomination.nominee_id
    member = await ambassadors.find_ambassador(session, program_id=program_id, employee_id=nominee_id)
    if member is not None and member.state in (*ambassador_rules.MEMBER, AmbassadorState.WAITING):
        return True
    now = await db.now(session)
    invitations = await ambassadors.list_invitations_of(session, program_id=program_id, employee_ids=[nominee_id])
    if any(ambassador_rules.blocks_new_invitation(row, now=now) for row in invitations):
        return True
    if await repository.find_open_application(session, program_id=program_id, employee_id=nominee_id) is not None:
        return True
    return await repository.was_asked_lately(
        session, program_id=program_id, nominee_id=nominee_id, within=QUIET_AFTER_NOMINATION, besides=nomination.id
    )


async def open_nomination(session: AsyncSession, nomination: Nomination, *, settings: Settings) -> dict[str, Any]:
    """What a nomination says: ``reason``, ``traits`` and ``skills``."""
    return await _open(
        session, nomination.nominee_id, _nomination_place(nomination), nomination.sealed_content, settings=settings
    )


async def accept_nomination(
    session: AsyncSession, actor: Actor, nomination_id: UUID, body: NominationAccept, *, settings: Settings
) -> Application:
    """The nominee passes it on, as they correct it: it becomes their application.

    Raises NotFound, NominationClosed, and what ``apply`` raises.
    """
    nomination = await repository.get_own_nomination(session, nomination_id, nominee_id=actor.person())
    now = await db.now(session)
    if nomination.state is not NominationState.ASKED or nomination.expires_at <= now:
        raise NominationClosed(program_id=nomination.program_id)
    said = await open_nomination(session, nomination, settings=settings)
    application = await _apply(
        session,
        actor,
        await programs.get_program(session, nomination.program_id),
        origin=Origin.NOMINATION,
        nomination=nomination,
        content={
            "words": body.words,
            "nomination": {
                "reason": said["reason"] if body.pass_on_reason else None,
                "traits": said["traits"] if body.traits is None else body.traits,
                "skills": said["skills"] if body.skills is None else body.skills,
            },
        },
        language=body.language,
        show=body.show,
        settings=settings,
    )
    nomination.state, nomination.answered_at = NominationState.PASSED_ON, now
    session.add(nomination)
    await session.flush()
    return application


async def decline_nomination(session: AsyncSession, actor: Actor, nomination_id: UUID) -> Nomination:
    """The nominee lets it pass; said again, it answers the same. Nobody is told: no event, no audit entry."""
    nomination = await repository.get_own_nomination(session, nomination_id, nominee_id=actor.person())
    if nomination.state is NominationState.PASSED_ON:
        raise NominationClosed(program_id=nomination.program_id)
    if nomination.state is NominationState.ASKED:
        nomination.state, nomination.answered_at = NominationState.DECLINED, await db.now(session)
        session.add(nomination)
        await session.flush()
    return nomination


async def apply(
    session: AsyncSession, actor: Actor, program: Program, body: ApplicationCreate, *, settings: Settings
) -> Application:
    """The caller asks to become an ambassador, through an open call or without.

    Raises CallClosed, NotEligible, NoApplications, AlreadyApplied, AlreadyIn, ProgramNotReady, and NotFound for a code
    that is none of this program's.
    """
    call = await repository.find_call_by_code(session, body.code) if body.code is not None else None
    if body.code is not None and (call is None or call.program_id != program.id):
        raise NotFound(thing="open_call")
    if call is None and not (await membership.read_intake(session, program.id)).takes_applications:
        raise NoApplications()
    return await _apply(
        session,
        actor,
        program,
        origin=Origin.OPEN_CALL if call is not None else Origin.OWN,
        call=call,
        content={"words": body.words, "nomination": None},
        language=body.language,
        show=body.show,
        settings=settings,
    )


async def _apply(
    session: AsyncSession,
    actor: Actor,
    program: Program,
    *,
    origin: Origin,
    content: dict[str, Any],
    language: Language | None,
    show: Sequence[Purpose],
    settings: Settings,
    call: OpenCall | None = None,
    nomination: Nomination | None = None,
) -> Application:
    employee = await employees.get_present(session, actor.person())
    membership.must_take_people(program)
    await pilots.must_be_open_to(session, program, employee.id)
    await ambassadors.lock_person(session, employee.id)
    member = await ambassadors.find_ambassador(session, program_id=program.id, employee_id=employee.id)
    if member is not None and member.state in (*ambassador_rules.MEMBER, AmbassadorState.WAITING):
        raise AlreadyIn()
    earlier = await repository.find_open_application(session, program_id=program.id, employee_id=employee.id)
    if earlier is not None:
        raise AlreadyApplied(application_id=earlier.id)
    if call is not None:
        if not rules.takes_applications(call, now=await db.now(session)):
            raise CallClosed()
        await _must_be_eligible(session, actor, call, employee, language=language or language_of(employee))
    application = Application(
        organization_id=actor.tenant(),
        program_id=program.id,
        employee_id=employee.id,
        origin=origin,
        call_id=call.id if call is not None else None,
        nomination_id=nomination.id if nomination is not None else None,
        language=language or language_of(employee),
        sealed_content=b"",
    )
    application.sealed_content = await _seal(
        session, employee.id, _application_place(application), content, settings=settings
    )
    session.add(application)
    await declarations.add_consents(
        session, employee_id=employee.id, program_id=program.id, purposes=show, language=application.language
    )
    await session.flush()
    events.emit(session, "application.created", application_id=application.id, program_id=program.id)
    return application


async def _must_be_eligible(
    session: AsyncSession, actor: Actor, call: OpenCall, employee: Employee, *, language: Language
) -> None:
    organization = await organizations.get_organization(session)
    today = ambassador_rules.local_date(await db.now(session), employee.time_zone, default=organization.time_zone)
    explained = ambassador_rules.explain(call.criteria, employee, today=today)
    failed = [item.criterion for item in explained if item.result is ambassador_rules.Result.NOT_MET]
    if failed:
        raise NotEligible(criteria=name_criteria(failed).in_language(language))


async def accept(session: AsyncSession, actor: Actor, application_id: UUID) -> tuple[Application, Ambassador]:
    """The program says yes: the person joins, or waits for a place. Raises NotFound, ApplicationDecided, NotEmployed
    and ProgramNotReady."""
    application = await _own_decision(session, actor, application_id)
    employee = await employees.get_present(session, application.employee_id)
    membership.must_take_people(await programs.get_program(session, application.program_id))
    await _decide(session, actor.name, application, ApplicationState.ACCEPTED)
    ambassador = await membership.admit(
        session,
        program_id=application.program_id,
        employee_id=employee.id,
        language=application.language,
        call_id=application.call_id,
    )
    audit.record(
        session, actor=actor.name, action="application.accept", subject=application,
        after={"program_id": application.program_id, "employee_id": employee.id},
    )  # fmt: skip
    events.emit(session, "application.accepted", application_id=application.id, program_id=application.program_id)
    return application, ambassador


async def refuse(
    session: AsyncSession, actor: Actor, application_id: UUID, body: Refuse, *, settings: Settings
) -> tuple[Application, str]:
    """The program says no, with a reason. Answers the application and the words for the person, in their language.

    Raises NotFound, ApplicationDecided, and Invalid for words of one's own that are not in that language.
    """
    application = await _own_decision(session, actor, application_id)
    own = body.words or {}
    if own and application.language not in own:
        pointer = f"/words/{application.language.value}"
        raise Invalid(problems=[FieldProblem(pointer, "missing", _THEIR_LANGUAGE)])
    reason = REASONS[body.reason].in_language(application.language, program=application.program_id)
    answer = "\n\n".join([reason, *([own[application.language]] if own else [])])
    content = await open_application(session, application, settings=settings)
    application.sealed_content = await _seal(
        session, application.employee_id, _application_place(application), {**content, "answer": answer},
        settings=settings,
    )  # fmt: skip
    application.reason = body.reason
    await _decide(session, actor.name, application, ApplicationState.REFUSED)
    audit.record(
        session, actor=actor.name, action="application.refuse", subject=application,
        after={"program_id": application.program_id, "reason": body.reason.value},
    )  # fmt: skip
    events.emit(session, "application.refused", application_id=application.id, program_id=application.program_id)
    return application, answer


async def withdraw(session: AsyncSession, actor: Actor, application_id: UUID) -> Application:
    """The person takes it back; said again, it answers the same. Managers see it no more.

    Raises NotFound, and ApplicationDecided for one that was answered.
    """
    application = await repository.get_application(session, application_id, lock=True)
    if application.employee_id != actor.person():
        raise NotFound(thing="application")
    if application.state is ApplicationState.WITHDRAWN:
        return application
    if application.state is not ApplicationState.APPLIED:
        raise ApplicationDecided(state=APPLICATION_STATE_NAMES[application.state])
    application.state, application.withdrawn_at = ApplicationState.WITHDRAWN, await db.now(session)
    session.add(application)
    await session.flush()
    return application


async def settle_after_joining(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> None:
    """Somebody has joined by an invitation: what they had asked for is answered by that."""
    application = await repository.find_open_application(session, program_id=program_id, employee_id=employee_id)
    if application is not None:
        await _decide(session, f"person:{employee_id}", application, ApplicationState.ACCEPTED)


async def read_application(session: AsyncSession, actor: Actor, application_id: UUID) -> tuple[Application, bool]:
    """One application, and whether the caller is its person; raise NotFound for who is neither that nor a manager."""
    actor.tenant()
    application = await repository.get_application(session, application_id)
    if actor.employee_id is not None and application.employee_id == actor.employee_id:
        return application, True
    is_gone = application.state is ApplicationState.WITHDRAWN
    if is_gone or not actor.may(Permission.AMBASSADORS_READ, program_id=application.program_id):
        raise NotFound(thing="application")
    return application, False


async def open_application(session: AsyncSession, application: Application, *, settings: Settings) -> dict[str, Any]:
    """What an application says: ``words``, ``nomination``, and the ``answer`` once it was refused."""
    return await _open(
        session, application.employee_id, _application_place(application), application.sealed_content,
        settings=settings,
    )  # fmt: skip


async def _own_decision(session: AsyncSession, actor: Actor, application_id: UUID) -> Application:
    application = await repository.get_application(session, application_id)
    actor.require(Permission.AMBASSADORS_INVITE, program_id=application.program_id)
    # The person first, then the row: the order in which applying takes them.
    await ambassadors.lock_person(session, application.employee_id)
    application = await repository.get_application(session, application_id, lock=True)
    if application.state is ApplicationState.WITHDRAWN:
        raise NotFound(thing="application")
    if application.state is not ApplicationState.APPLIED:
        raise ApplicationDecided(state=APPLICATION_STATE_NAMES[application.state])
    return application


async def _decide(session: AsyncSession, by: str, application: Application, state: ApplicationState) -> None:
    application.state, application.decided_at, application.decided_by = state, await db.now(session), by
    session.add(application)
    await session.flush()


@dataclass(frozen=True)
class Seen:
    """An application opened for its program's managers."""

    application: Application
    employee: Employee
    content: dict[str, Any]
    fit: Score


async def look_at(
    session: AsyncSession, program_id: UUID, found: Sequence[Application], *, settings: Settings
) -> list[Seen]:
    """Applications to one program with what they say and how each person fits, from what this program may look at."""
    ids = [row.employee_id for row in found]
    shown = await declarations.shown_to_program(session, program_id, settings=settings, employee_ids=ids)
    persona = await ambassadors.find_persona(session, program_id)
    criteria, terms = (persona.criteria, persona.terms) if persona is not None else ({}, {})
    zone = (await organizations.get_organization(session)).time_zone
    now = await db.now(session)
    seen = []
    for application in found:
        employee = await employees.get_employee(session, application.employee_id)
        content = await open_application(session, application, settings=settings)
        declared = _with_nomination(shown.get(employee.id, ambassador_rules.NOTHING_DECLARED), content["nomination"])
        today = ambassador_rules.local_date(now, employee.time_zone, default=zone)
        explained = ambassador_rules.explain(criteria, employee, today=today, declared=declared)
        seen.append(Seen(application, employee, content, score(explained, terms)))
    return seen


def _with_nomination(declared: Declared, nomination: dict[str, Any] | None) -> Declared:
    """What a nominator has declared counts as well, as the nominee let it pass."""
    if nomination is None:
        return declared
    traits, skills = frozenset(nomination["traits"]), frozenset(nomination["skills"])
    return replace(
        declared,
        traits=(declared.traits or frozenset()) | traits if traits else declared.traits,
        skills=(declared.skills or frozenset()) | skills if skills else declared.skills,
    )


async def report_selection(
    session: AsyncSession, actor: Actor, program_id: UUID, *, stage: Stage, by: GroupBy, settings: Settings
) -> list[Group]:
    """Selection rate by group with its ratio to the highest; groups of fewer than 20, and what would tell them, hidden.

    For one program's managers, who see each member and candidate by name anyway.
    """
    actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    people: list[tuple[repository.Present | Employee, bool]]
    if stage is Stage.DECIDED:
        people = [(employee, chosen) for employee, chosen in await repository.list_decided(session, program_id)]
    else:
        present = await repository.list_present(session)
        if stage is Stage.INVITED:
            chosen_ids = await repository.list_invited(session, program_id)
        else:
            declared = await declarations.shown_to_program(session, program_id, settings=settings)
            chosen_ids = await repository.list_fitting(session, program_id, declared=declared)
        people = [(person, person.id in chosen_ids) for person in present]
    zone = (await organizations.get_organization(session)).time_zone
    now = await db.now(session)

    def group_of(person: repository.Present | Employee) -> str:
        match by:
            case GroupBy.UNIT:
                return person.department or rules.UNKNOWN_GROUP
            case GroupBy.COUNTRY:
                return person.country or rules.UNKNOWN_GROUP
            case GroupBy.LANGUAGE:
                return ambassador_rules.language_tag(person.locale) or rules.UNKNOWN_GROUP
            case GroupBy.TENURE:
                if person.started_on is None:
                    return rules.UNKNOWN_GROUP
                today = ambassador_rules.local_date(now, person.time_zone, default=zone)
                return rules.tenure_band(ambassador_rules.tenure_months(person.started_on, today))

    groups = rules.count_groups([group_of(one) for one, _ in people], selected=[chosen for _, chosen in people])
    return rules.selection_rates(groups)


async def _seal(
    session: AsyncSession, employee_id: UUID, place: crypto.Place, document: dict[str, Any], *, settings: Settings
) -> bytes:
    sealer = await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))
    return sealing.seal_document(sealer, document, place=place)


async def _open(
    session: AsyncSession, employee_id: UUID, place: crypto.Place, sealed: bytes, *, settings: Settings
) -> dict[str, Any]:
    sealer = await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))
    return sealing.open_document(sealer, sealed, place=place)


def _nomination_place(row: Nomination) -> crypto.Place:
    return crypto.Place(row.organization_id, row.id, "nominations.sealed_content")


def _application_place(row: Application) -> crypto.Place:
    return crypto.Place(row.organization_id, row.id, "applications.sealed_content")
