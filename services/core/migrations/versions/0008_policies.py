"""Policies that take effect on a date, once the named functions have approved their exact wording.

What this does to a running system: adds three tables, and columns with defaults (no rewrite). Versions that are
published stay in force, from the moment they were published. Processes of the version before keep working: they do not
take a version with a later date for one in force, and what they publish is in force at once.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.kit.models import tenant_key
from services.core.migrations.tenancy import lookup_function, protect, tenant_row

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_APPEND_ONLY = "select, insert, delete"


def upgrade() -> None:
    """Add them, and say from when on the versions of before are in force."""
    op.add_column(
        "policies", sa.Column("one_person_for_both", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("policy_versions", sa.Column("effective_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("policy_versions", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "policy_versions_due", "policy_versions", ["due_at"], postgresql_where=sa.text("due_at is not null")
    )
    # Row-level security is forced on the owner too, so it is lifted for the one statement.
    op.execute("alter table policy_versions no force row level security")
    op.execute("update policy_versions set effective_from = published_at where state <> 'draft'")
    op.execute("alter table policy_versions force row level security")
    op.create_table(
        "policy_approvers",
        *tenant_row(),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("function", sa.String(40), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        tenant_key("policy_id", "policies"),
        tenant_key("employee_id", "employees"),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "policy_id", "function", "employee_id"),
    )
    op.create_table(
        "policy_approvals",
        *tenant_row(),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("function", sa.String(40), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        tenant_key("version_id", "policy_versions"),
        tenant_key("employee_id", "employees"),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index("policy_approvals_of_a_version", "policy_approvals", ["organization_id", "version_id"])
    op.create_table(
        "acknowledgement_refusals",
        *tenant_row(),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        tenant_key("version_id", "policy_versions"),
        tenant_key("employee_id", "employees"),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "version_id", "employee_id"),
    )
    # The rules that an editor has read this very text for, and let it pass.
    op.add_column("publications", sa.Column("reviewed_rules", postgresql.JSONB(), nullable=True))
    protect("policy_approvers")
    protect("policy_approvals", verbs=_APPEND_ONLY)
    protect("acknowledgement_refusals")
    op.execute(f"create policy lookup on policy_versions for select to {LOOKUP_ROLE} using (true)")
    op.execute(f"grant select on policy_versions to {LOOKUP_ROLE}")
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_policy_versions_due",
        "most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from policy_versions where due_at <= (select advocacy_now())"
        " order by due_at limit most",
        volatility="volatile",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away; a version whose date has not come is a draft again."""
    op.execute("drop function find_policy_versions_due(integer)")
    op.execute(f"revoke select on policy_versions from {LOOKUP_ROLE}")
    op.execute("drop policy lookup on policy_versions")
    op.drop_column("publications", "reviewed_rules")
    op.drop_table("acknowledgement_refusals")
    op.drop_table("policy_approvals")
    op.drop_table("policy_approvers")
    op.execute("alter table policy_versions no force row level security")
    op.execute(
        "update policy_versions set state = 'draft' where state = 'scheduled' and effective_from > advocacy_now()"
    )
    op.execute("update policy_versions set state = 'published' where state = 'scheduled'")
    op.execute("alter table policy_versions force row level security")
    op.drop_index("policy_versions_due", "policy_versions")
    op.drop_column("policy_versions", "due_at")
    op.drop_column("policy_versions", "effective_from")
    op.drop_column("policies", "one_person_for_both")
