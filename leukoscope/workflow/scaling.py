"""Images at the scale that a person has set: of the objective in use, or set for an image afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame, Decision
from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Frame
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.workflow.casebook import Casebook
from leukoscope.workflow.images import ImageSource

SAME_CELL = 0.5
"""Boxes of one picture that overlap so much (intersection over union) are the same cell."""


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


def take_the_place(casebook: Casebook, case_id: int, source: Rescaled, analysis: ImageAnalysis) -> None:
    """Put the newly judged image into the case and take the former one out."""
    added = casebook.add(case_id, source, analysis)
    for cell_id, decision in carried(source.former, added):
        casebook.store.decide(cell_id, decision.label, decision.by)
    casebook.store.remove_frame(source.former.id)


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
        ranked = [(_overlap(cell.finding.cell.box, other.finding.cell.box), other.id) for other in added.cells]
        overlap, cell_id = max(ranked, default=(0.0, 0))
        if overlap >= SAME_CELL:
            yield cell_id, cell.decision


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0..1."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    both = max(width, 0) * max(height, 0)
    return both / (a.width * a.height + b.width * b.height - both)
