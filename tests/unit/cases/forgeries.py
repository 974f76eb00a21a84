"""Edits of a store behind the back of the program that take more than a statement."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

from leukoscope.cases.anchors import NEXT_ANCHOR
from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.signing_keys import SigningKey
from leukoscope.cases.store import CaseStore
from leukoscope.domain.audit import START, AuditEntry
from leukoscope.domain.cases import CaseHeader, Priority
from leukoscope.domain.findings import Label
from leukoscope.workflow.store_repair import repair_store
from tests.unit.cases.tampered_store import Store


def forged(entries: list[AuditEntry], key: SigningKey | None) -> list[AuditEntry]:
    """The whole chain computed again after an edit, signed by another key or with the old signatures left on it."""
    done: list[AuditEntry] = []
    for entry in entries:
        new = replace(entry, previous=done[-1].seal if done else START)
        if new.what == "case added":
            new = replace(new, who="Somebody else")
        new = replace(new, seal=new.computed_seal())
        if key is not None:
            new = replace(new, signer=key.public, signature=key.sign(new.seal))
        done.append(new)
    return done


def rewritten(store: Store) -> None:
    entries = forged(store.entries(), None)
    store.write_entries(entries)
    anchor = json.loads(store.anchor.read_text())
    store.anchor.write_text(json.dumps({**anchor, "seal": entries[-1].seal}))


def rewritten_and_signed(store: Store) -> None:
    key = SigningKey.new()
    entries = forged(store.entries(), key)
    store.write_entries(entries)
    anchor = json.loads(store.anchor.read_text())
    said = f"anchor {anchor['place']} {anchor['after']} {len(entries)} {entries[-1].seal}"
    forged_anchor = {**anchor, "seal": entries[-1].seal, "signer": key.public, "signature": key.sign(said)}
    store.anchor.write_text(json.dumps(forged_anchor))


def rewritten_without_anchor(store: Store) -> None:
    rewritten_and_signed(store)
    store.anchor.unlink()


def cut_off(store: Store) -> None:
    store.write_entries(store.entries()[:-2])


def cut_off_without_anchor(store: Store) -> None:
    cut_off(store)
    store.anchor.unlink()


def appended(store: Store) -> None:
    entries = store.entries()
    last = entries[-1]
    more = replace(
        last, number=last.number + 1, what="label", subject="cell 1", previous=last.seal, digests="", signer="",
        signature="",
    )  # fmt: skip
    store.write_entries([*entries, replace(more, seal=more.computed_seal())])


def old_anchor(store: Store) -> None:
    """The anchor of an earlier day is put back; what was signed since tells."""
    old = store.anchor.read_bytes()
    with closing(CaseStore(store.folder, store.url)) as later:
        later.update_header(2, CaseHeader("2026-2", "Roe"))
        later.update_header(2, CaseHeader("2026-2", "Doe, Jane"))
    store.anchor.write_bytes(old)


def blanked(store: Store) -> None:
    """An erasure is planted, so that the guard itself lets the entries of a case be blanked."""
    store.plainly("INSERT INTO erasures (case_id, at, left_to_do) VALUES (1, '2026-01-01 00:00:00', '{}')")
    store.plainly(
        "UPDATE audit SET subject = '', old = '', new = '', reason = '', salt = '', digests = '', erased = 1 "
        "WHERE case_id = 1"
    )
    store.plainly("DELETE FROM erasures")


def swapped_report(store: Store) -> None:
    """Another PDF under the hash of the signed one."""
    ((report,),) = store.rows("SELECT report FROM signatures WHERE id = 1")
    if store.url:
        store.run(f"UPDATE blobs SET data = 'another report'::bytea WHERE sha256 = '{report}'")
    else:
        (store.folder / "images" / report[:2] / report).write_bytes(b"another report")


def other_bytes(store: Store) -> None:
    """Another image under the hash of one that waits."""
    ((sha256,),) = store.rows("SELECT sha256 FROM queue WHERE id = 2")
    if store.url:
        store.run(f"UPDATE blobs SET data = 'Waits 2'::bytea WHERE sha256 = '{sha256}'")
    else:
        (store.folder / "images" / sha256[:2] / sha256).write_bytes(b"Waits 2")


def lost_bytes(store: Store) -> None:
    ((sha256,),) = store.rows("SELECT sha256 FROM queue WHERE id = 2")
    if store.url:
        store.run(f"DELETE FROM blobs WHERE sha256 = '{sha256}'")
    else:
        (store.folder / "images" / sha256[:2] / sha256).unlink()


def waiting_written_over(store: Store) -> None:
    """The program stops an image after somebody renamed it."""
    store.run("UPDATE queue SET source = 'x.png' WHERE id = 2")
    with closing(CaseStore(store.folder, store.url)) as opened:
        assert opened.queue.stop("w") == 4


def another_report(store: Store) -> None:
    """Another PDF, kept as it should be, and named by the signature."""
    with closing(CaseStore(store.folder, store.url)) as opened:
        sha256, _ = opened.images.put(b"%PDF-1.7 another report")
    store.run(f"UPDATE signatures SET report = '{sha256}' WHERE id = 1")


def weak_guard(store: Store) -> None:
    """A guard of the same name that lets everything pass."""
    if store.url:
        store.plainly(
            "CREATE OR REPLACE FUNCTION refuse_audit_update() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RETURN NEW; END $$"
        )
    else:
        store.plainly("DROP TRIGGER audit_no_update")
        store.plainly("CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN 0 BEGIN SELECT 1; END")


def no_guard(store: Store) -> None:
    store.plainly("DROP TRIGGER audit_only_blanked ON audit" if store.url else "DROP TRIGGER audit_no_update")


def sleeping_guard(store: Store) -> None:
    if store.url:
        store.plainly("ALTER TABLE audit DISABLE TRIGGER ALL")
    else:
        store.plainly("DROP TRIGGER audit_no_delete")


def planted_trigger(store: Store) -> None:
    """From now on every signature is somebody else's."""
    if store.url:
        store.plainly(
            "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.name := 'Mallory'; RETURN NEW; END $$"
        )
        store.plainly("CREATE TRIGGER planted BEFORE INSERT ON signatures FOR EACH ROW EXECUTE FUNCTION planted()")
    else:
        store.plainly(
            "CREATE TRIGGER planted AFTER INSERT ON signatures BEGIN UPDATE signatures SET name = 'Mallory'; END"
        )


