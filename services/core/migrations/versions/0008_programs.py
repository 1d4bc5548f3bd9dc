"""Sponsors, benefits, content plans and the order of setting up.

What this does to a running system: nothing yet.
"""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""


def downgrade() -> None:
    """Take them away."""
