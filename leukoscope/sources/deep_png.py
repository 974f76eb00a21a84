"""PNG with 16 bits: Pillow would keep eight of them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leukoscope.sources.depth import depth_of, is_spread, scaled


def deep_png(data: bytes, image: Image.Image) -> NDArray[np.uint8]:
    """A PNG's samples in 8 bits: shape (height, width) or (height, width, 2, 3 or 4), alpha last.

    Parameters
    ----------
    data
        The file.
    image
        The same, opened and not decoded.

    Raises
    ------
    ValueError
        When its samples are not decoded as its head has them.
    """
    deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.dtype != np.uint16 or deep.shape[:2] != (image.height, image.width):
        raise ValueError("16-bit samples not decoded")
    colors = deep if deep.ndim == 2 else deep[:, :, 2::-1]
    declared = _declared_bits(data)
    spread = declared is not None and declared < 16 and is_spread(colors, declared)
    white = 2.0 ** (16 if spread else depth_of(colors, declared)) - 1
    level = scaled(np.ascontiguousarray(colors), 0.0, white)
    clear = image.info.get("transparency")
    if deep.ndim == 2 and isinstance(clear, int):
        return np.dstack([level, np.where(deep == clear, 0, 255).astype(np.uint8)])
    if deep.ndim == 2 or deep.shape[2] == 3:
        return level
    # Alpha uses all bits, unless nowhere more than the colors do.
    alpha = deep[:, :, 3]
    return np.dstack([level, scaled(alpha, 0.0, white if alpha.max(initial=0) <= white else 65535.0)])


def _declared_bits(data: bytes) -> int | None:
    """The most bits that the sBIT chunk of a PNG states for a color; ``None`` when there is none."""
    start = data.find(b"sBIT", 8, data.find(b"IDAT", 8))
    if start < 4:
        return None
    length = int.from_bytes(data[start - 4 : start], "big")
    colors = {1: 1, 2: 1, 3: 3, 4: 3}.get(length)
    return max(data[start + 4 : start + 4 + colors]) if colors else None
