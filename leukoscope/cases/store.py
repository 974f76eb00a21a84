"""CaseStore: everything that is remembered about Cases, in one folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sqlalchemy import Select, select

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.blobs import DatabaseImages, Images
from leukoscope.cases.calls import Calls
from leukoscope.cases.case_frames import CaseFrames
from leukoscope.cases.case_orders import CaseOrders
from leukoscope.cases.case_parts import CaseParts
from leukoscope.cases.case_rows import add_case, bring_case_back, case_row, put_case_away, write_header
from leukoscope.cases.cell_changes import CellChanges
from leukoscope.cases.cell_features import FeatureStore
from leukoscope.cases.database import Database
from leukoscope.cases.deciding import decide, decide_many
from leukoscope.cases.directory_people import DirectoryPeople
from leukoscope.cases.earlier_cases import EarlierCases
from leukoscope.cases.erasing import Erasing
from leukoscope.cases.field_places import FieldPlaces
from leukoscope.cases.images import IMAGE_FOLDER, ImageStore
from leukoscope.cases.known_cells import KnownCells
from leukoscope.cases.loading import load_frames, load_header, load_summary
from leukoscope.cases.manual_edits import ManualEdits
from leukoscope.cases.numbers import keepers, next_number, put_away, shared_numbers, the_one
from leukoscope.cases.open_case_lock import OpenCaseLock
from leukoscope.cases.people import People
from leukoscope.cases.queries import listed
from leukoscope.cases.queue import ImageQueue
from leukoscope.cases.refusal_log import RefusalLog
from leukoscope.cases.signing import Signing, load_amendments, load_signatures, touch, writable
from leukoscope.cases.signing_keys import KeptKeys, Keys
from leukoscope.cases.site_files import SiteFiles
from leukoscope.cases.tables import CaseRow, FrameRow
from leukoscope.cases.tokens import Tokens
from leukoscope.domain.cases import Case, CaseHeader, CaseQuery, CaseState, CaseSummary, Priority
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, person_label


class CaseStore:
    """Cases in a folder: the database and, beside it, the images. Safe to use from several threads.

    Each call is one transaction: when it returns, the change is on the disk; when it raises, nothing has changed.

    Parameters
    ----------
    folder
        Made when missing, readable by this user only.
    url
        Of a PostgreSQL database that several workstations share; empty for a file in the folder.
    alone
        As the only program, here and on all workstations.
    keys
        By which this installation signs the audit trail; left out, they lie in the folder.
    aside
        A copy that is looked at, or made ready to take a store's place: without keys nothing is signed in it, and this
        workstation remembers nothing of it.

    Raises
    ------
    StoreError
        When it cannot be opened or was written by a newer version; every method raises it when the disk is full,
        read-only or damaged.
    """

    def __init__(
        self, folder: Path, url: str = "", *, alone: bool = False, keys: Keys | None = None, aside: bool = False
    ) -> None:
        self._database = Database(folder, url, alone=alone)
        self._images: Images = DatabaseImages(self._database) if url else ImageStore(folder / IMAGE_FOLDER)
        self.folder = folder
        if keys is None and not aside:
            keys = KeptKeys(folder)
        try:
            self.trail = AuditTrail(self._database, None if aside else self._images, folder, keys, aside=aside)
        except LeukoScopeError:
            self._database.close()
            raise
        self.people = People(self._database, self.trail)
        self.directory_people = DirectoryPeople(self._database, self.trail)
        self.tokens = Tokens(self._database, self.trail)
        self.refusal_log = RefusalLog(self._database, self.trail)
        self.calls = Calls(self._database, self.trail)
        self.signing = Signing(self._database, self._images, self.trail)
        self.parts = CaseParts(self._database)
        self.frames = CaseFrames(self._database, self._images, self.trail)
        self.field_places = FieldPlaces(self._database)
        self.manual_edits = ManualEdits(self._database, self.trail)
        self.cell_changes = CellChanges(self._database, self.trail)
        self.earlier_cases = EarlierCases(self._database)
        self.case_orders = CaseOrders(self._database, self.trail)
        self.queue = ImageQueue(self._database, self._images, self.trail)
        self.site_files = SiteFiles(self._database)
        self.features = FeatureStore(self._database)
        self.known_cells = KnownCells(self._database, self.trail)
        self.open_case_lock = OpenCaseLock(self._database)
        self.erasing = Erasing(self._database, self._images, self.trail, self.open_case_lock)

    @property
    def database(self) -> Database:
        """For copies and checks of the whole store."""
        return self._database

    @property
    def images(self) -> Images:
        """For copies and checks of the whole store."""
        return self._images

    def close(self) -> None:
        """Let go of the files; a second call does nothing."""
        self._database.close()

    def create(self, header: CaseHeader, priority: Priority = Priority.ROUTINE) -> int:
        """Add an empty Case and return its key.

        Raises
        ------
        NumberTakenError
            When another Case has this number, in this or another spelling.
        """
        with self._database.writing() as session:
            return add_case(session, self.trail, header, priority).id

    def update_header(self, case_id: int, header: CaseHeader, base: CaseHeader | None = None) -> None:
        """Write a new header on a Case.

        Parameters
        ----------
        case_id
            The Case.
        header
            As it shall be.
        base
            As the person saw it before typing: only fields that were typed in are written, and a field that
            somebody else wrote meanwhile is not lost.

        Raises
        ------
        ConflictError
            When somebody else wrote another value into the same field; nothing is changed.
        NumberTakenError
            When another Case has the number, in this or another spelling; nothing is changed.
        """
        with self._database.writing() as session:
            write_header(session, self.trail, case_id, header, base)

    def set_priority(self, case_id: int, priority: Priority) -> None:
        """Say how soon a Case is wanted."""
        with self._database.writing() as session:
            row = writable(session, case_id)
            self.trail.record(session, "priority", case_id=case_id, old=row.priority, new=priority.value)
            row.priority = priority.value
            touch(row)

    def priority(self, case_id: int) -> Priority:
        """How soon a Case is wanted; routine when it is gone."""
        with self._database.reading() as session:
            wanted = select(CaseRow.priority).where(CaseRow.id == case_id)
            return Priority(session.scalar(wanted) or Priority.ROUTINE.value)

    def version(self, case_id: int) -> int:
        """A number that grows with every change of a Case; 0 when it is gone."""
        with self._database.reading() as session:
            return session.scalar(select(CaseRow.version).where(CaseRow.id == case_id)) or 0

    def find(self, number: str) -> tuple[int, ...]:
        """Keys of the Cases that have this number in any spelling, the newest first; several only in old stores."""
        with self._database.reading() as session:
            return tuple(session.scalars(keepers(number)))

    def the_one(self, number: str) -> int | None:
        """The Case of a number, in any spelling; ``None`` where there is none.

        Raises
        ------
        StoreError
            When several Cases of an earlier version have it.
        """
        with self._database.reading() as session:
            return the_one(session, number)

    def was_put_away(self, number: str) -> bool:
        """Whether a Case of this number was taken off the list."""
        with self._database.reading() as session:
            return put_away(session, number)

    def shared_numbers(self) -> tuple[str, ...]:
        """Numbers that several Cases have: only what an earlier version let in."""
        with self._database.reading() as session:
            return shared_numbers(session)

    def list(
        self, search: str = "", limit: int = 10_000, offset: int = 0, query: CaseQuery | None = None
    ) -> tuple[CaseSummary, ...]:
        """List Cases, the last changed first.

        Parameters
        ----------
        search
            Words that must all occur somewhere in the header, in any case and width of letters.
        limit, offset
            Which part of the list.
        query
            State and order, where others than all, the last changed first, are wanted.
        """
        asked = query or CaseQuery(search)
        with self._database.reading() as session:
            return tuple(map(load_summary, session.execute(listed(search, asked, limit, offset))))

    def load(self, case_id: int) -> Case:
        """Load a Case with everything in it; removed Frames are left out."""
        with self._database.reading() as session:
            row = case_row(session, case_id)
            frames = load_frames(session, _frames_of(case_id))
            return Case(
                row.id, load_header(row), CaseState(row.state), row.created_at, row.changed_at, frames,
                load_signatures(session, case_id), load_amendments(session, case_id), row.version,
            )  # fmt: skip

    def read_image(self, sha256: str) -> bytes:
        """The bytes of a saved image, verified."""
        return self._images.read(sha256)

    def decide(
        self,
        cell_id: int,
        label: PersonLabel | Label | None,
        by: str,
        seen: tuple[PersonLabel | Label | None] | None = None,
    ) -> None:
        """Save a person's label on a cell; ``None`` takes it back. Earlier decisions are kept.

        Parameters
        ----------
        cell_id, label, by
            What, and who says so; a bare verdict names no class.
        seen
            The person's label that stood there when this one was chosen, in a tuple; left out, nobody asks.

        Raises
        ------
        ConflictError
            When somebody else has labeled the cell otherwise meanwhile; nothing is changed.
        """
        with self._database.writing() as session:
            decide(session, self.trail, cell_id, person_label(label), by, seen)

    def decide_many(
        self, labels: Mapping[int, PersonLabel | None], by: str, seen: Mapping[int, PersonLabel | None]
    ) -> dict[int, str]:
        """Save a person's labels on cells, all at once: an entry of the audit trail for each.

        Parameters
        ----------
        labels
            Cell id -> what is said of it; ``None`` takes the label back.
        by
            Who says so.
        seen
            Cell id -> the person's label that stood there when these were chosen.

        Returns
        -------
        dict
            Cell id -> why it stays as it is: somebody else has labeled it otherwise meanwhile.
        """
        with self._database.writing() as session:
            return decide_many(session, self.trail, labels, by, seen)

    def is_there(self, case_id: int) -> bool:
        """Whether a Case is there and not put away."""
        with self._database.reading() as session:
            row = session.get(CaseRow, case_id)
            return row is not None and row.removed_at is None

    def remove_case(self, case_id: int) -> None:
        """Put a Case away, off the list; :meth:`restore_case` brings it back. Twice does nothing."""
        with self._database.writing() as session:
            put_case_away(session, self.trail, case_id)

    def restore_case(self, case_id: int) -> None:
        """Bring a Case back that was put away. Twice does nothing.

        Raises
        ------
        NumberTakenError
            When its number was given to another Case meanwhile.
        """
        with self._database.writing() as session:
            bring_case_back(session, self.trail, case_id)

    def next_number(self, today: date) -> str:
        """The next free case number of this year: ``2026-0001``. Numbers of removed Cases are not used again."""
        with self._database.reading() as session:
            return next_number(session, today)


def _frames_of(case_id: int) -> Select[int]:
    return select(FrameRow.id).where(FrameRow.case_id == case_id, FrameRow.removed_at.is_(None))
