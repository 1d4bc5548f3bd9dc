"""SCIM: what identity systems push.

What this does to a running system: adds tables, and a column that may be empty (no rewrite). Processes of the version
before keep working: for them nobody is suspended by an identity system.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.models import tenant_key
from services.core.migrations.tenancy import protect, tenant_keys, tenant_row, versioned_row

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLES = ("scim_users", "scim_groups", "scim_external_ids", "scim_members", "group_mappings", "group_grants")


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.add_column("employees", sa.Column("suspended_by", sa.String(), nullable=True))
    op.create_table(
        "directory_tombstones",
        *tenant_row(),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id", "key_hash"),
    )
    op.create_table(
        "scim_users",
        *versioned_row(),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("user_name_key", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=True),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        *tenant_keys(employee_id="employees"),
        sa.UniqueConstraint("organization_id", "user_name_key"),
        sa.UniqueConstraint("organization_id", "employee_id"),
    )
    op.create_table(
        "scim_groups",
        *versioned_row(),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("display_name_key", sa.String(), nullable=False),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id", "display_name_key"),
    )
    op.create_table(
        "scim_external_ids",
        *tenant_row(),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id", "client", "resource_type", "external_id"),
        sa.UniqueConstraint("organization_id", "resource_id", "client"),
    )
    op.create_table(
        "scim_members",
        *tenant_row(),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("member_group_id", sa.Uuid(), nullable=True),
        *tenant_keys(),
        tenant_key("group_id", "scim_groups", ondelete="CASCADE"),
        tenant_key("user_id", "scim_users", ondelete="CASCADE"),
        tenant_key("member_group_id", "scim_groups", ondelete="CASCADE"),
        sa.UniqueConstraint(
            "organization_id", "group_id", "user_id", "member_group_id", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint("(user_id is null) <> (member_group_id is null)", name="scim_members_one_kind"),
    )
    op.create_index("scim_members_of_a_user", "scim_members", ["organization_id", "user_id"])
    op.create_index("scim_members_of_a_member_group", "scim_members", ["organization_id", "member_group_id"])
    op.create_table(
        "group_mappings",
        *tenant_row(),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        *tenant_keys(program_id="programs"),
        tenant_key("group_id", "scim_groups", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "group_id", "role", "program_id", postgresql_nulls_not_distinct=True),
    )
    op.create_table(
        "group_grants",
        *tenant_row(),
        sa.Column("role_grant_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        *tenant_keys(employee_id="employees"),
        tenant_key("role_grant_id", "role_grants", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "role_grant_id"),
    )
    op.create_index("group_grants_of_a_person", "group_grants", ["organization_id", "employee_id"])
    for table in ("directory_tombstones", *_TABLES):
        protect(table)


def downgrade() -> None:
    """Take them away."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_table("directory_tombstones")
    op.drop_column("employees", "suspended_by")
