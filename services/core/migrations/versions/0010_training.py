"""Training: modules, curricula, sessions, certificates and costs; coaching of profiles.

What this does to a running system: adds tables (no rewrite). Processes of the version before keep working; they know
of no gate, so name one for sharing once all run this version.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect, tenant_row, versioned_row

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "training_modules",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("summary", postgresql.JSONB(), nullable=False),
        sa.Column("provider_kind", sa.String(40), nullable=False),
        sa.Column("provider_name", sa.String(), nullable=True),
        sa.Column("provider_contact", sa.String(), nullable=True),
        sa.Column("cost_per", sa.String(40), nullable=True),
        sa.Column("cost_amount", sa.Numeric(), nullable=True),
        sa.Column("cost_currency", sa.String(), nullable=True),
        sa.Column("is_mandatory", sa.Boolean(), nullable=False),
        sa.Column("materials", postgresql.JSONB(), nullable=False),
        sa.Column("completion", sa.String(40), nullable=False),
        sa.Column("validity_months", sa.Integer(), nullable=True),
        sa.Column("quiz", postgresql.JSONB(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(["organization_id", "program_id"], ["programs.organization_id", "programs.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_table(
        "curriculum_entries",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_mandatory", sa.Boolean(), nullable=False),
        sa.Column("gates_sharing", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(["organization_id", "program_id"], ["programs.organization_id", "programs.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "module_id"], ["training_modules.organization_id", "training_modules.id"]
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "program_id", "module_id"),
    )
    op.create_index(
        "curriculum_gates",
        "curriculum_entries",
        ["organization_id", "program_id"],
        postgresql_where=sa.text("gates_sharing"),
    )
    op.create_table(
        "training_sessions",
        *versioned_row(),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("starts_local", sa.String(), nullable=False),
        sa.Column("ends_local", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("meeting_link", sa.String(), nullable=True),
        sa.Column("trainer", sa.String(), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("cost_per", sa.String(40), nullable=True),
        sa.Column("cost_amount", sa.Numeric(), nullable=True),
        sa.Column("cost_currency", sa.String(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("override_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(["organization_id", "program_id"], ["programs.organization_id", "programs.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "module_id"], ["training_modules.organization_id", "training_modules.id"]
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index("training_sessions_of_a_module", "training_sessions", ["organization_id", "module_id", "starts_at"])
    op.create_table(
        "training_enrolments",
        *versioned_row(),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_state", sa.String(40), nullable=True),
        sa.Column("told_of", sa.Integer(), nullable=True),
        sa.Column("calendar_sequence", sa.Integer(), nullable=True),
        sa.Column("is_in_calendar", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"], ["training_sessions.organization_id", "training_sessions.id"]
        ),
        sa.ForeignKeyConstraint(["organization_id", "employee_id"], ["employees.organization_id", "employees.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "session_id", "employee_id"),
    )
    op.create_index("training_enrolments_of_a_person", "training_enrolments", ["organization_id", "employee_id"])
    op.create_table(
        "quiz_attempts",
        *tenant_row(),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "module_id"], ["training_modules.organization_id", "training_modules.id"]
        ),
        sa.ForeignKeyConstraint(["organization_id", "employee_id"], ["employees.organization_id", "employees.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index("quiz_attempts_of_a_person", "quiz_attempts", ["organization_id", "employee_id", "module_id", "id"])
    op.create_table(
        "certificates",
        *versioned_row(),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("reminded_days", sa.Integer(), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "module_id"], ["training_modules.organization_id", "training_modules.id"]
        ),
        sa.ForeignKeyConstraint(["organization_id", "employee_id"], ["employees.organization_id", "employees.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index("certificates_of_a_person", "certificates", ["organization_id", "employee_id", "module_id"])
    op.create_index(
        "certificates_running_out",
        "certificates",
        ["expires_at"],
        postgresql_where=sa.text("expires_at is not null and revoked_at is null and lapsed_at is null"),
    )
    op.create_table(
        "training_budgets",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(["organization_id", "program_id"], ["programs.organization_id", "programs.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "program_id"),
    )
    op.create_table(
        "training_costs",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("override_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(["organization_id", "program_id"], ["programs.organization_id", "programs.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "module_id"], ["training_modules.organization_id", "training_modules.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"], ["training_sessions.organization_id", "training_sessions.id"]
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index("training_costs_of_a_program", "training_costs", ["organization_id", "program_id"])
    op.create_index(
        "training_costs_of_a_session",
        "training_costs",
        ["organization_id", "session_id", "stage"],
        unique=True,
        postgresql_where=sa.text("session_id is not null"),
    )
    op.create_table(
        "profile_checklists",
        *versioned_row(),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(["organization_id", "employee_id"], ["employees.organization_id", "employees.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "employee_id", "network"),
    )
    op.create_table(
        "profile_assessments",
        *tenant_row(),
        sa.Column("checklist_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("assessor", sa.String(40), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "checklist_id"], ["profile_checklists.organization_id", "profile_checklists.id"]
        ),
        sa.ForeignKeyConstraint(["organization_id", "employee_id"], ["employees.organization_id", "employees.id"]),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index(
        "profile_assessments_of_a_checklist", "profile_assessments", ["organization_id", "checklist_id", "id"]
    )
    op.create_table(
        "coachings",
        *versioned_row(),
        sa.Column("checklist_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("coach_employee_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "checklist_id"], ["profile_checklists.organization_id", "profile_checklists.id"]
        ),
        sa.ForeignKeyConstraint(["organization_id", "employee_id"], ["employees.organization_id", "employees.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "coach_employee_id"], ["employees.organization_id", "employees.id"]
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index("coachings_of_a_coach", "coachings", ["organization_id", "coach_employee_id"])
    op.create_index(
        "coachings_one_open",
        "coachings",
        ["organization_id", "checklist_id", "coach_employee_id"],
        unique=True,
        postgresql_where=sa.text("state in ('asked', 'accepted')"),
    )
    protect("training_modules")
    protect("curriculum_entries")
    protect("training_sessions")
    protect("training_enrolments")
    protect("quiz_attempts")
    protect("certificates", lookup=True)
    protect("training_budgets")
    protect("training_costs")
    protect("profile_checklists")
    protect("profile_assessments")
    protect("coachings")
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_certificates_to_remind",
        "after uuid, most integer, within interval",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from certificates"
        " where expires_at > (select advocacy_now()) and expires_at <= (select advocacy_now()) + within"
        " and revoked_at is null and lapsed_at is null and id > after order by id limit most",
        volatility="volatile",
    )
    lookup_function(
        "find_lapsed_certificates",
        "most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from certificates"
        " where expires_at <= (select advocacy_now()) and revoked_at is null and lapsed_at is null"
        " order by expires_at limit most",
        volatility="volatile",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop function find_lapsed_certificates(integer)")
    op.execute("drop function find_certificates_to_remind(uuid, integer, interval)")
    op.drop_table("coachings")
    op.drop_table("profile_assessments")
    op.drop_table("profile_checklists")
    op.drop_table("training_costs")
    op.drop_table("training_budgets")
    op.drop_table("certificates")
    op.drop_table("quiz_attempts")
    op.drop_table("training_enrolments")
    op.drop_table("training_sessions")
    op.drop_table("curriculum_entries")
    op.drop_table("training_modules")
