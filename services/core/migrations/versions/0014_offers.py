"""What people want to see, what they think of it, and the order it follows.

What this does to a running system: nothing yet.
"""

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""


def downgrade() -> None:
    """Take them away."""
