"""Frames that the imaging tests share."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.sources.demo import demo_field


def frame_of(pixels: np.ndarray, um_per_px: float | None = None) -> Frame:
    """A Frame of some pixels."""
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    return Frame(np.ascontiguousarray(pixels), FrameOrigin(OriginKind.FILE, "test"), digest, um_per_px)


@pytest.fixture(scope="session")
def demo() -> Frame:
    """The demo field, calibrated."""
    return demo_field()
