"""What a person is written to when they apply, and when they are answered."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository as ambassadors
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import service as employees
from services.core.kit.settings import Settings
from services.core.recruitment.models import Application


async def confirm(session: AsyncSession, application: Application, *, settings: Settings) -> None:
    """Tell somebody that their application has arrived."""
    await _write(session, application, MessageKind.APPLICATION_RECEIVED, settings=settings)


async def welcome(
    session: AsyncSession, application: Application, ambassador: Ambassador, *, settings: Settings
) -> None:
    """Tell somebody that they are in, or at which place they wait."""
    is_waiting = ambassador.state is AmbassadorState.WAITING
    kind = MessageKind.APPLICATION_WAITING if is_waiting else MessageKind.APPLICATION_ACCEPTED
    place = await ambassadors.find_place(session, ambassador)
    await _write(session, application, kind, settings=settings, place=place)


async def refuse(session: AsyncSession, application: Application, answer: str, *, settings: Settings) -> None:
    """Tell somebody that the answer is no, and why."""
    await _write(session, application, MessageKind.APPLICATION_REFUSED, settings=settings, answer=answer)


async def _write(
    session: AsyncSession, application: Application, kind: MessageKind, *, settings: Settings, **values: object
) -> None:
    names = await ambassadors.name_programs(session, [application.program_id])
    await communication.write(
        session,
        await employees.get_employee(session, application.employee_id),
        kind,
        settings=settings,
        language=application.language,
        subject_id=application.id,
        values={
            "program": names[application.program_id],
            "program_id": application.program_id,
            "application": application.id,
            **values,
        },
    )
