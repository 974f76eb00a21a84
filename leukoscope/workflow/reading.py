"""Reading what was accepted: folders are walked, pages counted and bytes kept, one after the other in a thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from leukoscope.cases.queue import ImageQueue
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.errors import ImageError, LeukoScopeError, StoreError
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.stated import StatedHeader
from leukoscope.domain.waiting import Scale, WaitingImage
from leukoscope.sources.files import SUFFIXES, find_images, path_of, read_bytes, shown
from leukoscope.sources.pages import Pages, stated_header
from leukoscope.workflow.duplicate_images import left_out
from leukoscope.workflow.images import FileSource, ImageSource, PageSource, file_sources, source_named

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""So many paths are looked at in one transaction."""
RETRY_S = 15.0
"""So long after the disk or the database refused, it is tried again."""


class Reader:
    """Brings the bytes of accepted files into the store.

    Parameters
    ----------
    queue, owner
        The store's queue, and the token of this program.
    on_read
        Called with the Case when there is an image more to judge, or less to read.
    on_failed
        Called with an image that could not be read: it is in its Case, with the reason.
    on_trouble
        Called with the name of a place and a sentence when no image comes of it, something in it is left out, or
        nothing can be kept now.
    on_copy
        Called with an image and the name of the one of its Case whose bytes it has: it is kept aside.
    on_stated
        Called with a Case, the name of a file and what its header says of patient and specimen.
    join_stacks
        Asked for each path: whether depths of focus of one field are put together.
    """

    def __init__(
        self,
        queue: ImageQueue,
        owner: str,
        on_read: Callable[[int], None],
        on_failed: Callable[[WaitingImage, CaseFrame], None],
        on_trouble: Callable[[str, str], None],
        on_copy: Callable[[WaitingImage, str], None],
        on_stated: Callable[[int, str, StatedHeader], None],
        join_stacks: Callable[[], bool],
    ) -> None:
        self._queue, self._owner = queue, owner
        self._on_read, self._on_failed, self._on_trouble = on_read, on_failed, on_trouble
        self._on_copy, self._on_stated, self._join_stacks = on_copy, on_stated, join_stacks
        self._wake = threading.Condition()
        self._wanted = self._busy = self._closed = False
        self._deadline = 0.0
        self._said = ""
        self._worker = threading.Thread(target=self._run, name="queue-reader", daemon=True)
        self._worker.start()

    @property
    def idle(self) -> bool:
        """Whether there is nothing to read."""
        return not self._wanted and not self._busy

    def kick(self) -> None:
        """There may be something to read."""
        with self._wake:
            self._wanted = True
            self._wake.notify_all()

    def close(self, patience: float) -> None:
        """Read on for a while, then end; what is not read by then is read at the next start."""
        with self._wake:
            self._closed = True
            self._deadline = time.monotonic() + patience
            self._wake.notify_all()
        self._worker.join(timeout=patience)

    @property
    def _over(self) -> bool:
        return self._closed and time.monotonic() > self._deadline

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._wanted or self._closed)
                if not self._wanted:
                    return
                self._wanted, self._busy = False, True
            good = self._read_all()
            with self._wake:
                self._busy = False
                if self._closed:
                    return
                if not good:
                    self._wake.wait_for(lambda: self._closed or self._wanted, timeout=RETRY_S)
                    self._wanted = True
            self._on_read(0)

    def _read_all(self) -> bool:
        """Everything there is; false when the store refused."""
        try:
            while not self._over and (places := self._queue.next_places(self._owner, AT_ONCE)):
                self._look(places)
            while not self._over and (image := self._queue.next_unread(self._owner)) is not None:
                self._read(image)
        except StoreError as error:
            logger.error("accepted images not read: %s (%s)", error.message, error.detail)
            if self._said != error.message:
                self._said = error.message
                self._on_trouble("images", error.message)
            return False
        except Exception:
            logger.exception("accepted images not read")
            return False
        self._said = ""
        return True

    def _look(self, places: Sequence[WaitingImage]) -> None:
        """Paths become the images that are there; where there is none, that is said."""
        found = []
        for place in places:
            names = self._found_at(place)
            if names is not None:
                found.append((place, names))
        self._queue.look(found)
        for case_id in {place.case_id for place in places}:
            self._on_read(case_id)

    def _found_at(self, place: WaitingImage) -> list[str] | None:
        """Names of the images at a path; ``None`` where it was an image that has gone, which is said in its case."""
        listing, previews = find_images([path_of(place.source)]), dict[str, Pages]()
        for wrong, error in listing.errors:
            if wrong.suffix.casefold() in SUFFIXES:
                self._refuse(place, error)
                return None
            self._on_trouble(wrong.name, error.message)
        join = self._join_stacks()
        names = [source.name for source in file_sources(listing.paths, previews, join=join)]
        for what, sentence in left_out(listing, previews, join=join):
            self._on_trouble(what, sentence)
        for path in listing.paths:
            if stated := stated_header(path):
                self._on_stated(place.case_id, shown(path.name), stated)
        return names

    def _read(self, image: WaitingImage) -> None:
        try:
            data, origin, scale = bytes_of(source_named(image.source), image.scale)
        except LeukoScopeError as error:
            self._refuse(image, error)
            return
        except MemoryError as error:
            self._refuse(
                image, ImageError("There is not enough memory for this image; close other programs.", repr(error))
            )
            return
        twin = self._queue.keep(image, data, origin, scale)
        if twin is not None:
            self._on_copy(image, twin)
        self._on_read(image.case_id)

    def _refuse(self, image: WaitingImage, error: LeukoScopeError) -> None:
        """The image has gone before its bytes were kept: it stands in its Case, with the reason."""
        logger.info("image refused: %s", error.detail)
        if image.former_id is not None:
            if self._queue.judged.leave_as_it_was(image, self._owner):
                self._on_trouble(Path(image.source).name, error.message)
            return
        frame = self._queue.judged.complete(image, self._owner, ImageAnalysis(image.source, error=error.message))
        if frame is not None:
            self._on_failed(image, frame)


def bytes_of(source: ImageSource, scale: Scale) -> tuple[bytes, FrameOrigin, Scale]:
    """What is kept of a file, or of one page of it, and what its bytes alone would not say."""
    if isinstance(source, PageSource):
        page = source.as_png()
        known = scale.stated(page.um_per_px)
        return page.data, page.origin, replace(known, objective=page.origin.microscope.objective or known.objective)
    assert isinstance(source, FileSource)
    path = source.path
    return read_bytes(path), FrameOrigin(OriginKind.FILE, shown(path.name), path=shown(path.absolute())), scale
