"""What every table of ours shares: tenant keys, times, versions, and columns whose meaning the database keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from services.core.kit.db import advocacy_now
from services.core.kit.ids import new_id

E = TypeVar("E", bound=StrEnum)


class UtcDateTime(sa.TypeDecorator[datetime]):
    """``timestamptz`` that refuses a time without zone and always answers in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None


def Instant(*, nullable: bool = False, now: bool = False, index: bool = False) -> Any:  # reads like Field
    """An aware UTC instant; ``now`` fills it from the database's clock."""
    options: dict[str, Any] = {"nullable": nullable}
    if now:
        options["sa_column_kwargs"] = {"server_default": advocacy_now()}
    return Field(default=None, sa_type=UtcDateTime, index=index, **options)


def Choice(enum: type[E], default: E | None = None, *, nullable: bool = False) -> Any:  # reads like Field
    """A member of ``enum``, stored as its text, so that a new member needs no migration."""
    kind = sa.Enum(
        enum, native_enum=False, create_constraint=False, length=40, values_callable=lambda e: [m.value for m in e]
    )
    if default is None and not nullable:
        return Field(sa_type=kind, nullable=False)
    return Field(default=default, sa_type=kind, nullable=nullable)


def Json(default_factory: Any = dict, *, nullable: bool = False) -> Any:  # reads like Field
    """A JSONB document; replaced whole, never changed in place."""
    return Field(default_factory=default_factory, sa_type=JSONB, nullable=nullable)


def tenant_key(column: str, table: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    """A foreign key that includes the organization: a plain one would accept another tenant's row."""
    return sa.ForeignKeyConstraint(
        ["organization_id", column], [f"{table}.organization_id", f"{table}.id"], ondelete=ondelete
    )


class TenantModel(SQLModel):
    """A row of one organization. The organization comes first in the key, so that data can be spread by tenant."""

    organization_id: UUID = Field(primary_key=True, foreign_key="organizations.id")
    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = Instant(now=True)


class VersionedModel(TenantModel):
    """A row that people change: its version is the ETag, and a write on a stale one fails."""

    updated_at: datetime = Field(
        default=None,
        sa_type=UtcDateTime,
        nullable=False,
        sa_column_kwargs={"server_default": advocacy_now(), "onupdate": advocacy_now()},
    )
    version: int = Field(default=1, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # a class-level directive
        return {"version_id_col": cls.__table__.c.version, "eager_defaults": True}  # type: ignore[attr-defined]
