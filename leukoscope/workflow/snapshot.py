"""An image that is no file becomes one: a PNG in memory, so that it can be kept and hashed like any other."""

from __future__ import annotations

import io

from PIL import Image

from leukoscope.domain.frames import FrameOrigin, Pixels
from leukoscope.workflow.analyze import MemorySource


def png_source(pixels: Pixels, origin: FrameOrigin, um_per_px: float | None = None) -> MemorySource:
    """Encode pixels (height, width, 3) uint8 RGB losslessly."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG", compress_level=3)
    return MemorySource(stream.getvalue(), origin, um_per_px)
