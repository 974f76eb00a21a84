"""A region of a slide becomes images: fields at its full size, each with the cells that are counted in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leukoscope.domain.cells import Box
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Frame, FrameOrigin
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.domain.slides import field_origin
from leukoscope.imaging.monolayer import Monolayer, find_monolayers
from leukoscope.imaging.slide_cells import FieldCells, SlideField, find_in_fields, plan_fields
from leukoscope.workflow.images import MemorySource, png_source
from leukoscope.workflow.pace import Pace

if TYPE_CHECKING:
    from leukoscope.sources.slide import Slide

LARGEST_REGION_MM2 = 25.0
"""At 0.1 µm a field is 0.03 mm²: nobody judges the cells of more than some hundred of them."""
OnProgress = Callable[[Progress], object]


def nobody(_progress: Progress) -> None:
    """Nobody looks at how far it is."""


@dataclass(frozen=True, eq=False)
class SlideFieldSource:
    """One field of a slide, read from the slide each time: a run over many keeps none of them.

    Parameters
    ----------
    slide
        The opened slide.
    field
        Which part of it.
    centers
        Of the cells that are counted in it, in its pixels.
    um_per_px
        Scale of the largest level.
    """

    slide: Slide
    field: SlideField
    centers: tuple[tuple[float, float], ...]
    um_per_px: float

    @property
    def name(self) -> str:
        """Path of the slide, and the place on it."""
        return self.origin.path or self.origin.name

    @property
    def origin(self) -> FrameOrigin:
        """Where it comes from."""
        return field_origin(self.slide.info, self.field.box, self.um_per_px, self.centers)

    def read(self) -> Frame:
        """Read the Frame; raises ImageError."""
        return self._as_png().read()

    def image_bytes(self) -> bytes:
        """The field as a PNG; raises ImageError when the slide has gone."""
        return self._as_png().data

    def _as_png(self) -> MemorySource:
        return png_source(self.slide.read_region(self.field.box), self.origin, self.um_per_px)


def scale_of(slide: Slide, given: float | None) -> float:
    """Scale of a slide's largest level: its own, else the given one.

    Raises
    ------
    ImageError
        When nobody knows it.
    """
    scale = slide.info.um_per_px or given
    if scale is None:
        sentence = f"“{slide.info.name}” does not state its scale; say which objective it was scanned with first."
        raise ImageError(sentence, "no scale", cause=Cause.UNKNOWN_KIND)
    return scale


def monolayers_of(
    slide: Slide, um_per_px: float, on_progress: OnProgress = nobody, cancel: CancelToken | None = None
) -> tuple[Monolayer, ...]:
    """Regions of a slide where cells lie apart, the best first.

    Raises
    ------
    ImageError
        When there is none, or the slide cannot be read.
    CancelledError
        After a cancel.
    """
    pace = Pace()

    def told(done: int, total: int) -> None:
        on_progress(Progress(done, total, pace.seconds_left(done, total)))

    found = find_monolayers(slide.read_region, slide.info.whole, um_per_px, on_progress=told, cancel=cancel)
    if not found:
        sentence = (
            f"No place was found on “{slide.info.name}” where cells lie apart: it may be too thick or too thin "
            "everywhere, or no smear of blood. Draw a region by hand."
        )
        raise ImageError(sentence, "no monolayer")
    return found


def fields_of(
    slide: Slide,
    region: Box,
    um_per_px: float,
    *,
    known: Sequence[tuple[float, float]] = (),
    on_progress: OnProgress = nobody,
    cancel: CancelToken | None = None,
) -> Iterator[tuple[SlideFieldSource, FieldCells]]:
    """The fields of a region, each once its cells are found; those without cells too.

    Parameters
    ----------
    slide, region
        The slide, and the part of it that is wanted, in pixels of its largest level.
    um_per_px
        Scale of that level.
    known
        Centers of cells that are counted already.
    on_progress
        Told after each field.
    cancel
        Set it to stop.

    Raises
    ------
    ImageError
        When the region lies beside the slide, is too large, or the slide cannot be read.
    CancelledError
        After a cancel.
    """
    fields = planned(slide, region, um_per_px)
    pace = Pace()
    found = find_in_fields(slide.read_region, fields, um_per_px, known=known, cancel=cancel)
    for done, cells in enumerate(found, start=1):
        yield SlideFieldSource(slide, cells.field, cells.centers, um_per_px), cells
        on_progress(Progress(done, len(fields), pace.seconds_left(done, len(fields))))


def planned(slide: Slide, region: Box, um_per_px: float) -> tuple[SlideField, ...]:
    """The fields of a region.

    Raises
    ------
    ImageError
        When the region lies beside the slide or is too large.
    """
    part = slide.info.clipped(region)
    if part is None:
        sentence = f"This region lies beside the picture of “{slide.info.name}”; choose one on it."
        raise ImageError(sentence, f"{region} of {slide.info.whole}")
    mm2 = part.width * part.height * um_per_px**2 / 1e6
    if mm2 > LARGEST_REGION_MM2:
        sentence = (
            f"This region has {mm2:.0f} mm², more than the {LARGEST_REGION_MM2:.0f} that are taken at once; "
            "choose a smaller one."
        )
        raise ImageError(sentence, f"{region}")
    return plan_fields(part, slide.info.whole, um_per_px)
