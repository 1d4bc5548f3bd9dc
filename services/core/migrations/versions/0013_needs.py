"""Needs from the field.

What this does to a running system: adds tables (no rewrite). Processes of the version before keep working.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect, tenant_row, versioned_row

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "needs",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("owner_employee_id", sa.Uuid(), nullable=True),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_outcome", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("theme_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "owner_employee_id"], ["employees.organization_id", "employees.id"]
        ),
        sa.ForeignKeyConstraint(["organization_id", "program_id"], ["programs.organization_id", "programs.id"]),
        sa.ForeignKeyConstraint(["organization_id", "item_id"], ["content_items.organization_id", "content_items.id"]),
        sa.ForeignKeyConstraint(["organization_id", "employee_id"], ["employees.organization_id", "employees.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index("needs_of_a_person", "needs", ["organization_id", "employee_id"])
    op.create_index("needs_of_a_program", "needs", ["organization_id", "program_id", "id"])
    op.create_index(
        "needs_overdue",
        "needs",
        ["due_at"],
        postgresql_where=sa.text("first_response_at is null and escalated_at is null and state = 'open'"),
    )
    op.create_table(
        "need_messages",
        *tenant_row(),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("author_employee_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(["organization_id", "need_id"], ["needs.organization_id", "needs.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "author_employee_id"], ["employees.organization_id", "employees.id"]
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index("need_messages_of_a_need", "need_messages", ["organization_id", "need_id", "id"])
    op.create_table(
        "needs_desks",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("first_response_hours", sa.Integer(), nullable=False),
        sa.Column("working_days", postgresql.JSONB(), nullable=False),
        sa.Column("opens_at", sa.String(), nullable=False),
        sa.Column("closes_at", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(["organization_id", "program_id"], ["programs.organization_id", "programs.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "program_id"),
    )
    protect("needs", lookup=True)
    protect("need_messages")
    protect("needs_desks")
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_needs_overdue",
        "most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from needs"
        " where due_at <= (select advocacy_now()) and first_response_at is null and escalated_at is null"
        " and state = 'open' order by due_at limit most",
        volatility="volatile",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop function find_needs_overdue(integer)")
    op.drop_table("needs_desks")
    op.drop_table("need_messages")
    op.drop_table("needs")
