"""Which cells of a field of a slide are counted in it: its neighbors show some of them too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision: str | None = "0020"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column, empty: all cells of an image are counted in it."""
    for table in ("frames", "queue"):
        op.add_column(table, sa.Column("counted", sa.String(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    for table in ("queue", "frames"):
        op.drop_column(table, "counted")
