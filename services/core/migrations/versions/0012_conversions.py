"""Conversions with what led to them, surveys, rates, and headcounts as of a day.

What this does to a running system: adds ten tables (no rewrite). Processes of the version before keep working.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.models import tenant_key
from services.core.migrations.tenancy import protect, tenant_keys, tenant_row, versioned_row

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "link_settings",
        *versioned_row(),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("passes_click_id", sa.Boolean(), nullable=False),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id"),
    )
    op.create_table(
        "kept_clicks",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("clicked_hour", sa.DateTime(timezone=True), nullable=False),
        *tenant_keys(),
        tenant_key("link_id", "tracked_links"),
    )
    op.create_index("kept_clicks_of_a_link", "kept_clicks", ["organization_id", "link_id", "clicked_hour"])
    op.create_table(
        "conversions",
        *versioned_row(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("lead_id", sa.String(), nullable=True),
        sa.Column("candidate_id", sa.String(), nullable=True),
        sa.Column("named", postgresql.JSONB(), nullable=False),
        sa.Column("unknown_clicks", sa.Integer(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id", "source", "kind", "external_id"),
    )
    op.create_index("conversions_of_a_lead", "conversions", ["organization_id", "source", "lead_id"])
    op.create_index("conversions_of_a_candidate", "conversions", ["organization_id", "source", "candidate_id"])
    op.create_index("conversions_by_id", "conversions", ["organization_id", "source", "external_id"])
    op.create_table(
        "conversion_touches",
        *tenant_row(),
        sa.Column("conversion_id", sa.Uuid(), nullable=False),
        sa.Column("click_id", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("touched_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        *tenant_keys(),
        tenant_key("conversion_id", "conversions", ondelete="CASCADE"),
        tenant_key("link_id", "tracked_links"),
        tenant_key("program_id", "programs"),
        tenant_key("item_id", "content_items"),
    )
    op.create_index("conversion_touches_of_one", "conversion_touches", ["organization_id", "conversion_id"])
    op.create_table(
        "conversion_credits",
        *tenant_row(),
        sa.Column("conversion_id", sa.Uuid(), nullable=False),
        sa.Column("touch_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("weight", sa.Numeric(), nullable=False),
        *tenant_keys(),
        tenant_key("conversion_id", "conversions", ondelete="CASCADE"),
        tenant_key("touch_id", "conversion_touches", ondelete="CASCADE"),
        tenant_key("program_id", "programs"),
        tenant_key("link_id", "tracked_links"),
    )
    op.create_index("conversion_credits_of_one", "conversion_credits", ["organization_id", "conversion_id"])
    op.create_index("conversion_credits_of_a_touch", "conversion_credits", ["organization_id", "touch_id"])
    op.create_index("conversion_credits_of_a_program", "conversion_credits", ["organization_id", "program_id"])
    op.create_table(
        "program_rates",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("baseline_cost_per_hire", sa.Numeric(), nullable=True),
        sa.Column("program_cost_per_month", sa.Numeric(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("earned_media", postgresql.JSONB(), nullable=False),
        *tenant_keys(),
        tenant_key("program_id", "programs"),
        sa.UniqueConstraint("organization_id", "program_id", "valid_from"),
    )
    op.create_table(
        "survey_rounds",
        *versioned_row(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=True),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id", "source", "external_id"),
    )
    op.create_table(
        "survey_counts",
        *tenant_row(),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("respondents", sa.String(40), nullable=False),
        sa.Column("promoters", sa.Integer(), nullable=False),
        sa.Column("passives", sa.Integer(), nullable=False),
        sa.Column("detractors", sa.Integer(), nullable=False),
        *tenant_keys(),
        tenant_key("round_id", "survey_rounds", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "round_id", "respondents"),
    )
    op.create_table(
        "headcounts",
        *tenant_row(),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        *tenant_keys(),
        sa.UniqueConstraint(
            "organization_id", "day_on", "status", "department", "country", postgresql_nulls_not_distinct=True
        ),
    )
    op.create_table(
        "eligible_counts",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        *tenant_keys(),
        tenant_key("program_id", "programs"),
        sa.UniqueConstraint("organization_id", "program_id", "day_on"),
    )
    for table in _TABLES:
        protect(table)


_TABLES = (
    "link_settings", "kept_clicks", "conversions", "conversion_touches", "conversion_credits", "program_rates",
    "survey_rounds", "survey_counts", "headcounts", "eligible_counts",
)  # fmt: skip


def downgrade() -> None:
    """Take them away."""
    for table in (
        "eligible_counts", "headcounts", "survey_counts", "survey_rounds", "program_rates", "conversion_credits",
        "conversion_touches", "conversions", "kept_clicks", "link_settings",
    ):  # fmt: skip
        op.drop_table(table)
