"""What the distribution layer remembers besides: removals by hand, tries of audience syncs, posts taken back.

What this does to a running system: adds a table, and columns with defaults (no rewrite). Processes of the version
before keep working; what they leave to be removed by hand is found by its reason, and its owner is told then.
"""

import sqlalchemy as sa
from alembic import op

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect, tenant_keys, versioned_row

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_PUSHES = ("removal_asked_at", "removal_remind_at", "removed_at")
_FUNCTIONS = {
    "find_removals_due": (
        "content_pushes",
        "removal_remind_at <= (select advocacy_now())",
        "removal_remind_at",
    ),
    "find_post_deletions_due": ("post_deletions", "due_at <= (select advocacy_now())", "due_at"),
}


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.add_column("audience_syncs", sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False))
    for name in _PUSHES:
        op.add_column("content_pushes", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("content_pushes", sa.Column("removed_by", sa.String(), nullable=True))
    op.add_column(
        "content_pushes", sa.Column("removal_reminders", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.execute(
        "update content_pushes set removal_asked_at = advocacy_now(), removal_remind_at = advocacy_now()"
        " where reason = 'withdraw_by_hand' and due_at is null"
        " and state in ('live', 'scheduled', 'awaiting_review', 'draft')"
    )
    op.create_index(
        "content_pushes_to_remove",
        "content_pushes",
        ["removal_remind_at"],
        postgresql_where=sa.text("removal_remind_at is not null"),
    )
    op.create_table(
        "post_deletions",
        *versioned_row(),
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("armed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unknown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_miss_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_ups", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("vendor_message", sa.String(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        *tenant_keys(publication_id="publications", employee_id="employees"),
    )
    op.create_index("post_deletions_of_a_post", "post_deletions", ["organization_id", "publication_id", "id"])
    op.create_index(
        "post_deletions_one_open",
        "post_deletions",
        ["organization_id", "publication_id"],
        unique=True,
        postgresql_where=sa.text("state in ('wanted', 'sending')"),
    )
    op.create_index("post_deletions_due", "post_deletions", ["due_at"], postgresql_where=sa.text("due_at is not null"))
    protect("post_deletions", lookup=True)
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    for name, (table, condition, order) in _FUNCTIONS.items():
        lookup_function(
            name,
            "most integer",
            "table (organization_id uuid, id uuid)",
            f"select organization_id, id from {table} where {condition} order by {order} limit most",
            volatility="volatile",
        )
    lookup_function(
        "find_push_organizations",
        "",
        "setof uuid",
        "select distinct organization_id from content_pushes"
        " where state in ('planned', 'live', 'scheduled', 'awaiting_review', 'draft') and withdraw_since is null",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop function find_push_organizations()")
    for name in _FUNCTIONS:
        op.execute(f"drop function {name}(integer)")
    op.drop_table("post_deletions")
    op.drop_index("content_pushes_to_remove", "content_pushes")
    for name in (*_PUSHES, "removed_by", "removal_reminders"):
        op.drop_column("content_pushes", name)
    op.drop_column("audience_syncs", "tries")
