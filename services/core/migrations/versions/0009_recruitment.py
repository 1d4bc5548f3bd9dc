"""How a program takes people in: what it asks of them, open calls, nominations, applications, what people declare.

What this does to a running system: adds tables, and columns with a default or none (no rewrite). Processes of the
version before keep working; what they invite is not reminded of.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect, tenant_keys, tenant_row, versioned_row

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool = True, now: bool = False) -> "sa.Column[object]":
    default = sa.text("advocacy_now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.add_column("personas", sa.Column("terms", postgresql.JSONB(), server_default="{}", nullable=False))
    op.add_column("personas", sa.Column("wanted", postgresql.JSONB(), server_default="[]", nullable=False))
    op.add_column("invitations", sa.Column("reminders_sent", sa.Integer(), server_default="0", nullable=False))
    op.add_column("invitations", _instant("next_reminder_at"))
    op.create_index(
        "invitations_to_remind", "invitations", ["next_reminder_at"],
        postgresql_where=sa.text("next_reminder_at is not null"),
    )  # fmt: skip
    op.create_table(
        "intakes",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("max_reminders", sa.Integer(), nullable=False),
        sa.Column("reminder_days", sa.Integer(), nullable=False),
        sa.Column("takes_applications", sa.Boolean(), nullable=False),
        sa.Column("takes_nominations", sa.Boolean(), nullable=False),
        sa.Column("steps", postgresql.JSONB(), nullable=False),
        *tenant_keys(program_id="programs"),
        sa.UniqueConstraint("organization_id", "program_id"),
    )
    op.create_table(
        "open_calls",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("titles", postgresql.JSONB(), nullable=False),
        sa.Column("texts", postgresql.JSONB(), nullable=False),
        sa.Column("criteria", postgresql.JSONB(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        _instant("closes_at", nullable=False),
        *tenant_keys(program_id="programs"),
        sa.UniqueConstraint("organization_id", "code"),
    )
    op.create_index("open_calls_by_code", "open_calls", ["code"], unique=True)
    op.add_column("ambassadors", _instant("waiting_since"))
    op.add_column("ambassadors", sa.Column("call_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "ambassadors_call_id_fkey", "ambassadors", "open_calls",
        ["organization_id", "call_id"], ["organization_id", "id"],
    )  # fmt: skip
    op.create_index("ambassadors_onboarding", "ambassadors", ["id"], postgresql_where=sa.text("state = 'onboarding'"))
    op.create_table(
        "onboarding_marks",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        *tenant_keys(program_id="programs", employee_id="employees"),
        sa.UniqueConstraint("organization_id", "program_id", "employee_id", "step"),
    )
    op.create_table(
        "declarations",
        *versioned_row(),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        *tenant_keys(employee_id="employees"),
        sa.UniqueConstraint("organization_id", "employee_id"),
    )
    op.create_table(
        "declaration_consents",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        _instant("withdrawn_at"),
        *tenant_keys(program_id="programs", employee_id="employees"),
    )
    op.create_index(
        "declaration_consents_one_live", "declaration_consents",
        ["organization_id", "employee_id", "program_id", "purpose"], unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )  # fmt: skip
    op.create_table(
        "nominations",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("nominator_id", sa.Uuid(), nullable=False),
        sa.Column("nominee_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        _instant("expires_at", nullable=False),
        _instant("answered_at"),
        *tenant_keys(program_id="programs", nominator_id="employees", nominee_id="employees"),
    )
    op.create_index(
        "nominations_one_open", "nominations", ["organization_id", "program_id", "nominator_id", "nominee_id"],
        unique=True, postgresql_where=sa.text("state = 'asked'"),
    )  # fmt: skip
    op.create_table(
        "applications",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(40), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("nomination_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=True),
        _instant("decided_at"),
        sa.Column("decided_by", sa.String(), nullable=True),
        _instant("withdrawn_at"),
        *tenant_keys(program_id="programs", employee_id="employees", call_id="open_calls", nomination_id="nominations"),
    )
    op.create_index(
        "applications_one_open", "applications", ["organization_id", "program_id", "employee_id"], unique=True,
        postgresql_where=sa.text("state = 'applied'"),
    )  # fmt: skip
    op.create_index("applications_of_a_person", "applications", ["organization_id", "employee_id"])
    for table in ("intakes", "onboarding_marks", "declarations", "declaration_consents", "nominations", "applications"):
        protect(table)
    protect("open_calls", lookup=True)
    for table in ("invitations", "ambassadors"):
        op.execute(f"create policy recruitment_lookup on {table} for select to {LOOKUP_ROLE} using (true)")
        op.execute(f"grant select on {table} to {LOOKUP_ROLE}")
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_open_call",
        "wanted text",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from open_calls where code = wanted",
        volatility="volatile",
    )
    lookup_function(
        "find_invitations_to_remind",
        "after_id uuid, most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from invitations where next_reminder_at <= (select advocacy_now())"
        " and id > after_id order by id limit most",
        volatility="volatile",
    )
    lookup_function(
        "find_ambassadors_onboarding",
        "after_id uuid, most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from ambassadors where state = 'onboarding' and id > after_id order by id limit most",
        volatility="volatile",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop function find_ambassadors_onboarding(uuid, integer)")
    op.execute("drop function find_invitations_to_remind(uuid, integer)")
    op.execute("drop function find_open_call(text)")
    for table in ("invitations", "ambassadors"):
        op.execute(f"drop policy recruitment_lookup on {table}")
    op.execute(f"revoke select on invitations from {LOOKUP_ROLE}")
    op.drop_index("ambassadors_onboarding", "ambassadors")
    op.drop_constraint("ambassadors_call_id_fkey", "ambassadors", type_="foreignkey")
    op.drop_column("ambassadors", "call_id")
    op.drop_column("ambassadors", "waiting_since")
    for table in (
        "applications", "nominations", "declaration_consents", "declarations", "onboarding_marks", "open_calls",
        "intakes",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_index("invitations_to_remind", "invitations")
    op.drop_column("invitations", "next_reminder_at")
    op.drop_column("invitations", "reminders_sent")
    op.drop_column("personas", "wanted")
    op.drop_column("personas", "terms")
