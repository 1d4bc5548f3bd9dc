"""Whose rows each table shows, the named looks that start without an organization, and partitions.

What this does to a running system: nothing, there is none yet.
"""

from alembic import op

from services.core.kit.db import LOOKUP_ROLE, RUNTIME_ROLE
from services.core.migrations.tenancy import lookup_function, protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = "select, insert"

PLAIN = (
    "acknowledgements",
    "ambassadors",
    "attempts",
    "connections",
    "consents",
    "content_items",
    "data_keys",
    "directory_rows",
    "directory_syncs",
    "employees",
    "goals",
    "invitations",
    "measurements",
    "messages",
    "offers",
    "personas",
    "policies",
    "policy_versions",
    "programs",
    "responsibilities",
    "reviews",
    "role_grants",
    "shares",
    "variants",
)
LOOKED_UP = ("api_keys", "authorization_requests", "one_time_tokens", "publications", "tracked_links")
APPENDED = ("audit_entries", "events", "publication_evidence")
PARTITIONED = ("clicks", "metric_snapshots")


def upgrade() -> None:
    """Protect every table."""
    protect("organizations", column="id", verbs="select, insert, update", lookup=True)
    protect("idempotency_keys", lookup=True)
    for table in PLAIN:
        protect(table)
    for table in LOOKED_UP:
        protect(table, lookup=True)
    for table in APPENDED:
        protect(table, verbs=APPEND_ONLY)
    for table in PARTITIONED:
        protect(table)
    for table in ("workers", "daily_salts"):
        op.execute(f"grant select, insert, update, delete on {table} to {RUNTIME_ROLE}")

    op.execute(
        "create function refuse_change() returns trigger language plpgsql as"
        " $$begin raise exception '% is append-only', tg_table_name; end$$"
    )
    op.execute(
        "create trigger append_only before update or delete or truncate on audit_entries"
        " for each statement execute function refuse_change()"
    )

    lookup_function(
        "find_api_key",
        "wanted text",
        "table (organization_id uuid, id uuid, secret_hash bytea)",
        "select organization_id, id, secret_hash from api_keys where key_id = wanted",
    )
    lookup_function(
        "find_one_time_token",
        "wanted bytea",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from one_time_tokens where token_hash = wanted",
    )
    lookup_function(
        "find_authorization_request",
        "wanted bytea",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from authorization_requests where state_hash = wanted",
    )
    lookup_function(
        "find_tracked_link",
        "wanted text",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from tracked_links where code = wanted",
    )
    lookup_function(
        "find_due_publications",
        "most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from publications where state in ('scheduled', 'waiting')"
        " and due_at <= advocacy_now() order by due_at limit most",
        volatility="volatile",
    )
    lookup_function(
        "find_dead_leases",
        "most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from publications where state in ('claimed', 'sending')"
        " and lease_until <= advocacy_now() order by lease_until limit most",
        volatility="volatile",
    )
    lookup_function(
        "find_unsettled_publications",
        "unknown_for interval, handed_over_for interval, held_for interval, most integer",
        "table (organization_id uuid, id uuid)",
        "select organization_id, id from publications"
        " where (state = 'unknown' and unknown_at <= advocacy_now() - unknown_for)"
        " or (state = 'handed_over' and scheduled_at <= advocacy_now() - handed_over_for)"
        " or (state = 'held' and scheduled_at <= advocacy_now() - held_for) limit most",
        volatility="volatile",
    )
    lookup_function("list_organization_ids", "", "setof uuid", "select id from organizations")

    op.execute(f"create policy purge on idempotency_keys for delete to {LOOKUP_ROLE} using (true)")
    op.execute(f"grant delete on idempotency_keys to {LOOKUP_ROLE}")
    lookup_function(
        "purge_idempotency_keys",
        "older_than interval",
        "void",
        "delete from idempotency_keys where created_at < advocacy_now() - older_than",
        volatility="volatile",
    )

    for table in PARTITIONED:
        op.execute(f"create table {table}_default partition of {table} default")
        op.execute(f"alter table {table}_default enable row level security")
    op.execute(
        """
        create function ensure_partitions(months_ahead integer) returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
        declare parent text; first date; name text;
        begin
          foreach parent in array array['clicks', 'metric_snapshots'] loop
            for step in -1 .. months_ahead loop
              first := (date_trunc('month', advocacy_now() at time zone 'UTC') + make_interval(months => step))::date;
              name := format('%s_p%s', parent, to_char(first, 'YYYYMM'));
              if to_regclass(name) is null then
                execute format('create table %I partition of %I for values from (%L) to (%L)',
                               name, parent, first || ' 00:00:00+00',
                               (first + interval '1 month')::date || ' 00:00:00+00');
                execute format('alter table %I enable row level security', name);
              end if;
            end loop;
          end loop;
        end $$
        """
    )
    op.execute("revoke all on function ensure_partitions(integer) from public")
    op.execute(f"grant execute on function ensure_partitions(integer) to {RUNTIME_ROLE}")
    # Only migrations create functions for the look-up role; it needs no right to create anything itself.
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")
    op.execute(f"grant select on alembic_version to {RUNTIME_ROLE}")


def downgrade() -> None:
    """Leave the tables without protection: only right before they are dropped."""
    for name, arguments in (
        ("ensure_partitions", "integer"),
        ("purge_idempotency_keys", "interval"),
        ("list_organization_ids", ""),
        ("find_unsettled_publications", "interval, interval, interval, integer"),
        ("find_dead_leases", "integer"),
        ("find_due_publications", "integer"),
        ("find_tracked_link", "text"),
        ("find_authorization_request", "bytea"),
        ("find_one_time_token", "bytea"),
        ("find_api_key", "text"),
    ):
        op.execute(f"drop function {name}({arguments})")
    op.execute("drop trigger append_only on audit_entries")
    op.execute("drop function refuse_change()")
    for table in ("organizations", "idempotency_keys", *PLAIN, *LOOKED_UP, *APPENDED, *PARTITIONED):
        op.execute(f"drop policy if exists lookup on {table}")
        op.execute(f"drop policy if exists purge on {table}")
        op.execute(f"drop policy tenant on {table}")
