"""KPIs of an organization's own, and values from files and feeds.

What this does to a running system: nothing yet.
"""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""


def downgrade() -> None:
    """Take them away."""
