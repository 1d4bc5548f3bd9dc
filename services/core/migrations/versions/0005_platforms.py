"""Platforms of an organization: its accounts, what lies in them, who is let in, and the numbers that come back.

What this does to a running system: adds tables (no rewrite), and lets a tracked link belong to nobody, which takes the
lock of a catalogue change for a moment. Processes of the version before keep working.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY = "select, insert"

PLAIN = ("audience_members", "platform_budgets", "platform_settings")
LOOKED_UP = ("audience_syncs", "content_pushes", "platform_authorizations", "platform_connections")
APPENDED = ("platform_readings", "platform_report_imports", "platform_report_rows")

ROWS = "table (organization_id uuid, id uuid)"

#: Named looks that start without an organization.
FUNCTIONS = (
    (
        "find_platform_authorization",
        "wanted bytea",
        ROWS,
        "select organization_id, id from platform_authorizations where state_hash = wanted",
    ),
    (
        "find_platforms_to_check",
        "most integer",
        ROWS,
        "select organization_id, id from platform_connections where check_at <= (select advocacy_now())"
        " order by check_at limit most",
    ),
    (
        "find_platforms_to_revoke",
        "most integer",
        ROWS,
        "select organization_id, id from platform_connections where revoke_until <= (select advocacy_now()) limit most",
    ),
    (
        "find_pushes_due",
        "most integer",
        ROWS,
        "select organization_id, id from content_pushes where due_at <= (select advocacy_now())"
        " order by due_at limit most",
    ),
    (
        "find_platform_readings_due",
        "most integer",
        ROWS,
        "select organization_id, id from content_pushes where metrics_at <= (select advocacy_now())"
        " order by metrics_at limit most",
    ),
    (
        "find_audience_syncs_due",
        "most integer",
        ROWS,
        "select organization_id, id from audience_syncs where due_at <= (select advocacy_now())"
        " order by due_at limit most",
    ),
    (
        "find_platform_organizations",
        "",
        "setof uuid",
        "select distinct organization_id from platform_connections where state <> 'revoked'",
    ),
)


def _signature(arguments: str) -> str:
    return ", ".join(part.split()[-1] for part in arguments.split(",") if part)


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "platform_settings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("setup_order", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id"),
    )
    op.create_table(
        "platform_connections",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("sealed_settings", sa.LargeBinary(), nullable=True),
        sa.Column("settings_set", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_credentials", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_grant", sa.LargeBinary(), nullable=True),
        sa.Column("confirmation_hash", sa.LargeBinary(), nullable=True),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("authorized_by", sa.String(), nullable=True),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destination_id", sa.String(), nullable=True),
        sa.Column("unit_price", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("monthly_budget", sa.Numeric(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("problem_words", sa.String(), nullable=True),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index(
        "platform_connections_to_check",
        "platform_connections",
        ["check_at"],
        unique=False,
        postgresql_where=sa.text("check_at is not null"),
    )
    op.create_index(
        "platform_connections_to_revoke",
        "platform_connections",
        ["revoke_until"],
        unique=False,
        postgresql_where=sa.text("revoke_until is not null"),
    )
    op.create_table(
        "platform_authorizations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("platform_connection_id", sa.Uuid(), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "platform_connection_id"],
            ["platform_connections.organization_id", "platform_connections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "state_hash"),
    )
    op.create_index("platform_authorizations_by_state", "platform_authorizations", ["state_hash"], unique=False)
    op.create_table(
        "platform_budgets",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("platform_connection_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("period_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "platform_connection_id"],
            ["platform_connections.organization_id", "platform_connections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "platform_connection_id", "name"),
    )
    op.create_table(
        "content_pushes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("platform_connection_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("destination_id", sa.String(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("losses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("armed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unknown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_ups", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdraw_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("metrics_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["content_items.organization_id", "content_items.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "link_id"],
            ["tracked_links.organization_id", "tracked_links.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "platform_connection_id"],
            ["platform_connections.organization_id", "platform_connections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index(
        "content_pushes_due", "content_pushes", ["due_at"], unique=False, postgresql_where=sa.text("due_at is not null")
    )
    op.create_index(
        "content_pushes_once",
        "content_pushes",
        ["organization_id", "platform_connection_id", "item_id", "destination_id"],
        unique=True,
        postgresql_where=sa.text(
            "state in ('planned', 'pushing', 'live', 'scheduled', 'awaiting_review', 'draft', 'unknown')"
        ),
    )
    op.create_index(
        "content_pushes_to_read",
        "content_pushes",
        ["metrics_at"],
        unique=False,
        postgresql_where=sa.text("metrics_at is not null"),
    )
    op.create_table(
        "audience_syncs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("platform_connection_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("destination_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("validate_only", sa.Boolean(), nullable=False),
        sa.Column("confirmed_hash", sa.String(), nullable=True),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("collected", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("to_add", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("to_remove", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("not_ours", sa.Integer(), nullable=False),
        sa.Column("diff_hash", sa.String(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "platform_connection_id"],
            ["platform_connections.organization_id", "platform_connections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index(
        "audience_syncs_due", "audience_syncs", ["due_at"], unique=False, postgresql_where=sa.text("due_at is not null")
    )
    op.create_table(
        "audience_members",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("platform_connection_id", sa.Uuid(), nullable=False),
        sa.Column("destination_id", sa.String(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("sync_id", sa.Uuid(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "employee_id"],
            ["employees.organization_id", "employees.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "platform_connection_id"],
            ["platform_connections.organization_id", "platform_connections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "sync_id"],
            ["audience_syncs.organization_id", "audience_syncs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "platform_connection_id", "destination_id", "employee_id"),
    )
    op.create_table(
        "platform_readings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("push_id", sa.Uuid(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("missing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("covers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "push_id"],
            ["content_pushes.organization_id", "content_pushes.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index(
        "platform_readings_of_a_push", "platform_readings", ["organization_id", "push_id", "read_at"], unique=False
    )
    op.create_table(
        "platform_report_imports",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("platform_connection_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("people_sums", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("skipped", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "platform_connection_id"],
            ["platform_connections.organization_id", "platform_connections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "platform_connection_id", "name", "sha256"),
    )
    op.create_table(
        "platform_report_rows",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "import_id"],
            ["platform_report_imports.organization_id", "platform_report_imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["content_items.organization_id", "content_items.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
    )
    op.create_index(
        "platform_report_rows_of_an_item", "platform_report_rows", ["organization_id", "item_id"], unique=False
    )
    op.alter_column("tracked_links", "employee_id", existing_type=sa.Uuid(), nullable=True)

    for table in PLAIN:
        protect(table)
    for table in LOOKED_UP:
        protect(table, lookup=True)
    for table in APPENDED:
        protect(table, verbs=APPEND_ONLY)
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    for name, arguments, returns, body in FUNCTIONS:
        lookup_function(name, arguments, returns, body, volatility="volatile")
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away, with the links of everybody."""
    for name, arguments, _, _ in FUNCTIONS:
        op.execute(f"drop function {name}({_signature(arguments)})")
    for table in (
        "platform_report_rows",
        "platform_report_imports",
        "platform_readings",
        "audience_members",
        "audience_syncs",
        "content_pushes",
        "platform_budgets",
        "platform_authorizations",
        "platform_connections",
        "platform_settings",
    ):
        op.drop_table(table)
    # The owner may write past the policies for these statements.
    for table in ("clicks", "tracked_links"):
        op.execute(f"alter table {table} no force row level security")
    op.execute(
        "delete from clicks c using tracked_links l where l.organization_id = c.organization_id"
        " and l.id = c.link_id and l.employee_id is null"
    )
    op.execute("delete from tracked_links where employee_id is null")
    for table in ("clicks", "tracked_links"):
        op.execute(f"alter table {table} force row level security")
    op.alter_column("tracked_links", "employee_id", existing_type=sa.Uuid(), nullable=False)
