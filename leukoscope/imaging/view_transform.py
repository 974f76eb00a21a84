"""How live images are shown, judged and taken: turned, mirrored, their white made white."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from leukoscope.domain.frames import Pixels
from leukoscope.imaging.background import estimate_background

STRONGEST_GAIN = 4.0
"""More would only show noise: the lamp or the camera's own white balance is far off then."""


@dataclass(frozen=True)
class ViewTransform:
    """What is done to each picture of a camera before it is shown, judged and taken.

    Parameters
    ----------
    turns
        Quarter turns clockwise, 0 to 3; after mirroring.
    mirrored
        Left and right change places.
    gains
        Factors for red, green and blue.
    """

    turns: int = 0
    mirrored: bool = False
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def plain(self) -> bool:
        """Whether pictures stay as they are."""
        return self == ViewTransform()

    def turned(self) -> ViewTransform:
        """A quarter turn more, as it is seen."""
        return replace(self, turns=(self.turns + 1) % 4)

    def flipped(self) -> ViewTransform:
        """Left and right changed, as it is seen: turns go the other way then."""
        return replace(self, mirrored=not self.mirrored, turns=-self.turns % 4)

    def apply(self, pixels: Pixels) -> Pixels:
        """Shape (height, width, 3), uint8, RGB; of its own memory unless the look is plain."""
        if self.plain:
            return pixels
        seen = pixels
        if self.gains != (1.0, 1.0, 1.0):
            levels = np.arange(256, dtype=np.float32)[:, None] * np.asarray(self.gains, np.float32)
            table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
            seen = np.asarray(cv2.LUT(seen, table[None]), np.uint8)
        if self.mirrored:
            seen = seen[:, ::-1]
        return np.ascontiguousarray(np.rot90(seen, -self.turns))


def neutral_gains(pixels: Pixels) -> tuple[float, float, float]:
    """Factors that make the empty glass of a picture gray, its brightest channel unchanged.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB; as the camera gave them, with some empty glass in sight.

    Returns
    -------
    tuple of float
        For red, green and blue, 1 to ``STRONGEST_GAIN``.
    """
    glass = np.median(estimate_background(pixels).reshape(-1, 3), axis=0)
    red, green, blue = np.clip(glass.max() / np.maximum(glass, 1.0), 1.0, STRONGEST_GAIN)
    return float(red), float(green), float(blue)
