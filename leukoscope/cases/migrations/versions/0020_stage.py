"""Where on the glass an image was taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision: str | None = "0019"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column, empty: nobody noted it before."""
    for table in ("frames", "queue"):
        op.add_column(table, sa.Column("stage", sa.String(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    for table in ("queue", "frames"):
        op.drop_column(table, "stage")
