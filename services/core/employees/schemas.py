"""What callers send and get about employees and directory runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from services.core.employees.errors import HELD_REASONS, ROW_PROBLEMS
from services.core.employees.models import DirectorySync, EmploymentStatus, RowAction, SyncMode, SyncState
from services.core.employees.table_file import Delimiter, Encoding
from services.core.kit.schemas import ReadModel, WriteModel
from services.core.kit.texts import Language


class EmployeeRead(ReadModel):
    """A person as the directory describes them."""

    id: UUID
    source: str
    source_id: str
    employee_number: str | None
    work_email: str
    login: str | None
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
    manager_ref: str | None = Field(description="The manager's id in the directory, or their address.")
    employment_type: str | None
    started_on: date | None
    ended_on: date | None
    status: EmploymentStatus
    created_at: datetime
    updated_at: datetime


class RowProblemRead(ReadModel):
    """A row that could not be used, and what to do about it."""

    line: int = Field(description="In the file, the first line being 1.")
    column: str
    code: str = Field(examples=["not_an_email"])
    message: str


class DirectorySyncRead(ReadModel):
    """One run of the directory."""

    id: UUID
    source: str
    mode: SyncMode
    state: SyncState
    sha256: str = Field(description="Of the file.")
    counts: dict[str, int] = Field(
        description="People: create, update, leave, unchanged; refused rows; how many of those employed would be gone "
        "(leaving, employed).",
        examples=[
            {"create": 3, "update": 1, "leave": 0, "unchanged": 236, "refused": 0, "leaving": 0, "employed": 237}
        ],
    )
    row_problems: list[RowProblemRead] = Field(description="The first thousand.")
    held_reason: str | None = Field(description="Why somebody has to confirm it.")
    applied_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, sync: DirectorySync, language: Language) -> Self:
        """A run as a reader of ``language`` sees it."""
        held = HELD_REASONS[sync.held_reason].in_language(language, **sync.counts) if sync.held_reason else None
        problems = [
            RowProblemRead(**problem, message=ROW_PROBLEMS[problem["code"]].in_language(language))
            for problem in sync.row_problems
        ]
        values = sync.model_dump(exclude={"held_reason", "row_problems"})
        return cls(**values, held_reason=held, row_problems=problems)


class DirectorySyncCreated(DirectorySyncRead):
    """A new run, with what of the file was left aside."""

    dropped_columns: list[str] = Field(description="Columns that we do not keep; nothing of them was stored.")


class DirectoryRowRead(ReadModel):
    """What a run does to one person."""

    source_id: str
    action: RowAction
    changes: dict[str, Any]
    before: dict[str, Any]


class SourceUpdate(WriteModel):
    """What of a source is changed; settings given are put over those that are there."""

    mode: SyncMode | None = Field(default=None, description="What a file of the drop folder is.")
    columns: dict[str, str] | None = Field(
        default=None,
        max_length=40,
        description="Our field, and what your files call its column.",
        examples=[{"work_email": "Dienst-E-Mail"}],
    )
    delimiter: Delimiter | None = Field(default=None, description="Of CSV files; without it, found in each file.")
    encoding: Encoding | None = Field(default=None, description="Of CSV files; without it, found in each file.")
    is_watched: bool | None = Field(default=None, description="Read by itself.")
    every_minutes: int | None = Field(default=None, ge=1, le=1440)
    is_automatic: bool | None = Field(
        default=None, description="What was read is applied by itself unless it is held; after a first run by hand."
    )
    settings: dict[str, str] | None = Field(
        default=None, max_length=50, description="Values of the connector's settings; sealed, never shown."
    )


class SourceCreate(WriteModel):
    """Where people come from."""

    source: str = Field(max_length=40, description="csv for files, or a connector.", examples=["csv"])
    mode: SyncMode = SyncMode.FULL
    columns: dict[str, str] = Field(default_factory=dict, max_length=40)
    delimiter: Delimiter | None = None
    encoding: Encoding | None = None
    is_watched: bool = False
    every_minutes: int = Field(default=60, ge=1, le=1440)
    is_automatic: bool = False
    settings: dict[str, str] = Field(default_factory=dict, max_length=50)


class SourceRead(ReadModel):
    """Where people come from, how it is read, and what is wrong with it."""

    id: UUID
    source: str
    mode: SyncMode
    columns: dict[str, str]
    delimiter: Delimiter | None
    encoding: Encoding | None
    is_watched: bool
    every_minutes: int
    is_automatic: bool
    settings_set: list[str] = Field(description="Names of the settings that were given; their values are not shown.")
    full_read_on: date | None
    next_read_at: datetime | None
    read_at: datetime | None
    problem: str | None = Field(description="Stable code of what went wrong at the last read.")
    problem_words: str | None
    created_at: datetime
    updated_at: datetime


class SyncApply(WriteModel):
    """Says yes to an unusual run."""

    confirm_mass_change: bool = False
