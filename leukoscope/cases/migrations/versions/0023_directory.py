"""Accounts of people whom the hospital's directory knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision: str | None = "0022"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the columns; every account that is there is the laboratory's own."""
    op.add_column("people", sa.Column("source", sa.String(16), nullable=False, server_default=""))
    for name in ("subject", "login"):
        op.add_column("people", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("people", sa.Column("lost", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop them."""
    for name in ("lost", "login", "subject", "source"):
        op.drop_column("people", name)
