"""What a program is designed with: deputies, benefits, a sponsor's word, and a plan for its content.

What this does to a running system: adds five tables, and columns with defaults (no rewrite). Processes of the version
before keep working: for them everybody responsible is a holder, and a program asks for the usual functions.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect, tenant_keys, tenant_row, versioned_row

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_FOR_DESIGN = """'["owner", "content", "policy"]'::jsonb"""
_FOR_LOUD = """'["owner", "content", "policy", "spokesperson", "hr", "data", "support"]'::jsonb"""
#: Programs can be looked at since 0007.
_LOOKED_INTO = ("responsibilities", "employees", "programs")
#: Whom nobody counts as employed any more.
_GONE = "e.status in ('left', 'suspended')"


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    for name, usual in (("mandatory_for_design", _FOR_DESIGN), ("mandatory_for_loud", _FOR_LOUD)):
        op.add_column("programs", sa.Column(name, postgresql.JSONB(), server_default=sa.text(usual), nullable=False))
    op.add_column("programs", sa.Column("template", sa.String(), nullable=True))
    op.add_column(
        "responsibilities", sa.Column("is_deputy", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("responsibilities", sa.Column("orphaned_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "benefits",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("titles", postgresql.JSONB(), nullable=False),
        sa.Column("descriptions", postgresql.JSONB(), nullable=False),
        sa.Column("must_be_active", sa.Boolean(), nullable=False),
        sa.Column("min_published_shares", sa.Integer(), nullable=True),
        sa.Column("published_within_days", sa.Integer(), nullable=True),
        sa.Column("min_days_in_program", sa.Integer(), nullable=True),
        sa.Column("training_module_id", sa.Uuid(), nullable=True),
        sa.Column("cost_per_person", sa.Numeric(), nullable=True),
        sa.Column("budget", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        *tenant_keys(program_id="programs", training_module_id="training_modules"),
    )
    op.create_index("benefits_of_a_program", "benefits", ["organization_id", "program_id"])
    op.create_table(
        "sponsor_commitments",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_statement", sa.LargeBinary(), nullable=False),
        sa.Column("budget", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *tenant_keys(program_id="programs", employee_id="employees"),
    )
    op.create_index("sponsor_commitments_of_a_program", "sponsor_commitments", ["organization_id", "program_id"])
    op.create_table(
        "content_plans",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("owner_employee_id", sa.Uuid(), nullable=True),
        sa.Column("themes", postgresql.JSONB(), nullable=False),
        sa.Column("cadence", postgresql.JSONB(), nullable=False),
        sa.Column("due_weekday", sa.Integer(), nullable=False),
        sa.Column("due_time", sa.String(), nullable=False),
        *tenant_keys(program_id="programs", owner_employee_id="employees"),
        sa.UniqueConstraint("organization_id", "program_id"),
    )
    op.create_table(
        "content_plan_periods",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("by_theme", postgresql.JSONB(), nullable=False),
        sa.Column("by_language", postgresql.JSONB(), nullable=False),
        sa.Column("by_network", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        *tenant_keys(program_id="programs"),
        sa.UniqueConstraint("organization_id", "program_id", "kind", "starts_on"),
    )
    op.create_table(
        "content_plan_alerts",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(40), nullable=True),
        *tenant_keys(program_id="programs", employee_id="employees"),
        sa.UniqueConstraint("organization_id", "program_id", "kind", "starts_on"),
    )
    for table in ("benefits", "sponsor_commitments", "content_plan_periods", "content_plan_alerts"):
        protect(table)
    protect("content_plans", lookup=True)
    for table in _LOOKED_INTO:
        op.execute(f"create policy holders_lookup on {table} for select to {LOOKUP_ROLE} using (true)")
        op.execute(f"grant select on {table} to {LOOKUP_ROLE}")
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_changed_holders",
        "most integer",
        "table (organization_id uuid, program_id uuid, employee_id uuid)",
        "select distinct r.organization_id, r.program_id, r.employee_id from responsibilities r"
        " join programs p on p.organization_id = r.organization_id and p.id = r.program_id and p.state <> 'closed'"
        " join employees e on e.organization_id = r.organization_id and e.id = r.employee_id"
        f" where ({_GONE}) = (r.orphaned_at is null) limit most",
        volatility="volatile",
    )
    lookup_function(
        "find_organizations_with_plans",
        "",
        "table (organization_id uuid)",
        "select distinct organization_id from content_plans",
        volatility="volatile",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away; a deputy is a holder again."""
    op.execute("drop function find_organizations_with_plans()")
    op.execute("drop function find_changed_holders(integer)")
    for table in _LOOKED_INTO:
        op.execute(f"drop policy holders_lookup on {table}")
    for table in ("responsibilities", "employees"):
        op.execute(f"revoke select on {table} from {LOOKUP_ROLE}")
    for table in ("content_plan_alerts", "content_plan_periods", "content_plans", "sponsor_commitments", "benefits"):
        op.drop_table(table)
    op.drop_column("responsibilities", "orphaned_at")
    op.drop_column("responsibilities", "is_deputy")
    op.drop_column("programs", "template")
    op.drop_column("programs", "mandatory_for_loud")
    op.drop_column("programs", "mandatory_for_design")