def rolled_back_trail(store: Store) -> None:
    """The last entries and the anchor are put back from a copy, the rows stay as they are."""
    count, old = len(store.entries()), store.anchor.read_bytes()
    with closing(CaseStore(store.folder, store.url)) as later:
        later.update_header(2, CaseHeader("2026-2", "Roe"))
    store.write_entries(store.entries()[:count])
    store.anchor.write_bytes(old)
    store.anchor.with_name(NEXT_ANCHOR).unlink()


def computed_column(store: Store) -> None:
    """A column that is never written, and shown by no ordinary list of columns."""
    kind = "STORED" if store.url else "VIRTUAL"
    store.plainly(f"ALTER TABLE cases ADD COLUMN planted TEXT GENERATED ALWAYS AS (patient) {kind}")


def disguised(store: Store) -> None:
    """What changes rows on their way, under a name that looks like the database's own."""
    if store.url:
        store.plainly("CREATE RULE planted AS ON DELETE TO audit DO INSTEAD NOTHING")
        return
    body = "CREATE TRIGGER sqlite_planted AFTER INSERT ON signatures BEGIN DELETE FROM signatures; END"
    with closing(sqlite3.connect(store.folder / DATABASE_FILE)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) "
            f"VALUES ('trigger', 'sqlite_planted', 'signatures', 0, '{body}')"
        )
        connection.commit()


def all_guards_asleep(store: Store) -> None:
    """Every guard at once; on a server by a setting of the database, which changes no part of the schema."""
    if store.url:
        name = store.url.rpartition("/")[2]
        store.plainly(f"ALTER DATABASE {name} SET session_replication_role = 'replica'")
        return
    with closing(sqlite3.connect(store.folder / DATABASE_FILE)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.commit()


def written_over(store: Store) -> None:
    """The program itself writes into the case after the edit; that does not make the edit its own."""
    store.run("UPDATE cases SET patient = 'Roe' WHERE id = 2")
    with closing(CaseStore(store.folder, store.url)) as opened:
        opened.set_priority(2, Priority.STAT)


def label_written_over(store: Store) -> None:
    store.run("UPDATE decisions SET by = 'Eve' WHERE cell_id = 4")
    with closing(CaseStore(store.folder, store.url)) as opened:
        opened.decide(4, Label.LEUKEMIC, "Ben")


def repaired_over(store: Store) -> None:
    store.run("UPDATE cases SET patient = 'Roe', frame_count = 7 WHERE id = 2")
    with closing(CaseStore(store.folder, store.url)) as opened:
        assert repair_store(opened)
