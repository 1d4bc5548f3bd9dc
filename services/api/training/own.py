"""Training as a person sees it: their curriculum, seats, quizzes and certificates."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlmodel import col

from services.api.ambassadors.facts import advance
from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.api.training.reading import read_own_enrolments, read_own_sessions
from services.core.kit import db
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.kit.texts import pick
from services.core.organizations.rules import Door
from services.core.programs import repository as programs
from services.core.training import certificates, repository, rules, service, sessions
from services.core.training.models import (
    Certificate,
    Enrolment,
    EnrolmentState,
    QuizAttempt,
    SessionState,
    TrainingSession,
)
from services.core.training.schemas import (
    AttemptCreate,
    AttemptRead,
    CertificateRead,
    EnrolmentCreate,
    MaterialRead,
    MyEnrolment,
    MyModule,
    MySession,
    MyTraining,
    NextSessionRead,
    ShownOption,
    ShownQuestion,
    ShownQuiz,
)
from services.core.training.service import ModuleStanding

router: APIRouter = Router(tags=["My training"])

_PERSON = [allow(Door.PERSON)]


@router.get(
    "/v1/me/training",
    operation_id="my_training_list",
    summary="Read my training",
    dependencies=_PERSON,
)
async def list_training(call: Current) -> Listing[MyTraining]:
    """Lists what each of the caller's programs teaches, where they stand, and the next step of each module."""
    employee_id = call.actor.person()
    found = []
    for membership in await repository.list_memberships(call.session, employee_id):
        program = await programs.get_program(call.session, membership.program_id)
        standings = await service.list_standings(call.session, program_id=program.id, employee_id=employee_id)
        found.append(
            MyTraining(
                program_id=program.id,
                program_name=program.name,
                is_sharing_open=not any(one.entry.gates_sharing and one.is_missing for one in standings),
                modules=[_module(call, one) for one in standings],
            )
        )
    call.headers["Content-Language"] = call.language.value
    return Listing(data=found, next_cursor=None)


@router.get(
    "/v1/me/training-sessions",
    operation_id="my_training_sessions_list",
    summary="List sessions I can join",
    dependencies=_PERSON,
)
async def list_sessions(call: Current, page: Page) -> Listing[MySession]:
    """Lists the sessions of the caller's programs that have not begun."""
    memberships = await repository.list_memberships(call.session, call.actor.person())
    statement = repository.sessions(call.session).where(
        col(TrainingSession.program_id).in_([one.program_id for one in memberships]),
        TrainingSession.state == SessionState.PLANNED,
        col(TrainingSession.starts_at) > await db.now(call.session),
    )
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=TrainingSession.id,
        sorts={"starts_at": TrainingSession.starts_at},
        default_sort="starts_at",
    )
    return Listing(data=await read_own_sessions(call, found.rows), next_cursor=found.next_cursor)


@router.post(
    "/v1/me/training-enrolments",
    status_code=201,
    operation_id="my_training_enrolments_create",
    summary="Take a seat",
    dependencies=_PERSON,
)
async def enrol(body: EnrolmentCreate, call: Current) -> MyEnrolment:
    """Takes a seat in a session, or a place on its waiting list; a mail with the calendar entry follows."""
    one = await repository.get_session(call.session, body.session_id, lock=True)
    enrolment = await sessions.enrol(call.session, call.actor, one)
    call.headers["Location"] = f"/v1/me/training-enrolments/{enrolment.id}"
    return await _enrolment(call, enrolment)


