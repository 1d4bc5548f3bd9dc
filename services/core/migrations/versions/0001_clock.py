"""The clock that every statement asks.

What this does to a running system: nothing, there is none yet.
"""

from alembic import op

from services.core.kit.db import LOOKUP_ROLE, RUNTIME_ROLE, TEST_ROLE

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create advocacy_now(): the server's clock, plus an offset that only a test role can set."""
    op.execute("create table clock (ahead interval not null)")
    op.execute("insert into clock values (interval '0')")
    op.execute(f"grant select on clock to {LOOKUP_ROLE}")
    op.execute(f"grant select, update on clock to {TEST_ROLE}")
    op.execute(f"grant usage, create on schema public to {LOOKUP_ROLE}")
    op.execute(f"grant usage on schema public to {RUNTIME_ROLE}, {TEST_ROLE}")
    op.execute(
        "create function advocacy_now() returns timestamptz language sql volatile security definer"
        " set search_path = public, pg_temp as $$select clock_timestamp() + ahead from clock$$"
    )
    op.execute(f"alter function advocacy_now() owner to {LOOKUP_ROLE}")


def downgrade() -> None:
    """Remove it."""
    op.execute("drop function advocacy_now()")
    op.execute("drop table clock")
