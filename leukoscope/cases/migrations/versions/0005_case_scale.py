"""The scale that an uncalibrated image was judged at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column; empty for every image that is there: its own red cells go on saying it."""
    op.add_column("frames", sa.Column("estimated_um_per_px", sa.Double(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("frames", "estimated_um_per_px")
