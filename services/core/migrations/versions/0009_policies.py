"""Approvals by named functions, effective dates, and more kinds of rules.

What this does to a running system: nothing yet.
"""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""


def downgrade() -> None:
    """Take them away."""
