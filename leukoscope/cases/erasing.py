"""Erasing a Case for good: its rows, its images, and every word of it in the audit trail.

The rows go in one transaction, which also writes down what is left to do outside the database; a kill between two
steps is made good by :meth:`Erasing.finish` at the next start. See ``docs/adr/0011-erased-for-good.md``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.blobs import Images
from leukoscope.cases.database import Database
from leukoscope.cases.open_case_lock import OpenCaseLock
from leukoscope.cases.saving import searchable
from leukoscope.cases.store_errors import store_errors
from leukoscope.cases.tables import AuditRow, CaseRow, ErasureRow, FrameRow, QueueRow, RuleRow, SignatureRow
from leukoscope.cases.trail_verifier import entry_of
from leukoscope.domain.audit import ERASED, erasure_digest
from leukoscope.domain.errors import StoreError
from leukoscope.domain.parsing import parsed_row
from leukoscope.domain.waiting import WaitState

NUMBERS = "numbers "
"""Begins the name of the rule that remembers the highest number of a year, so that an erased one is not given again."""
SHORTEST_WORD = 3


@dataclass(frozen=True)
class Leftover:
    """What an erasure has still to do outside the database.

    Parameters
    ----------
    erasure_id, case_id
        Which erasure, of which Case.
    sha256
        Images and reports that may go.
    words
        Texts of the Case to look for in logs and settings; they are forgotten when that is done.
    """

    erasure_id: int
    case_id: int
    sha256: tuple[str, ...]
    words: tuple[str, ...]


class Erasing:
    """Erases Cases.

    Parameters
    ----------
    database, images, trail
        Where Cases, their images and the audit trail are kept.
    open_case_lock
        Knows what is open at other workstations.
    """

    def __init__(self, database: Database, images: Images, trail: AuditTrail, open_case_lock: OpenCaseLock) -> None:
        self._database, self._images, self._trail, self._open_case_lock = database, images, trail, open_case_lock

    def erase(self, case_id: int, reason: str, by: str) -> Leftover:
        """Take a Case out of the database in one transaction; signed ones too.

        Parameters
        ----------
        case_id
            The Case.
        reason
            Stands in the audit trail for good, so no text of the Case may stand in it.
        by
            Who erases it.

        Returns
        -------
        Leftover
            To be handed to :meth:`finish` after the files outside this store are gone.

        Raises
        ------
        StoreError
            Without a reason, with one that names the patient, when the Case is gone already, or when another
            workstation has it open.
        """
        with self._database.writing() as session:
            case = session.get(CaseRow, case_id)
            if case is None:
                raise StoreError("This case is no longer in the list; open the list again.", f"no case {case_id}")
            self._open_case_lock.refuse_held(session, case_id)
            _refuse_judged(session, case_id)
            words = _words(session, case)
            _check_reason(reason, case)
            sha256 = _contents(session, case_id)
            left = {"sha256": sha256, "words": words}
            row = ErasureRow(case_id=case_id, at=datetime.now(UTC), left_to_do=json.dumps(left, ensure_ascii=True))
            session.add(row)
            _keep_number(session, case.number)
            session.flush()
            count, digest = self._blank(session, case_id)
            session.execute(delete(CaseRow).where(CaseRow.id == case_id))
            self._trail.record(
                session, ERASED, case_id=case_id, subject=f"entries {count}", old=digest, reason=reason.strip(), who=by
            )
            return Leftover(row.id, case_id, tuple(sha256), tuple(words))

    def _blank(self, session: Session, case_id: int) -> tuple[int, str]:
        """Blank what the trail says of a Case: how many entries, and the digest of what stays of them."""
        wanted = (AuditRow.case_id == case_id, AuditRow.what != ERASED, AuditRow.erased == 0)
        rows = session.scalars(select(AuditRow).where(*wanted).order_by(AuditRow.number)).all()
        digest = erasure_digest(entry_of(row) for row in rows)
        session.execute(
            update(AuditRow)
            .where(*wanted)
            .values(subject="", old="", new="", reason="", salt="", digests="", erased=1),
            execution_options={"synchronize_session": False},
        )
        session.expire_all()
        return len(rows), digest

    def unfinished(self) -> tuple[Leftover, ...]:
        """Erasures that were interrupted after their rows had gone."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(ErasureRow).where(ErasureRow.done_at.is_(None), _vouched()).order_by(ErasureRow.id)
            )
            return tuple(_leftover(row) for row in rows)

    def erased_cases(self) -> tuple[int, ...]:
        """Keys of all Cases that were ever erased here; they are not given again."""
        with self._database.reading() as session:
            return tuple(session.scalars(select(ErasureRow.case_id).where(_vouched()).order_by(ErasureRow.id)))

    def discard_contents(self, left: Leftover) -> None:
        """Remove images and reports that no other Case holds. The write lock keeps others from relying on them."""
        with self._database.writing() as session:
            for sha256 in left.sha256:
                if not _is_held(session, sha256):
                    self._images.discard(sha256)

    def finish(self, left: Leftover) -> None:
        """Forget what was to be done, and zero what SQLite still holds of it in freed pages and its log.

        Raises
        ------
        StoreError
            While somebody else reads the database for long; the next start tries again.
        """
        with self._database.writing() as session:
            row = session.get(ErasureRow, left.erasure_id)
            if row is None:
                return
            row.left_to_do = "{}"
        self._database.scrub()
        with self._database.writing() as session:
            row = session.get(ErasureRow, left.erasure_id)
            if row is not None:
                row.done_at = datetime.now(UTC)


