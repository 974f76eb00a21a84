"""Images at the scale that a person has set: of the objective in use, or set for an image afterwards."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame, Decision
from leukoscope.domain.errors import ImageError, LeukoScopeError
from leukoscope.domain.frames import Frame
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.workflow.analyze import Judge
from leukoscope.workflow.by_hand import draw_cell, drawn_only, twin
from leukoscope.workflow.casebook import Casebook
from leukoscope.workflow.images import ImageSource

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AssumedScale:
    """An image of the microscope: what it says of its own scale goes first, else it has that of the objective in use.

    A cell that was cut out before has lost its microscope, so nothing is assumed of it.
    """

    source: ImageSource
    um_per_px: float

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.source.name

    def read(self) -> Frame:
        """Read the Frame; raises ImageError."""
        frame = self.source.read()
        if frame.um_per_px is not None or is_on_black(frame.pixels):
            return frame
        return replace(frame, um_per_px=self.um_per_px)

    def image_bytes(self) -> bytes:
        """The file's bytes."""
        return self.source.image_bytes()


@dataclass(frozen=True, eq=False)
class Rescaled:
    """An image of a case that is judged again at another scale.

    Parameters
    ----------
    former
        The image as it stands in the case.
    frame
        Its pixels at the new scale.
    data
        Its stored bytes.
    """

    former: CaseFrame
    frame: Frame
    data: bytes

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.former.source

    def read(self) -> Frame:
        """The Frame at its new scale."""
        return self.frame

    def image_bytes(self) -> bytes:
        """The stored bytes."""
        return self.data


def rescaled(casebook: Casebook, case_id: int, frame_ids: Sequence[int], um_per_px: float) -> Iterator[Rescaled]:
    """Those of the images that have another scale so far, to be judged again.

    Raises
    ------
    StoreError, ImageError
        When an image is gone.
    """
    for frame in casebook.load(case_id).frames:
        if frame.id in frame_ids and frame.width and frame.um_per_px != um_per_px:
            pixels = replace(casebook.frame(frame), um_per_px=um_per_px)
            yield Rescaled(frame, pixels, casebook.store.read_image(frame.sha256))


def take_the_place(casebook: Casebook, judge: Judge, case_id: int, source: Rescaled, analysis: ImageAnalysis) -> None:
    """Put the newly judged image into the case and take the former one out; what people did on it is carried over."""
    former = source.former
    added = casebook.add(case_id, source, analysis)
    try:
        added = _with_handwork(casebook, judge, former, added)
    except LeukoScopeError:
        casebook.store.remove_frame(added.id)
        raise
    for cell_id, decision in carried(former, added):
        casebook.store.decide(cell_id, decision.label, decision.by)
    casebook.store.remove_frame(former.id)


def _with_handwork(casebook: Casebook, judge: Judge, former: CaseFrame, added: CaseFrame) -> CaseFrame:
    """Draw again what people drew on the former image, and take out again what they took out."""
    for cell in drawn_only(former, added):
        by = cell.added.by if cell.added else ""
        try:
            drawn = draw_cell(casebook, judge, added, cell.finding.cell.box, by)
        except ImageError as error:
            logger.warning("a drawn cell is not carried over: %s", error.message)
            continue
        added = replace(added, cells=(*added.cells, drawn.cell))
    for cell in former.removed_cells:
        same = twin(cell.finding.cell.box, added.cells)
        if same is not None and cell.removed is not None:
            casebook.store.by_hand.remove(same.id, cell.removed.by)
    return added


def put_back(casebook: Casebook, case_id: int, formers: Sequence[CaseFrame], um_per_px: float) -> None:
    """Take out what took the place of these images, and bring them back."""
    pictures = {former.sha256 for former in formers}
    for frame in casebook.load(case_id).frames:
        if frame.sha256 in pictures and frame.um_per_px == um_per_px:
            casebook.store.remove_frame(frame.id)
    for former in formers:
        casebook.store.restore_frame(former.id)


def carried(former: CaseFrame, added: CaseFrame) -> Iterator[tuple[int, Decision]]:
    """What people decided on the former image's cells, for the same cells of the one that takes its place.

    Yields
    ------
    tuple
        Id of the new cell and the Decision on the former one.
    """
    for cell in former.cells:
        if cell.decision is None:
            continue
        same = twin(cell.finding.cell.box, added.cells)
        if same is not None:
            yield same.id, cell.decision
