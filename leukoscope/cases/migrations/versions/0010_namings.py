"""What a cell is: the naming of a differential bundle, and the class that a person gave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the table and the columns; cells that are there already have no naming, and keep their labels."""
    op.create_table(
        "namings",
        sa.Column("cell_id", sa.Integer(), sa.ForeignKey("cells.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("bundle_id", sa.Integer(), sa.ForeignKey("bundles.id"), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("novelty", sa.Double(), nullable=True),
        sa.Column("maps", sa.LargeBinary(), nullable=False),
    )
    op.add_column("decisions", sa.Column("cell_class", sa.String(length=64), nullable=True))
    op.add_column("cells", sa.Column("decided_class", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Drop them; what people named is gone, their labels stay."""
    op.drop_column("cells", "decided_class")
    op.drop_column("decisions", "cell_class")
    op.drop_table("namings")
