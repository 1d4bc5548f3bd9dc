"""KPIs of an organization's own, and values from files and feeds.

What this does to a running system: adds four tables, and columns with defaults (no rewrite). Processes of the version
before keep working: a value without a series is written and found as before.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.kit.models import tenant_key
from services.core.migrations.tenancy import lookup_function, protect, tenant_row, versioned_row

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_APPEND_ONLY = "select, insert, delete"
_LOOKED_INTO = ("goals", "programs")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "kpis",
        *versioned_row(),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("description", postgresql.JSONB(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("direction", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("heading", sa.String(40), nullable=False),
        sa.Column("aggregation", sa.String(40), nullable=False),
        sa.Column("feed", sa.String(), nullable=True),
        sa.Column("formula", sa.String(), nullable=True),
        sa.Column("formula_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "slug"),
    )
    op.create_table(
        "kpi_versions",
        *tenant_row(),
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("direction", sa.String(40), nullable=False),
        sa.Column("aggregation", sa.String(40), nullable=False),
        sa.Column("feed", sa.String(), nullable=True),
        sa.Column("formula", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        tenant_key("kpi_id", "kpis"),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "kpi_id", "number"),
    )
    op.add_column("goals", sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("measurements", sa.Column("series", sa.String(), server_default="", nullable=False))
    op.add_column("measurements", sa.Column("reported_by", sa.String(), nullable=True))
    op.add_column("measurements", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "measurement_corrections",
        *tenant_row(),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("measurement_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("formula_version", sa.String(), nullable=False),
        sa.Column("reported_by", sa.String(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        tenant_key("goal_id", "goals"),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index(
        "measurement_corrections_of_a_value", "measurement_corrections", ["organization_id", "measurement_id"]
    )
    op.create_table(
        "goal_feed_sources",
        *versioned_row(),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("platform_connection_id", sa.Uuid(), nullable=True),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("measures", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_day_on", sa.Date(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("problem_words", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        tenant_key("goal_id", "goals"),
        tenant_key("platform_connection_id", "platform_connections"),
        tenant_key("connection_id", "connections"),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index(
        "goal_feed_sources_once",
        "goal_feed_sources",
        ["organization_id", "goal_id", "connector", "feed", "subject"],
        unique=True,
        postgresql_where=sa.text("ended_on is null"),
    )
    op.create_index(
        "goal_feed_sources_due", "goal_feed_sources", ["due_at"], postgresql_where=sa.text("due_at is not null")
    )
    protect("kpis", lookup=True)
    protect("kpi_versions", verbs=_APPEND_ONLY)
    protect("measurement_corrections", verbs=_APPEND_ONLY)
    protect("goal_feed_sources", lookup=True)
    for table in _LOOKED_INTO:
        op.execute(f"create policy goals_lookup on {table} for select to {LOOKUP_ROLE} using (true)")
        op.execute(f"grant select on {table} to {LOOKUP_ROLE}")
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_goal_feed_sources_due",
        "most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from goal_feed_sources where due_at <= (select advocacy_now())"
        " order by due_at limit most",
        volatility="volatile",
    )
    lookup_function(
        "find_programs_to_measure",
        "fed text[], apart interval, most integer",
        "table (organization_id uuid, id uuid)",
        "select p.organization_id, p.id from programs p where p.state in ('quiet', 'loud') and exists ("
        "select from goals g where g.organization_id = p.organization_id and g.program_id = p.id"
        " and (g.refreshed_at is null or g.refreshed_at <= (select advocacy_now()) - apart)"
        " and (g.kpi = any(fed) or exists (select from kpis k where k.organization_id = g.organization_id"
        " and k.slug = g.kpi and num_nonnulls(k.feed, k.formula) > 0))) limit most",
        volatility="volatile",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop function find_programs_to_measure(text[], interval, integer)")
    op.execute("drop function find_goal_feed_sources_due(integer)")
    for table in _LOOKED_INTO:
        op.execute(f"drop policy goals_lookup on {table}")
    op.drop_table("goal_feed_sources")
    op.drop_table("measurement_corrections")
    for column in ("changed_at", "reported_by", "series"):
        op.drop_column("measurements", column)
    op.drop_column("goals", "refreshed_at")
    op.drop_table("kpi_versions")
    op.drop_table("kpis")
