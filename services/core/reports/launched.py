"""How a program came to be launched loudly, as its report tells it."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.employees import repository as employees
from services.core.programs import repository as programs
from services.core.reports.schemas import LaunchReport, OverrideReport


async def make_launch(session: AsyncSession, program_id: UUID, *, zone: str) -> LaunchReport | None:
    """The loud launch, and who let it pass although gates were red; None before it."""
    launch = await programs.find_loud_launch(session, program_id)
    if launch is None:
        return None
    override = None
    if launch.reason is not None and launch.sponsor_employee_id is not None:
        sponsor = await employees.find_employee(session, launch.sponsor_employee_id)
        override = OverrideReport(
            sponsor_employee_id=launch.sponsor_employee_id,
            name=sponsor.display_name if sponsor is not None else None,
            reason=launch.reason,
            red_gates=[gate for gate, state in launch.gates.items() if state != "passed"],
        )
    return LaunchReport(loud_on=launch.created_at.astimezone(ZoneInfo(zone)).date(), override=override)
