"""What somebody does to a store behind the program's back, on both databases."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from leukoscope.cases.anchors import ANCHOR_FILE, NEXT_ANCHOR
from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.signing_keys import SigningKey
from leukoscope.cases.store import CaseStore
from leukoscope.domain.audit import START, AuditEntry
from leukoscope.domain.cases import CaseHeader, Priority, Signature
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.people import Role, Rules
from leukoscope.domain.waiting import Arrival, Scale
from leukoscope.workflow.store_repair import repair_store

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
        store.case_orders.begun(store.create(CaseHeader("2026-3", "Moe"), Priority.URGENT))
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


Edit = Callable[[Store], None]


def sql(*statements: str) -> Edit:
    return lambda store: store.run(*statements)


MOMENT = "'2020-01-01 00:00:00.000000'"


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


EDITS: dict[str, tuple[Edit, str]] = {
    "case written over": (written_over, r"Case 2 was changed .* between entries \d+ and \d+"),
    "label written over": (label_written_over, r"people said of cell 4 of case 2 was changed .* between entries"),
    "case repaired over": (repaired_over, r"Case 2 was changed .* between entries \d+ and \d+"),
    "salt": (sql("UPDATE cases SET seal_salt = '' WHERE id = 2"), r"Case 2 was changed"),
    # Cases
    "state": (sql("UPDATE cases SET state = 'open' WHERE id = 1"), r"Case 1 was changed .*\(state\)"),
    "patient": (sql("UPDATE cases SET patient = 'Roe' WHERE id = 1"), r"Case 1 was changed .*\(patient\)"),
    "patient number": (sql("UPDATE cases SET patient_id = 'P-78' WHERE id = 2"), r"Case 2 .*\(patient_id\)"),
    "case number": (sql("UPDATE cases SET number = '2026-9' WHERE id = 2"), r"Case 2 .*\(number\)"),
    "case date": (sql(f"UPDATE cases SET created_at = {MOMENT} WHERE id = 1"), r"Case 1 .*\(created_at\)"),
    "last change": (sql(f"UPDATE cases SET changed_at = {MOMENT} WHERE id = 1"), r"Case 1 .*\(changed_at\)"),
    "priority": (sql("UPDATE cases SET priority = 'stat' WHERE id = 2"), r"Case 2 .*\(priority\)"),
    "case hidden": (sql(f"UPDATE cases SET removed_at = {MOMENT} WHERE id = 2"), r"Case 2 .*\(removed_at\)"),
    "counts": (sql("UPDATE cases SET leukemic_count = 9 WHERE id = 2"), r"Case 2 .*\(leukemic_count\)"),
    "case deleted": (sql("DELETE FROM cases WHERE id = 2"), r"Case 2 was taken away"),
    "case planted": (
        sql(
            "INSERT INTO cases (id, number, patient, specimen, stain, operator, notes, search_text, state, created_at,"
            " changed_at, frame_count, leukemic_count, healthy_count, unsure_count, named_count, number_twin,"
            " patient_id, priority, version, seal_salt) VALUES (9, '9', 'X', '', '', '', '', 'x', 'signed',"
            f" {MOMENT}, {MOMENT}, 0, 0, 0, 0, 0, 0, '', 'routine', 0, '')"
        ),
        r"Case 9 was added",
    ),
    # Signatures and reports
    "signer": (sql("UPDATE signatures SET name = 'Eve' WHERE id = 1"), r"Signature 1 of case 1 .*\(name\)"),
    "signature date": (sql(f"UPDATE signatures SET at = {MOMENT} WHERE id = 1"), r"Signature 1 of case 1 .*\(at\)"),
    "meaning": (sql("UPDATE signatures SET meaning = 'Seen' WHERE id = 2"), r"Signature 2 of case 1 .*\(meaning\)"),
    "signature deleted": (sql("DELETE FROM signatures WHERE id = 2"), r"Signature 2 of case 1 was taken away"),
    "signature planted": (
        sql(f"INSERT INTO signatures (id, case_id, name, meaning, at, report) VALUES (7, 2, 'Eve', 'R', {MOMENT}, '')"),
        r"Signature 7 of case 2 was added",
    ),
    "signature moved": (sql("UPDATE signatures SET case_id = 2 WHERE id = 1"), r"Signature 1 of case 2 .*\(case_id\)"),
    "report swapped": (swapped_report, r"signed report of signature 1 of case 1"),
    "report replaced": (another_report, r"Signature 1 of case 1 .*\(report\)"),
    "amendment": (sql("UPDATE amendments SET reason = 'Typing.'"), r"Amendment 1 of case 1 .*\(reason\)"),
    "amendment deleted": (sql("DELETE FROM amendments"), r"Amendment 1 of case 1 was taken away"),
    # Images and cells
    "image deleted": (sql("DELETE FROM frames WHERE id = 1"), r"Image 1 of case 1 was taken away"),
    "image hidden": (sql(f"UPDATE frames SET removed_at = {MOMENT} WHERE id = 1"), r"Image 1 .*\(removed_at\)"),
    "image swapped": (sql("UPDATE frames SET sha256 = (SELECT f.sha256 FROM frames f WHERE f.id = 2) WHERE id = 1"),
                      r"Image 1 .*\(sha256\)"),
    "image moved": (sql("UPDATE frames SET case_id = 2 WHERE id = 1"), r"Image 1 of case 2 .*\(case_id\)"),
    "scale": (sql("UPDATE frames SET um_per_px = 0.5 WHERE id = 1"), r"Image 1 .*\(um_per_px\)"),
    "finding": (sql("UPDATE cells SET label = 'healthy' WHERE id = 3"), r"found in image 1 of case 1"),
    "probability": (sql("UPDATE cells SET probability = 0.01 WHERE id = 1"), r"found in image 1 of case 1"),
    "box": (sql("UPDATE cells SET x = 1 WHERE id = 2"), r"found in image 1 of case 1"),
    "cell deleted": (sql("DELETE FROM cells WHERE id = 2"), r"found in image 1 of case 1"),
    "opinion": (sql("UPDATE opinions SET probability = 0.5 WHERE id = 1"), r"found in image 1 of case 1"),
    "opinion deleted": (sql("DELETE FROM opinions WHERE id = 2"), r"found in image 1 of case 1"),
    "maps": (sql("UPDATE opinions SET maps = (SELECT o.maps FROM opinions o WHERE o.id = 2) WHERE id = 1"),
             r"found in image 1 of case 1"),
    "model": (sql("UPDATE bundles SET version = '9.9' WHERE id = 1"), r"found in image 1 of case 1"),
    # What people said
    "label": (sql("UPDATE cells SET decided_label = 'leukemic' WHERE id = 1"), r"people said of cell 1 of case 1"),
    "label planted": (sql("UPDATE cells SET decided_label = 'healthy' WHERE id = 2"), r"people said of cell 2"),
    "cell back": (sql("UPDATE cells SET removed_at = NULL, removed_by = NULL WHERE id = 2"), r"people said of cell 2"),
    "decision": (sql("UPDATE decisions SET label = 'leukemic' WHERE id = 1"), r"people said of cell 1 of case 1"),
    "decider": (sql("UPDATE decisions SET by = 'Eve' WHERE id = 1"), r"people said of cell 1 of case 1"),
    "decision date": (sql(f"UPDATE decisions SET at = {MOMENT} WHERE id = 1"), r"people said of cell 1 of case 1"),
    "decision deleted": (sql("DELETE FROM decisions WHERE id = 1"), r"people said of cell 1 of case 1"),
    "decision planted": (
        sql(f"INSERT INTO decisions (id, cell_id, label, by, at) VALUES (99, 5, 'healthy', 'Ada', {MOMENT})"),
        r"people said of cell 5 of case 2",
    ),
    # Accounts and rules
    "role": (sql("UPDATE people SET role = 'technician'"), r"Account 1 .*\(role\)"),
    "password": (sql("UPDATE people SET secret = 'x'"), r"Account 1 .*\(secret\)"),
    "account planted": (
        sql(
            "INSERT INTO people (id, name, key, role, secret, active, failures, locked_boot)"
            " VALUES (5, 'Eve', 'eve', 'administrator', 'x', '1', 0, '')"
        ),
        r"Account 5 was added",
    ),
    "account deleted": (sql("DELETE FROM people"), r"Account 1 was taken away"),
    "rule": (sql("UPDATE rules SET value = '0' WHERE name = 'two_people'"), r"rule “two_people” was changed"),
    "rule deleted": (sql("DELETE FROM rules WHERE name = 'lock_minutes'"), r"rule “lock_minutes” was taken away"),
    "account unlocked": (sql("UPDATE people SET failures = 4"), r"Account 1 .*\(failures\)"),
    "account closed": (sql("UPDATE people SET active = '0'"), r"Account 1 .*\(active\)"),
    "account renamed": (sql("UPDATE people SET name = 'Eve', key = 'eve'"), r"Account 1 .*\(key, name\)"),
    "setting planted": (sql("INSERT INTO rules (name, value) VALUES ('planted', '1')"), r"rule “planted” was added"),
    "setting": (sql("UPDATE rules SET value = '700' WHERE name = 'lock_minutes'"), r"rule “lock_minutes” was changed"),
    # Tokens
    "token longer": (
        sql("UPDATE tokens SET expires_at = '2099-01-01 00:00:00.000000' WHERE id = 1"), r"Token 1 .*\(expires_at\)",
    ),
    "token back": (sql("UPDATE tokens SET revoked_at = NULL WHERE id = 2"), r"Token 2 .*\(revoked_at\)"),
    "token swapped": (sql("UPDATE tokens SET secret = 'x' WHERE id = 1"), r"Token 1 .*\(secret\)"),
    "token deleted": (sql("DELETE FROM tokens WHERE id = 1"), r"Token 1 was taken away"),
    "token planted": (
        sql(
            "INSERT INTO tokens (id, person_id, secret, issued_by, issued_at, expires_at)"
            f" VALUES (9, 1, 'y', 'Ada', {MOMENT}, '2099-01-01 00:00:00.000000')"
        ),
        r"Token 9 was added",
    ),
    # Orders that wait
    "order’s patient": (sql("UPDATE cases SET patient = 'Roe' WHERE id = 3"), r"Case 3 .*\(patient\)"),
    "order’s number": (sql("UPDATE cases SET number_key = '9' WHERE id = 3"), r"Case 3 .*\(number_key\)"),
    "order’s urgency": (sql("UPDATE cases SET priority = 'routine' WHERE id = 3"), r"Case 3 .*\(priority\)"),
    "order hidden": (sql(f"UPDATE cases SET removed_at = {MOMENT} WHERE id = 3"), r"Case 3 .*\(removed_at\)"),
    "order deleted": (sql("DELETE FROM cases WHERE id = 3"), r"Case 3 was taken away"),
    # Images that wait to be judged
    "waiting image": (
        sql("UPDATE queue SET sha256 = (SELECT sha256 FROM frames WHERE id = 1) WHERE id = 2"),
        r"Waiting image 2 of case 2 .*\(sha256\)",
    ),
    "bytes of a waiting image": (other_bytes, r"bytes of waiting image 2 of case 2 are missing, or not what was"),
    "bytes of a waiting image lost": (lost_bytes, r"bytes of waiting image 2 of case 2 are missing"),
    "its case": (sql("UPDATE queue SET case_id = 1 WHERE id = 2"), r"Waiting image 2 of case 1 .*\(case_id\)"),
    "its name": (sql("UPDATE queue SET source = 'x.png' WHERE id = 2"), r"Waiting image 2 .*\(source\)"),
    "its file": (sql("UPDATE queue SET origin_path = '/x.png' WHERE id = 2"), r"Waiting image 2 .*\(origin_path\)"),
    "its scale": (sql("UPDATE queue SET um_per_px = 0.3 WHERE id = 2"), r"Waiting image 2 .*\(um_per_px\)"),
    "its view": (sql("UPDATE queue SET view = 'cell' WHERE id = 2"), r"Waiting image 2 .*\(view\)"),
    "who brought it": (sql("UPDATE queue SET by = 'Eve' WHERE id = 2"), r"Waiting image 2 .*\(by\)"),
    "when it came": (sql(f"UPDATE queue SET accepted_at = {MOMENT} WHERE id = 2"), r"image 2 .*\(accepted_at\)"),
    "its state": (sql("UPDATE queue SET state = 'stopped' WHERE id = 2"), r"Waiting image 2 .*\(state\)"),
    "state of the one that is judged": (
        sql("UPDATE queue SET state = 'stopped' WHERE id = 1"), r"Waiting image 1 .*\(state\)",
    ),
    "never judged": (sql("UPDATE queue SET state = 'judging' WHERE id = 2"), r"image 2 .*no program has begun with it"),
    "state that is none": (sql("UPDATE queue SET state = 'done' WHERE id = 2"), r"Waiting image 2 .*\(state\)"),
    "waiting image hidden": (
        sql(f"UPDATE queue SET removed_at = {MOMENT} WHERE id = 2"), r"Waiting image 2 .*\(removed_at\)",
    ),
    "removed one back": (
        sql("UPDATE queue SET removed_at = NULL, state = 'waiting' WHERE id = 3"),
        r"Waiting image 3 .*\(removed_at, state\)",
    ),
    "waiting folder": (sql("UPDATE queue SET source = '/x' WHERE id = 4"), r"Waiting image 4 .*\(source\)"),
    "to be judged again": (sql("UPDATE queue SET former_id = 1 WHERE id = 5"), r"image 5 .*\(former_id\)"),
    "waiting image deleted": (sql("DELETE FROM queue WHERE id = 2"), r"Waiting image 2 of case 2 was taken away"),
    "all waiting deleted": (sql("DELETE FROM queue"), r"Waiting image 4 of case 2 was taken away"),
    "waiting image planted": (
        sql(
            "INSERT INTO queue (id, case_id, source, view, scale_given, is_place, sha256, state, attempts, by, note,"
            " batch, accepted_at) SELECT 99, case_id, 'x.png', view, scale_given, is_place, sha256, 'waiting', 0, by,"
            " note, batch, accepted_at FROM queue WHERE id = 2"
        ),
        r"Waiting image 99 of case 2 was added",
    ),
    "waiting image written over": (waiting_written_over, r"Waiting image 2 .* between entries \d+ and \d+"),
    # Calibration, figures and quality, as they were when the cell was judged
    "calibration": (sql("UPDATE opinions SET threshold_high = 0.99 WHERE id = 1"), r"found in image 1 of case 1"),
    "band": (sql("UPDATE cells SET threshold_low = 0.01 WHERE id = 1"), r"found in image 1 of case 1"),
    "novelty": (sql("UPDATE opinions SET novelty = 0.1 WHERE id = 1"), r"found in image 1 of case 1"),
    "figures": (sql("UPDATE opinions SET figures = '[]' WHERE id = 1"), r"found in image 1 of case 1"),
    "reason of doubt": (sql("UPDATE cells SET unsure = '' WHERE id = 3"), r"found in image 1 of case 1"),
    "naming planted": (
        sql("INSERT INTO namings (cell_id, bundle_id, said, maps) VALUES (1, 1, '{}', '')"),
        r"found in image 1 of case 1",
    ),
    "fingerprint of a model": (sql("UPDATE bundles SET sha256 = 'c' WHERE id = 1"), r"found in image 1 of case 1"),
    "quality": (sql("UPDATE frames SET quality = '[]' WHERE id = 1"), r"Image 1 .*\(quality\)"),
    "image date": (sql(f"UPDATE frames SET added_at = {MOMENT} WHERE id = 1"), r"Image 1 .*\(added_at\)"),
    # Erasures, and rows that hang on nothing
    "erasure planted": (
        sql(f"INSERT INTO erasures (id, case_id, at, left_to_do) VALUES (9, 1, {MOMENT}, '{{}}')"),
        r"erasure of case 1 was put there",
    ),
    "erasure forgotten": (sql("DELETE FROM erasures"), r"record that case 4 was erased was taken away"),
    "decision of no cell": (
        sql(f"INSERT INTO decisions (id, cell_id, label, by, at) VALUES (98, 999, 'healthy', 'Ada', {MOMENT})"),
        r"1 rows of “decisions” belong to none of “cells”",
    ),
    "cell of no image": (sql("UPDATE cells SET frame_id = 99 WHERE id = 6"), r"1 rows of “cells” belong to none"),
    # The trail itself
    "time of an entry": (sql("UPDATE audit SET at = '2020-01-01T00:00:00+00:00' WHERE number = 4"), r"Entry 4 was"),
    "last entries and anchor put back": (rolled_back_trail, r"Case 2 was changed"),
    "entry": (sql("UPDATE audit SET who = 'Eve' WHERE number = 5"), r"Entry 5 was changed"),
    "entry deleted": (sql("DELETE FROM audit WHERE number = 5"), r"Entries 5 to 5 are missing"),
    "signature of an entry": (sql("UPDATE audit SET signature = '' WHERE number = 5"), r"signature of entry 5"),
    "signer of an entry": (sql("UPDATE audit SET signer = '' WHERE number = 5"), r"Entry 5 is not signed"),
    "head": (sql("UPDATE audit_head SET count = 3"), r"it must end at entry 3"),
    "cut off": (cut_off, r"this workstation remembers entry"),
    "cut off without anchor": (cut_off_without_anchor, r"audit-head\.json.* is missing"),
    "blanked": (blanked, r"was blanked, and no erasure"),
    "appended": (appended, r"is not signed"),
    "rewritten with its anchor": (rewritten, r"signature of entry \d+ is not one of its key"),
    "rewritten and signed": (rewritten_and_signed, r"audit-head\.json was not written by this installation"),
    "rewritten without anchor": (rewritten_without_anchor, r"audit-head\.json.* is missing"),
    "anchor deleted": (lambda store: store.anchor.unlink(), r"audit-head\.json.* is missing"),
    "anchor emptied": (lambda store: store.anchor.write_bytes(b""), r"audit-head\.json.* is missing or damaged"),
    "old anchor": (old_anchor, r"audit-head\.json is an older copy"),
    # The schema
    "trigger planted": (planted_trigger, r"trigger “planted”.* was planted"),
    "guard dropped": (no_guard, r"trigger “audit_(no_update|only_blanked)”.* is missing"),
    "guard asleep": (sleeping_guard, r"trigger “audit_(no_delete|only_grows)”.* is (missing|not as)"),
    "guard weakened": (weak_guard, r"(trigger “audit_no_update”|function “refuse_audit_update”) is not as"),
    "table planted": (lambda store: store.plainly("CREATE TABLE planted (x INTEGER)"), r"table “planted” was planted"),
    "view planted": (
        lambda store: store.plainly("CREATE VIEW planted AS SELECT * FROM cases"), r"“planted” was planted",
    ),
    "column planted": (
        lambda store: store.plainly("ALTER TABLE cases ADD COLUMN planted TEXT"), r"“planted” of cases|table “cases”",
    ),
    "computed column": (computed_column, r"“planted” of cases|table “cases”"),
    "disguised": (disguised, r"“(sqlite_)?planted”.* was planted"),
    "all guards asleep": (all_guards_asleep, r"heeds no trigger|trigger “audit_no_delete”.* is missing"),
    "revision planted": (
        lambda store: store.plainly("INSERT INTO alembic_version (version_num) VALUES ('0005')"),
        r"at revision 0005, 00\d\d; it is at 00\d\d",
    ),
    "index dropped": (
        lambda store: store.plainly("DROP INDEX uq_cases_number_key_number_twin"),
        r"index “uq_cases_number_key_number_twin” is missing",
    ),
}  # fmt: skip
