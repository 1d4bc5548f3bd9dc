"""Who answers for what in programs: whoever has left is noticed, and somebody is asked to name another."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import repository as employees
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT, language_of
from services.core.kit.logging import get_logger
from services.core.organizations import repository as organizations
from services.core.programs import repository, service
from services.core.programs.models import Function, Responsibility
from services.core.programs.rules import FUNCTION_NAMES
from services.scheduler.worker.tools import Tools

_log = get_logger("programs")

_MOST = 500


async def follow_holders(tools: Tools) -> None:
    """Notice who has left, or is back, of those who answer for something; tell of what is orphaned, once."""
    async with tools.database.hot(None) as connection:
        rows = await repository.find_changed_holders(connection, most=_MOST)
    for organization_id, program_id, employee_id in rows:
        try:
            async with tools.database.transaction(organization_id) as session:
                await _follow(session, program_id=program_id, employee_id=employee_id, tools=tools)
        # One program's trouble does not keep the others waiting.
        except Exception as error:
            _log.error("responsibility.follow_failed", program_id=str(program_id), exc_info=error)


async def _follow(session: AsyncSession, *, program_id: UUID, employee_id: UUID, tools: Tools) -> None:
    orphaned = await service.note_holder(session, program_id=program_id, employee_id=employee_id)
    if not orphaned:
        return
    program = await repository.get_program(session, program_id)
    gone = await employees.find_employee(session, employee_id)
    for reader in await _readers(session, program_id):
        language = language_of(reader)
        await communication.write(
            session, reader, MessageKind.RESPONSIBILITY_ORPHANED, settings=tools.settings,
            # Of one person's leaving there is one message, whatever they answered for.
            subject_id=_about(orphaned),
            values={
                "program": program.name,
                "program_id": program.id,
                "person": gone.display_name if gone is not None else "-",
                "functions": ", ".join(
                    FUNCTION_NAMES[function].in_language(language)
                    for function in Function
                    if function in {one.function for one in orphaned}
                ),
            },
        )  # fmt: skip


async def _readers(session: AsyncSession, program_id: UUID) -> Sequence[Employee]:
    """The program's owner; where it is the owner who is gone, the organization's owners, or else a deputy."""
    program = await repository.get_program(session, program_id)
    (owner,) = [one for one in await service.list_functions(session, program) if one.function is Function.OWNER]
    if owner.holder_ids:
        return await employees.list_by_ids(session, list(owner.holder_ids))
    grants = await organizations.list_owners(session)
    owners = list(dict.fromkeys(grant.employee_id for grant in grants if grant.employee_id is not None))
    found = [one for one in await employees.list_by_ids(session, owners) if one.status in PRESENT]
    return found or await employees.list_by_ids(session, list(owner.deputy_ids))


def _about(orphaned: Sequence[Responsibility]) -> UUID:
    first = orphaned[0]
    return uuid5(first.program_id, f"{first.employee_id}|{first.orphaned_at}")
