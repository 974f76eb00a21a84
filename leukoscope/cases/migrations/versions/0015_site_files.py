"""Site profiles, which one is in force, and the record of the lab's teaching: for all workstations, and in backups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the table; what a workstation has in its folder comes in when it is next looked at."""
    op.create_table(
        "site_files",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_site_files"),
    )


def downgrade() -> None:
    """Drop it; each workstation keeps what is in its folder."""
    op.drop_table("site_files")
