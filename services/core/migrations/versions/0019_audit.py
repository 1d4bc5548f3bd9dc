"""The chain of the audit trail: what was written down is linked under a key, so that a change or a cut is found.

What this does to a running system: adds tables and a trigger that notes each new entry; entries that are there are
noted too, and chained by the first run of the job. Processes of the version before keep working.
"""

import sqlalchemy as sa
from alembic import op

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect, tenant_keys, tenant_row

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("audit_pending", "audit_links", "audit_heads")


def upgrade() -> None:
    """Add the chain, and let old entries go by one door alone."""
    op.create_table(
        "audit_heads",
        *tenant_row(),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("chained_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("checkpoint_position", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint_mac", sa.LargeBinary(), nullable=True),
        sa.Column("checkpoint_seal", sa.LargeBinary(), nullable=True),
        sa.Column("exported_position", sa.BigInteger(), nullable=True),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id"),
    )
    op.create_table(
        "audit_links",
        *tenant_row(),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id", "position"),
    )
    op.create_table("audit_pending", *tenant_row(), *tenant_keys())
    protect("audit_heads", verbs="select, insert, update")
    protect("audit_links", verbs="select, insert", lookup=True)
    protect("audit_pending", verbs="select, insert, delete", lookup=True)
    _note_new_entries()
    _open_one_door_for_old_entries()


def _note_new_entries() -> None:
    op.execute("alter table audit_entries no force row level security")
    op.execute("alter table audit_pending no force row level security")
    op.execute("insert into audit_pending (organization_id, id) select organization_id, id from audit_entries")
    op.execute("alter table audit_pending force row level security")
    op.execute("alter table audit_entries force row level security")
    op.execute(
        "create function note_audit_entry() returns trigger language plpgsql as"
        " $$begin insert into audit_pending (organization_id, id) values (new.organization_id, new.id);"
        " return null; end$$"
    )
    op.execute(
        "create trigger note_audit_entry after insert on audit_entries for each row execute function note_audit_entry()"
    )
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    lookup_function(
        "find_audit_to_chain", "", "setof uuid", "select distinct organization_id from audit_pending",
        volatility="volatile",
    )  # fmt: skip


def _open_one_door_for_old_entries() -> None:
    # Only the function below acts as this role, and no process can enter it.
    op.execute(
        "create function refuse_audit_change() returns trigger language plpgsql as"
        f" $$begin if tg_op = 'DELETE' and current_user = '{LOOKUP_ROLE}' then return null; end if;"
        " raise exception '% is append-only', tg_table_name; end$$"
    )
    op.execute("drop trigger append_only on audit_entries")
    for table in ("audit_entries", "audit_links"):
        op.execute(
            f"create trigger append_only before update or delete or truncate on {table}"
            " for each statement execute function refuse_audit_change()"
        )
        op.execute(f"create policy purge on {table} for delete to {LOOKUP_ROLE} using (true)")
        op.execute(f"grant delete on {table} to {LOOKUP_ROLE}")
    op.execute(f"create policy lookup on audit_entries for select to {LOOKUP_ROLE} using (true)")
    op.execute(f"grant select on audit_entries to {LOOKUP_ROLE}")
    lookup_function(
        "purge_audit",
        "wanted uuid, up_to bigint",
        "bigint",
        # Never younger than 400 days, whatever it is asked.
        "with old as (select l.id from audit_links l join audit_entries e"
        " on e.organization_id = l.organization_id and e.id = l.id"
        " where l.organization_id = wanted and l.position <= up_to"
        " and e.created_at < advocacy_now() - interval '400 days'),"
        " entries as (delete from audit_entries where organization_id = wanted and id in (select id from old)),"
        " links as (delete from audit_links where organization_id = wanted and id in (select id from old) returning 1)"
        " select count(*) from links",
        volatility="volatile",
    )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")


def downgrade() -> None:
    """Take the chain away; the entries stay, and nobody can change them."""
    op.execute("drop function purge_audit(uuid, bigint)")
    op.execute("drop function find_audit_to_chain()")
    op.execute("drop trigger note_audit_entry on audit_entries")
    op.execute("drop function note_audit_entry()")
    for table in ("audit_entries", "audit_links"):
        op.execute(f"drop trigger append_only on {table}")
        op.execute(f"drop policy purge on {table}")
        op.execute(f"revoke delete on {table} from {LOOKUP_ROLE}")
    op.execute("drop policy lookup on audit_entries")
    op.execute(f"revoke select on audit_entries from {LOOKUP_ROLE}")
    op.execute("drop function refuse_audit_change()")
    for table in TABLES:
        op.drop_table(table)
    op.execute(
        "create trigger append_only before update or delete or truncate on audit_entries"
        " for each statement execute function refuse_change()"
    )
