"""What networks see in cells, so that cells can be compared, and the cells that people keep as examples."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the tables, empty: features are computed when they are first asked for."""
    op.create_table(
        "cell_features",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cell_id", sa.Integer(), nullable=False),
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["cell_id"], ["cells.id"], name="fk_cell_features_cell_id_cells", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundles.id"], name="fk_cell_features_bundle_id_bundles"),
        sa.PrimaryKeyConstraint("id", name="pk_cell_features"),
    )
    op.create_index("uq_cell_features_cell_id_bundle_id", "cell_features", ["cell_id", "bundle_id"], unique=True)
    op.create_index("ix_cell_features_bundle_id_content", "cell_features", ["bundle_id", "content"])
    op.create_table(
        "examples",
        sa.Column("cell_id", sa.Integer(), nullable=False),
        sa.Column("kept_by", sa.String(), nullable=False),
        sa.Column("kept_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["cell_id"], ["cells.id"], name="fk_examples_cell_id_cells", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("cell_id", name="pk_examples"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("examples")
    op.drop_table("cell_features")
