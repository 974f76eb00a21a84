"""Measuring a control slide from images of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from leukoscope.control.measured import LEAST_FIELDS, median_of_fields
from leukoscope.domain.cells import View
from leukoscope.domain.errors import ControlError, ImageError
from leukoscope.domain.frames import Frame
from leukoscope.domain.progress import CancelToken
from leukoscope.imaging.control_figures import measure_field
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.imaging.localize import localize
from leukoscope.workflow.images import ImageSource

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class MeasuredRun:
    """What the images of a control slide came to.

    Parameters
    ----------
    figures
        By code, each the median of the fields that show it.
    fields
        Images that were measured.
    left_out
        Images that were not, each with its sentence.
    """

    figures: Mapping[str, float]
    fields: int
    left_out: tuple[tuple[str, str], ...] = ()


def measure_fields(
    sources: Iterable[ImageSource],
    on_image: Callable[[int], None] = lambda _: None,
    cancel: CancelToken | None = None,
) -> MeasuredRun:
    """Measure the fields of a control slide.

    Parameters
    ----------
    sources
        At least three fields of view of a stained slide, all of one size.
    on_image
        Told how many were read.
    cancel
        Stops between two images.

    Raises
    ------
    ControlError
        With fewer fields, or fields of different sizes: they are of two cameras.
    CancelledError
        After a cancel.
    """
    token, found, sizes = cancel or CancelToken(), [], set()
    left_out: list[tuple[str, str]] = []
    for number, source in enumerate(sources, start=1):
        token.raise_if_cancelled()
        try:
            frame = _field(source)
        except ImageError as error:
            left_out.append((source.name, error.message))
        else:
            sizes.add((frame.width, frame.height))
            found.append(measure_field(frame, localize(frame, View.FIELD)))
        on_image(number)
    if len(sizes) > 1:
        raise ControlError("The images differ in size, so they are of two cameras or settings; measure each apart.")
    if len(found) < LEAST_FIELDS:
        raise ControlError(f"{len(found)} of at least {LEAST_FIELDS} fields could be measured; take more of the slide.")
    return MeasuredRun(median_of_fields(found), len(found), tuple(left_out))


def _field(source: ImageSource) -> Frame:
    frame = source.read()
    if is_on_black(frame.pixels):
        raise ImageError("This is a cell that was cut out; a control slide is measured on whole fields.")
    return frame
