"""Image files that the tests of opening files are made of."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.sources.files import read_frame

ORIGIN = FrameOrigin(OriginKind.CLIPBOARD, "clip")


def picture(width: int = 48, height: int = 32) -> np.ndarray:
    """Colors that differ in every corner and channel."""
    y, x = np.mgrid[0:height, 0:width]
    return np.dstack([x * 5 % 256, y * 7 % 256, (x + y) * 3 % 256]).astype(np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def refused(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        read_frame(path)
    message = caught.value.message
    assert path.name in message, "the sentence names the file"
    assert message.endswith(".") and message.count(". ") == 0, "one sentence"
    return message
