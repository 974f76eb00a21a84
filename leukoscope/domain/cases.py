"""Case: one specimen, its Frames and Findings, and what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from leukoscope.domain.cells import View
from leukoscope.domain.comments import Comment
from leukoscope.domain.findings import Finding, Label
from leukoscope.domain.frames import FrameOrigin
from leukoscope.domain.labels import PersonLabel, counted_class
from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope
from leukoscope.domain.quality import QualityReport


class CaseState(StrEnum):
    """Where a Case stands."""

    OPEN = "open"
    REVIEWED = "reviewed"
    SIGNED = "signed"
    AMENDED = "amended"

    @property
    def is_read_only(self) -> bool:
        """Whether the Case is read-only until it is amended."""
        return self is CaseState.SIGNED


class Priority(StrEnum):
    """How soon a Case is wanted."""

    ROUTINE = "routine"
    URGENT = "urgent"
    STAT = "stat"


@dataclass(frozen=True)
class CaseHeader:
    """What the lab writes on top of a Case. Fields are free text in any script; empty where nobody has written them.

    Parameters
    ----------
    number, patient, specimen, stain, operator, notes
        As they stand on the report.
    patient_id
        By which the hospital knows the patient.
    birth_date
        In the form of ISO 8601, as exact as it is known: see :func:`leukoscope.domain.patients.birth_date_of`.
    sex
        One of ``leukoscope.domain.patients.SEXES``.
    conclusion
        What a person concludes from the case; stands on top of the report.
    """

    number: str
    patient: str = ""
    specimen: str = ""
    stain: str = ""
    operator: str = ""
    notes: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    conclusion: str = ""


@dataclass(frozen=True)
class Decision:
    """A person's label on a cell, kept beside the program's.

    ``code`` is the cell class that the person named, ``None`` where only leukemic, healthy or unsure was said, as in
    cases of earlier versions.
    """

    label: Label
    by: str
    at: datetime
    code: str | None = None

    @property
    def said(self) -> PersonLabel:
        """What was said, without who said it and when."""
        return PersonLabel(self.label, self.code)


@dataclass(frozen=True)
class ManualEdit:
    """A person drew a cell that was missed, or took one out that is none."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Signature:
    """A person stands for a Case as it was at that moment.

    Parameters
    ----------
    name
        Who signed.
    meaning
        What the signature says, for example ``Reviewed``; free text of the lab.
    at
        When, with time zone.
    """

    name: str
    meaning: str
    at: datetime


@dataclass(frozen=True)
class Amendment:
    """A signed Case was opened again; the earlier report stays.

    Parameters
    ----------
    reason
        Why, in the words of the person.
    by
        Who opened it.
    at
        When, with time zone.
    """

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class CaseSummary:
    """One line of the list of Cases.

    ``waiting`` images are accepted and not judged yet; ``failed`` ones are among ``frames`` and could not be.
    ``named`` cells are none of the three: a person said what they are, a precursor or no white cell.
    """

    id: int
    header: CaseHeader
    state: CaseState
    created_at: datetime
    changed_at: datetime
    frames: int
    cells: int
    leukemic: int
    healthy: int
    unsure: int
    priority: Priority = Priority.ROUTINE
    waiting: int = 0
    failed: int = 0
    put_away: bool = False
    named: int = 0


class Order(StrEnum):
    """What a list of Cases can be sorted by."""

    CHANGED = "changed"
    CREATED = "created"
    NUMBER = "number"
    PATIENT = "patient"
    SPECIMEN = "specimen"
    PRIORITY = "priority"
    STATE = "state"
    CELLS = "cells"
    FRAMES = "frames"
    KEY = "key"
    """As they were begun here, whatever the clocks said; nothing changes it."""


@dataclass(frozen=True)
class CaseQuery:
    """Which Cases, and in which order.

    Parameters
    ----------
    search
        Words that must all occur in the header.
    state
        Only Cases in this state; ``None`` for all.
    order, descending
        How they are sorted.
    put_away
        Those that were put away, instead of those in the list.
    """

    search: str = ""
    state: CaseState | None = None
    order: Order = Order.CHANGED
    descending: bool = True
    put_away: bool = False


