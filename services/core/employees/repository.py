"""Every query on employees, directory runs and data keys."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.employees.models import DataKey, Employee
from services.core.kit.db import organization_of


def employees(session: AsyncSession) -> SelectOfScalar[Employee]:
    """All employees of the organization, those who left too."""
    return select(Employee).where(Employee.organization_id == organization_of(session))


async def find_employee(session: AsyncSession, employee_id: UUID) -> Employee | None:
    """One employee."""
    return (await session.exec(employees(session).where(Employee.id == employee_id))).first()


async def find_data_key(session: AsyncSession, employee_id: UUID | None) -> DataKey | None:
    """The key of a person, or without a person the organization's."""
    statement = select(DataKey).where(
        DataKey.organization_id == organization_of(session),
        col(DataKey.employee_id).is_not_distinct_from(employee_id),
    )
    return (await session.exec(statement)).first()
