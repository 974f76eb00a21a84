"""A map of the smear that grows while a hand moves it under the live camera; nothing ever waits for it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from leukoscope.domain.frames import Pixels
from leukoscope.domain.progress import CancelToken
from leukoscope.imaging.coverage import gaps
from leukoscope.imaging.following import EXPOSURE_S, Followed, Follower, Place, Whereabouts

logger = logging.getLogger(__name__)

EVERY_S = 0.1
"""Pictures are looked at so far apart: what comes between is dropped, so that the models have a processor."""

Corner = tuple[float, float]


@dataclass(frozen=True, eq=False)
class MappedPlace:
    """One place of the map.

    Parameters
    ----------
    place
        Its small picture, and whether it was taken.
    piece
        Number of the piece that it belongs to, the largest first.
    corner
        Its upper left corner in pixels of the piece.
    """

    place: Place
    piece: int
    corner: Corner


@dataclass(frozen=True, eq=False)
class MapState:
    """The map after one picture.

    Parameters
    ----------
    size
        Width and height of a place in pixels of the map.
    places
        All of them, in their order.
    what
        What became of the newest picture; ``None`` before there is one.
    here
        Piece and corner of the newest picture; ``None`` while nobody knows.
    gaps
        Of each piece the parts that no picture shows: left, top, width and height.
    """

    size: tuple[int, int] = (0, 0)
    places: tuple[MappedPlace, ...] = ()
    what: Whereabouts | None = None
    here: tuple[int, Corner] | None = None
    gaps: tuple[tuple[tuple[float, float, float, float], ...], ...] = ()

    @property
    def taken(self) -> int:
        """How many places are images of the case."""
        return sum(one.place.is_taken for one in self.places)


@dataclass(frozen=True, eq=False)
class _Seen:
    pixels: Pixels
    at: float
    exposure_s: float


class LiveMap:
    """A thread that looks at the newest picture it was offered; older ones are dropped, taken ones never.

    Parameters
    ----------
    on_state
        Told in the thread of the map after each picture.
    every_s
        So far apart pictures are looked at, in seconds.
    """

    def __init__(self, on_state: Callable[[MapState], None], every_s: float = EVERY_S) -> None:
        self._on_state, self._every_s = on_state, every_s
        self._news = threading.Condition()
        self._newest: _Seen | None = None
        self._wishes: deque[Callable[[], Followed | None]] = deque()
        self._follower, self._taken = Follower(), dict[int, datetime | None]()
        self._drawn: MapState | None = None
        self._stop, self._ended = CancelToken(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-map", daemon=True)
        self._thread.start()

    # From any thread -------------------------------------------------------------------------------------------

    def offer(self, pixels: Pixels, at: float, exposure_s: float | None = None) -> None:
        """Look at this picture next; returns at once.

        Parameters
        ----------
        pixels
            Shape (height, width, 3), uint8, RGB.
        at
            When it came, in seconds of a monotonic clock.
        exposure_s
            How long it was exposed, in seconds; ``None`` where nobody knows.
        """
        with self._news:
            self._newest = _Seen(pixels, at, exposure_s or EXPOSURE_S)
            self._news.notify()

    def take(self, pixels: Pixels, taken_at: datetime | None) -> None:
        """Take a picture that goes into the case too: it becomes a place, known by its moment; returns at once."""

        def take() -> None:
            if taken_at is not None and taken_at in self._taken.values():
                return
            number = len(self._follower.places)
            if self._follower.take(pixels):
                self._taken[number] = taken_at

        self._wish(take)

    def show_taken(self, there: Collection[datetime | None], gone: Collection[datetime | None]) -> None:
        """Pictures that are in the case now, and those that were taken out of it: their places were only seen."""

        def show() -> None:
            for number, moment in self._taken.items():
                if moment in there or moment in gone:
                    self._follower.mark_taken(number, is_taken=moment in there)
            self._drawn = None

        self._wish(show)

    def forget_last(self) -> None:
        """Take the newest place off the map; images of the case stay in the case."""

        def forget() -> None:
            self._follower.forget_last()
            self._taken.pop(len(self._follower.places), None)

        self._wish(forget)

    def begin_anew(self) -> None:
        """Begin an empty map; images of the case stay in the case."""

        def begin() -> None:
            self._follower, self._taken = Follower(), {}

        self._wish(begin)

    def close(self) -> None:
        """Stop; returns at once, what is being looked at is dropped."""
        self._stop.cancel()
        with self._news:
            self._news.notify()

    def _wish(self, wish: Callable[[], Followed | None]) -> None:
        with self._news:
            self._wishes.append(wish)
            self._news.notify()

    # In the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (work := self._next()) is not None:
            before = len(self._follower.places), self._follower
            try:
                followed = work()
            except Exception:
                logger.exception("a live picture is not joined")
                continue
            changed = (len(self._follower.places), self._follower) != before
            if not self._stop.cancelled:
                self._on_state(self._state(followed, changed=changed))
                self._ended.wait(0 if self._wishes else self._every_s)

    def _next(self) -> Callable[[], Followed | None] | None:
        with self._news:
            self._news.wait_for(lambda: self._wishes or self._newest is not None or self._stop.cancelled)
            if self._stop.cancelled:
                return None
            if self._wishes:
                return self._wishes.popleft()
            seen, self._newest = self._newest, None
            assert seen is not None
            return lambda: self._follower.look(seen.pixels, seen.at, seen.exposure_s)

    def _state(self, followed: Followed | None, *, changed: bool) -> MapState:
        follower, former = self._follower, self._drawn
        groups = follower.mosaic.groups()
        piece_of = {number: piece for piece, group in enumerate(groups) for number in group}
        if changed or former is None:
            places = tuple(
                MappedPlace(place, piece_of[number], groups[piece_of[number]][number])
                for number, place in enumerate(follower.places)
            )
            open_ = tuple(gaps(group.values(), follower.size) for group in groups)
        else:
            places, open_ = former.places, former.gaps
        here = None
        if followed is not None and followed.near is not None and followed.corner is not None:
            here = piece_of[followed.near], followed.corner
        self._drawn = MapState(follower.size, places, followed.what if followed else None, here, open_)
        return self._drawn