@dataclass(frozen=True, eq=False)
class CaseCell:
    """One cell of a Case: what the program found and what a person decided.

    Parameters
    ----------
    id
        Key in the store.
    frame_id
        The Frame it lies in.
    finding
        Without its CellImage.
    decision
        A person's label; ``None`` while nobody decided.
    added
        Who drew it; ``None`` for what the program found.
    removed
        Who took it out: it counts no longer, but stays in the record. ``None`` while it counts.
    comment
        What a person remarked on it.
    """

    id: int
    frame_id: int
    finding: Finding
    decision: Decision | None = None
    added: ManualEdit | None = None
    removed: ManualEdit | None = None
    comment: Comment | None = None

    @property
    def label(self) -> Label:
        """The label that counts: the person's, else the program's."""
        return self.decision.label if self.decision else self.finding.label

    @property
    def counted(self) -> Label | None:
        """The verdict that the cell is counted under; ``None`` for what a person named and is none of the three."""
        return self.decision.said.counts_as if self.decision else self.finding.label

    @property
    def code(self) -> str | None:
        """The class that counts: the person's, else the program's; ``None`` where nobody can say."""
        return counted_class(self.finding, self.decision.said if self.decision else None)

    @property
    def needs_person(self) -> bool:
        """Whether it is unsure what the cell is, and no person has named it."""
        return self.counted is Label.UNSURE


@dataclass(frozen=True, eq=False)
class CaseFrame:
    """One image of a Case, without its pixels.

    Parameters
    ----------
    id
        Key in the store.
    source
        Path or name it came from.
    sha256
        Of the stored file; empty when it could not be read.
    width, height
        In pixels; 0 when it could not be read.
    um_per_px
        Micrometers for one pixel, ``None`` when not calibrated.
    view
        What it was taken to show.
    quality
        ``None`` when it could not be read.
    error
        The sentence why it could not be read or judged.
    cells
        Those that count, in reading order; what a person drew comes last.
    origin
        Where and when it was taken; ``None`` when it could not be read.
    removed_cells
        Those that a person took out.
    estimated_um_per_px
        Scale that an uncalibrated image was judged at, from the red cells of its case.
    former_id
        Key of the Frame whose place it took when it was judged again; ``None`` for others.
    """

    id: int
    source: str
    sha256: str
    width: int
    height: int
    um_per_px: float | None
    view: View
    quality: QualityReport | None
    error: str | None
    cells: tuple[CaseCell, ...]
    origin: FrameOrigin | None = None
    removed_cells: tuple[CaseCell, ...] = ()
    estimated_um_per_px: float | None = None
    former_id: int | None = None

    @property
    def microscope(self) -> Microscope:
        """What it was taken with, as far as anybody knows."""
        return self.origin.microscope if self.origin else UNKNOWN_MICROSCOPE


@dataclass(frozen=True, eq=False)
class Case:
    """One specimen with everything in it; signatures and amendments stand in the order they were made.

    ``version`` grows by one with every change, whoever makes it.
    """

    id: int
    header: CaseHeader
    state: CaseState
    created_at: datetime
    changed_at: datetime
    frames: tuple[CaseFrame, ...]
    signatures: tuple[Signature, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    version: int = 0

    @property
    def cells(self) -> tuple[CaseCell, ...]:
        """All cells of all Frames."""
        return tuple(cell for frame in self.frames for cell in frame.cells)


_NAMESPACE = UUID("815d2f26-0b3a-5e1c-9a0e-6d7f4f1f7c54")


def case_uuid(case: Case, *parts: object) -> UUID:
    """A name for a part of a case: the same each time it leaves, from whichever workstation.

    Key and time of creation, to the microsecond, tell the cases of all installations apart.
    """
    begun = case.created_at.astimezone(UTC).isoformat()
    return uuid5(_NAMESPACE, "/".join((str(case.id), begun, *map(str, parts))))


def case_mark(case: Case) -> str:
    """What a report carries unseen, to tell whose it is: no patient's data."""
    return f"urn:uuid:{case_uuid(case, 'study')}"
