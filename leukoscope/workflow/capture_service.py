"""Capture in the running program: files, pasted and live images on their way into a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.cells import View
from leukoscope.domain.frames import FrameOrigin, Pixels
from leukoscope.domain.microscopes import plain_name
from leukoscope.domain.waiting import Arrival, Scale
from leukoscope.sources.files import decode_pasted, shown
from leukoscope.workflow.images import png_source
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.queue import AnalysisQueue
from leukoscope.workflow.sent_files import sent_file
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.workflow.live_judgement import LiveField, LiveJudgement
    from leukoscope.workflow.model_panel import ModelPanel


class CaptureService:
    """Takes images into cases, and judges live images that are in no case.

    Parameters
    ----------
    operator
        Who works here, and what they may do.
    settings
        Gives what a person has set.
    queue
        Images that wait to be judged.
    judge
        Gives all models that judge.
    """

    def __init__(
        self,
        operator: OperatorSession,
        settings: Callable[[], Settings],
        queue: AnalysisQueue,
        judge: Callable[[], ModelPanel],
    ) -> None:
        self._operator, self._settings, self._queue, self._judge = operator, settings, queue, judge

    def read_label(self, pixels: Pixels) -> str:
        """What the largest code in a picture of a slide's label says; empty where none can be read.

        Raises
        ------
        AccessError
            When who works here may not use the camera.
        """
        from leukoscope.sources.label_codes import read_codes

        self._operator.require(Act.CAPTURE)
        return next(iter(read_codes(pixels)), "")

    def add_paths(self, case_id: int, paths: Sequence[Path], view: View = View.AUTO) -> None:
        """Take files and folders into a case: when it returns, they are noted, and are read in the background.

        Raises
        ------
        StoreError
            When the case is signed or gone, or the disk is full.
        """
        scale = self._scale
        places = [shown(path.absolute()) for path in dict.fromkeys(paths)]
        with self._operator.doing(Act.ADD_IMAGES):
            self._queue.accept(case_id, [Arrival(one, view=view, scale=scale, is_place=True) for one in places])

    @property
    def _scale(self) -> Scale:
        """That of the objective in use, for images that do not say their own."""
        settings = self._settings()
        return Scale(settings.um_per_px, objective=plain_name(settings.objective))

    def add_pixels(
        self,
        case_id: int,
        pixels: Pixels,
        origin: FrameOrigin,
        view: View = View.AUTO,
        *,
        um_per_px: float | None = None,
    ) -> None:
        """Take an image that is no file (pasted, or from a camera) into a case: when it returns, it is kept.

        Raises
        ------
        ImageError
            When there is no memory for it.
        StoreError
            When the case is signed or gone, or the disk is full.
        """
        scale = self._scale.stated(um_per_px)
        with self._operator.doing(Act.ADD_IMAGES):
            made = png_source(pixels, origin)
            self._queue.accept(case_id, [Arrival(made.name, made.data, origin, view, scale)])

    def add_pasted(self, case_id: int, data: bytes, origin: FrameOrigin) -> None:
        """Take an image that was pasted as the bytes of a file into a case, as :meth:`add_pixels`.

        Raises
        ------
        ImageError
            When it is none, is damaged or too large; nothing is taken then.
        StoreError
            When the case is signed or gone, or the disk is full.
        """
        self._operator.require(Act.ADD_IMAGES)
        self.add_pixels(case_id, decode_pasted(data, origin.name), origin)

    def add_file(
        self, case_id: int, data: bytes, name: str, view: View = View.AUTO, *, um_per_px: float | None = None
    ) -> tuple[int, ...]:
        """Take the bytes of an image file that came over a line into a case: when it returns, they are kept.

        Parameters
        ----------
        case_id, data
            The case, and the whole file; one with several pages gives an image for each.
        name
            What the sender calls the file; folders in it are left out.
        view
            What it shows.
        um_per_px
            Its scale as the sender says it, in micrometers for one pixel.

        Returns
        -------
        tuple
            Keys under which they wait.

        Raises
        ------
        ImageError
            When a file of several pages, or of DICOM, cannot be read; nothing is taken then.
        ConflictError
            When the case has an image of these bytes already.
        StoreError
            When the case is signed or gone, or the disk is full.
        """
        scale = self._scale if um_per_px is None else Scale(um_per_px, True)
        with self._operator.doing(Act.ADD_IMAGES):
            arrivals = sent_file(data, name, view, scale)
            return self._queue.accept(case_id, arrivals, once=True)

    def take_twice(self, case_id: int, image_ids: Sequence[int]) -> int:
        """Judge images of a case that were kept aside as copies of others (``CopyLeftOut``); raises StoreError."""
        with self._operator.doing(Act.ADD_IMAGES):
            return self._queue.take_twice(case_id, image_ids)

    def live_judgement(self, on_field: Callable[[LiveField], None], on_trouble: Callable[[str], None]) -> LiveJudgement:
        """Begin to judge live images as images that are kept are judged; the caller closes it. May wait."""
        from leukoscope.workflow.live_judgement import LiveJudgement
        from leukoscope.workflow.model_panel import CurrentPanel

        with self._operator.doing(Act.CAPTURE):
            # Asked for here, so that who cannot judge is told at once; then each time anew: models may change.
            self._judge()
            return LiveJudgement(CurrentPanel(self._judge), None, on_field, on_trouble)
