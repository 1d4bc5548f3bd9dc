"""Quizzes and certificates: marking, issuing on evidence, and their end. Flushes, never commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.employees import sealing
from services.core.events import service as events
from services.core.kit import crypto, db, jobs
from services.core.kit.errors import Invalid, NotFound
from services.core.kit.settings import Settings
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor
from services.core.policies import service as policies
from services.core.policies.models import PolicyVersion
from services.core.training import repository, rules, service
from services.core.training.errors import AcknowledgeFirst, NoTriesLeft, no_question
from services.core.training.models import Certificate, Completion, Module, QuizAttempt

#: Tells a person of their new certificate, and lets go what waited for it; may be repeated.
CERTIFIED_JOB = "training.certified"


@dataclass(frozen=True)
class Quiz:
    """A quiz as somebody finds it who may answer it."""

    module: Module
    questions: list[dict[str, Any]]
    tries: rules.Tries


async def read_quiz(session: AsyncSession, actor: Actor, module_id: UUID) -> Quiz:
    """The questions of a quiz, without the right answers, and how many tries are left. Raises NotFound."""
    employee_id = actor.person()
    module, _ = await service.get_own_module(session, employee_id=employee_id, module_id=module_id)
    quiz = _quiz_of(module)
    tries = await _tries(session, module, quiz, employee_id=employee_id)
    return Quiz(module, quiz["questions"], tries)


def _quiz_of(module: Module) -> dict[str, Any]:
    if module.quiz is None or module.archived_at is not None:
        raise NotFound(thing="quiz")
    return module.quiz


async def _tries(session: AsyncSession, module: Module, quiz: dict[str, Any], *, employee_id: UUID) -> rules.Tries:
    """What was tried before the last certificate is forgotten: a renewal starts afresh."""
    held = await repository.list_certificates(session, employee_ids=[employee_id], module_ids=[module.id])
    last = max((one.issued_at for one in held), default=None)
    made = [
        one.created_at
        for one in await repository.list_attempts(session, employee_id=employee_id, module_id=module.id)
        if last is None or one.created_at > last
    ]
    return rules.tries(quiz, made, now=await db.now(session))


@dataclass(frozen=True)
class Marked:
    """A try, marked, and the certificate that came of it."""

    attempt: QuizAttempt
    marked: rules.Marked
    certificate: Certificate | None


async def submit(
    session: AsyncSession, actor: Actor, module_id: UUID, answers: dict[str, list[str]], *, settings: Settings
) -> Marked:
    """Mark the caller's answers, keep them sealed, and issue the certificate once that completes the module.

    Raises NotFound, AcknowledgeFirst (conduct alone), NoTriesLeft, and Invalid for questions that there are not.
    """
    employee_id = actor.person()
    module, program_ids = await service.get_own_module(session, employee_id=employee_id, module_id=module_id)
    # Two tries at once would both count as the last one.
    await repository.get_module(session, module_id, lock=True)
    quiz = _quiz_of(module)
    known = {question["id"] for question in quiz["questions"]}
    if strange := sorted(set(answers) - known):
        raise Invalid(problems=[no_question(name) for name in strange])
    if rules.is_conduct(module) and (missing := await _unacknowledged(session, program_ids, employee_id)):
        raise AcknowledgeFirst(
            policy_id=missing[0].policy_id, versions=", ".join(str(version.id) for version in missing)
        )
    tries = await _tries(session, module, quiz, employee_id=employee_id)
    if tries.left == 0:
        raise NoTriesLeft(next_at=f"{tries.next_at:%Y-%m-%d %H:%M} UTC")
    marked = rules.mark(quiz, answers)
    attempt = QuizAttempt(
        organization_id=actor.tenant(),
        module_id=module.id,
        employee_id=employee_id,
        is_passed=marked.is_passed,
        sealed_content=b"",
    )
    sealer = await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))
    attempt.sealed_content = sealing.seal_document(
        sealer,
        {"answers": answers, "right": marked.right, "wrong": marked.wrong, "percent": marked.percent},
        place=_place(attempt),
    )
    session.add(attempt)
    await session.flush()
    await session.refresh(attempt)
    certificate = None
    if marked.is_passed:
        certificate = await issue_if_complete(session, module, employee_id=employee_id)
    return Marked(attempt, marked, certificate)


async def open_attempt(session: AsyncSession, attempt: QuizAttempt, *, settings: Settings) -> rules.Marked:
    """One's own try, as it was marked."""
    sealer = await sealing.sealer_for(session, attempt.employee_id, master=crypto.Sealer(settings.master_keys))
    content = sealing.open_document(sealer, attempt.sealed_content, place=_place(attempt))
    return rules.Marked(content["right"], content["wrong"], content["percent"], attempt.is_passed)


