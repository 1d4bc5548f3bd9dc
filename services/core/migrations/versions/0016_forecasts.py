"""Forecasts of a plan.

What this does to a running system: adds a table (no rewrite) whose rows the runtime adds and reads, and can neither
change nor delete. Processes of the version before keep working.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.migrations.tenancy import protect, tenant_keys, tenant_row

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it, and say whose rows it shows."""
    op.create_table(
        "forecasts",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("method_version", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("plan", postgresql.JSONB(), nullable=False),
        sa.Column("assumptions", postgresql.JSONB(), nullable=False),
        sa.Column("results", postgresql.JSONB(), nullable=False),
        *tenant_keys(program_id="programs"),
    )
    op.create_index("forecasts_of_a_program", "forecasts", ["organization_id", "program_id", "created_at", "id"])
    protect("forecasts", verbs="select, insert")


def downgrade() -> None:
    """Take it away."""
    op.drop_table("forecasts")
