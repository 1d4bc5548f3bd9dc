"""Sign-in by identity providers, and sessions of browsers.

What this does to a running system: adds tables (no rewrite). Processes of the version before keep working: they know
no sessions, and refuse whoever has nothing else.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.kit.models import tenant_key
from services.core.migrations.tenancy import lookup_function, protect, tenant_keys, tenant_row, versioned_row

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_LOOKED_UP = ("identity_providers", "sign_ins", "browser_sessions")
_TABLES = (*_LOOKED_UP, "identities", "identity_grants", "sign_in_link_requests")


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "identity_providers",
        *versioned_row(),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("sealed_client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("audience", sa.String(), nullable=True),
        sa.Column("groups_claim", sa.String(), nullable=False),
        sa.Column("group_roles", postgresql.JSONB(), nullable=False),
        sa.Column("allowed_domains", postgresql.JSONB(), nullable=False),
        sa.Column("is_invitation_only", sa.Boolean(), nullable=False),
        sa.Column("links_verified_email", sa.Boolean(), nullable=False),
        sa.Column("links_directory_id", sa.Boolean(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id", "issuer", "client_id"),
    )
    op.create_index("identity_providers_by_issuer", "identity_providers", ["issuer"])
    op.create_table(
        "identities",
        *tenant_row(),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        *tenant_keys(employee_id="employees"),
        tenant_key("provider_id", "identity_providers", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "provider_id", "subject_hash"),
    )
    op.create_index("identities_of_a_person", "identities", ["organization_id", "employee_id"])
    op.create_table(
        "identity_grants",
        *tenant_row(),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("role_grant_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        *tenant_keys(employee_id="employees", provider_id="identity_providers"),
        tenant_key("role_grant_id", "role_grants", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "role_grant_id"),
    )
    op.create_index("identity_grants_of_a_person", "identity_grants", ["organization_id", "employee_id"])
    op.create_table(
        "sign_ins",
        *tenant_row(),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("return_to", sa.String(), nullable=True),
        sa.Column("token_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        *tenant_keys(),
        tenant_key("provider_id", "identity_providers", ondelete="CASCADE"),
        tenant_key("token_id", "one_time_tokens", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "state_hash"),
    )
    op.create_index("sign_ins_by_state", "sign_ins", ["state_hash"])
    op.create_table(
        "browser_sessions",
        *tenant_row(),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        *tenant_keys(employee_id="employees"),
        tenant_key("provider_id", "identity_providers", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "token_hash"),
    )
    op.create_index("browser_sessions_by_token", "browser_sessions", ["token_hash"])
    op.create_index("browser_sessions_by_end", "browser_sessions", ["organization_id", "expires_at"])
    op.create_index("browser_sessions_of_a_person", "browser_sessions", ["organization_id", "employee_id"])
    op.create_table(
        "sign_in_link_requests",
        *tenant_row(),
        sa.Column("mail_hash", sa.LargeBinary(), nullable=False),
        *tenant_keys(),
    )
    op.create_index(
        "sign_in_link_requests_of_a_mailbox", "sign_in_link_requests", ["organization_id", "mail_hash", "created_at"]
    )
    for table in _TABLES:
        protect(table, lookup=table in _LOOKED_UP)
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_sign_in",
        "presented bytea",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from sign_ins where state_hash = presented",
    )
    lookup_function(
        "find_browser_session",
        "presented bytea",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from browser_sessions where token_hash = presented",
    )
    lookup_function(
        "find_identity_providers",
        "named text",
        "table (organization_id uuid, id uuid, audience text)",
        "select organization_id, id, audience from identity_providers"
        " where issuer = named and is_enabled and audience is not null order by id limit 100",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop function find_sign_in(bytea)")
    op.execute("drop function find_browser_session(bytea)")
    op.execute("drop function find_identity_providers(text)")
    for table in ("sign_in_link_requests", "browser_sessions", "sign_ins", "identity_grants", "identities"):
        op.drop_table(table)
    op.drop_table("identity_providers")
