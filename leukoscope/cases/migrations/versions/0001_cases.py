"""Cases, frames, cells, opinions and decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the first tables."""
    _cases_and_frames()
    _cells()
    _opinions_and_decisions()


def _cases_and_frames() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("number", "patient", "specimen", "stain", "operator", "notes", "search_text")
        ),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("frame_count", "leukemic_count", "healthy_count", "unsure_count")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    op.create_index("ix_cases_removed_at_changed_at", "cases", ["removed_at", "changed_at"])
    op.create_index("ix_cases_number", "cases", ["number"])
    op.create_table(
        "frames",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("origin_kind", sa.String(16), nullable=True),
        sa.Column("origin_name", sa.String(), nullable=True),
        sa.Column("origin_path", sa.String(), nullable=True),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("exposure_ms", sa.Double(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("um_per_px", sa.Double(), nullable=True),
        sa.Column("view", sa.String(16), nullable=False),
        sa.Column("quality", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_frames_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_frames"),
    )
    op.create_index("ix_frames_case_id", "frames", ["case_id"])
    op.create_index("ix_frames_sha256", "frames", ["sha256"])


def _cells() -> None:
    op.create_table(
        "cells",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("frame_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("position", "x", "y", "width", "height")),
        sa.Column("mask", sa.LargeBinary(), nullable=False),
        sa.Column("flags", sa.String(), nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("threshold_low", sa.Double(), nullable=False),
        sa.Column("threshold_high", sa.Double(), nullable=False),
        sa.Column("unsure", sa.String(), nullable=False),
        sa.Column("decided_label", sa.String(16), nullable=True),
        sa.ForeignKeyConstraint(["frame_id"], ["frames.id"], name="fk_cells_frame_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_cells"),
    )
    op.create_index("ix_cells_frame_id_position", "cells", ["frame_id", "position"])


def _opinions_and_decisions() -> None:
    op.create_table(
        "bundles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bundles"),
    )
    op.create_index("uq_bundles_name_version_sha256", "bundles", ["name", "version", "sha256"], unique=True)
    op.create_table(
        "opinions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cell_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("logit", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("threshold_low", sa.Double(), nullable=False),
        sa.Column("threshold_high", sa.Double(), nullable=False),
        sa.Column("novelty", sa.Double(), nullable=True),
        sa.Column("maps", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["cell_id"], ["cells.id"], name="fk_opinions_cell_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundles.id"], name="fk_opinions_bundle_id"),
        sa.PrimaryKeyConstraint("id", name="pk_opinions"),
    )
    op.create_index("ix_opinions_cell_id_position", "opinions", ["cell_id", "position"])
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cell_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(16), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["cell_id"], ["cells.id"], name="fk_decisions_cell_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_cell_id", "decisions", ["cell_id"])


def downgrade() -> None:
    """Drop the tables again, the dependent ones first."""
    for table in ("decisions", "opinions", "bundles", "cells", "frames", "cases"):
        op.drop_table(table)
