"""Alembic's environment: it migrates over the connection that ``runner.py`` gives it, and over no other."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from services.core.kit.models import UtcDateTime
from services.core.metadata import load_metadata
from services.core.migrations.names import include_name


def render_item(kind: str, item: object, autogen_context: object) -> str | Literal[False]:
    """Write plain SQL types, so that a migration does not change its meaning when a model's type does."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, sa.Enum):
        return f"sa.String({item.length})"
    if isinstance(item, AutoString):
        return "sa.String()"
    return False


def run(connection: sa.Connection) -> None:
    """Bring the database behind ``connection`` to the wanted version."""
    context.configure(
        connection=connection,
        target_metadata=load_metadata(),
        include_name=include_name,
        compare_type=True,
        render_item=render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
