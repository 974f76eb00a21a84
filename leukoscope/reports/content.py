"""ReportContent: everything a case report says, before anybody thinks of paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from leukoscope.domain.cases import Amendment, CaseHeader, CaseState, Decision, ManualEdit, Signature
from leukoscope.domain.cells import Box, View
from leukoscope.domain.comments import Comment
from leukoscope.domain.findings import BundleId, Label, Naming, Thresholds, UnsureReason
from leukoscope.domain.frames import Pixels
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.domain.quality import QualityReport
from leukoscope.domain.report_status import ReportStatus, report_status_of
from leukoscope.reports.template import DEFAULT, Template
from leukoscope.reports.totals import Share, Totals
from leukoscope.reports.words import ENGLISH, Words

INTENDED_USE = (
    "LeukoScope is decision support for research and evaluation. It is not a medical device, and nothing in this "
    "report is a medical finding by itself: a qualified person looks at the cells and decides.",
    "It judges single white blood cells in stained smears under bright-field microscopy. It does not judge other "
    "stains, other cells, bone marrow architecture, or a patient.",
    "A probability is calibrated on the data named beside each model. On slides, stains and cameras unlike those "
    "data it can be wrong with great confidence; “unlike the training data” catches many such cells, not all.",
    "The maps show where in the picture a model’s opinion comes from. They do not show what the cell is, and a "
    "convincing map does not make an opinion right.",
    "Shares are given with their number of cells and a 95 % Wilson interval. The interval counts the chance of "
    "drawing these cells; it does not count the errors of the models.",
)
"""What the program is and is not for, one paragraph each."""


@dataclass(frozen=True)
class CellMark:
    """Where a cell lies in its field, and its number in the report; no label for what is none of the three."""

    number: int
    box: Box
    label: Label | None


@dataclass(frozen=True, eq=False)
class ReportFrame:
    """One image of the Case.

    Parameters
    ----------
    name
        What a person calls it: the file name.
    sha256
        Of the file; empty when it could not be read.
    width, height
        In pixels; the boxes of ``marks`` are in these.
    um_per_px
        Micrometers for one pixel, ``None`` when not calibrated.
    view
        A field is printed with its boxes, a single cell only among the cells.
    quality
        ``None`` when it could not be read.
    error
        The sentence why it could not be read or judged.
    marks
        Its cells.
    picture
        Gives the pixels when the page is made, at the size they have or smaller (the shape's ratio is kept);
        ``None`` when there are none.
    microscope
        Camera and objective; empty where nobody knows.
    """

    name: str
    sha256: str
    width: int
    height: int
    um_per_px: float | None
    view: View
    quality: QualityReport | None
    error: str | None
    marks: tuple[CellMark, ...] = ()
    picture: Callable[[], Pixels] | None = None
    microscope: str = ""


@dataclass(frozen=True, eq=False)
class ReportMap:
    """One explanation map, drawn over the cell: shape (side, side, 3), uint8, RGB; ``weak`` when it says little."""

    title: str
    kind: MapKind
    pixels: Pixels
    weak: bool = False


@dataclass(frozen=True, eq=False)
class ReportOpinion:
    """What one model says of one cell."""

    bundle: BundleId
    title: str
    probability: float
    thresholds: Thresholds
    label: Label
    maps: tuple[ReportMap, ...] = ()
    novelty: float | None = None


@dataclass(frozen=True, eq=False)
class ReportCell:
    """One cell.

    Parameters
    ----------
    number
        1, 2, ... through the whole report.
    frame_name
        The image it lies in.
    picture
        Shape (side, side, 3), uint8, RGB: what the models saw.
    label
        The program's label.
    probability
        All opinions combined, 0..1; ``None`` when no leukemia model was asked.
    thresholds
        The band that was applied to it.
    agree
        Whether all opinions lean the same way.
    unsure
        Why the program abstains, most serious first.
    opinions
        One for each model.
    decision
        A person's label; ``None`` while nobody decided.
    quality
        Of its image.
    width_um
        How much of the specimen the picture shows from left to right, in micrometers; ``None`` when not calibrated.
    added
        Who drew it; ``None`` for what the program found.
    naming
        What it is, by the differential model; ``None`` when none was asked.
    figures
        What was measured on it; empty when nothing was.
    comment
        What a person remarked on it.
    """

    number: int
    frame_name: str
    picture: Pixels
    label: Label
    probability: float | None
    thresholds: Thresholds
    agree: bool
    unsure: tuple[UnsureReason, ...]
    opinions: tuple[ReportOpinion, ...]
    decision: Decision | None = None
    quality: QualityReport | None = None
    width_um: float | None = None
    added: ManualEdit | None = None
    naming: Naming | None = None
    figures: tuple[MeasuredFigure, ...] = ()
    comment: Comment | None = None

    @property
    def counted_label(self) -> Label | None:
        """The label that counts: the person's, else the program's; ``None`` for what is none of the three."""
        return self.decision.said.counts_as if self.decision else self.label


@dataclass(frozen=True)
class ReportRemoval:
    """A cell that a person took out: it counts no longer.

    Parameters
    ----------
    frame_name
        The image it lies in.
    box
        Where, in pixels of the image.
    label, probability
        What the program says.
    work
        Who took it out, and when.
    """

    frame_name: str
    box: Box
    label: Label
    probability: float | None
    work: ManualEdit


@dataclass(frozen=True)
class ReportModel:
    """One model version that has spoken.

    Parameters
    ----------
    bundle
        Name, version and SHA-256 of the model file.
    title
        What a person calls it.
    architecture
        One line.
    thresholds
        Its unsure band; ``None`` for a model that names cells.
    confident
        From which probabilities on that one names a cell, lowest and highest over its classes; ``None`` for others.
    calibration
        One sentence: how its probability was calibrated, and on how many cells.
    training
        One or two sentences: what it was trained on and how well it did on other data, with n.
    """

    bundle: BundleId
    title: str
    architecture: str
    thresholds: Thresholds | None
    calibration: str
    training: str
    confident: tuple[float, float] | None = None


@dataclass(frozen=True)
class EarlierCase:
    """What an earlier case of the same patient found.

    Parameters
    ----------
    number
        Of the case.
    at
        When it was begun, with time zone.
    leukemic
        Leukemic among all its cells.
    signed
        Whether it is signed as it is now.
    """

    number: str
    at: datetime
    leukemic: Share
    signed: bool


@dataclass(frozen=True, eq=False)
class ReportContent:
    """A whole report. Cells and pictures are made when their page is, so that memory does not grow with the case.

    Parameters
    ----------
    header
        What the lab wrote on top of the case.
    laboratory
        Name of the lab; may be empty.
    created_at
        With time zone.
    software
        Name and version of the program.
    totals
        Counts over all cells.
    frames
        All images, those that failed too.
    models
        All model versions that spoke.
    cell_count
        How many cells ``cells`` gives.
    cells
        Gives an iterator over all cells in the order of their numbers; called once.
    legend
        Color scale of the maps from 0 (left) to the calibrated maximum (right), shape (height, width, 3), uint8,
        RGB; ``None`` when there are no maps.
    intended_use
        What the program is and is not for.
    address
        Lines below the name of the lab.
    logo
        Of the lab: shape (height, width, 3), uint8, RGB; ``None`` when there is none.
    state, signatures, amendments
        Where the case stands, who stands for it, and why it was opened again.
    fingerprint
        SHA-256 of what the report says, in hexadecimal digits; empty leaves the seal out.
    words
        The language.
    drawn
        How many of the cells people drew.
    removals
        Cells that people took out.
    mark
        Names the case to programs, without a patient's data; empty for none.
    pictures
        How many pictures the cell with the most of them has; cells that were kept from the leukemia models have one.
    trail
        Where the audit trail ended when it was printed; empty prints nothing of it.
    template
        What stands on the first page, and whose pictures follow: ``cells`` gives no others.
    earlier
        Earlier cases of the same patient, the first one first.
    begun_at
        When the case was begun, beside those; ``None`` stands for ``created_at``.
    """

    header: CaseHeader
    laboratory: str
    created_at: datetime
    software: str
    totals: Totals
    frames: tuple[ReportFrame, ...]
    models: tuple[ReportModel, ...]
    cell_count: int
    cells: Callable[[], Iterable[ReportCell]]
    legend: Pixels | None = None
    intended_use: tuple[str, ...] = INTENDED_USE
    address: tuple[str, ...] = ()
    logo: Pixels | None = None
    state: CaseState = CaseState.OPEN
    signatures: tuple[Signature, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    fingerprint: str = ""
    words: Words = ENGLISH
    drawn: int = 0
    removals: tuple[ReportRemoval, ...] = ()
    mark: str = ""
    pictures: int = 1
    trail: str = ""
    template: Template = DEFAULT
    earlier: tuple[EarlierCase, ...] = ()
    begun_at: datetime | None = None

    @property
    def report_status(self) -> ReportStatus:
        """How much the report counts."""
        return report_status_of(self.state, self.signatures, self.amendments)

    @property
    def signed(self) -> bool:
        """Whether the case is signed as it is now."""
        return self.report_status.is_signed
