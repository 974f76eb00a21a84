"""The codes on the label of a slide that is held under the camera: bars and two-dimensional ones."""

from __future__ import annotations

import numpy as np

from leukoscope.domain.frames import Pixels


def read_codes(pixels: Pixels) -> tuple[str, ...]:
    """What the codes in a picture say, the largest first, each once.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB; a code may lie in any direction.

    Returns
    -------
    tuple of str
        Empty where none can be read.
    """
    # Loaded when somebody reads a label: a start does not wait for it.
    import zxingcpp

    found = [one for one in zxingcpp.read_barcodes(np.ascontiguousarray(pixels)) if one.valid and one.text.strip()]

    def size(code: zxingcpp.Barcode) -> int:
        place = code.position
        across, down = place.bottom_right.x - place.top_left.x, place.bottom_right.y - place.top_left.y
        return int(across * across + down * down)

    found.sort(key=size, reverse=True)
    return tuple(dict.fromkeys(one.text.strip() for one in found))
