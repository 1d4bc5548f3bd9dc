"""Training: seats told with their calendar entries, certificates that run out, and posts that wait for one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from email.utils import parseaddr
from uuid import UUID, uuid5

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.communication import service as communication
from services.core.communication.service import Attachment
from services.core.communication.texts import MessageKind
from services.core.employees import repository as employees
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT, language_of
from services.core.kit import db
from services.core.kit.logging import get_logger
from services.core.kit.texts import Language, Text
from services.core.programs import repository as programs
from services.core.shares import publishing, rechecking
from services.core.training import calendars, repository, rules, service
from services.core.training.calendars import Method
from services.core.training.errors import how_to
from services.core.training.models import Certificate, Enrolment, EnrolmentState, Module, SessionState, TrainingSession
from services.scheduler.jobs.hours import hours_of
from services.scheduler.worker.tools import Tools

_log = get_logger("training")

_MOST = 500
_FIRST_ID = UUID(int=0)

_FOR_EVER = Text(en="without an end", he="ללא הגבלת זמן")
_UNTIL = Text(en="until {day}", he="עד {day}")
_ONLINE = Text(en="online: {link}", he="מקוון: {link}")
_BOTH = Text(en="{place}, or online: {link}", he="{place}, או מקוון: {link}")


async def tell(tools: Tools, organization_id: UUID, enrolment_id: UUID) -> None:
    """Tell a person what became of their seat, once for each change; a repeated job finds nothing new to tell."""
    async with tools.database.transaction(organization_id) as session:
        enrolment = await repository.get_enrolment(session, enrolment_id, lock=True)
        one = await repository.get_session(session, enrolment.session_id)
        employee = await employees.find_employee(session, enrolment.employee_id)
        if employee is None or employee.status not in PRESENT:
            return
        kind, method = _what(enrolment, one)
        if kind is None:
            return
        module = await repository.get_module(session, one.module_id)
        language = language_of(employee)
        title = service.title_of(module, language.value)
        local = _local_day(one)
        values: dict[str, object] = {
            "module": title,
            "when": local,
            "zone": one.time_zone,
            "where": _where(one, language),
            "trainer": one.trainer,
            "enrolment": enrolment.id,
            "place": await repository.place_in_line(session, enrolment),
        }
        attachment = None
        if method is not None:
            # A seat that is given back is a change of this person's entry alone, and has to count as one.
            before = enrolment.calendar_sequence
            sequence = one.sequence if before is None else max(one.sequence, before + 1)
            enrolment.calendar_sequence = sequence
            attachment = Attachment(
                filename="invite.ics",
                subtype="calendar",
                text=calendars.entry(
                    one,
                    employee,
                    method=method,
                    title=title,
                    description=service.summary_of(module, language.value),
                    organizer=parseaddr(tools.settings.mail_from)[1],
                    sequence=sequence,
                    now=await db.now(session),
                ),
                parameters={"method": method.value},
            )
            enrolment.is_in_calendar = method is Method.REQUEST
        enrolment.told_state, enrolment.told_of = enrolment.state, one.sequence
        session.add(enrolment)
        await communication.write(
            session, employee, kind, settings=tools.settings, values=values, attachment=attachment
        )


def _what(enrolment: Enrolment, one: TrainingSession) -> tuple[MessageKind | None, Method | None]:
    """What there is to tell that was not told, and what the person's calendar is to do."""
    is_known = enrolment.told_of is not None
    if enrolment.told_state is enrolment.state and enrolment.told_of == one.sequence:
        return None, None
    if one.state is SessionState.CANCELLED:
        if enrolment.state not in rules.CONCERNED:
            return None, None
        return MessageKind.TRAINING_CANCELLED, Method.CANCEL if enrolment.is_in_calendar else None
    match enrolment.state:
        case EnrolmentState.INVITED:
            return MessageKind.TRAINING_INVITATION, None
        case EnrolmentState.WAITING:
            return MessageKind.TRAINING_WAITING, None
        case EnrolmentState.ENROLLED:
            is_moved = is_known and enrolment.is_in_calendar
            return MessageKind.TRAINING_MOVED if is_moved else MessageKind.TRAINING_SEAT, Method.REQUEST
        case EnrolmentState.CANCELLED if enrolment.is_in_calendar:
            return MessageKind.TRAINING_GIVEN_BACK, Method.CANCEL
        case _:
            return None, None


