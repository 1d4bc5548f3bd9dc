"""Training as those see it who organize it: modules, curricula, sessions, attendance, completion and the budget."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel import col

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.api.training.reading import read_budget, read_module, read_saved, read_sessions
from services.core.employees import repository as employee_rows
from services.core.employees import service as employees
from services.core.employees.models import Employee
from services.core.kit import db
from services.core.kit.errors import NotFound, PreconditionFailed
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission
from services.core.programs import repository as programs
from services.core.training import budget, repository, rules, service, sessions
from services.core.training.models import Certificate, Cost, EnrolmentState, Module, TrainingSession
from services.core.training.schemas import (
    AttendanceRead,
    AttendanceWrite,
    BudgetRead,
    BudgetWrite,
    CostCreate,
    CostRead,
    CurriculumRead,
    CurriculumWrite,
    EnrolmentInvite,
    EnrolmentRead,
    EntryRead,
    MemberStanding,
    MemberTraining,
    ModuleCreate,
    ModuleRead,
    ModuleUpdate,
    QuizRead,
    SessionCreate,
    SessionRead,
    SessionSaved,
    SessionUpdate,
)

router: APIRouter = Router(tags=["Training"])

#: Of the others it is not shown that they ever were in it.
_SHOWN = (
    EnrolmentState.INVITED,
    EnrolmentState.DECLINED,
    EnrolmentState.ENROLLED,
    EnrolmentState.WAITING,
    EnrolmentState.ATTENDED,
    EnrolmentState.ABSENT,
)


@router.post(
    "/v1/training-modules",
    status_code=201,
    operation_id="training_modules_create",
    summary="Add a training module",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def create_module(body: ModuleCreate, call: Current) -> ModuleRead:
    """Adds something to learn: who teaches it, what it costs, what completes it and how long that counts."""
    if body.program_id is not None:
        await programs.get_program(call.session, body.program_id)
    module = await service.create_module(call.session, call.actor, body)
    call.answers(module)
    call.headers["Location"] = f"/v1/training-modules/{module.id}"
    return read_module(module)


@router.get(
    "/v1/training-modules",
    operation_id="training_modules_list",
    summary="List training modules",
    dependencies=[allow(Permission.TRAINING_READ)],
)
async def list_modules(
    call: Current,
    page: Page,
    program_id: Annotated[UUID | None, Query(description="Of one program, and those for every program.")] = None,
    include_archived: Annotated[bool, Query(description="Archived ones too.")] = False,
) -> Listing[ModuleRead]:
    """Lists the catalogue: the organization's modules and those of the programs that the caller sees."""
    statement = repository.modules(call.session)
    seen = call.actor.programs_for(Permission.TRAINING_READ)
    if seen is not None:
        statement = statement.where(col(Module.program_id).is_(None) | col(Module.program_id).in_(seen))
    if program_id is not None:
        statement = statement.where(col(Module.program_id).is_(None) | (col(Module.program_id) == program_id))
    if not include_archived:
        statement = statement.where(col(Module.archived_at).is_(None))
    found = await paginate(
        call.session,
        statement,
        page=call.page(
            limit=page.limit, cursor=page.cursor, sort=page.sort, filters=f"{program_id}|{include_archived}"
        ),
        id_column=Module.id,
        sorts={"created_at": Module.created_at},
        default_sort="created_at",
    )
    return Listing(data=[read_module(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/training-modules/{module_id}",
    operation_id="training_modules_get",
    summary="Read a training module",
    dependencies=[allow(Permission.TRAINING_READ)],
)
async def get_module(module_id: UUID, call: Current) -> ModuleRead:
    """Answers one module, without the questions of its quiz."""
    module = await repository.get_module(call.session, module_id)
    _must_see(call, module)
    call.answers(module)
    return read_module(module)


@router.patch(
    "/v1/training-modules/{module_id}",
    operation_id="training_modules_update",
    summary="Change a training module",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def update_module(module_id: UUID, body: ModuleUpdate, call: Current) -> ModuleRead:
    """Merge patch; planned sessions keep their price, and certificates stay as they are."""
    module = await repository.get_module(call.session, module_id, lock=True)
    call.must_match(module)
    module = await service.update_module(call.session, call.actor, module, body)
    call.answers(module)
    return read_module(module)


@router.get(
    "/v1/training-modules/{module_id}/quiz",
    operation_id="training_quizzes_get",
    summary="Read a quiz with its answers",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def get_quiz(module_id: UUID, call: Current) -> QuizRead:
    """Answers the questions with the right options, for whoever writes them."""
    module = await repository.get_module(call.session, module_id)
    call.actor.require(Permission.TRAINING_WRITE, program_id=module.program_id)
    if module.quiz is None:
        raise NotFound(thing="quiz")
    return QuizRead.model_validate(module.quiz)


@router.put(
    "/v1/programs/{program_id}/curriculum",
    operation_id="curricula_put",
    summary="Say what a program teaches",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def put_curriculum(program_id: UUID, body: CurriculumWrite, call: Current) -> CurriculumRead:
    """Replaces the curriculum: modules in order, which are mandatory, and which come before sharing.

    Planned posts of people who lack what comes before sharing wait, and each person is told what to do.
    """
    program = await programs.get_program(call.session, program_id, lock=True)
    call.must_match(program)
    await service.put_curriculum(call.session, call.actor, program_id, body)
    call.answers(program)
    return await _curriculum(call, program_id)


@router.get(
    "/v1/programs/{program_id}/curriculum",
    operation_id="curricula_get",
    summary="Read what a program teaches",
    dependencies=[allow(Permission.TRAINING_READ)],
)
async def get_curriculum(program_id: UUID, call: Current) -> CurriculumRead:
    """Answers the modules of a program, in order; its ETag is the program's."""
    program = await programs.get_program(call.session, program_id)
    call.actor.require(Permission.TRAINING_READ, program_id=program_id)
    call.answers(program)
    return await _curriculum(call, program_id)


@router.get(
    "/v1/programs/{program_id}/training-completion",
    operation_id="training_completion_list",
    summary="List who has completed what is mandatory",
    dependencies=[allow(Permission.TRAINING_READ)],
)
async def list_completion(program_id: UUID, call: Current, page: Page) -> Listing[MemberTraining]:
    """Lists the program's people with their standing in each mandatory module. Quizzes and tries are theirs alone."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.TRAINING_READ, program_id=program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    found = await paginate(
        call.session,
        repository.members(call.session, program_id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Employee.id,
        sorts={"display_name": Employee.display_name},
        default_sort="display_name",
    )
    entries = [one for one in await repository.list_entries(call.session, [program_id]) if one.is_mandatory]
    module_ids = [one.module_id for one in entries]
    held: dict[tuple[UUID, UUID], list[Certificate]] = defaultdict(list)
    for one in await repository.list_certificates(
        call.session, employee_ids=[row.id for row in found.rows], module_ids=module_ids
    ):
        held[one.employee_id, one.module_id].append(one)
    now = await db.now(call.session)

    def stand(employee_id: UUID, module_id: UUID) -> MemberStanding:
        certificates = held[employee_id, module_id]
        best = rules.best(certificates)
        return MemberStanding(
            module_id=module_id,
            standing=rules.standing(certificates, at=now),
            expires_at=best.expires_at if best else None,
        )

    return Listing(
        data=[
            MemberTraining(
                employee_id=row.id,
                display_name=row.display_name,
                modules=[stand(row.id, module_id) for module_id in module_ids],
            )
            for row in found.rows
        ],
        next_cursor=found.next_cursor,
    )


@router.post(
    "/v1/training-sessions",
    status_code=201,
    operation_id="training_sessions_create",
    summary="Plan a training session",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def create_session(body: SessionCreate, call: Current) -> SessionSaved:
    """Plans a session for the people of a program, within its training budget; an excess needs a reason and a right."""
    await programs.get_program(call.session, body.program_id)
    saved = await sessions.create(call.session, call.actor, body)
    call.answers(saved.session)
    call.headers["Location"] = f"/v1/training-sessions/{saved.session.id}"
    return await read_saved(call, saved)


@router.get(
    "/v1/training-sessions",
    operation_id="training_sessions_list",
    summary="List training sessions",
    dependencies=[allow(Permission.TRAINING_READ)],
)
async def list_sessions(
    call: Current,
    page: Page,
    program_id: Annotated[UUID | None, Query(description="Of one program.")] = None,
    module_id: Annotated[UUID | None, Query(description="Of one module.")] = None,
) -> Listing[SessionRead]:
    """Lists the sessions of the programs that the caller sees."""
    statement = repository.sessions(call.session)
    seen = call.actor.programs_for(Permission.TRAINING_READ)
    if seen is not None:
        statement = statement.where(col(TrainingSession.program_id).in_(seen))
    if program_id is not None:
        statement = statement.where(TrainingSession.program_id == program_id)
    if module_id is not None:
        statement = statement.where(TrainingSession.module_id == module_id)
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=f"{program_id}|{module_id}"),
        id_column=TrainingSession.id,
        sorts={"starts_at": TrainingSession.starts_at},
        default_sort="starts_at",
    )
    return Listing(data=await read_sessions(call, found.rows), next_cursor=found.next_cursor)


@router.get(
    "/v1/training-sessions/{session_id}",
    operation_id="training_sessions_get",
    summary="Read a training session",
    dependencies=[allow(Permission.TRAINING_READ)],
)
async def get_session(session_id: UUID, call: Current) -> SessionRead:
    """Answers one session."""
    one = await repository.get_session(call.session, session_id)
    call.actor.require(Permission.TRAINING_READ, program_id=one.program_id)
    call.answers(one)
    return (await read_sessions(call, [one]))[0]


@router.patch(
    "/v1/training-sessions/{session_id}",
    operation_id="training_sessions_update",
    summary="Move or change a training session",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def update_session(session_id: UUID, body: SessionUpdate, call: Current) -> SessionSaved:
    """Merge patch of a session that has not begun; who is in it is told, and their calendar entries follow."""
    one = await repository.get_session(call.session, session_id, lock=True)
    call.must_match(one)
    saved = await sessions.update(call.session, call.actor, one, body)
    call.answers(saved.session)
    return await read_saved(call, saved)


@router.delete(
    "/v1/training-sessions/{session_id}",
    status_code=204,
    operation_id="training_sessions_cancel",
    summary="Cancel a training session",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def cancel_session(session_id: UUID, call: Current) -> None:
    """Calls a session off: everybody in it is told, and their calendar entries go."""
    one = await repository.get_session(call.session, session_id, lock=True)
    call.must_match(one)
    await sessions.cancel(call.session, call.actor, one)


@router.post(
    "/v1/training-sessions/{session_id}/enrolments",
    status_code=201,
    operation_id="training_enrolments_invite",
    summary="Invite somebody to a training session",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def invite(session_id: UUID, body: EnrolmentInvite, call: Current) -> EnrolmentRead:
    """Asks a member of the program to take part; they alone say yes or no, and a no is not shown."""
    one = await repository.get_session(call.session, session_id, lock=True)
    call.actor.require(Permission.TRAINING_WRITE, program_id=one.program_id)
    employee = await employees.get_present(call.session, body.employee_id)
    enrolment = await sessions.invite(call.session, call.actor, one, employee)
    return EnrolmentRead(
        id=enrolment.id,
        session_id=one.id,
        employee_id=employee.id,
        display_name=employee.display_name,
        state=EnrolmentState.INVITED,
        place_in_line=None,
    )


@router.get(
    "/v1/training-sessions/{session_id}/enrolments",
    operation_id="training_enrolments_list",
    summary="List who is in a training session",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def list_enrolments(session_id: UUID, call: Current) -> Listing[EnrolmentRead]:
    """Lists seats, the waiting list in order, and open invitations; who said no looks like who has not answered."""
    one = await repository.get_session(call.session, session_id)
    call.actor.require(Permission.TRAINING_WRITE, program_id=one.program_id)
    rows = await repository.list_enrolments(call.session, session_id, _SHOWN)
    people = {
        employee.id: employee
        for employee in await employee_rows.list_by_ids(call.session, [row.employee_id for row in rows])
    }
    line = [row.id for row in rows if row.state is EnrolmentState.WAITING]
    return Listing(
        data=[
            EnrolmentRead(
                id=row.id,
                session_id=session_id,
                employee_id=row.employee_id,
                display_name=people[row.employee_id].display_name,
                state=sessions.seen_by_organizers(row),
                place_in_line=line.index(row.id) + 1 if row.id in line else None,
            )
            for row in rows
        ],
        next_cursor=None,
    )


@router.put(
    "/v1/training-sessions/{session_id}/attendance",
    operation_id="training_attendance_put",
    summary="Write down who was there",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def put_attendance(session_id: UUID, body: AttendanceWrite, call: Current) -> AttendanceRead:
    """Notes of each seat whether somebody was in it; certificates follow. Sent again, it corrects."""
    one = await repository.get_session(call.session, session_id, lock=True)
    call.must_match(one)
    noted = await sessions.record_attendance(call.session, call.actor, one, body.attended)
    await call.session.refresh(one)
    call.answers(one)
    return AttendanceRead.model_validate(noted)


@router.put(
    "/v1/programs/{program_id}/training-budget",
    operation_id="training_budgets_put",
    summary="Set a program's training budget",
    dependencies=[allow(Permission.TRAINING_WRITE)],
    responses={201: {"model": BudgetRead, "description": "The budget was set."}},
)
async def put_budget(program_id: UUID, body: BudgetWrite, call: Current, response: Response) -> BudgetRead:
    """Sets the budget (201) or changes it; once there is one, If-Match says which version is meant."""
    await programs.get_program(call.session, program_id)
    existing = await repository.find_budget(call.session, program_id, lock=True)
    if existing is not None:
        call.must_match(existing)
    else:
        if call.request.headers.get("if-match", "*") != "*":
            raise PreconditionFailed()
        response.status_code = 201
    await budget.put(call.session, call.actor, program_id, existing, body)
    return await _budget(call, program_id)


@router.get(
    "/v1/programs/{program_id}/training-budget",
    operation_id="training_budgets_get",
    summary="Read the spend against the training budget",
    dependencies=[allow(Permission.TRAINING_READ)],
)
async def get_budget(program_id: UUID, call: Current) -> BudgetRead:
    """Answers what is planned, bound and spent: the sums of the entries, and nothing else."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.TRAINING_READ, program_id=program_id)
    return await _budget(call, program_id)


@router.get(
    "/v1/programs/{program_id}/training-costs",
    operation_id="training_costs_list",
    summary="List the entries of the training budget",
    dependencies=[allow(Permission.TRAINING_READ)],
)
async def list_costs(program_id: UUID, call: Current, page: Page) -> Listing[CostRead]:
    """Lists every amount: of sessions by stage, and those entered by hand."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.TRAINING_READ, program_id=program_id)
    found = await paginate(
        call.session,
        repository.costs(call.session, program_id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Cost.id,
        sorts={"created_at": Cost.created_at},
        default_sort="created_at",
    )
    return Listing(data=[CostRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.post(
    "/v1/programs/{program_id}/training-costs",
    status_code=201,
    operation_id="training_costs_create",
    summary="Enter an amount spent on training",
    dependencies=[allow(Permission.TRAINING_WRITE)],
)
async def create_cost(program_id: UUID, body: CostCreate, call: Current) -> CostRead:
    """Enters an invoice, or with a negative amount its correction."""
    await programs.get_program(call.session, program_id)
    cost = await budget.add_cost(call.session, call.actor, program_id, body)
    await call.session.refresh(cost)
    call.headers["Location"] = f"/v1/programs/{program_id}/training-costs"
    return CostRead.model_validate(cost)


def _must_see(call: Current, module: Module) -> None:
    if module.program_id is None and call.actor.may(Permission.TRAINING_READ, anywhere=True):
        return
    call.actor.require(Permission.TRAINING_READ, program_id=module.program_id)


async def _curriculum(call: Current, program_id: UUID) -> CurriculumRead:
    entries = await repository.list_entries(call.session, [program_id])
    modules = await repository.map_modules(call.session, [one.module_id for one in entries])
    return CurriculumRead(
        program_id=program_id,
        modules=[
            EntryRead(
                position=one.position,
                is_mandatory=one.is_mandatory,
                gates_sharing=one.gates_sharing,
                module=read_module(modules[one.module_id]),
            )
            for one in entries
        ],
    )


async def _budget(call: Current, program_id: UUID) -> BudgetRead:
    sums = await budget.read(call.session, program_id)
    if sums is None:
        raise NotFound(thing="training budget")
    call.answers(sums.budget)
    return read_budget(call, sums)
