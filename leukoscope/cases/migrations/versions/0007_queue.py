"""Images that wait to be judged, who judges them, and which image one that was judged again stands for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the tables, empty, and two columns, empty for every image that is there."""
    for name in ("former_id", "place"):
        op.add_column("frames", sa.Column(name, sa.Integer(), nullable=True))
    op.create_index("ix_frames_former_id", "frames", ["former_id"])
    _queue()
    op.create_table(
        "workers",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_workers"),
    )


def _queue() -> None:
    op.create_table(
        "queue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("origin_kind", sa.String(16), nullable=True),
        sa.Column("origin_name", sa.String(), nullable=True),
        sa.Column("origin_path", sa.String(), nullable=True),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("exposure_ms", sa.Double(), nullable=True),
        sa.Column("view", sa.String(16), nullable=False),
        sa.Column("um_per_px", sa.Double(), nullable=True),
        sa.Column("scale_given", sa.Boolean(), nullable=False),
        sa.Column("is_place", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("former_id", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("batch", sa.String(32), nullable=False),
        sa.Column("accepted_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_queue_case_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["former_id"], ["frames.id"], name="fk_queue_former_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_queue"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_queue_case_id", "queue", ["case_id"])
    op.create_index("ix_queue_sha256", "queue", ["sha256"])
    op.create_index("ix_queue_owner_id", "queue", ["owner", "id"])


def downgrade() -> None:
    """Drop them; what waits is lost."""
    op.drop_table("workers")
    op.drop_table("queue")
    op.drop_index("ix_frames_former_id", "frames")
    for name in ("place", "former_id"):
        op.drop_column("frames", name)
