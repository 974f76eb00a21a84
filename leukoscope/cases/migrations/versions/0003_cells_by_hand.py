"""Who drew a cell that was missed, who took one out that is none, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

COLUMNS = (("added_by", sa.String), ("added_at", sa.DateTime), ("removed_by", sa.String), ("removed_at", sa.DateTime))


def upgrade() -> None:
    """Add the columns; empty for everything that is there."""
    for name, kind in COLUMNS:
        op.add_column("cells", sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    """Drop them; cells that were taken out count again."""
    for name, _ in reversed(COLUMNS):
        op.drop_column("cells", name)