def _place(attempt: QuizAttempt) -> crypto.Place:
    return crypto.Place(attempt.organization_id, attempt.id, "quiz_attempts.sealed_content")


async def _unacknowledged(session: AsyncSession, program_ids: list[UUID], employee_id: UUID) -> list[PolicyVersion]:
    found: dict[UUID, PolicyVersion] = {}
    for program_id in program_ids:
        for version in await policies.missing_acknowledgements(session, program_id=program_id, employee_id=employee_id):
            found[version.id] = version
    return list(found.values())


async def issue_if_complete(session: AsyncSession, module: Module, *, employee_id: UUID) -> Certificate | None:
    """Issue a certificate on what the person has done since the last one, if that completes the module.

    Done again, it renews: the new certificate runs from now. Of conduct, only once the policy is acknowledged.
    """
    held = await repository.list_certificates(session, employee_ids=[employee_id], module_ids=[module.id])
    used = {one["id"] for certificate in held for one in certificate.evidence if certificate.revoked_at is None}
    now = await db.now(session)
    evidence: list[dict[str, Any]] = []
    passed = [
        one
        for one in await repository.list_attempts(session, employee_id=employee_id, module_id=module.id)
        if one.is_passed and str(one.id) not in used
    ]
    attended = [
        (enrolment, one)
        for enrolment, one in await repository.list_attended(session, employee_id=employee_id, module_id=module.id)
        if str(enrolment.id) not in used
    ]
    wants_quiz = module.completion is not Completion.ATTENDANCE
    wants_attendance = module.completion is not Completion.QUIZ
    if passed and wants_quiz:
        evidence.append({"kind": "quiz", "id": str(passed[0].id), "at": passed[0].created_at.isoformat()})
    if attended and wants_attendance:
        enrolment, one = attended[0]
        evidence.append({"kind": "attendance", "id": str(enrolment.id), "at": one.starts_at.isoformat()})
    if not rules.is_complete(module.completion, has_passed=bool(passed), has_attended=bool(attended)):
        return None
    if rules.is_conduct(module):
        _, program_ids = await _programs_of(session, module, employee_id)
        if await _unacknowledged(session, program_ids, employee_id):
            return None
        versions = {
            version.id
            for program_id in program_ids
            for version in await policies.list_current_versions(session, program_id)
        }
        evidence += [{"kind": "acknowledgement", "id": str(one), "at": now.isoformat()} for one in sorted(versions)]
    zone = (await organizations.get_organization(session)).time_zone
    months = module.validity_months
    certificate = Certificate(
        organization_id=module.organization_id,
        module_id=module.id,
        employee_id=employee_id,
        issued_at=now,
        expires_at=rules.add_months(now, months, zone=zone) if months else None,
        evidence=evidence,
    )
    session.add(certificate)
    await session.flush()
    for before in held:
        if before.revoked_at is None and before.lapsed_at is None:
            # Whoever has renewed is neither reminded of the old one nor told of its end.
            before.lapsed_at = now
            session.add(before)
    await session.flush()
    events.emit(session, "certificate.issued", certificate_id=certificate.id, module_id=module.id)
    await jobs.enqueue(session, CERTIFIED_JOB, subject_id=certificate.id)
    return certificate


async def _programs_of(session: AsyncSession, module: Module, employee_id: UUID) -> tuple[Module, list[UUID]]:
    try:
        return await service.get_own_module(session, employee_id=employee_id, module_id=module.id)
    except NotFound:
        # Nothing asks for it any more; the session that was attended was of some program.
        return module, []


async def complete_waiting(session: AsyncSession, *, employee_id: UUID) -> int:
    """The person has agreed to a policy: issue what only waited for that; answer how many certificates."""
    issued = 0
    attended = await repository.list_attended(session, employee_id=employee_id)
    module_ids = {one.module_id for _, one in attended}
    for module in (await repository.map_modules(session, module_ids)).values():
        if rules.is_conduct(module) and await issue_if_complete(session, module, employee_id=employee_id):
            issued += 1
    return issued


async def take_back(session: AsyncSession, *, employee_id: UUID, module: Module, evidence_id: UUID) -> None:
    """What a certificate was issued on turned out not to be: it does not count any more."""
    now = await db.now(session)
    for one in await repository.list_certificates(session, employee_ids=[employee_id], module_ids=[module.id]):
        if one.revoked_at is None and any(item["id"] == str(evidence_id) for item in one.evidence):
            one.revoked_at = now
            session.add(one)
            events.emit(session, "certificate.revoked", certificate_id=one.id, module_id=module.id)
    await session.flush()
    for program_id in await repository.list_programs_gated_by(session, module.id, employee_id=employee_id):
        await jobs.enqueue(session, service.GATE_JOB, subject_id=program_id)
