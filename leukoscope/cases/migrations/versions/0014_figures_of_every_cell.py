"""What was measured on a cell that no opinion rests on: it was kept from the leukemia models."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column; empty for every cell that is there: nothing was measured on those that were kept out."""
    op.add_column("cells", sa.Column("figures", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("cells", "figures")
