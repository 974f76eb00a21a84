"""A person's comment on a cell, with who and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision: str | None = "0018"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the columns; empty for every cell that is there."""
    for name in ("comment", "comment_by"):
        op.add_column("cells", sa.Column(name, sa.String(), nullable=True))
    op.add_column("cells", sa.Column("comment_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    for name in ("comment_at", "comment_by", "comment"):
        op.drop_column("cells", name)
