"""A store in use, opened for edits behind the back of the program."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from leukoscope.cases.anchors import ANCHOR_FILE
from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.store import CaseStore
from leukoscope.domain.audit import AuditEntry
from leukoscope.domain.cases import CaseHeader, Priority, Signature
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.people import Role, Rules
from leukoscope.domain.waiting import Arrival, Scale

from .builders import analysis

REPORT = b"%PDF-1.7 the report as it was signed"

COLUMNS = (
    "number", "at", "who", "what", "case_id", "subject", "old", "new", "reason", "previous", "seal", "salt",
    "erased", "digests", "signer", "signature",
)  # fmt: skip


def a_store_in_use(folder: Path, url: str) -> None:
    """Two cases, one signed and amended and signed again, with labels, a drawn-out cell, accounts and rules."""
    with closing(CaseStore(folder, url)) as store:
        store.trail.actor = "A. Weber"
        store.people.add("Ada", Role.ADMINISTRATOR, "a long password")
        store.people.set_rules(Rules(False, True, 7))
        for number in (1, 2):
            case_id = store.create(CaseHeader(f"2026-{number}", "Doe, Jane", patient_id="P-77"))
            data = f"image {number}".encode()
            first, second, third = store.frames.add(case_id, analysis(data), data).cells
            store.decide(first.id, Label.HEALTHY, "Ben")
            store.decide(third.id, Label.HEALTHY, "Ben")
            store.manual_edits.remove(second.id, "Ben")
        moment = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
        signature = Signature("Ada", "Reviewed", moment)
        store.signing.sign(1, signature, REPORT, store.version(1))
        store.signing.amend(1, "A wrong label.", "Ada")
        store.signing.sign(1, replace(signature, meaning="Amended"), REPORT + b" again", store.version(1))
        # An order that waits for its first image, a case that was erased, and two tokens, one of which holds no more.
        store.case_orders.begin(CaseHeader("2026-3", "Moe"), Priority.URGENT)
        gone = store.create(CaseHeader("2026-4", "Poe"))
        store.erasing.finish(store.erasing.erase(gone, "Asked for.", "Ada"))
        for _ in range(2):
            store.tokens.issue(1, 30)
        store.tokens.revoke(2)
        images_that_wait(store)


def images_that_wait(store: CaseStore) -> None:
    """In case 2: one that is judged now, one that waits, one that was removed, a folder, and one to be judged again."""
    origin = FrameOrigin(OriginKind.FILE, "slide.png", "/slides/slide.png")
    images = [Arrival(f"/slides/{one}.png", f"waits {one}".encode(), origin, scale=Scale(0.1)) for one in (1, 2, 3)]
    store.queue.accept(2, [*images, Arrival("/slides/more", is_place=True)], "w")
    assert store.queue.claim("w") is not None
    assert store.queue.set_removed(2, [3], True) == 1
    assert store.queue.again(2, [2], 0.2, "w") == 1


@dataclass(frozen=True)
class Store:
    """A closed store, as somebody with the disk and the server's password finds it."""

    folder: Path
    url: str

    def run(self, *statements: str) -> None:
        """Write into the database as its owner can, without waking the trail's guards."""
        if self.url:
            with psycopg.connect(self.url) as connection:
                connection.execute("SET session_replication_role = replica")
                for statement in statements:
                    connection.execute(statement)
            return
        with closing(sqlite3.connect(self.folder / DATABASE_FILE)) as connection:
            guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in guards:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
            for _, sql in guards:
                connection.execute(sql)
            connection.commit()

    def plainly(self, statement: str) -> None:
        """Run a statement as it is."""
        if self.url:
            with psycopg.connect(self.url) as connection:
                connection.execute(statement)
        else:
            with closing(sqlite3.connect(self.folder / DATABASE_FILE)) as connection:
                connection.execute(statement)
                connection.commit()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.url:
            with psycopg.connect(self.url) as connection:
                return connection.execute(query).fetchall()
        with closing(sqlite3.connect(self.folder / DATABASE_FILE)) as connection:
            return connection.execute(query).fetchall()

    @property
    def anchor(self) -> Path:
        return self.folder / ANCHOR_FILE

    def entries(self) -> list[AuditEntry]:
        return [AuditEntry(*row) for row in self.rows(f"SELECT {', '.join(COLUMNS)} FROM audit ORDER BY number")]

    def write_entries(self, entries: list[AuditEntry]) -> None:
        """Put another trail in the place of this one, its head included."""
        lines = [", ".join(_literal(getattr(one, name)) for name in COLUMNS) for one in entries]
        self.run(
            "DELETE FROM audit",
            *(f"INSERT INTO audit ({', '.join(COLUMNS)}) VALUES ({line})" for line in lines),
            f"UPDATE audit_head SET count = {len(entries)}, seal = '{entries[-1].seal}'",
        )


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
