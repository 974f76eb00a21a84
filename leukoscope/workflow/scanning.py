"""A scan: a motorized stage goes from field to field, focus is found by the focus measure, each picture is taken."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError as FutureCancelledError
from contextlib import suppress
from dataclasses import dataclass

from leukoscope.domain.errors import CameraError, Cause
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.stage import StagePosition
from leukoscope.imaging.autofocus import Focused, sharpest_plane
from leukoscope.imaging.live import live_figures
from leukoscope.sources.cameras.asked_motors import Work
from leukoscope.sources.cameras.motors import NO_ANSWER, NO_STAGE
from leukoscope.sources.cameras.reader import CameraReader, Shot
from leukoscope.sources.scan_plan import MOST_FIELDS, ScanShape, planned

logger = logging.getLogger(__name__)

ANSWER_S, PICTURE_S = 20.0, 12.0
"""A stage that does not answer for so long, and a camera that gives no picture for so long, end the scan."""


@dataclass(frozen=True)
class ScanOrder:
    """What is to be scanned.

    Parameters
    ----------
    fields
        How many fields.
    shape
        In which order.
    overlap
        Part of a field that its neighbor shows too.
    focus_every
        Focus is searched at the first and then at each so-manieth field; 0 never moves it.
    reach_um
        How far from where it stands the focus may go to each side, in micrometers.
    """

    fields: int = 9
    shape: ScanShape = ScanShape.ROWS
    overlap: float = 0.2
    focus_every: int = 3
    reach_um: float = 8.0

    def checked(self) -> ScanOrder:
        """The same; raises CameraError where it cannot be done."""
        good = 1 <= self.fields <= MOST_FIELDS and 0 <= self.overlap <= 0.9 and self.focus_every >= 0
        if not good or not 0 < self.reach_um <= 1000:
            raise CameraError(
                f"A scan has 1 to {MOST_FIELDS} fields that overlap by 0 to 90 %, and a focus that goes up to 1000 µm.",
                repr(self),
            )
        return self


@dataclass(frozen=True)
class ScanStep:
    """How far a scan is.

    Parameters
    ----------
    taken, fields
        How many fields are taken, and of how many.
    is_focusing
        Whether focus is being searched.
    unfocused
        At how many fields no plane was distinctly sharp; the focus stayed as it was.
    """

    taken: int
    fields: int
    is_focusing: bool = False
    unfocused: int = 0


class Scan:
    """One scan; :meth:`run` blocks until it is over.

    Parameters
    ----------
    reader
        Reads the camera of the microscope.
    order
        What is to be scanned.
    um_per_px
        Scale of the pictures where the camera does not know its own.
    on_shot
        Told of each field's picture; what was told stays taken, whatever happens later.
    on_step
        Told how far it is.
    cancel
        Ends it after the picture under way.
    """

    def __init__(
        self,
        reader: CameraReader,
        order: ScanOrder,
        um_per_px: float | None,
        on_shot: Callable[[Shot], None],
        on_step: Callable[[ScanStep], None] = lambda _step: None,
        cancel: CancelToken | None = None,
    ) -> None:
        self._reader, self._order, self._um_per_px = reader, order.checked(), um_per_px
        self._on_shot, self._on_step, self._cancel = on_shot, on_step, cancel or CancelToken()
        self._step = ScanStep(0, order.fields)

    def run(self) -> ScanStep:
        """Go from field to field; the stage goes back to where it stood, also when the scan ends early.

        Raises
        ------
        CameraError
            When there is no stage, it does not answer or is at its end, or the camera gives no picture.
        CancelledError
            When it was cancelled.
        """
        first = self._reader.newest()
        if first is None or not self._reader.has_motors:
            raise CameraError(NO_STAGE, "no motors")
        um_per_px = first.um_per_px or self._um_per_px
        if not um_per_px:
            raise CameraError("The scale is not known; calibrate the objective in the settings, then scan.", "no scale")
        start = self._stands()
        size_um = first.pixels.shape[1] * um_per_px, first.pixels.shape[0] * um_per_px
        places = planned(self._order.fields, self._order.shape, size_um, self._order.overlap, start)
        try:
            for number, place in enumerate(places):
                self._take(number, place)
        finally:
            with suppress(CameraError):
                self._do(lambda motors: motors.move(start))
        return self._step

    def _take(self, number: int, place: StagePosition) -> None:
        self._cancel.raise_if_cancelled()
        self._do(lambda motors: motors.move(place))
        every = self._order.focus_every
        if every and number % every == 0:
            self._focus()
        self._cancel.raise_if_cancelled()
        self._on_shot(self._shot())
        self._say(ScanStep(number + 1, self._step.fields, unfocused=self._step.unfocused))

    def _focus(self) -> None:
        stands = self._do(lambda motors: motors.focus_um())
        if stands is None:
            return
        self._say(ScanStep(self._step.taken, self._step.fields, True, self._step.unfocused))

        def sharpness_at(z_um: float) -> float:
            self._cancel.raise_if_cancelled()
            self._do(lambda motors: motors.focus(z_um))
            return live_figures(self._shot().pixels).sharpness

        found = Focused(stands, is_found=False, looks=0)
        try:
            found = sharpest_plane(sharpness_at, stands, self._order.reach_um)
        finally:
            # Also when it was cancelled half-way: the focus is never left somewhere.
            with suppress(CameraError):
                self._do(lambda motors: motors.focus(found.z_um))
        if not found.is_found:
            self._say(ScanStep(self._step.taken, self._step.fields, False, self._step.unfocused + 1))

    def _stands(self) -> StagePosition:
        stands = list[StagePosition]()
        self._do(lambda motors: stands.append(motors.position()))
        return stands[0]

    def _do(self, work: Work) -> float | None:
        try:
            return self._reader.stage.ask(work).result(ANSWER_S)
        except (TimeoutError, FutureCancelledError) as error:
            raise CameraError(NO_ANSWER, "no answer in time", cause=Cause.UNREACHABLE) from error

    def _shot(self) -> Shot:
        newest = self._reader.newest()
        shot = self._reader.after(newest.number if newest else 0, PICTURE_S)
        if shot is None:
            said = self._reader.sentence or "The camera gives no pictures any more; check its cable, then scan again."
            raise CameraError(said, "no picture in a scan", cause=Cause.UNREACHABLE)
        return shot

    def _say(self, step: ScanStep) -> None:
        self._step = step
        self._on_step(step)
