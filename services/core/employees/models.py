"""Tables of employees: the person, runs of the directory, and the key that seals what is theirs alone."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.employees.table_file import Delimiter, Encoding
from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key


class EmploymentStatus(StrEnum):
    """Where a person is in their employment, folded from what the HR system says."""

    PENDING = "pending"
    ACTIVE = "active"
    ON_LEAVE = "on_leave"
    SUSPENDED = "suspended"
    LEFT = "left"


#: Whom programs may reach.
PRESENT = (EmploymentStatus.PENDING, EmploymentStatus.ACTIVE, EmploymentStatus.ON_LEAVE)


class Employee(VersionedModel, table=True):
    """A person as the directory describes them; the fields are the allow-list and nothing more."""

    __tablename__ = "employees"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "source", "source_id"),
        sa.Index(
            "employees_work_email", "organization_id", sa.text("lower(work_email)"), unique=True,
            postgresql_where=sa.text("status <> 'left'"),
        ),
    )  # fmt: skip

    source: str
    source_id: str
    employee_number: str | None = None
    work_email: str
    login: str | None = None
    first_name: str
    last_name: str
    display_name: str
    title: str | None = None
    job_family: str | None = None
    job_level: str | None = None
    department: str | None = None
    division: str | None = None
    location: str | None = None
    #: ISO 3166-1 alpha-2.
    country: str | None = None
    #: BCP 47, as the directory says it; ambassadors choose their own language over it.
    locale: str | None = None
    #: IANA name.
    time_zone: str | None = None
    manager_ref: str | None = None
    employment_type: str | None = None
    started_on: date | None = None
    ended_on: date | None = None
    status: EmploymentStatus = Choice(EmploymentStatus)
    #: The source that says somebody is inactive: nobody else's word brings them back.
    suspended_by: str | None = None


class SyncMode(StrEnum):
    """Whether somebody who is absent from the file has left, or is just not mentioned."""

    FULL = "full"
    DELTA = "delta"


class SyncState(StrEnum):
    """Where a run of the directory is."""

    READY = "ready"
    HELD = "held"
    APPLIED = "applied"
    SUPERSEDED = "superseded"


class DirectorySync(VersionedModel, table=True):
    """One run of the directory: read and compared first, applied only when asked."""

    __tablename__ = "directory_syncs"

    source: str
    mode: SyncMode = Choice(SyncMode)
    state: SyncState = Choice(SyncState)
    sha256: str
    #: People by action (create, update, leave), unchanged, refused rows; leaving and employed, for the safety stop.
    counts: dict[str, int] = Json()
    #: Rows that could not be used: line, column and code, nothing of what they say.
    row_problems: list[dict[str, Any]] = Json(list)
    held_reason: str | None = None
    #: Where the source goes on after what this run has read; taken over once it is applied.
    cursor: str | None = None
    applied_at: datetime | None = Instant(nullable=True)


class DirectorySource(VersionedModel, table=True):
    """Where a directory comes from, files or a connector, and how it is read. Settings are sealed; none is shown."""

    __tablename__ = "directory_sources"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "source"),
        sa.Index("directory_sources_due", "next_read_at", postgresql_where=sa.text("next_read_at is not null")),
    )

    #: ``csv`` for files, else the connector.
    source: str
    #: What a file of the drop folder is. A connector knows by itself.
    mode: SyncMode = Choice(SyncMode, SyncMode.FULL)
    #: Our field, and what the organization's files call its column.
    columns: dict[str, str] = Json()
    delimiter: Delimiter | None = Choice(Delimiter, nullable=True)
    encoding: Encoding | None = Choice(Encoding, nullable=True)
    #: Read by itself, every so often.
    is_watched: bool = False
    every_minutes: int = 60
    #: What was read is applied by itself, unless it is held.
    is_automatic: bool = False
    sealed_settings: bytes | None = None
    settings_set: list[str] = Json(list)
    cursor: str | None = None
    #: The day, where the organization is, of the last full read that was applied.
    full_read_on: date | None = None
    next_read_at: datetime | None = Instant(nullable=True)
    #: Somebody wants it read now, also while a run waits.
    is_asked: bool = False
    read_at: datetime | None = Instant(nullable=True)
    #: Stable code of what went wrong, words for it, and how often in a row.
    problem: str | None = None
    problem_words: str | None = None
    failures: int = 0
    #: Files of the drop folder that may still be growing: name to bytes at the last look.
    growing: dict[str, int] = Json()


class RowAction(StrEnum):
    """What applying a run does to one person."""

    CREATE = "create"
    UPDATE = "update"
    LEAVE = "leave"


class DirectoryRow(TenantModel, table=True):
    """One person that a run changes: kept until the run is applied, and seven days at the most."""

    __tablename__ = "directory_rows"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "sync_id", "source_id"),
        tenant_key("sync_id", "directory_syncs", ondelete="CASCADE"),
    )

    sync_id: UUID
    source_id: str
    action: RowAction = Choice(RowAction)
    #: The fields as they will be (create, update), without those that stay.
    changes: dict[str, Any] = Json()
    #: The fields as they are, for the same names.
    before: dict[str, Any] = Json()


class Headcount(TenantModel, table=True):
    """How many people of one status, department and country there were on a day; never changed once it is over.

    All rows of a day together are the whole organization. A later day without rows was the same.
    """

    __tablename__ = "headcounts"
    __table_args__ = (
        sa.UniqueConstraint(
            "organization_id", "day_on", "status", "department", "country", postgresql_nulls_not_distinct=True
        ),
    )

    day_on: date
    status: EmploymentStatus = Choice(EmploymentStatus)
    department: str | None = None
    country: str | None = None
    people: int


class DataKey(TenantModel, table=True):
    """The key that seals what is one person's (or, without a person, the organization's), wrapped by a master key.

    Destroying it makes all that it sealed unreadable, in backups too.
    """

    __tablename__ = "data_keys"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "employee_id", postgresql_nulls_not_distinct=True),
        tenant_key("employee_id", "employees"),
    )

    employee_id: UUID | None = None
    wrapped: bytes


class Tombstone(TenantModel, table=True):
    """A keyed hash of what a source called somebody whose record is gone: an old file must not bring them back."""

    __tablename__ = "directory_tombstones"
    __table_args__ = (sa.UniqueConstraint("organization_id", "key_hash"),)

    key_hash: bytes
