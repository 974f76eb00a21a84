"""How an image is shown where a person has changed brightness, contrast, gamma or white: the display only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRONGEST = 100
"""Of brightness and contrast, to both sides."""
Gains = tuple[float, float, float]


@dataclass(frozen=True)
class DisplayChange:
    """What is done to the pixels on their way to the screen; what is judged and kept never sees it.

    Parameters
    ----------
    brightness, contrast
        -100 to 100.
    gamma
        More than 1 lifts what is dark, > 0.
    white
        Factors for red, green and blue that make a chosen place neutral.
    """

    brightness: int = 0
    contrast: int = 0
    gamma: float = 1.0
    white: Gains = (1.0, 1.0, 1.0)

    @property
    def is_neutral(self) -> bool:
        """Whether images are shown as they are."""
        return self == DisplayChange()

    def table(self) -> NDArray[np.uint8]:
        """What each level becomes, shape (256, 3), for red, green and blue.

        White comes first, then gamma, then contrast around the middle, then brightness.
        """
        levels = np.arange(256)[:, None] / 255 * np.asarray(self.white)
        lifted = np.clip(levels, 0, 1) ** (1 / self.gamma)
        spread = (lifted - 0.5) * 4.0 ** (self.contrast / STRONGEST) + 0.5 + self.brightness / (2 * STRONGEST)
        return np.asarray(np.rint(np.clip(spread, 0, 1) * 255), np.uint8)
