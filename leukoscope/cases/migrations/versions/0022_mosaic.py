"""Where overlapping images lie to each other, and which of their cells are the same one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision: str | None = "0021"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the tables, empty: images are joined when they are looked at."""
    op.create_table(
        "field_places",
        sa.Column("frame_id", sa.Integer(), nullable=False),
        sa.Column("piece", sa.Integer(), nullable=False),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("agreement", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["frame_id"], ["frames.id"], name="fk_field_places_frame_id_frames", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("frame_id", name="pk_field_places"),
    )
    op.create_table(
        "shared_cells",
        sa.Column("cell_id", sa.Integer(), nullable=False),
        sa.Column("stays_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cell_id"], ["cells.id"], name="fk_shared_cells_cell_id_cells", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["stays_id"], ["cells.id"], name="fk_shared_cells_stays_id_cells", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("cell_id", name="pk_shared_cells"),
    )
    op.create_index("ix_shared_cells_stays_id", "shared_cells", ["stays_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("shared_cells")
    op.drop_table("field_places")
