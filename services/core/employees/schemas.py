"""What callers send and get about employees and directory runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.core.employees.models import EmploymentStatus, RowAction, SyncMode, SyncState
from services.core.kit.schemas import ReadModel, WriteModel


class EmployeeRead(ReadModel):
    """A person as the directory describes them."""

    id: UUID
    source: str
    source_id: str
    employee_number: str | None
    work_email: str
    first_name: str
    last_name: str
    display_name: str
    title: str | None
    job_family: str | None
    job_level: str | None
    department: str | None
    division: str | None
    location: str | None
    country: str | None
    locale: str | None
    time_zone: str | None
    employment_type: str | None
    started_on: date | None
    ended_on: date | None
    status: EmploymentStatus
    created_at: datetime
    updated_at: datetime


class RowProblemRead(ReadModel):
    """A row that could not be used."""

    line: int
    column: str
    code: str
    value: str


class DirectorySyncRead(ReadModel):
    """One run of the directory."""

    id: UUID
    source: str
    mode: SyncMode
    state: SyncState
    counts: dict[str, int] = Field(description="create, update, leave, unchanged, refused")
    row_problems: list[RowProblemRead]
    held_reason: str | None
    applied_at: datetime | None
    created_at: datetime


class DirectorySyncCreated(DirectorySyncRead):
    """A new run, with what of the file was left aside."""

    dropped_columns: list[str] = Field(description="Columns that we do not keep; nothing of them was stored.")


class DirectoryRowRead(ReadModel):
    """What a run does to one person."""

    source_id: str
    action: RowAction
    changes: dict[str, Any]
    before: dict[str, Any]


class SyncApply(WriteModel):
    """Says yes to an unusual run."""

    confirm_mass_change: bool = False
