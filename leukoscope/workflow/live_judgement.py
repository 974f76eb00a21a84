"""Judgement of a live picture: cells are found and followed, each is judged once, and nothing ever waits for it."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from leukoscope.domain.cells import Cell, CellFlag, View
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.findings import Finding, Label
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind, Pixels
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.quality import QualityVerdict
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize
from leukoscope.imaging.pooled_scale import um_per_px_in_case
from leukoscope.imaging.quality import measure_quality
from leukoscope.imaging.scale import RedCells, measure_red_cells
from leukoscope.imaging.tracking import CellTracker, Small, shift_between, small_gray
from leukoscope.inference.decision import decide
from leukoscope.workflow.analyze import Judge

logger = logging.getLogger(__name__)

NEW_AT_ONCE = 6
"""At most so many new cells are judged for one picture; the others wait for the next, so that boxes keep up."""

AT_REST_PX = 1.0
"""A picture that has moved by less is of the same place: taken now, it would be judged as the one before."""

PICTURES_ASKED = 12
"""An uncalibrated camera's scale comes from the red cells of so many pictures."""


@dataclass(frozen=True, eq=False)
class LiveFrame:
    """A picture on its way to be judged.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    at
        When it came, in seconds of a monotonic clock.
    um_per_px
        Its scale; ``None`` takes it from the red cells.
    """

    pixels: Pixels
    at: float
    um_per_px: float | None = None


@dataclass(frozen=True, eq=False)
class LiveField:
    """What was found in one live picture.

    Parameters
    ----------
    picture
        The one.
    small
        A small copy, to tell how far a later picture has moved.
    cells
        Those judged so far, each with the number that it keeps while it is followed.
    found
        How many cells lie whole in the picture, judged or not.
    judged
        How many of them were judged for this picture; the others were followed.
    """

    picture: LiveFrame
    small: Small
    cells: tuple[tuple[int, Finding], ...]
    found: int
    judged: int

    def counts(self) -> dict[Label, int]:
        """How many judged cells have each label."""
        counts = Counter(finding.label for _, finding in self.cells)
        return {label: counts[label] for label in Label}


