"""Launches: the pilot of a quiet one, gates with their evidence, who let a loud one happen, and what its kit shows.

What this does to a running system: adds tables (no rewrite). Processes of the version before keep working; they know
no pilot, and let nobody go loud.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect, tenant_keys, tenant_row, versioned_row

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TABLES = ("pilots", "pilot_people", "loud_launches", "launch_gates", "launch_profiles", "launch_examples")


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "pilots",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("departments", postgresql.JSONB(), nullable=False),
        sa.Column("countries", postgresql.JSONB(), nullable=False),
        sa.Column("max_people", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("metrics_percent", sa.Integer(), nullable=False),
        *tenant_keys(program_id="programs"),
        sa.UniqueConstraint("organization_id", "program_id"),
    )
    op.create_table(
        "pilot_people",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        *tenant_keys(program_id="programs", employee_id="employees"),
        sa.UniqueConstraint("organization_id", "program_id", "employee_id"),
    )
    op.create_table(
        "loud_launches",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("launched_by", sa.String(), nullable=False),
        sa.Column("gates", postgresql.JSONB(), nullable=False),
        sa.Column("sponsor_employee_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        *tenant_keys(program_id="programs", sponsor_employee_id="employees"),
    )
    op.create_index("loud_launches_of_a_program", "loud_launches", ["organization_id", "program_id"])
    op.create_table(
        "launch_gates",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("gate", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("todo", postgresql.JSONB(), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        *tenant_keys(program_id="programs"),
        sa.UniqueConstraint("organization_id", "program_id", "gate"),
    )
    op.create_table(
        "launch_profiles",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_photo", sa.LargeBinary(), nullable=True),
        sa.Column("photo_type", sa.String(), nullable=True),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("approved_hash", sa.String(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words_version", sa.Integer(), nullable=True),
        *tenant_keys(program_id="programs", employee_id="employees"),
        sa.UniqueConstraint("organization_id", "program_id", "employee_id"),
    )
    op.create_table(
        "launch_examples",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("words_version", sa.Integer(), nullable=False),
        *tenant_keys(program_id="programs", employee_id="employees", publication_id="publications"),
        sa.UniqueConstraint("organization_id", "publication_id"),
    )
    op.create_index("launch_examples_of_a_program", "launch_examples", ["organization_id", "program_id"])
    for table in _TABLES:
        protect(table)
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_quiet_programs",
        "after_id uuid, most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from programs where state = 'quiet' and id > after_id order by id limit most",
        volatility="volatile",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop function find_quiet_programs(uuid, integer)")
    for table in reversed(_TABLES):
        op.drop_table(table)
