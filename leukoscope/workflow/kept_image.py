"""An accepted image on its way to the judge: its bytes come from the store, never again from where they were."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from leukoscope.domain.cells import View
from leukoscope.domain.errors import ImageError, StoreError
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.microscopes import Microscope
from leukoscope.domain.waiting import Scale, WaitingImage
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.sources.files import decode_frame
from leukoscope.workflow.case_scale import CaseRuler
from leukoscope.workflow.images import ImageSource

MAX_ATTEMPTS = 3
"""A program that ended so often while one image was judged is not risked again."""


@dataclass(frozen=True, eq=False)
class KeptImage:
    """A waiting image with its bytes, or with why they cannot be had.

    Parameters
    ----------
    image
        As it waits.
    data
        Its bytes.
    fault
        Raised when it is read.
    ruler
        Knows the scale of uncalibrated images of its case.
    """

    image: WaitingImage
    data: bytes = b""
    fault: StoreError | None = None
    ruler: CaseRuler | None = None

    @property
    def name(self) -> str:
        """Path, or what a person calls it."""
        return self.image.source

    def read(self) -> Frame:
        """Decode it and give it its scale; raises ImageError or StoreError."""
        if self.fault is not None:
            raise self.fault
        if self.image.attempts >= MAX_ATTEMPTS:
            message = "The program ended several times while it judged this image; look at it in another program."
            raise ImageError(message, f"{self.image.attempts} attempts")
        name = self.image.source
        origin = self.image.origin or FrameOrigin(OriginKind.FILE, Path(name).name, name)
        frame = scaled(decode_frame(self.data, origin), self.image.scale)
        return frame if self.ruler is None else self.ruler.with_scale(frame)

    def image_bytes(self) -> bytes:
        """The stored bytes."""
        return self.data


def scaled(frame: Frame, scale: Scale) -> Frame:
    """A Frame at its scale: the given one, else what it says itself, else the assumed one; with its objective.

    A cell that was cut out before has lost its microscope, so nothing is assumed of it.
    """
    if not scale.is_given and is_on_black(frame.pixels):
        return frame
    known = scale.stated(frame.um_per_px)
    microscope = frame.origin.microscope.completed(Microscope(objective=known.objective))
    if scale.is_given and scale.objective:
        microscope = replace(microscope, objective=scale.objective)
    return replace(frame, um_per_px=known.um_per_px, origin=replace(frame.origin, microscope=microscope))


def view_of(source: ImageSource) -> View:
    """What an accepted image shows."""
    return source.image.view if isinstance(source, KeptImage) else View.AUTO
