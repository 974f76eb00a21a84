"""Entries that are signed and hold digests of the rows they tell of; a lock-out that no clock can lift."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None

WORDS = "the audit trail can only grow"
KEPT = ("number", "at", "who", "what", "case_id", "previous", "seal")
SIGNED = ("signer", "signature")
BLANKED = ("subject", "old", "new", "reason", "salt")
MAY = "EXISTS (SELECT 1 FROM erasures WHERE erasures.case_id = OLD.case_id AND erasures.done_at IS NULL)"


def upgrade() -> None:
    """Add the columns, empty for what is there: older entries are not signed. Let the guard know them."""
    op.add_column("audit", sa.Column("digests", sa.String(), nullable=False, server_default=""))
    op.add_column("audit", sa.Column("signer", sa.String(64), nullable=False, server_default=""))
    op.add_column("audit", sa.Column("signature", sa.String(128), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("seal_salt", sa.String(32), nullable=False, server_default=""))
    _salt_cases()
    op.add_column("people", sa.Column("locked_boot", sa.String(64), nullable=False, server_default=""))
    op.add_column("people", sa.Column("locked_ticks", sa.Double(), nullable=True))
    _guard((*KEPT, *SIGNED), (*BLANKED, "digests"))


def _salt_cases() -> None:
    """Random for each case, and gone with it when it is erased: nobody can test a guess of what it said."""
    connection = op.get_bind()
    cases = sa.table("cases", sa.column("id"), sa.column("seal_salt"))
    for case_id in connection.scalars(sa.select(cases.c.id)).all():
        salted = cases.update().where(cases.c.id == case_id).values(seal_salt=secrets.token_hex(16))
        connection.execute(salted)


def _guard(kept: tuple[str, ...], blanked: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        condition = _is_blanking("IS NOT DISTINCT FROM", kept, blanked)
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_audit_update() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF NOT ({condition}) THEN RAISE EXCEPTION '{WORDS}'; END IF; RETURN NEW; END $$"
        )
        return
    op.execute("DROP TRIGGER audit_no_update")
    op.execute(
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN NOT ({_is_blanking('IS', kept, blanked)}) "
        f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
    )


def _is_blanking(same: str, kept: tuple[str, ...], blanked: tuple[str, ...]) -> str:
    stays = " AND ".join(f"NEW.{name} {same} OLD.{name}" for name in kept)
    blank = " AND ".join(f"NEW.{name} = ''" for name in blanked)
    return f"{stays} AND {blank} AND NEW.erased = 1 AND OLD.erased = 0 AND {MAY}"


def downgrade() -> None:
    """Drop them again; seals over digests can then no longer be computed."""
    _guard(KEPT, BLANKED)
    for column in ("signature", "signer", "digests"):
        op.drop_column("audit", column)
    op.drop_column("cases", "seal_salt")
    for column in ("locked_ticks", "locked_boot"):
        op.drop_column("people", column)
