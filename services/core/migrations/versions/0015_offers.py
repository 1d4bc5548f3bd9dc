"""Offers ranked for each person: their goals and audience, what they think of an item, and what is told of that.

What this does to a running system: adds tables and columns with defaults (no rewrite), and an index over the answers to
offers, of which there are none yet. Processes of the version before keep working.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.migrations.tenancy import protect, tenant_keys, tenant_row, versioned_row

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_LIST = sa.text("'[]'::jsonb")


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "interests",
        *versioned_row(),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("goals", postgresql.JSONB(), nullable=False),
        sa.Column("audience", postgresql.JSONB(), nullable=False),
        *tenant_keys(employee_id="employees"),
        sa.UniqueConstraint("organization_id", "employee_id"),
    )
    op.create_table(
        "item_feedback",
        *tenant_row(),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("votes", postgresql.JSONB(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("offered", sa.Integer(), nullable=False),
        sa.Column("with_goals", sa.Integer(), nullable=False),
        sa.Column("unmatched", sa.Integer(), nullable=False),
        *tenant_keys(item_id="content_items"),
        sa.UniqueConstraint("organization_id", "item_id"),
    )
    op.add_column("content_items", sa.Column("audience_tags", postgresql.JSONB(), server_default=_LIST, nullable=False))
    op.add_column("programs", sa.Column("unmatched_share", sa.Float(), server_default="1", nullable=False))
    op.add_column("offers", sa.Column("rating", sa.String(40), nullable=True))
    op.add_column("offers", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("offers", sa.Column("goal_matched", sa.Boolean(), nullable=True))
    op.create_index(
        "offers_answered",
        "offers",
        ["organization_id", "item_id", "answered_at"],
        postgresql_where=sa.text("answered_at is not null"),
    )
    protect("interests")
    protect("item_feedback")


def downgrade() -> None:
    """Take them away."""
    op.drop_index("offers_answered", table_name="offers")
    for column in ("goal_matched", "answered_at", "rating"):
        op.drop_column("offers", column)
    op.drop_column("programs", "unmatched_share")
    op.drop_column("content_items", "audience_tags")
    op.drop_table("item_feedback")
    op.drop_table("interests")
