"""Publishing that keeps people's time: preferences, pauses, channels, stops, budgets, breakers, vendor notices.

What this does to a running system: adds tables and columns with defaults (no rewrite), and four indexes on publications,
which lock its writers while they are built. Processes of the version before keep working.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE, RUNTIME_ROLE
from services.core.migrations.tenancy import lookup_function, protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LOOKED_UP = ("connections", "webhook_receipts")

ROWS = "table (organization_id uuid, id uuid)"

#: Named looks that start without an organization.
FUNCTIONS = (
    (
        "find_next_due",
        "",
        "timestamptz",
        "select min(due_at) from publications where state in ('scheduled', 'waiting')",
    ),
    (
        "find_look_ups_due",
        "most integer",
        ROWS,
        "select organization_id, id from publications where look_up_at <= (select advocacy_now())"
        " order by look_up_at limit most",
    ),
    (
        "find_other_zone_data",
        "current_release text, most integer",
        ROWS,
        "select organization_id, id from publications where state in ('scheduled', 'waiting')"
        " and due_at > (select advocacy_now()) and (zone_data is null or zone_data < current_release) limit most",
    ),
    (
        "find_held_publications",
        "after_id uuid, most integer",
        ROWS,
        "select organization_id, id from publications where state = 'held' and id > after_id order by id limit most",
    ),
    (
        "find_connections_to_renew",
        "most integer",
        ROWS,
        "select organization_id, id from connections where state in ('active', 'paused')"
        " and renew_at <= (select advocacy_now()) order by renew_at limit most",
    ),
    (
        "find_connections_to_remind",
        "after_id uuid, most integer",
        ROWS,
        "select organization_id, id from connections where state in ('active', 'paused') and id > after_id"
        " and grant_ends_at > (select advocacy_now()) and grant_ends_at <= (select advocacy_now()) + interval '14 days'"
        " and (reminded_days is null"
        " or (reminded_days > 7 and grant_ends_at <= (select advocacy_now()) + interval '7 days')"
        " or (reminded_days > 1 and grant_ends_at <= (select advocacy_now()) + interval '1 day'))"
        " order by id limit most",
    ),
    (
        "find_connections_ended",
        "most integer",
        ROWS,
        "select organization_id, id from connections where state in ('active', 'paused')"
        " and grant_ends_at <= (select advocacy_now()) and token_expires_at <= (select advocacy_now()) limit most",
    ),
    (
        "find_connections_to_withdraw",
        "most integer",
        ROWS,
        "select organization_id, id from connections where revoke_until <= (select advocacy_now()) limit most",
    ),
    (
        "find_connection",
        "wanted uuid",
        ROWS,
        "select organization_id, id from connections where id = wanted",
    ),
    (
        "find_unsettled_receipts",
        "after_id uuid, most integer",
        ROWS,
        "select organization_id, id from webhook_receipts where settled_at is null and id > after_id"
        " order by id limit most",
    ),
    (
        "find_unknown_organizations",
        "",
        "setof uuid",
        "select distinct organization_id from publications where state = 'unknown'",
    ),
    (
        "count_unknown_publications",
        "",
        "bigint",
        "select count(*) from publications where state = 'unknown'",
    ),
)

#: Looks of before, anew: the time is computed once for the statement, so that their indexes can be used.
ANEW = (
    (
        "find_due_publications",
        "most integer",
        ROWS,
        "select organization_id, id from publications where state in ('scheduled', 'waiting')"
        " and due_at <= {now} order by due_at limit most",
    ),
    (
        "find_dead_leases",
        "most integer",
        ROWS,
        "select organization_id, id from publications where state in ('claimed', 'sending')"
        " and lease_until <= {now} order by lease_until limit most",
    ),
    (
        "find_unsettled_publications",
        "unknown_for interval, handed_over_for interval, held_for interval, most integer",
        ROWS,
        "select organization_id, id from publications"
        " where (state = 'unknown' and unknown_at <= {now} - unknown_for)"
        " or (state = 'handed_over' and scheduled_at <= {now} - handed_over_for)"
        " or (state = 'held' and reason is distinct from 'stopped' and scheduled_at <= {now} - held_for)"
        " limit most",
    ),
)


def _signature(arguments: str) -> str:
    return ", ".join(part.split()[-1] for part in arguments.split(",") if part)


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "vendor_breakers",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("connector"),
    )
    op.create_table(
        "vendor_budgets",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("period_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("connector", "name"),
    )
    op.create_table(
        "pauses",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "employee_id"],
            ["employees.organization_id", "employees.id"],
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
    op.create_index("pauses_of_a_person", "pauses", ["organization_id", "employee_id", "starts_at"], unique=False)
    op.create_table(
        "preferences",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("subdivision", sa.String(), nullable=True),
        sa.Column("observes_holidays", sa.Boolean(), nullable=False),
        sa.Column("working_days", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("quiet_from", sa.String(), nullable=True),
        sa.Column("quiet_to", sa.String(), nullable=True),
        sa.Column("windows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("max_per_day", sa.Integer(), nullable=True),
        sa.Column("max_per_week", sa.Integer(), nullable=True),
        sa.Column("languages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "employee_id"],
            ["employees.organization_id", "employees.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "employee_id"),
    )
    op.create_table(
        "program_channels",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("max_per_day", sa.Integer(), nullable=True),
        sa.Column("max_per_week", sa.Integer(), nullable=True),
        sa.Column("windows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stagger_minutes", sa.Integer(), nullable=False),
        sa.Column("similar_share", sa.Float(), nullable=False),
        sa.Column("similar_from", sa.Integer(), nullable=False),
        sa.Column("similar_action", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "program_id", "network"),
    )
    op.create_table(
        "connection_budgets",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("period_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "connection_id", "name"),
    )
    op.create_table(
        "stops",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(40), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("network", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("stopped_by", sa.String(), nullable=False),
        sa.Column("released_by", sa.String(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["content_items.organization_id", "content_items.id"],
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
        "stops_open",
        "stops",
        ["organization_id", "scope"],
        unique=False,
        postgresql_where=sa.text("released_at is null"),
    )
    op.create_table(
        "webhook_receipts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("advocacy_now()"), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("notice", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "connection_id", "event_id"),
    )
    op.add_column("content_items", sa.Column("embargo_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("clicks", sa.Column("previewer", sa.String(), nullable=True))
    op.add_column("connections", sa.Column("refresh_lease_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "connections", sa.Column("is_renewable", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("connections", sa.Column("grant_ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connections", sa.Column("reminded_days", sa.Integer(), nullable=True))
    op.add_column("connections", sa.Column("renew_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connections", sa.Column("incident_id", sa.Uuid(), nullable=True))
    op.add_column("connections", sa.Column("new_grant", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("connections", sa.Column("revoke_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connections", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "connections_to_renew", "connections", ["renew_at"], postgresql_where=sa.text("renew_at is not null")
    )
    op.create_index(
        "connections_ending", "connections", ["grant_ends_at"], postgresql_where=sa.text("grant_ends_at is not null")
    )
    op.create_index(
        "connections_to_withdraw", "connections", ["revoke_until"], postgresql_where=sa.text("revoke_until is not null")
    )
    op.add_column(
        "connections", sa.Column("failures_in_row", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("consents", sa.Column("ended_by", sa.String(), nullable=True))
    op.add_column("publications", sa.Column("words_hash", sa.LargeBinary(), nullable=True))
    op.add_column("publications", sa.Column("zone_data", sa.String(), nullable=True))
    op.add_column("publications", sa.Column("look_up_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("publications", sa.Column("look_ups", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index(
        "publications_held_by_id",
        "publications",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "publications_due_by_organization",
        "publications",
        ["organization_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state in ('scheduled', 'waiting')"),
    )
    op.create_index(
        "publications_held",
        "publications",
        ["organization_id", "program_id"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "publications_of_a_person", "publications", ["organization_id", "employee_id", "scheduled_at"], unique=False
    )
    op.create_index(
        "publications_of_an_item",
        "publications",
        ["organization_id", "item_id", "network", "scheduled_at"],
        unique=False,
    )
    op.create_index(
        "publications_to_look_up",
        "publications",
        ["look_up_at"],
        unique=False,
        postgresql_where=sa.text("look_up_at is not null"),
    )
    op.create_index(
        "publications_unknown",
        "publications",
        ["unknown_at"],
        unique=False,
        postgresql_where=sa.text("state = 'unknown'"),
    )
    op.create_index(
        "webhook_receipts_unsettled",
        "webhook_receipts",
        ["id"],
        unique=False,
        postgresql_where=sa.text("settled_at is null"),
    )

    # What the tokens stored so far allow is inside their seals: the first renewal job opens each once, and writes it
    # down. The owner may write past the policies for that one statement.
    op.execute("alter table connections no force row level security")
    op.execute(
        "update connections set renew_at = advocacy_now()"
        " where state = 'active' and sealed_credentials is not null and token_expires_at is not null"
    )
    op.execute("alter table connections force row level security")

    for table in ("pauses", "preferences", "program_channels", "connection_budgets", "stops", "webhook_receipts"):
        protect(table)
    for table in ("vendor_breakers", "vendor_budgets"):
        op.execute(f"grant select, insert, update, delete on {table} to {RUNTIME_ROLE}")
    for table in LOOKED_UP:
        op.execute(f"create policy lookup on {table} for select to {LOOKUP_ROLE} using (true)")
        op.execute(f"grant select on {table} to {LOOKUP_ROLE}")
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    for name, arguments, returns, body in FUNCTIONS:
        lookup_function(name, arguments, returns, body, volatility="volatile")
    for name, arguments, returns, body in ANEW:
        op.execute(f"drop function {name}({_signature(arguments)})")
        lookup_function(name, arguments, returns, body.format(now="(select advocacy_now())"), volatility="volatile")
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take them away."""
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    for name, arguments, _, _ in FUNCTIONS:
        op.execute(f"drop function {name}({_signature(arguments)})")
    for name, arguments, returns, body in ANEW:
        op.execute(f"drop function {name}({_signature(arguments)})")
        lookup_function(name, arguments, returns, body.format(now="advocacy_now()"), volatility="volatile")
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")
    for table in LOOKED_UP:
        op.execute(f"drop policy lookup on {table}")
        op.execute(f"revoke select on {table} from {LOOKUP_ROLE}")
    op.drop_index("webhook_receipts_unsettled", table_name="webhook_receipts")
    op.drop_index("publications_unknown", table_name="publications")
    op.drop_index("publications_to_look_up", table_name="publications")
    op.drop_index("publications_of_an_item", table_name="publications")
    op.drop_index("publications_of_a_person", table_name="publications")
    op.drop_index("publications_held_by_id", table_name="publications")
    op.drop_index("publications_due_by_organization", table_name="publications")
    op.drop_index("publications_held", table_name="publications", postgresql_where=sa.text("state = 'held'"))
    op.drop_column("publications", "look_ups")
    op.drop_column("publications", "look_up_at")
    op.drop_column("publications", "zone_data")
    op.drop_column("publications", "words_hash")
    op.drop_column("consents", "ended_by")
    op.drop_column("connections", "failures_in_row")
    op.drop_index("connections_to_withdraw", table_name="connections")
    op.drop_index("connections_ending", table_name="connections")
    op.drop_index("connections_to_renew", table_name="connections")
    for column in ("withdrawn_at", "revoke_until", "new_grant", "incident_id", "renew_at", "reminded_days"):
        op.drop_column("connections", column)
    op.drop_column("connections", "grant_ends_at")
    op.drop_column("connections", "is_renewable")
    op.drop_column("connections", "refresh_lease_until")
    op.drop_column("clicks", "previewer")
    op.drop_column("content_items", "embargo_until")
    op.drop_table("webhook_receipts")
    op.drop_index("stops_open", table_name="stops", postgresql_where=sa.text("released_at is null"))
    op.drop_table("stops")
    op.drop_table("connection_budgets")
    op.drop_table("program_channels")
    op.drop_table("preferences")
    op.drop_index("pauses_of_a_person", table_name="pauses")
    op.drop_table("pauses")
    op.drop_table("vendor_budgets")
    op.drop_table("vendor_breakers")