def next_case_id(session: Session) -> int | None:
    """Key for a new Case where SQLite would give an erased one's again; ``None`` lets the database choose."""
    if session.get_bind().dialect.name == "postgresql":
        return None
    erased = session.scalar(select(func.max(ErasureRow.case_id)))
    highest = session.scalar(select(func.max(CaseRow.id))) or 0
    return erased + 1 if erased is not None and erased >= highest else None


def highest_number(session: Session, year: int) -> int:
    """Highest number of a year that an erased Case may have had; 0 when none was erased."""
    row = session.get(RuleRow, f"{NUMBERS}{year}")
    return int(row.value) if row is not None else 0


def _keep_number(session: Session, number: str) -> None:
    match = re.fullmatch(r"(\d{4})-(\d{4,9})", number)
    if match is None:
        return
    year = int(match[1])
    used = session.scalars(select(CaseRow.number).where(CaseRow.number.like(f"{year}-%"))).all()
    counts = [int(one[2]) for text in used if (one := re.fullmatch(r"(\d{4})-(\d{4,9})", text))]
    # The highest of all, not the erased one: which number is gone must not stand anywhere.
    session.merge(RuleRow(name=f"{NUMBERS}{year}", value=str(max([*counts, highest_number(session, year)]))))


def _vouched() -> ColumnElement[bool]:
    """The trail tells of the erasure: one that somebody planted in the table erases nothing."""
    told = select(AuditRow.number).where(AuditRow.what == ERASED, AuditRow.case_id == ErasureRow.case_id)
    return told.exists()


def _refuse_judged(session: Session, case_id: int) -> None:
    """Refuse while any program judges images of the Case or is about to; what was stopped goes along."""
    active = (WaitState.WAITING.value, WaitState.JUDGING.value)
    wanted = select(QueueRow.id).where(
        QueueRow.case_id == case_id, QueueRow.removed_at.is_(None), QueueRow.state.in_(active)
    )
    if session.scalar(wanted.limit(1)) is not None:
        raise StoreError("Images of this case are being judged; wait or stop that, then erase it.")


def _contents(session: Session, case_id: int) -> list[str]:
    frames = select(FrameRow.sha256).where(FrameRow.case_id == case_id, FrameRow.sha256 != "")
    waiting = select(QueueRow.sha256).where(QueueRow.case_id == case_id, QueueRow.sha256 != "")
    reports = select(SignatureRow.report).where(SignatureRow.case_id == case_id)
    return sorted({*session.scalars(frames), *session.scalars(waiting), *session.scalars(reports)})


def _is_held(session: Session, sha256: str) -> bool:
    for wanted in (
        select(FrameRow.id).where(FrameRow.sha256 == sha256).limit(1),
        select(QueueRow.id).where(QueueRow.sha256 == sha256).limit(1),
        select(SignatureRow.id).where(SignatureRow.report == sha256).limit(1),
    ):
        if session.scalar(wanted) is not None:
            return True
    return False


def _words(session: Session, case: CaseRow) -> list[str]:
    """Texts of a Case that could stand in a log or in a remembered path."""
    texts = [case.number, case.patient, case.patient_id, case.notes]
    texts += [part for part in re.split(r"[\s,;]+", case.patient) if len(part) > SHORTEST_WORD]
    for table in (FrameRow, QueueRow):
        paths = select(table.source, table.origin_name, table.origin_path).where(table.case_id == case.id)
        for row in session.execute(paths):
            texts += [text for one in row if one for text in (one, re.split(r"[\\/]", one)[-1])]
    return sorted({text.strip() for text in texts if len(text.strip()) >= SHORTEST_WORD})


def _check_reason(reason: str, case: CaseRow) -> None:
    if not reason.strip():
        raise StoreError("Erasing needs a reason; write why the case is erased.")
    said = searchable(reason)
    told = [case.number, case.patient_id, case.birth_date, *re.split(r"[\s,;]+", case.patient)]
    if any(len(word) >= SHORTEST_WORD and _stands_in(searchable(word), said) for word in told):
        raise StoreError(
            "The reason stays in the audit trail for good; write it without the patient’s name or numbers."
        )


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _leftover(row: ErasureRow) -> Leftover:
    with store_errors():
        left = parsed_row(row.left_to_do or "{}")
    return Leftover(row.id, row.case_id, tuple(left.get("sha256", ())), tuple(left.get("words", ())))


def header_texts(left: Leftover) -> Iterator[bytes]:
    """The words to look for as they stand in files: as UTF-8, and as JSON escapes them."""
    for word in left.words:
        for form in {word, json.dumps(word, ensure_ascii=True)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}:
            yield form.encode("utf-8", "replace")
