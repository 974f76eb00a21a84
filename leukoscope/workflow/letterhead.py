"""The lab's logo: a picture of any size that stands on white paper."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from leukoscope.domain.frames import Pixels

logger = logging.getLogger(__name__)

LONGEST_SIDE = 1000
"""In pixels: 42 mm at 600 dpi."""


def load_logo(path: str) -> Pixels | None:
    """Read a logo, on white where it is transparent; ``None`` where there is none that can be read.

    A report without its logo is better than no report: what is wrong stands in the log.
    """
    if not path:
        return None
    try:
        with Image.open(Path(path)) as file:
            file.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            picture = file.convert("RGBA")
    except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        logger.warning("logo unusable: %r", error)
        return None
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    return np.asarray(paper.convert("RGB"), dtype=np.uint8).copy()
