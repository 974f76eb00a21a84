"""Cells that a person named and that are neither leukemic, healthy nor unsure are counted apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the count; no person has named a cell by its class before."""
    op.add_column("cases", sa.Column("named_count", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop it; such cells are unsure again, as their labels say."""
    op.execute("UPDATE cases SET unsure_count = unsure_count + named_count")
    op.drop_column("cases", "named_count")
