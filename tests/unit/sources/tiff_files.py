"""Samples and TIFF files that the tests of TIFF are made of."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import tifffile

Samples = np.ndarray[Any, np.dtype[Any]]


def smear(kind: str = "uint8", height: int = 83, width: int = 117, channels: int = 3) -> Samples:
    """Colors that differ at every place and in every channel, up to full scale."""
    y, x = np.mgrid[0:height, 0:width]
    full = np.iinfo(kind).max
    waves = [np.sin(x / (5 + 2 * k)) * np.cos(y / (7 - k)) * 0.5 + 0.5 for k in range(channels)]
    samples = np.stack(waves, axis=2) * full
    samples[:8, :8] = full
    return np.asarray(samples.round().astype(kind))


def file_of(samples: Samples, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, **options)
    return stream.getvalue()
