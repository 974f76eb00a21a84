"""Taking pictures by itself: when the stage has come to rest on a new place and the focus is good, or by the clock."""

from __future__ import annotations

import math
from dataclasses import dataclass

REST_S = 0.6
"""The stage has come to rest when it has not moved for so long."""
STILL_PX = 2.0
"""Smaller shifts from picture to picture are noise."""
SHARP = 0.85
"""Part of the best sharpness of late from which a picture is in focus."""
FADE = 0.997
"""The best sharpness fades so much from picture to picture: places differ, and the first need not be the sharpest."""
NEW_PART = 0.25
"""Part of the picture's width that the stage must have moved since the last take, or the same cells come twice."""


class AutoTake:
    """Says when to take; told of each picture."""

    def __init__(self) -> None:
        self._still_since: float | None = None
        self._best = 0.0
        self._from_last = (math.inf, math.inf)

    def look(self, at: float, shift: tuple[float, float] | None, sharpness: float, width: int) -> bool:
        """Look at the next picture.

        Parameters
        ----------
        at
            Seconds of a monotonic clock.
        shift
            Since the picture before, in pixels; ``None`` when that showed another place.
        sharpness
            Any figure that is highest in focus.
        width
            Of the picture, in pixels.

        Returns
        -------
        bool
            Whether this picture should be taken; the stage must then move on before there is another.
        """
        self._best = max(sharpness, self._best * FADE)
        if shift is None or math.hypot(*shift) > STILL_PX:
            self._still_since = None
        elif self._still_since is None:
            self._still_since = at
        dx, dy = shift or (math.inf, math.inf)
        self._from_last = self._from_last[0] + dx, self._from_last[1] + dy
        rested = self._still_since is not None and at - self._still_since >= REST_S
        if not rested or sharpness < SHARP * self._best or math.hypot(*self._from_last) < NEW_PART * width:
            return False
        self._from_last = 0.0, 0.0
        return True


@dataclass(frozen=True)
class TimeLapse:
    """One picture every so often.

    Parameters
    ----------
    every_s
        Seconds from one picture to the next, at least 1.
    pictures
        How many in all, at least 1.
    start
        When the first was due, in seconds of a monotonic clock.
    """

    every_s: float
    pictures: int
    start: float

    def due(self, at: float, taken: int) -> bool:
        """Whether the next picture is due after ``taken`` pictures. Missed ones are not made up for."""
        return taken < self.pictures and at >= self.start + taken * self.every_s

    def seconds_left(self, at: float, taken: int) -> float:
        """Until the next picture; 0 when it is due or all are taken."""
        return max(0.0, self.start + taken * self.every_s - at) if taken < self.pictures else 0.0
