"""Telling a live camera from one that is frozen, black or gone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from leukoscope.domain.frames import Pixels

PATIENCE_S = 1.5
"""No picture, or the same picture, for so long is a fault; it is said within two seconds."""
BLACK = 6.0
"""Mean sample below which a picture shows nothing: a closed shutter leaves read-out noise of 1 to 4."""


class Health(StrEnum):
    """What a camera is doing."""

    OPENING = "opening"
    LIVE = "live"
    FROZEN = "frozen"
    """It sends the same picture again and again."""
    STALLED = "stalled"
    """It is open and sends nothing."""
    BLACK = "black"
    LOST = "lost"
    """It could not be opened, or is gone; tried again."""
    CLOSED = "closed"


@dataclass(frozen=True)
class Glance:
    """What is left of a picture to compare the next one with.

    Parameters
    ----------
    brightness
        Mean sample of a coarse copy.
    digest
        Of the same copy: two pictures of a live sensor never share one, its noise sees to that.
    """

    brightness: float
    digest: int


def glance(pixels: Pixels) -> Glance:
    """Look at every 16th pixel."""
    coarse = np.ascontiguousarray(pixels[::16, ::16])
    return Glance(float(coarse.mean()), hash(coarse.tobytes()))


class Watchdog:
    """Follows one camera; all times in seconds of one clock."""

    def __init__(self, now: float) -> None:
        self._last_picture = self._last_change = now
        self._seen: Glance | None = None

    def saw(self, picture: Glance, now: float) -> None:
        """A picture came."""
        self._last_picture = now
        if self._seen is None or picture.digest != self._seen.digest:
            self._last_change = now
        self._seen = picture

    def health(self, now: float) -> Health:
        """How the camera is."""
        if now - self._last_picture > PATIENCE_S:
            return Health.STALLED
        if self._seen is None:
            return Health.OPENING
        if self._seen.brightness < BLACK:
            return Health.BLACK
        if now - self._last_change > PATIENCE_S:
            return Health.FROZEN
        return Health.LIVE
