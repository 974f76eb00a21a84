"""What somebody does to a store behind the program's back, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.unit.cases.forgeries import (
    all_guards_asleep,
    another_report,
    appended,
    blanked,
    computed_column,
    cut_off,
    cut_off_without_anchor,
    disguised,
    label_written_over,
    lost_bytes,
    no_guard,
    old_anchor,
    other_bytes,
    planted_trigger,
    repaired_over,
    rewritten,
    rewritten_and_signed,
    rewritten_without_anchor,
    rolled_back_trail,
    sleeping_guard,
    swapped_report,
    waiting_written_over,
    weak_guard,
    written_over,
)
from tests.unit.cases.tampered_store import Store

Edit = Callable[[Store], None]


@dataclass(frozen=True)
class Statements:
    """An edit that is nothing but SQL, the same on both databases."""

    texts: tuple[str, ...]

    def __call__(self, store: Store) -> None:
        store.run(*self.texts)

    @property
    def kind(self) -> str:
        """What the first statement does to which table, as "UPDATE cases"."""
        words = [one for one in self.texts[0].split() if one not in {"INTO", "FROM"}]
        return " ".join(words[:2])


def sql(*statements: str) -> Statements:
    return Statements(statements)


MOMENT = "'2020-01-01 00:00:00.000000'"


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