@router.get(
    "/v1/me/training-enrolments",
    operation_id="my_training_enrolments_list",
    summary="List my seats",
    dependencies=_PERSON,
)
async def list_enrolments(call: Current, page: Page) -> Listing[MyEnrolment]:
    """Lists the caller's seats, invitations and places on waiting lists, past ones too."""
    found = await paginate(
        call.session,
        repository.enrolments(call.session).where(Enrolment.employee_id == call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Enrolment.id,
        sorts={"created_at": Enrolment.created_at},
        default_sort="-created_at",
    )
    return Listing(data=await read_own_enrolments(call, found.rows), next_cursor=found.next_cursor)


@router.get(
    "/v1/me/training-enrolments/{enrolment_id}",
    operation_id="my_training_enrolments_get",
    summary="Read one of my seats",
    dependencies=_PERSON,
)
async def get_enrolment(enrolment_id: UUID, call: Current) -> MyEnrolment:
    """Answers one of the caller's seats."""
    return await _enrolment(call, await sessions.get_own(call.session, call.actor, enrolment_id))


@router.post(
    "/v1/me/training-enrolments/{enrolment_id}/accept",
    operation_id="my_training_enrolments_accept",
    summary="Accept an invitation to a session",
    dependencies=_PERSON,
)
async def accept(enrolment_id: UUID, call: Current) -> MyEnrolment:
    """Takes the seat that the caller was invited to, or a place on the waiting list where none is free any more."""
    enrolment = await sessions.get_own(call.session, call.actor, enrolment_id)
    if enrolment.state in (EnrolmentState.ENROLLED, EnrolmentState.WAITING):
        return await _enrolment(call, enrolment)
    one = await repository.get_session(call.session, enrolment.session_id, lock=True)
    return await _enrolment(call, await sessions.enrol(call.session, call.actor, one))


@router.post(
    "/v1/me/training-enrolments/{enrolment_id}/decline",
    operation_id="my_training_enrolments_decline",
    summary="Decline an invitation to a session",
    dependencies=_PERSON,
)
async def decline(enrolment_id: UUID, call: Current) -> MyEnrolment:
    """Says no; whoever invited the caller does not learn of it."""
    enrolment = await sessions.get_own(call.session, call.actor, enrolment_id)
    one = await repository.get_session(call.session, enrolment.session_id, lock=True)
    return await _enrolment(call, await sessions.decline(call.session, call.actor, one, enrolment))


@router.delete(
    "/v1/me/training-enrolments/{enrolment_id}",
    status_code=204,
    operation_id="my_training_enrolments_delete",
    summary="Give a seat back",
    dependencies=_PERSON,
)
async def give_back(enrolment_id: UUID, call: Current) -> None:
    """Gives the seat back, without a reason; whoever waits longest gets it."""
    enrolment = await sessions.get_own(call.session, call.actor, enrolment_id)
    one = await repository.get_session(call.session, enrolment.session_id, lock=True)
    await sessions.give_back(call.session, call.actor, one, enrolment)


@router.get(
    "/v1/me/training-modules/{module_id}/quiz",
    operation_id="my_quizzes_get",
    summary="Read a quiz",
    dependencies=_PERSON,
)
async def get_quiz(module_id: UUID, call: Current) -> ShownQuiz:
    """Answers the questions in the caller's language, the options in no order, and how many tries are left."""
    quiz = await certificates.read_quiz(call.session, call.actor, module_id)
    language = call.language.value
    call.headers["Content-Language"] = language
    return ShownQuiz(
        module_id=module_id,
        questions=[
            ShownQuestion(
                id=question["id"],
                text=_in(question["text"], language),
                options=[
                    ShownOption(id=option["id"], text=_in(option["text"], language))
                    for option in rules.shuffled(question["options"])
                ],
                is_multiple=len(question["correct"]) > 1,
            )
            for question in quiz.questions
        ],
        pass_percent=(quiz.module.quiz or {})["pass_percent"],
        attempts_left=quiz.tries.left,
        next_attempt_at=quiz.tries.next_at,
    )


@router.post(
    "/v1/me/training-modules/{module_id}/quiz-attempts",
    status_code=201,
    operation_id="my_quiz_attempts_create",
    summary="Answer a quiz",
    dependencies=_PERSON,
)
async def submit(module_id: UUID, body: AttemptCreate, call: Current) -> AttemptRead:
    """Marks the caller's answers: which were right, not what would have been. Nobody else reads them."""
    marked = await certificates.submit(call.session, call.actor, module_id, body.answers, settings=call.settings)
    if marked.certificate is not None:
        for membership in await repository.list_memberships(call.session, call.actor.person()):
            await advance(call.session, membership)
    call.headers["Location"] = f"/v1/me/training-modules/{module_id}/quiz-attempts"
    return _attempt(marked.attempt, marked.marked, marked.certificate)


@router.get(
    "/v1/me/training-modules/{module_id}/quiz-attempts",
    operation_id="my_quiz_attempts_list",
    summary="List my tries at a quiz",
    dependencies=_PERSON,
)
async def list_attempts(module_id: UUID, call: Current, page: Page) -> Listing[AttemptRead]:
    """Lists the caller's tries, the latest first."""
    employee_id = call.actor.person()
    await service.get_own_module(call.session, employee_id=employee_id, module_id=module_id)
    found = await paginate(
        call.session,
        repository.attempts(call.session, employee_id, module_id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=QuizAttempt.id,
        sorts={"created_at": QuizAttempt.created_at},
        default_sort="-created_at",
    )
    return Listing(
        data=[
            _attempt(row, await certificates.open_attempt(call.session, row, settings=call.settings))
            for row in found.rows
        ],
        next_cursor=found.next_cursor,
    )


@router.get(
    "/v1/me/certificates",
    operation_id="my_certificates_list",
    summary="List my certificates",
    dependencies=_PERSON,
)
async def list_certificates(call: Current, page: Page) -> Listing[CertificateRead]:
    """Lists the caller's certificates, with what each was issued on."""
    found = await paginate(
        call.session,
        repository.certificates(call.session).where(Certificate.employee_id == call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Certificate.id,
        sorts={"issued_at": Certificate.issued_at},
        default_sort="-issued_at",
    )
    return Listing(data=[CertificateRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


async def _enrolment(call: Current, enrolment: Enrolment) -> MyEnrolment:
    return (await read_own_enrolments(call, [enrolment]))[0]


def _attempt(attempt: QuizAttempt, marked: rules.Marked, certificate: Certificate | None = None) -> AttemptRead:
    return AttemptRead(
        id=attempt.id,
        module_id=attempt.module_id,
        created_at=attempt.created_at,
        is_passed=marked.is_passed,
        percent=marked.percent,
        right=marked.right,
        wrong=marked.wrong,
        certificate_id=certificate.id if certificate else None,
    )


def _module(call: Current, one: ModuleStanding) -> MyModule:
    language = call.language.value
    following = one.next_session
    return MyModule(
        position=one.entry.position,
        module_id=one.module.id,
        topic=one.module.topic,
        title=service.title_of(one.module, language),
        summary=service.summary_of(one.module, language),
        is_mandatory=one.entry.is_mandatory,
        gates_sharing=one.entry.gates_sharing,
        standing=one.standing,
        expires_at=one.certificate.expires_at if one.certificate else None,
        next_session=NextSessionRead.model_validate(following) if following else None,
        quiz=f"/v1/me/training-modules/{one.module.id}/quiz" if one.module.quiz is not None else None,
        to_acknowledge=list(one.to_acknowledge),
        linked_to=rules.linked_to(one.module.topic),
        materials=[MaterialRead.model_validate(material) for material in one.module.materials],
    )


def _in(texts: dict[str, str], language: str) -> str:
    found = pick(texts, language)
    return found[1] if found else ""
