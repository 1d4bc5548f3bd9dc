"""The needs desk: what waits longer than was promised is said once, to whoever answers for the program."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import repository as employees
from services.core.employees.service import PRESENT, language_of
from services.core.kit.logging import get_logger
from services.core.kit.texts import Text
from services.core.needs import repository, service, texts
from services.core.programs import repository as programs
from services.scheduler.jobs.hours import hours_of
from services.scheduler.worker.tools import Tools

_log = get_logger("needs")

_MOST = 500

_HOLDER = Text(en="{person} answers such requests.", he="פניות כאלה נענות על ידי {person}.")
_NOBODY = Text(
    en="Nobody in the programme answers such requests yet: name somebody responsible.",
    he="טרם מונה בתוכנית אחראי/ת למענה על פניות כאלה: יש למנות אחראי/ת.",
)
_YOURS = Text(en="Such requests are yours to answer.", he="המענה לפניות כאלה הוא באחריותך.")


async def escalate(tools: Tools) -> None:
    """Tell the owner of a program, once, of each need that was not answered within what was promised."""
    async with tools.database.hot(None) as connection:
        rows = await repository.find_overdue(connection, most=_MOST)
    for organization_id, need_id in rows:
        try:
            async with tools.database.transaction(organization_id) as session:
                await _escalate(session, need_id, tools=tools)
        # One row's trouble does not keep the others waiting.
        except Exception as error:
            _log.error("need.escalation_failed", need_id=str(need_id), exc_info=error)


async def _escalate(session: AsyncSession, need_id: UUID, *, tools: Tools) -> None:
    need = await service.escalate(session, need_id)
    if need is None:
        return
    owner_id = await service.find_owner(session, need.program_id) or need.owner_employee_id
    owner = await employees.find_employee(session, owner_id) if owner_id else None
    if owner is None or owner.status not in PRESENT:
        return
    language = language_of(owner)
    program = await programs.get_program(session, need.program_id)
    holder = await employees.find_employee(session, need.owner_employee_id) if need.owner_employee_id else None
    if holder is None:
        said = _NOBODY.in_language(language)
    elif holder.id == owner.id:
        said = _YOURS.in_language(language)
    else:
        said = _HOLDER.in_language(language, person=holder.display_name)
    hours = await hours_of(session, owner)
    # Who asked, and what, stays with whoever answers.
    await communication.write(
        session, owner, MessageKind.NEED_OVERDUE, settings=tools.settings, subject_id=need.id,
        values={
            "program": program.name,
            "topic": texts.topic_name(need.topic, language),
            "due": f"{hours.local(need.due_at):%Y-%m-%d %H:%M}",
            "holder": said,
        },
    )  # fmt: skip