def _local_day(one: TrainingSession) -> str:
    return one.starts_local.replace("T", " ")[:16]


def _where(one: TrainingSession, language: Language) -> str:
    if one.place and one.meeting_link:
        return _BOTH.in_language(language, place=one.place, link=one.meeting_link)
    if one.place:
        return one.place
    return _ONLINE.in_language(language, link=one.meeting_link)


async def tell_certified(tools: Tools, organization_id: UUID, certificate_id: UUID) -> None:
    """Put back what waited for a new certificate, and tell its person of it."""
    async with tools.database.transaction(organization_id) as session:
        certificate = await repository.get_certificate(session, certificate_id)
        waiting = await rechecking.list_held_for_training(session, employee_id=certificate.employee_id)
    for publication_id in waiting:
        async with tools.database.transaction(organization_id) as session:
            await publishing.recheck_held(session, publication_id, settings=tools.settings)
    async with tools.database.transaction(organization_id) as session:
        found = await _find_person(session, certificate)
        if found is None:
            return
        employee, module, language = found
        until = _FOR_EVER.in_language(language)
        if certificate.expires_at is not None:
            until = _UNTIL.in_language(language, day=await _last_day(session, employee, certificate))
        await communication.write(
            session, employee, MessageKind.CERTIFICATE_ISSUED, settings=tools.settings, subject_id=certificate.id,
            values={"module": service.title_of(module, language.value), "until": until},
        )  # fmt: skip


async def settle_gate(tools: Tools, organization_id: UUID, program_id: UUID) -> None:
    """What a program asks for has changed: hold the posts of who lacks it, and tell each person once."""
    async with tools.database.transaction(organization_id) as session:
        held = await rechecking.hold_uncertified(session, program_id=program_id)
        if not held:
            return
        counts = Counter(one.employee_id for one in held)
        program = await programs.get_program(session, program_id)
        people = await employees.list_by_ids(session, list(counts))
        for employee in people:
            if employee.status not in PRESENT:
                continue
            language = language_of(employee)
            missing = await service.missing_mandatory(session, program_id=program_id, employee_id=employee.id)
            await communication.write(
                session, employee, MessageKind.TRAINING_COMES_FIRST, settings=tools.settings,
                values={
                    "program": program.name,
                    "how": " ".join(how_to(one.to_learn(), language) for one in missing if one.entry.gates_sharing),
                    "posts": counts[employee.id],
                },
            )  # fmt: skip
    _log.info("training.gate_settled", program_id=str(program_id), held=len(held))


async def lapse(tools: Tools) -> None:
    """Certificates that have run out: posts that need them are held, and each person is told once."""
    async with tools.database.hot(None) as connection:
        rows = await repository.find_lapsed(connection, most=_MOST)
    for organization_id, certificate_id in rows:
        try:
            async with tools.database.transaction(organization_id) as session:
                await _lapse(session, certificate_id, tools=tools)
        # One person's row does not keep the others waiting.
        except Exception as error:
            _log.error("certificate.lapse_failed", certificate_id=str(certificate_id), exc_info=error)


