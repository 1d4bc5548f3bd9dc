"""Moves of a program between platforms, and the way from a vendor's notification to its platform.

What this does to a running system: adds two tables (no rewrite). Processes of the version before keep working.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "platform_moves",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("from_connection_id", sa.Uuid(), nullable=False),
        sa.Column("to_connection_id", sa.Uuid(), nullable=False),
        sa.Column("destination_ids", postgresql.JSONB(), nullable=False),
        sa.Column("topic_ids", postgresql.JSONB(), nullable=False),
        sa.Column("audience_destination_id", sa.String(), nullable=False),
        sa.Column("moves_people", sa.Boolean(), nullable=False),
        sa.Column("keeps_source", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("losses", postgresql.JSONB(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("history", postgresql.JSONB(), nullable=False),
        sa.Column("diff_hash", sa.String(), nullable=True),
        sa.Column("audience_sync_id", sa.Uuid(), nullable=True),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(["organization_id", "program_id"], ["programs.organization_id", "programs.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "from_connection_id"],
            ["platform_connections.organization_id", "platform_connections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "to_connection_id"],
            ["platform_connections.organization_id", "platform_connections.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index("platform_moves_due", "platform_moves", ["due_at"], postgresql_where=sa.text("due_at is not null"))
    op.create_index(
        "platform_moves_one_at_a_time",
        "platform_moves",
        ["organization_id", "program_id", "from_connection_id"],
        unique=True,
        postgresql_where=sa.text("state in ('comparing', 'previewed', 'moving')"),
    )
    op.create_table(
        "platform_move_steps",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("move_id", sa.Uuid(), nullable=False),
        sa.Column("push_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("destination_id", sa.String(), nullable=False),
        sa.Column("topic_ids", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("target_push_id", sa.Uuid(), nullable=True),
        sa.Column("losses", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "move_id"], ["platform_moves.organization_id", "platform_moves.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "push_id"], ["content_pushes.organization_id", "content_pushes.id"]
        ),
        sa.ForeignKeyConstraint(["organization_id", "item_id"], ["content_items.organization_id", "content_items.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "move_id", "push_id"),
    )
    protect("platform_moves", lookup=True)
    protect("platform_move_steps")
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_platform_moves_due",
        "most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from platform_moves where due_at <= (select advocacy_now()) order by due_at limit most",
        volatility="volatile",
    )
    lookup_function(
        "find_platform_connection",
        "wanted uuid",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from platform_connections where id = wanted",
        volatility="volatile",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop function find_platform_connection(uuid)")
    op.execute("drop function find_platform_moves_due(integer)")
    op.drop_table("platform_move_steps")
    op.drop_table("platform_moves")
