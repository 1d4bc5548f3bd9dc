"""What becomes of a person when a source says that they are inactive, active again, or not to be kept at all."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees.csv_file import status_by_dates
from services.core.employees.models import Employee, EmploymentStatus
from services.core.events import service as events
from services.core.kit import db
from services.core.organizations import repository as organizations
from services.core.organizations import service as keys
from services.core.organizations import sessions

#: The source of a record that is nobody's any more.
ERASED_SOURCE = "erased"


async def suspend(session: AsyncSession, employee: Employee, *, source: str, actor: str) -> bool:
    """Keep somebody out at once, whatever other sources say; answer whether that is news.

    Nothing is deleted. Keys and links of theirs do not work as long as they are suspended.
    """
    employee.suspended_by = source
    is_news = employee.status not in (EmploymentStatus.SUSPENDED, EmploymentStatus.LEFT)
    if is_news:
        before = employee.status
        employee.status = EmploymentStatus.SUSPENDED
        _record(session, employee, "suspend", source=source, actor=actor, before=before)
        events.emit(session, "employee.suspended", employee_id=employee.id)
        await sessions.end_all_of(session, employee.id)
    session.add(employee)
    await session.flush()
    return is_news


async def bring_back(session: AsyncSession, employee: Employee, *, source: str, actor: str) -> None:
    """Take back what ``source`` has suspended: the dates of the record say what the person is now, or if they left."""
    if employee.suspended_by != source:
        return
    employee.suspended_by = None
    if employee.status is EmploymentStatus.SUSPENDED:
        zone = employee.time_zone or (await organizations.get_organization(session)).time_zone
        today = (await db.now(session)).astimezone(ZoneInfo(zone)).date()
        found = status_by_dates(EmploymentStatus.ACTIVE, employee.started_on, employee.ended_on, today)
        if found is EmploymentStatus.LEFT:
            await let_go(session, employee, source=source, actor=actor)
            return
        employee.status = found or EmploymentStatus.ACTIVE
        _record(session, employee, "bring_back", source=source, actor=actor, before=EmploymentStatus.SUSPENDED)
        events.emit(session, "employee.reactivated", employee_id=employee.id)
    session.add(employee)
    await session.flush()


async def let_go(session: AsyncSession, employee: Employee, *, source: str, actor: str) -> None:
    """The person has left for good: status, keys, one-time links and roles end here and now."""
    if employee.status is not EmploymentStatus.LEFT:
        before = employee.status
        employee.status = EmploymentStatus.LEFT
        employee.ended_on = employee.ended_on or (await db.now(session)).date()
        _record(session, employee, "leave", source=source, actor=actor, before=before)
        events.emit(session, "employee.left", employee_id=employee.id)
    session.add(employee)
    await session.flush()
    await keys.end_access_of(session, employee.id, actor=actor)


async def make_nobody(session: AsyncSession, employee: Employee) -> None:
    """Take everything out of a record that says whose it was. The row stays: what was published has an author."""
    employee.source, employee.source_id = ERASED_SOURCE, str(employee.id)
    employee.work_email = f"{employee.id}@erased.invalid"
    employee.first_name, employee.last_name, employee.display_name = "Former", "employee", "Former employee"
    for name in (
        "employee_number", "login", "title", "job_family", "job_level", "location", "locale", "time_zone",
        "manager_ref", "employment_type", "started_on",
    ):  # fmt: skip
        setattr(employee, name, None)
    session.add(employee)
    await session.flush()


def _record(
    session: AsyncSession, employee: Employee, verb: str, *, source: str, actor: str, before: EmploymentStatus
) -> None:
    audit.record(
        session, actor=actor, action=f"employee.{verb}", subject=employee, before={"status": before.value},
        after={"status": employee.status.value, "source": source},
    )  # fmt: skip