async def _lapse(session: AsyncSession, certificate_id: UUID, *, tools: Tools) -> None:
    certificate = await repository.get_certificate(session, certificate_id, lock=True)
    now = await db.now(session)
    if certificate.lapsed_at is not None or certificate.expires_at is None or certificate.expires_at > now:
        return
    certificate.lapsed_at = now
    session.add(certificate)
    await session.flush()
    gated = await repository.list_programs_gated_by(session, certificate.module_id, employee_id=certificate.employee_id)
    for program_id in gated:
        await rechecking.hold_uncertified(session, program_id=program_id, employee_id=certificate.employee_id)
    held = len(await rechecking.list_held_for_training(session, employee_id=certificate.employee_id))
    found = await _find_person(session, certificate)
    is_needed = bool(gated) or await repository.is_mandatory_for(
        session, certificate.module_id, employee_id=certificate.employee_id
    )
    if found is None or not is_needed:
        return
    employee, module, language = found
    await communication.write(
        session, employee, MessageKind.CERTIFICATE_ENDED, settings=tools.settings, subject_id=certificate.id,
        values={
            "module": service.title_of(module, language.value),
            "how": await _how_to_renew(session, employee, module, language),
            "posts": held,
        },
    )  # fmt: skip


async def remind(tools: Tools) -> None:
    """Remind people 30 and 7 days before a certificate they need runs out, each time once, in their own hours."""
    after = _FIRST_ID
    while True:
        async with tools.database.hot(None) as connection:
            page = await repository.find_to_remind(connection, after=after, most=_MOST, within=rules.FIRST_REMINDER)
        for organization_id, certificate_id in page:
            try:
                async with tools.database.transaction(organization_id) as session:
                    await _remind(session, certificate_id, tools=tools)
            # One person's trouble (a zone that is none, say) does not keep the others from being told.
            except Exception as error:
                _log.error("certificate.reminder_failed", certificate_id=str(certificate_id), exc_info=error)
        if len(page) < _MOST:
            return
        after = page[-1][1]


async def _remind(session: AsyncSession, certificate_id: UUID, *, tools: Tools) -> None:
    certificate = await repository.get_certificate(session, certificate_id, lock=True)
    now = await db.now(session)
    if certificate.expires_at is None or certificate.revoked_at is not None or certificate.lapsed_at is not None:
        return
    days = rules.due_reminder(certificate.expires_at - now, reminded_days=certificate.reminded_days)
    found = await _find_person(session, certificate)
    if days is None or found is None:
        return
    employee, module, language = found
    if not await repository.is_mandatory_for(session, module.id, employee_id=employee.id):
        return
    if (await hours_of(session, employee)).judge(now):
        return
    certificate.reminded_days = days
    session.add(certificate)
    await communication.write(
        session, employee, MessageKind.CERTIFICATE_ENDING, settings=tools.settings,
        subject_id=uuid5(certificate.id, str(days)),
        values={
            "module": service.title_of(module, language.value),
            "until": await _last_day(session, employee, certificate),
            "how": await _how_to_renew(session, employee, module, language, is_expired=False),
        },
    )  # fmt: skip


async def _find_person(session: AsyncSession, certificate: Certificate) -> tuple[Employee, Module, Language] | None:
    employee = await employees.find_employee(session, certificate.employee_id)
    if employee is None or employee.status not in PRESENT:
        return None
    return employee, await repository.get_module(session, certificate.module_id), language_of(employee)


async def _last_day(session: AsyncSession, employee: Employee, certificate: Certificate) -> str:
    hours = await hours_of(session, employee)
    return f"{hours.local(certificate.expires_at):%Y-%m-%d %H:%M}" if certificate.expires_at else "-"


async def _how_to_renew(
    session: AsyncSession, employee: Employee, module: Module, language: Language, *, is_expired: bool = True
) -> str:
    """The ways to a new certificate, of whichever program of the person teaches it."""
    for membership in await repository.list_memberships(session, employee.id):
        for one in await service.list_standings(session, program_id=membership.program_id, employee_id=employee.id):
            if one.module.id != module.id:
                continue
            following = await service.find_next_sessions(
                session, module_ids=[module.id], program_id=membership.program_id, after=await db.now(session)
            )
            return how_to(
                replace(
                    one.to_learn(),
                    is_expired=True if is_expired else None,
                    next_session=following.get(module.id),
                ),
                language,
            )
    return ""
