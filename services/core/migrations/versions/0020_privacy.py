"""Exports, erasures and legal holds.

What this does to a running system: adds tables (no rewrite). Processes of the version before keep working.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect, tenant_keys, tenant_row, versioned_row

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "privacy_requests",
        *versioned_row(),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        *tenant_keys(employee_id="employees"),
    )
    op.create_index("privacy_requests_of_a_person", "privacy_requests", ["organization_id", "employee_id"])
    op.create_index(
        "privacy_requests_at_work",
        "privacy_requests",
        ["id"],
        postgresql_where=sa.text("state in ('queued', 'closing', 'held')"),
    )
    op.create_table(
        "privacy_files",
        *tenant_row(),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_file", sa.LargeBinary(), nullable=False),
        *tenant_keys(request_id="privacy_requests"),
        sa.UniqueConstraint("organization_id", "request_id"),
    )
    op.create_table(
        "legal_holds",
        *versioned_row(),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("released_by", sa.String(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        *tenant_keys(employee_id="employees"),
    )
    op.create_index("legal_holds_of_a_person", "legal_holds", ["organization_id", "employee_id"])
    protect("privacy_requests", lookup=True)
    protect("privacy_files")
    protect("legal_holds")
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_privacy_requests",
        "most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from privacy_requests where state in ('queued', 'closing', 'held')"
        " order by id limit most",
        volatility="volatile",
    )
    _let_evidence_forget_whose_it_is()
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def _let_evidence_forget_whose_it_is() -> None:
    # Evidence is only added to; what it says of an account goes with the account's person, and by this door alone.
    op.execute(
        f"create policy erase on publication_evidence for update to {LOOKUP_ROLE} using (true) with check (true)"
    )
    op.execute(f"create policy lookup on publication_evidence for select to {LOOKUP_ROLE} using (true)")
    op.execute(f"grant select, update on publication_evidence to {LOOKUP_ROLE}")
    lookup_function(
        "erase_evidence",
        "wanted uuid, person uuid",
        "bigint",
        "with done as (update publication_evidence set detail = '{}'::jsonb where organization_id = wanted"
        " and publication_id in (select id from publications where organization_id = wanted and employee_id = person)"
        " returning 1) select count(*) from done",
        volatility="volatile",
    )


def downgrade() -> None:
    """Take them away."""
    op.execute("drop function erase_evidence(uuid, uuid)")
    op.execute("drop policy erase on publication_evidence")
    op.execute("drop policy lookup on publication_evidence")
    op.execute(f"revoke select, update on publication_evidence from {LOOKUP_ROLE}")
    op.execute("drop function find_privacy_requests(integer)")
    op.drop_table("legal_holds")
    op.drop_table("privacy_files")
    op.drop_table("privacy_requests")
