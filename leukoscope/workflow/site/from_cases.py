"""Labeled cells of reviewed and signed cases: what people decided, under pseudonyms of their patients."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from leukoscope.domain.cases import Case, CaseCell, CaseFrame, CaseHeader, CaseState
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel
from leukoscope.domain.site_labels import Disagreement, LabeledCell, place_of
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.site.lab import Lab
from leukoscope.workflow.site.labeled import NOT_COUNTED, Reading

logger = logging.getLogger(__name__)

DONE = frozenset({CaseState.REVIEWED, CaseState.SIGNED})
Identity = tuple[str, int, int, int, int]


@dataclass(frozen=True, eq=False)
class DecidedCell:
    """A cell of a reviewed or signed case with what a person says of it.

    Parameters
    ----------
    where
        Case and image, for people of the lab.
    subject
        Pseudonym of the patient.
    said
        The label.
    frame, cell
        As the case has them.
    """

    where: str
    subject: str
    said: PersonLabel
    frame: CaseFrame
    cell: CaseCell

    @property
    def identity(self) -> Identity:
        """Which cell of which picture, whatever cases hold it."""
        box = self.cell.finding.cell.box
        return self.frame.sha256, box.x, box.y, box.width, box.height


def read_cases(repository: CaseRepository, lab: Lab, reading: Reading, microscope: str = "") -> Iterator[LabeledCell]:
    """Cells that people decided in cases that were reviewed or signed, lazily.

    Parameters
    ----------
    repository
        The lab's cases.
    lab
        Gives patients their pseudonyms: by patient number, else by name, else each case is a patient of its own.
    reading
        Filled with what was left out and why.
    microscope
        Name of the microscope whose cells are wanted; empty for those of any.
    """
    for one in settled_cells(repository, lab, reading):
        if microscope and one.frame.microscope.name.casefold() != microscope.casefold():
            continue
        cell = labeled(repository, one, reading)
        if cell is not None:
            yield cell


def settled_cells(repository: CaseRepository, lab: Lab, reading: Reading) -> Iterator[DecidedCell]:
    """The same cells without pixels: each once, and none under labels that differ."""
    reading.begin()
    found: dict[Identity, list[DecidedCell]] = {}
    for summary in repository.store.list():
        if summary.state in DONE:
            for one in _decided(repository.load(summary.id), lab):
                found.setdefault(one.identity, []).append(one)
    for several in found.values():
        words = sorted({one.said.word for one in several})
        if len(words) > 1 or len({one.subject for one in several}) > 1:
            reading.disagreements.append(Disagreement(tuple(one.where for one in several), tuple(words)))
            continue
        reading.copies += len(several) - 1
        yield several[0]


def subject_of(header: CaseHeader, lab: Lab) -> str:
    """Pseudonym of the patient of a case: by patient number, else by name, else the case is a patient of its own."""
    who = f"id {header.patient_id}" if header.patient_id else f"name {header.patient}"
    return lab.pseudonym(who if header.patient_id or header.patient else f"case {header.number}")


def _decided(case: Case, lab: Lab) -> Iterator[DecidedCell]:
    header = case.header
    subject = subject_of(header, lab)
    for number, frame in enumerate(case.frames, start=1):
        for cell in frame.cells:
            decision = cell.decision
            is_bare_doubt = decision is not None and decision.code is None and decision.label is Label.UNSURE
            if decision is None or is_bare_doubt or not NOT_COUNTED.isdisjoint(cell.finding.cell.flags):
                continue
            yield DecidedCell(place_of(header.number, number), subject, decision.said, frame, cell)


def labeled(repository: CaseRepository, one: DecidedCell, reading: Reading) -> LabeledCell | None:
    """The cell as the models see it; ``None``, with a line in ``reading``, where its image cannot be read."""
    try:
        frame = repository.frame(one.frame)
        image = repository.cell_image(one.frame, one.cell)
    except LeukoScopeError as error:
        logger.warning("a decided cell is left out: %s", error.detail)
        reading.refused.append((one.where, error.message))
        return None
    scale = frame.um_per_px or frame.estimated_um_per_px
    return LabeledCell(
        one.where, one.subject, one.said, image, one.frame.sha256, scale, is_on_black(frame.pixels),
        one.frame.microscope,
    )  # fmt: skip
