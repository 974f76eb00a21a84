"""Cases as the window sees them: the store, with decoded pixels at hand for what is looked at."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from leukoscope.cases.signing_keys import Keys
from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import Case, CaseCell, CaseFrame, CaseHeader
from leukoscope.domain.cells import CellImage, View
from leukoscope.domain.errors import NumberTakenError, StoreError
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.keys import tidy_number
from leukoscope.domain.waiting import WaitingImage
from leukoscope.imaging.cellimage import cut_out
from leukoscope.sources.files import decode_frame
from leukoscope.workflow.case_scale import CaseRuler, RedCellMemory
from leukoscope.workflow.images import ImageSource, source_named

logger = logging.getLogger(__name__)

TRIES = 20
"""For a free number, while other workstations begin cases too."""

NOT_JUDGED = "This image is not judged yet; its cells are in no count."
FRAMES_KEPT = 24
"""Decoded Frames kept in memory: a 1280x1024 field takes 4 MB."""


class CaseRepository:
    """The case store with a small cache of decoded Frames. Thread-safe."""

    def __init__(self, folder: Path, url: str = "", keys: Keys | None = None) -> None:
        self.store = CaseStore(folder, url, keys=keys)
        self._lock = threading.Lock()
        self._red_cells = RedCellMemory()
        self._frames: OrderedDict[tuple[str, float | None, float | None], Frame] = OrderedDict()

    def new_case(self, header: CaseHeader | None, operator: str = "") -> int:
        """Create a case; without a header it gets the next number and the usual operator.

        Raises
        ------
        NumberTakenError
            When another case has the number of the header, in this or another spelling.
        """
        if header is not None:
            return self.store.create(replace(header, number=tidy_number(header.number)))
        for _ in range(TRIES - 1):
            try:
                return self.store.create(CaseHeader(self.store.next_number(date.today()), operator=operator))
            except NumberTakenError:
                logger.info("another workstation took the next number first")
        return self.store.create(CaseHeader(self.store.next_number(date.today()), operator=operator))

    def open_number(self, number: str, operator: str, on_new: Callable[[], None]) -> int:
        """The case of a number in any spelling, made where there is none; ``on_new`` is told of a new one.

        Raises
        ------
        StoreError
            When it is no number, several cases of an earlier version have it, or its case was taken off the list.
        """
        tidy = tidy_number(number)
        if not tidy:
            raise StoreError("This is no case number; scan or type it again.")
        found = self.store.the_one(tidy)
        if found is not None:
            return found
        if self.store.was_put_away(tidy):
            raise StoreError(f"Case “{tidy}” was taken off the list; bring it back, or give its number to a new case.")
        try:
            case_id = self.new_case(CaseHeader(tidy, operator=operator))
        except NumberTakenError as taken:
            # Another workstation scanned the same specimen in this very moment: it is one case.
            return taken.case_id
        on_new()
        return case_id

    def load(self, case_id: int) -> Case:
        """Read a whole case without pixels."""
        return self.store.load(case_id)

    def load_to_leave(self, case_id: int) -> Case:
        """Read a case as reports and exports tell of it: an image that is not judged yet is named, with the reason."""
        case = self.store.load(case_id)
        waiting = (one for one in self.store.queue.of_case(case_id) if one.former_id is None)
        return replace(case, frames=(*case.frames, *(replace(as_stored(one), error=NOT_JUDGED) for one in waiting)))

    def load_with_waiting(self, case_id: int) -> tuple[CaseFrame, ...]:
        """All images of a case, in its order, and behind them those that wait to be judged for the first time."""
        waiting = (one for one in self.store.queue.of_case(case_id) if one.former_id is None)
        return (*self.store.load(case_id).frames, *(as_stored(one) for one in waiting))

    def add(self, case_id: int, source: ImageSource, analysis: ImageAnalysis) -> CaseFrame:
        """Save one analyzed image; an image that could not be read is kept as its sentence only."""
        image = source.image_bytes() if analysis.frame is not None else None
        if analysis.frame is not None:
            self.keep(analysis.frame)
        return self.store.frames.add(case_id, analysis, image)

    def frame(self, case_frame: CaseFrame) -> Frame:
        """Decoded pixels of an image of a case.

        Raises
        ------
        StoreError
            When the stored image is missing or damaged.
        ImageError
            When the image never could be read.
        """
        with self._lock:
            key = case_frame.sha256, case_frame.um_per_px, case_frame.estimated_um_per_px
            if key in self._frames:
                self._frames.move_to_end(key)
                return self._frames[key]
        data = self.store.read_image(case_frame.sha256)
        origin = case_frame.origin or FrameOrigin(OriginKind.FILE, Path(case_frame.source).name, case_frame.source)
        # The scale it was judged at, which need not stand in the file: the same cells must be cut out again.
        decoded = decode_frame(data, origin)
        frame = replace(decoded, um_per_px=case_frame.um_per_px, estimated_um_per_px=case_frame.estimated_um_per_px)
        self.keep(frame)
        return frame

    def cell_image(self, case_frame: CaseFrame, cell: CaseCell) -> CellImage:
        """The cell cut out again, as the models saw it."""
        return cut_out(self.frame(case_frame), cell.finding.cell)

    def ruler(self, case_id: int, waiting: Sequence[WaitingImage]) -> CaseRuler:
        """Knows the scale of uncalibrated images of a case, from those that it has and those that wait."""
        unread = [source_named(one.source) for one in waiting if not one.is_read and not one.is_place]
        read = [as_stored(one) for one in waiting if one.is_read and one.former_id is None]
        return CaseRuler(unread, lambda: (*self.load(case_id).frames, *read), self.frame, self._red_cells)

    def keep(self, frame: Frame) -> None:
        """Hold decoded pixels at hand: they will be looked at soon."""
        with self._lock:
            key = frame.sha256, frame.um_per_px, frame.estimated_um_per_px
            self._frames[key] = frame
            self._frames.move_to_end(key)
            while len(self._frames) > FRAMES_KEPT:
                self._frames.popitem(last=False)

    def forget(self, sha256: Collection[str]) -> None:
        """Forget decoded pixels of images."""
        with self._lock:
            for key in [key for key in self._frames if key[0] in sha256]:
                del self._frames[key]

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def as_stored(image: WaitingImage) -> CaseFrame:
    """A waiting image as an image of its case, of which nothing is known yet but where its bytes are."""
    scale = image.scale.um_per_px if image.scale.is_given else None
    view = View.FIELD if image.view is View.AUTO else image.view
    return CaseFrame(0, image.source, image.sha256, 0, 0, scale, view, None, None, (), image.origin)
