"""One case for one number: the form by which it is found, kept unique among the cases on the list.

Cases that an earlier version let in under one number, or under spellings of one, are all kept: the oldest on the list
holds the number, each other one is told apart by its own key in ``number_twin`` until a person gives it another number.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from alembic import op

from leukoscope.domain.keys import case_key

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

logger = logging.getLogger(__name__)

INDEX = "uq_cases_number_key_number_twin"


def upgrade() -> None:
    """Add key, twin and index, and say how many cases share a number; how an image was compressed."""
    op.add_column("cases", sa.Column("number_key", sa.String(), nullable=True))
    op.add_column("cases", sa.Column("number_twin", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("frames", sa.Column("compression", sa.String(), nullable=True))
    _fill()
    on_list = sa.text("removed_at IS NULL")
    op.create_index(
        INDEX, "cases", ["number_key", "number_twin"], unique=True, sqlite_where=on_list, postgresql_where=on_list
    )


def _fill() -> None:
    connection = op.get_bind()
    cases = sa.table("cases", sa.column("id"), sa.column("number"), sa.column("removed_at"))
    taken: set[str] = set()
    filled: list[dict[str, int | str]] = []
    twins = 0
    rows = connection.execute(sa.select(cases.c.id, cases.c.number, cases.c.removed_at).order_by(cases.c.id)).all()
    for case_id, number, removed_at in rows:
        key = case_key(number)
        if not key:
            continue
        twin = case_id if removed_at is None and key in taken else 0
        twins += twin != 0
        if removed_at is None:
            taken.add(key)
        filled.append({"of": case_id, "key": key, "twin": twin})
    if filled:
        changed = "UPDATE cases SET number_key = :key, number_twin = :twin WHERE id = :of"
        connection.execute(sa.text(changed), filled)
    if twins:
        logger.warning("%d cases have a number that another case has in this or another spelling", twins)


def downgrade() -> None:
    """Drop them."""
    op.drop_index(INDEX, "cases")
    op.drop_column("frames", "compression")
    op.drop_column("cases", "number_twin")
    op.drop_column("cases", "number_key")
