"""Which microscope took an image: its camera, and its objective."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision: str | None = "0016"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the columns, empty: nobody noted it before."""
    for table in ("frames", "queue"):
        op.add_column(table, sa.Column("camera", sa.String(), nullable=True))
        op.add_column(table, sa.Column("objective", sa.String(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    for table in ("queue", "frames"):
        op.drop_column(table, "objective")
        op.drop_column(table, "camera")
