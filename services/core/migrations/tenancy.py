"""What a migration says about a table besides its columns: whose rows it shows, and which verbs the runtime has."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from services.core.kit.db import LOOKUP_ROLE, RUNTIME_ROLE
from services.core.kit.models import tenant_key

ALL_VERBS = "select, insert, update, delete"

# After a transaction the setting is '' rather than null; without nullif the cast would fail.
_CURRENT = "nullif(current_setting('app.organization_id', true), '')::uuid"


def tenant_row() -> list[sa.Column[Any]]:
    """The columns that every row of a tenant begins with."""
    return [
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
    ]


def versioned_row() -> list[sa.Column[Any]]:
    """The same of a row that people change."""
    return [
        *tenant_row(),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def tenant_keys(**tables: str) -> list[sa.Constraint]:
    """The keys of such a row, and one to the table that each of these columns names a row of."""
    return [
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        *(tenant_key(column, table) for column, table in tables.items()),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    ]


def protect(table: str, *, verbs: str = ALL_VERBS, column: str = "organization_id", lookup: bool = False) -> None:
    """Show a table's rows only to their organization, also to the owner; ``lookup`` lets named functions look."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(
        f"create policy tenant on {table} to {RUNTIME_ROLE}"
        f" using ({column} = {_CURRENT}) with check ({column} = {_CURRENT})"
    )
    op.execute(f"grant {verbs} on {table} to {RUNTIME_ROLE}")
    if lookup:
        op.execute(f"create policy lookup on {table} for select to {LOOKUP_ROLE} using (true)")
        op.execute(f"grant select on {table} to {LOOKUP_ROLE}")


def lookup_function(name: str, arguments: str, returns: str, body: str, *, volatility: str = "stable") -> None:
    """A named look that starts without an organization: owned by the look-up role, answers ids and little else."""
    op.execute(
        f"create function {name}({arguments}) returns {returns} language sql {volatility} security definer"
        f" set search_path = public, pg_temp as $${body}$$"
    )
    signature = ", ".join(part.split()[-1] for part in arguments.split(",") if part.strip())
    op.execute(f"alter function {name}({signature}) owner to {LOOKUP_ROLE}")
    op.execute(f"revoke all on function {name}({signature}) from public")
    op.execute(f"grant execute on function {name}({signature}) to {RUNTIME_ROLE}")