class LiveJudgement:
    """A thread that judges the newest picture it was offered; older ones are dropped.

    Parameters
    ----------
    judge
        The engine.
    bundles
        Names of the bundles that are asked; ``None`` asks all.
    on_field
        Told in the thread of each judged picture.
    on_trouble
        Told in the thread a sentence when a picture could not be judged.
    """

    def __init__(
        self,
        judge: Judge,
        bundles: Sequence[str] | None,
        on_field: Callable[[LiveField], None],
        on_trouble: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        self._judge, self._bundles, self._on_field, self._on_trouble = judge, bundles, on_field, on_trouble
        self._news = threading.Condition()
        self._waiting: LiveFrame | None = None
        self._stop = CancelToken()
        self._tracker = CellTracker()
        self._last: tuple[Small, tuple[int, ...]] | None = None
        self._said: dict[int, Judgement] = {}
        self._poor, self._moved = set[int](), set[int]()
        self._red_cells: deque[RedCells] = deque(maxlen=PICTURES_ASKED)
        self._thread = threading.Thread(target=self._run, name="live-judgement", daemon=True)
        self._thread.start()

    def offer(self, picture: LiveFrame) -> None:
        """Judge this picture next, instead of any that still waits; returns at once."""
        with self._news:
            self._waiting = picture
            self._news.notify()

    def close(self) -> None:
        """Stop; returns at once, what is being judged is dropped."""
        self._stop.cancel()
        with self._news:
            self._news.notify()

    def _run(self) -> None:
        while (picture := self._next()) is not None:
            try:
                field = self.look(picture)
            except LeukoScopeError as error:
                if not self._stop.cancelled:
                    logger.info("live picture not judged: %s", error.detail)
                    self._on_trouble(error.message)
                continue
            except Exception:
                logger.exception("live picture not understood")
                continue
            if not self._stop.cancelled:
                self._on_field(field)

    def _next(self) -> LiveFrame | None:
        with self._news:
            self._news.wait_for(lambda: self._waiting is not None or self._stop.cancelled)
            picture, self._waiting = self._waiting, None
            return None if self._stop.cancelled else picture

    def look(self, picture: LiveFrame) -> LiveField:
        """Find the cells of a picture and judge those that are new.

        What the models said of a cell holds while it is followed on its way; they are asked once more when the stage
        has come to rest. The verdict is made anew for each picture, as its quality allows.

        Raises
        ------
        LeukoScopeError
            When the engine cannot judge, or after ``close``.
        """
        frame = self._at_scale(picture)
        small = small_gray(picture.pixels)
        shape = picture.pixels.shape
        same = self._last is not None and self._last[1] == shape
        shift = shift_between(self._last[0], small, frame.width) if same and self._last is not None else None
        self._last = small, shape
        # A cell that is cut off by the edge comes into sight or leaves it: it is judged when it is whole.
        found = localize(frame, View.FIELD)
        cells = [cell for cell in found if CellFlag.AT_BORDER not in cell.flags]
        numbers = self._tracker.track([cell.box for cell in cells], shift)
        self._said = {n: one for n, one in self._said.items() if n in self._tracker.known}
        quality = measure_quality(frame, View.FIELD, found)
        refused = quality.verdict is QualityVerdict.REFUSE
        again = self._to_ask_again(shift, refused=refused)
        both = zip(numbers, cells, strict=True)
        asked = [(n, cell) for n, cell in both if n not in self._said or n in again][:NEW_AT_ONCE]
        self._judge_new(frame, asked, poor=refused)
        seen = tuple(
            (number, decide(cell, self._said[number], quality))
            for number, cell in zip(numbers, cells, strict=True)
            if number in self._said
        )
        return LiveField(picture, small, seen, len(cells), len(asked))

    def _to_ask_again(self, shift: tuple[float, float] | None, *, refused: bool) -> set[int]:
        """Cells whose judgement is of a worse picture, or of one before the stage moved, when it has come to rest."""
        self._poor &= self._said.keys()
        self._moved &= self._said.keys()
        at_rest = shift is not None and max(abs(shift[0]), abs(shift[1])) <= AT_REST_PX
        if not at_rest:
            self._moved |= self._said.keys()
        if refused:
            return set()
        return self._poor | self._moved if at_rest else set(self._poor)

    def _at_scale(self, picture: LiveFrame) -> Frame:
        """The picture as a Frame; what the red cells of the last pictures say stands in for a calibration."""
        frame = Frame(picture.pixels, FrameOrigin(OriginKind.CAMERA, "live"), "", picture.um_per_px)
        if picture.um_per_px is not None:
            return frame
        own = measure_red_cells(picture.pixels)
        if own is not None:
            self._red_cells.append(own)
        return replace(frame, estimated_um_per_px=um_per_px_in_case(own, self._red_cells))

    def _judge_new(self, frame: Frame, new: Sequence[tuple[int, Cell]], *, poor: bool) -> None:
        """Ask what these cells are; of a picture that is not good enough they are asked again in a better one."""
        if not new:
            return
        images = [cut_out(frame, cell) for _, cell in new]
        judgements = self._judge.judge(images, bundles=self._bundles, maps=False, cancel=self._stop)
        for (number, _), given in zip(new, judgements, strict=True):
            if given.is_empty:  # the models could not judge it, and the next picture asks again
                continue
            self._said[number] = given
            (self._poor.add if poor else self._poor.discard)(number)
            self._moved.discard(number)


def moved_since(field: LiveField, pixels: Pixels) -> tuple[float, float] | None:
    """How far what is seen has moved since a judged picture, in pixels; ``None`` when it shows another place.

    A picture of another size is another place: the camera was set anew, or the picture turned.
    """
    if field.picture.pixels.shape != pixels.shape:
        return None
    return shift_between(field.small, small_gray(pixels), pixels.shape[1])
