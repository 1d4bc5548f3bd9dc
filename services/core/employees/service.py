"""Employees: who is there."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.employees import repository
from services.core.employees.errors import NotEmployed
from services.core.employees.models import PRESENT as PRESENT
from services.core.employees.models import Employee
from services.core.kit.errors import NotFound
from services.core.kit.texts import DEFAULT_LANGUAGE, Language


async def get_employee(session: AsyncSession, employee_id: UUID) -> Employee:
    """One employee, also one who left; raise NotFound."""
    employee = await repository.find_employee(session, employee_id)
    if employee is None:
        raise NotFound(thing="employee")
    return employee


async def get_present(session: AsyncSession, employee_id: UUID) -> Employee:
    """One employee who is employed; raise NotFound or NotEmployed."""
    employee = await get_employee(session, employee_id)
    if employee.status not in PRESENT:
        raise NotEmployed()
    return employee


async def find_present_ids(session: AsyncSession, employee_ids: Collection[UUID]) -> set[UUID]:
    """Which of these people are employed."""
    found = await repository.list_by_ids(session, list(employee_ids))
    return {employee.id for employee in found if employee.status in PRESENT}


def language_of(employee: Employee) -> Language:
    """The language we write to a person in, as their directory entry says."""
    tag = (employee.locale or "").split("-")[0].split("_")[0].lower()
    return Language(tag) if tag in Language._value2member_map_ else DEFAULT_LANGUAGE
