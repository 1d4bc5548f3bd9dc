"""Directories that are read by themselves: where from, how, and how far.

What this does to a running system: adds a table, and a column that may be empty (no rewrite). Processes of the version
before keep working: they read no directory by themselves.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect, tenant_keys, versioned_row

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them, and say whose rows they are."""
    op.add_column("directory_syncs", sa.Column("cursor", sa.String(), nullable=True))
    op.create_table(
        "directory_sources",
        *versioned_row(),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("mode", sa.String(40), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("delimiter", sa.String(40), nullable=True),
        sa.Column("encoding", sa.String(40), nullable=True),
        sa.Column("is_watched", sa.Boolean(), nullable=False),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("sealed_settings", sa.LargeBinary(), nullable=True),
        sa.Column("settings_set", postgresql.JSONB(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("full_read_on", sa.Date(), nullable=True),
        sa.Column("next_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_asked", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("problem_words", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("growing", postgresql.JSONB(), nullable=False),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id", "source"),
    )
    op.create_index(
        "directory_sources_due",
        "directory_sources",
        ["next_read_at"],
        postgresql_where=sa.text("next_read_at is not null"),
    )
    protect("directory_sources", lookup=True)
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_directory_sources_due",
        "most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from directory_sources"
        " where next_read_at <= (select advocacy_now()) order by next_read_at limit most",
        volatility="volatile",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop function find_directory_sources_due(integer)")
    op.drop_table("directory_sources")
    op.drop_column("directory_syncs", "cursor")
