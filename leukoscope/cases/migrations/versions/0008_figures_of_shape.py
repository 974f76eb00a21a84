"""What was measured on a cell, beside the opinion that rests on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column; empty for every opinion that is there: networks measure nothing."""
    op.add_column("opinions", sa.Column("figures", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("opinions", "figures")
