"""Date of birth and sex of the patient, and what a person concludes from the case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision: str | None = "0017"
branch_labels: str | None = None
depends_on: str | None = None

COLUMNS = ("birth_date", "sex", "conclusion")


def upgrade() -> None:
    """Add the columns; empty for every case that is there."""
    for name in COLUMNS:
        op.add_column("cases", sa.Column(name, sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop them."""
    for name in reversed(COLUMNS):
        op.drop_column("cases", name)
