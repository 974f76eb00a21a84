"""Erasing a case for good: salted seals, entries that may be blanked, and what an erasure has still to do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

WORDS = "the audit trail can only grow"
KEPT = ("number", "at", "who", "what", "case_id", "previous", "seal")
BLANKED = ("subject", "old", "new", "reason", "salt")


def upgrade() -> None:
    """Add columns and table; let the trail's guard pass the blanking of an erased case, and nothing else."""
    op.add_column("audit", sa.Column("salt", sa.String(32), nullable=False, server_default=""))
    op.add_column("audit", sa.Column("erased", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("left_to_do", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_case_id", "erasures", ["case_id"])
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _is_blanking(same: str, may: str) -> str:
    kept = " AND ".join(f"NEW.{name} {same} OLD.{name}" for name in KEPT)
    blank = " AND ".join(f"NEW.{name} = ''" for name in BLANKED)
    return f"{kept} AND {blank} AND NEW.erased = 1 AND OLD.erased = 0 AND {may}"


MAY = "EXISTS (SELECT 1 FROM erasures WHERE erasures.case_id = OLD.case_id AND erasures.done_at IS NULL)"


def _guard_sqlite() -> None:
    op.execute("DROP TRIGGER audit_no_update")
    op.execute(
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN NOT ({_is_blanking('IS', MAY)}) "
        f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
    )


def _guard_postgresql() -> None:
    op.execute("DROP TRIGGER audit_only_grows ON audit")
    op.execute(
        "CREATE TRIGGER audit_only_grows BEFORE DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
    op.execute(
        "CREATE FUNCTION refuse_audit_update() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT ({_is_blanking('IS NOT DISTINCT FROM', MAY)}) THEN RAISE EXCEPTION '{WORDS}'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_only_blanked BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit_update()"
    )


def downgrade() -> None:
    """Drop them again; seals with a salt can then no longer be computed."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_only_blanked ON audit")
        op.execute("DROP FUNCTION refuse_audit_update()")
        op.execute("DROP TRIGGER audit_only_grows ON audit")
        op.execute(
            "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
        )
    else:
        op.execute("DROP TRIGGER audit_no_update")
    op.drop_table("erasures")
    for column in ("erased", "salt"):
        op.drop_column("audit", column)
    if op.get_bind().dialect.name != "postgresql":
        op.execute(f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, '{WORDS}'); END")
