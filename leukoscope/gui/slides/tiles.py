"""Pieces of a slide for the screen: read in worker threads, a bounded number kept, the newest wishes first."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QImage

from leukoscope.domain.cells import Box
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.pixels import to_image

if TYPE_CHECKING:
    from leukoscope.sources.slide import Slide

SIDE = 512
"""Of a piece, in its own pixels."""
CACHE_BYTES = 160 << 20
"""Pieces that are kept: 200 of them, some screens full."""
AT_ONCE = 2


@dataclass(frozen=True)
class TileKey:
    """A piece: ``halvings`` of the slide's largest level, and its place among those."""

    halvings: int
    column: int
    row: int

    @property
    def rect(self) -> QRectF:
        """Where it lies, in pixels of the largest level; at the slide's edge it may reach beyond."""
        side = SIDE * 2.0**self.halvings
        return QRectF(self.column * side, self.row * side, side, side)

    @property
    def above(self) -> TileKey:
        """The piece that shows the same and more, at half the detail."""
        return TileKey(self.halvings + 1, self.column // 2, self.row // 2)


class Tiles(QObject):
    """The pieces of one slide.

    Signals
    -------
    arrived()
        One more is there.
    failed(str)
        One could not be read: a sentence. Nothing more is read until :meth:`want` is called again.
    """

    arrived = Signal()
    failed = Signal(str)

    def __init__(self, bridge: Bridge, slide: Slide, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._slide = bridge, slide
        self._images: OrderedDict[TileKey, QImage] = OrderedDict()
        self._bytes = 0
        self._wanted: list[TileKey] = []
        self._under_way: set[TileKey] = set()
        info = slide.info
        self.most_halvings = max(math.ceil(math.log2(max(info.width, info.height) / SIDE)), 0)

    @property
    def bytes_kept(self) -> int:
        """Memory of the pieces that are kept."""
        return self._bytes

    def image(self, key: TileKey) -> QImage | None:
        """A piece, if it is there."""
        found = self._images.get(key)
        if found is not None:
            self._images.move_to_end(key)
        return found

    def want(self, keys: Sequence[TileKey]) -> None:
        """Read these, in this order; what was wanted before and has not begun is wanted no longer."""
        self._wanted = [key for key in keys if key not in self._images]
        self._pump()

    def stop(self) -> None:
        """Read nothing any more."""
        self._wanted = []

    def _pump(self) -> None:
        while len(self._under_way) < AT_ONCE and self._wanted:
            key = self._wanted.pop(0)
            if key in self._under_way or key in self._images:
                continue
            self._under_way.add(key)
            self._bridge.read_in_pool(
                self._work(key), partial(self._arrived, key), owner=self, failed=partial(self._failed, key)
            )

    def _work(self, key: TileKey) -> Callable[[object], QImage]:
        slide, rect = self._slide, key.rect
        info = slide.info
        region = Box(
            int(rect.x()), int(rect.y()), int(min(rect.width(), info.width - rect.x())),
            int(min(rect.height(), info.height - rect.y())),
        )  # fmt: skip
        return lambda _bench: to_image(slide.read_region(region, 2.0**key.halvings))

    def _arrived(self, key: TileKey, image: QImage) -> None:
        self._under_way.discard(key)
        self._images[key] = image
        self._bytes += image.sizeInBytes()
        while self._bytes > CACHE_BYTES and len(self._images) > 1:
            _, dropped = self._images.popitem(last=False)
            self._bytes -= dropped.sizeInBytes()
        self._pump()
        self.arrived.emit()

    def _failed(self, key: TileKey, sentence: str) -> None:
        self._under_way.discard(key)
        self._wanted = []
        self.failed.emit(sentence)
