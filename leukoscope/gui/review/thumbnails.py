"""Small pictures of cells and images, made in worker threads when they come into sight, and kept for a while."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.frames import Pixels
from leukoscope.gui.pixels import to_image
from leukoscope.gui.pool_task import PoolTask

logger = logging.getLogger(__name__)

KEPT, WAITING, AT_ONCE = 1500, 256, 2


@dataclass(frozen=True, eq=False)
class ThumbnailPixels:
    """A small picture of a cell, or of a whole image.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB; of a cell as high as wide.
    frame_px
        How many pixels of the Frame it is wide; its scale bar needs it.
    """

    pixels: Pixels
    frame_px: float


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A Miniature as it is painted."""

    pixmap: QPixmap
    frame_px: float


ThumbnailSource = Callable[[CaseFrame, CaseCell], ThumbnailPixels]
Make = Callable[[], ThumbnailPixels]


class ThumbnailCache(QObject):
    """Pictures by id; ``ready`` tells when one that was missing is there, ``cleared`` that they are drawn anew.

    The newest wishes are served first and the oldest are forgotten, so that a quick scroll never waits for
    what has gone out of sight.
    """

    ready = Signal(int)
    cleared = Signal()
    _made = Signal(int, int, object, float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(AT_ONCE)
        self._kept: OrderedDict[int, Thumbnail | None] = OrderedDict()
        self._wishes: OrderedDict[int, Make] = OrderedDict()
        self._running: set[int] = set()
        self._generation = 0
        self._most = KEPT
        self._stopped = False
        self._made.connect(self._take)

    def keep_at_most(self, count: int) -> None:
        """Keep so many from now on."""
        self._most = max(count, 1)

    def clear(self) -> None:
        """Forget everything: another case is shown, or another size."""
        self._generation += 1
        self._kept.clear()
        self._wishes.clear()
        self._running.clear()

    def thumbnail(self, key: int, make: Make) -> Thumbnail | None:
        """The picture of this id, or ``None`` while ``make`` makes it in a worker thread, or when it cannot."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key not in self._running:
            self._wishes[key] = make
            self._wishes.move_to_end(key)
            while len(self._wishes) > WAITING:
                self._wishes.popitem(last=False)
            self._start()
        return None

    def stop(self) -> None:
        """End the workers; nothing is made any more."""
        self.clear()
        self._stopped = True
        self._pool.clear()
        self._pool.waitForDone()

    def _start(self) -> None:
        while not self._stopped and self._wishes and len(self._running) < AT_ONCE:
            key, make = self._wishes.popitem(last=True)
            self._running.add(key)
            self._pool.start(PoolTask(self._task(self._generation, key, make)))

    def _task(self, generation: int, key: int, make: Make) -> Callable[[], None]:
        def run() -> None:
            image: QImage | None = None
            frame_px = 0.0
            try:
                made = make()
                image, frame_px = to_image(made.pixels), made.frame_px
            except LeukoScopeError as error:
                logger.info("no thumbnail: %s", error.detail)
            except Exception:
                logger.exception("no thumbnail")
            self._made.emit(generation, key, image, frame_px)

        return run

    @Slot(int, int, object, float)
    def _take(self, generation: int, key: int, image: QImage | None, frame_px: float) -> None:
        if generation != self._generation:
            return
        self._running.discard(key)
        self._kept[key] = Thumbnail(QPixmap.fromImage(image), frame_px) if image is not None else None
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        self.ready.emit(key)
        self._start()


class Thumbnails(ThumbnailCache):
    """Pictures of cells, by their ids."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source: ThumbnailSource | None = None
        self.cut_out = False

    def set_source(self, source: ThumbnailSource) -> None:
        """Say where pictures come from; called in worker threads."""
        self._source = source

    def show_cut_out(self, cut_out: bool) -> None:
        """Make pictures as the models saw the cells, or as the cells lie in their images; the source looks at it."""
        if cut_out != self.cut_out:
            self.cut_out = cut_out
            self.clear()
            self.cleared.emit()

    def get(self, frame: CaseFrame, cell: CaseCell) -> Thumbnail | None:
        """The picture, or ``None`` while it is made or when it cannot be."""
        source = self._source
        return self.thumbnail(cell.id, lambda: source(frame, cell)) if source is not None else None
