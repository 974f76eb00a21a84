"""A map of the smear grows on the Capture page while a hand moves it; it belongs to the case that is open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from leukoscope.domain.frames import FrameOrigin, Pixels
from leukoscope.gui.capture.live_map_card import LiveMapCard
from leukoscope.gui.capture.page import CapturePage
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.session import Session

if TYPE_CHECKING:
    from leukoscope.workflow.live_map import LiveMap, MapState

MOST_PENDING = 15
"""So many pictures are remembered at most while a case is begun for them."""


class LiveMapController(Controller):
    """Offers live pictures to the map, and shows what became of them.

    Parameters
    ----------
    session, capture
        What it works on.
    """

    _came = Signal(object)

    def __init__(self, session: Session, capture: CapturePage) -> None:
        super().__init__(session)
        self.card = LiveMapCard()
        self.card.float_over(capture.view.stack)
        self._switch = capture.panel.map
        self._map: LiveMap | None = None
        self._case_id = 0
        self._known = frozenset[datetime | None]()
        self._is_filled = self._is_filling = False
        # Taken, and not seen in the case yet; those that another case begins with are taken onto its map once more.
        self._pending: list[tuple[Pixels, FrameOrigin]] = []
        self._again = frozenset[datetime | None]()
        capture.view.stack.currentChanged.connect(lambda _index: self.card.raise_())
        self._switch.toggled.connect(self._switched)
        self.card.closed.connect(lambda: self._switch.setChecked(False))
        self.card.forget_wanted.connect(lambda: self._map.forget_last() if self._map else None)
        self.card.anew_wanted.connect(self.begin_anew)
        capture.seen.connect(self._seen)
        capture.taken.connect(lambda pixels, origin, _scale, _by: self._taken(pixels, origin))
        self._came.connect(self._show, Qt.ConnectionType.QueuedConnection)
        for signal in (self._case.loaded, self._case.closed, self._case.frame_added):
            signal.connect(lambda *_more: self._case_changed())

    def begin_anew(self) -> None:
        """Begin an empty map; the case keeps its images."""
        if self._map is not None:
            self._map.begin_anew()

    def stop(self) -> None:
        """The window closes: look at nothing any more."""
        if self._map is not None:
            self._map.close()
            self._map = None

    def _switched(self, on: bool) -> None:
        # What is seen first needs OpenCV: the window is to be there at once.
        from leukoscope.workflow.live_map import LiveMap

        if on and self._map is None:
            self._map = LiveMap(self._came.emit)
        self.card.setVisible(on)
        self.card.raise_()

    def _seen(self, pixels: Pixels, at: float, exposure_ms: float | None) -> None:
        if self._map is None or not self._switch.isChecked() or self._is_filling:
            return
        if self._case_id and not self._is_filled:
            self._fill(self._map, pixels.shape[1], pixels.shape[0])
        else:
            self._map.offer(pixels, at, exposure_ms / 1000 if exposure_ms else None)

    def _fill(self, onto: LiveMap, width: int, height: int) -> None:
        """What the case has of this camera already is put on its map before anything new is seen."""
        case_id = self._case_id
        self._is_filled = self._is_filling = True

        def put(picture: Pixels, taken_at: datetime | None) -> None:
            """In a thread of the pool: by then another case may be shown."""
            if self._case_id == case_id:
                onto.take(picture, taken_at)

        def filled(_what: object) -> None:
            self._is_filling = False

        self._bridge.read_in_pool(
            lambda bench: bench.mosaics.taken_fields(case_id, width, height, put), filled,
            owner=self, failed=filled,
        )  # fmt: skip

    def _taken(self, pixels: Pixels, origin: FrameOrigin) -> None:
        if self._map is not None:
            self._pending = [*self._pending[-MOST_PENDING:], (pixels, origin)]
            self._map.take(pixels, origin.taken_at)

    def _show(self, state: MapState) -> None:
        if self._map is not None:
            self.card.show_state(state)

    def _case_changed(self) -> None:
        """Another case has another map; of the same one images may have been taken out or brought back."""
        case_id = self._case.id or 0
        if case_id != self._case_id:
            self._begin_case()
            self._case_id, self._known = case_id, frozenset()
        there = frozenset(one.origin.taken_at for one in self._case.frames if one.origin is not None)
        self._take_along(there)
        gone = self._known - there
        self._known |= there
        if self._map is not None and (gone or there):
            self._map.show_taken(there, gone)

    def _begin_case(self) -> None:
        """Another case is shown: another map, but what was seen before there was a case is of the one that begins."""
        waiting = frozenset(origin.taken_at for _, origin in self._pending)
        there = frozenset(one.origin.taken_at for one in self._case.frames if one.origin is not None)
        begins = self._map is not None and bool(waiting) and there <= waiting
        if self._case_id:
            self.begin_anew()
        self._again = waiting if self._case_id else frozenset()
        self._is_filled = begins

    def _take_along(self, there: Collection[datetime | None]) -> None:
        """What another case began with is on that case's map: it was taken while the former one was open."""
        came = [(pixels, origin) for pixels, origin in self._pending if origin.taken_at in there]
        self._pending = [one for one in self._pending if one[1].taken_at not in there]
        for pixels, origin in came:
            if self._map is not None and origin.taken_at in self._again:
                self._map.take(pixels, origin.taken_at)
