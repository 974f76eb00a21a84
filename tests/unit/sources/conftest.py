"""Slides that are closed after the test that opened them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leukoscope.sources.slide import Slide, open_slide


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Slide]]:
    """Opens slides; each must be one."""
    slides: list[Slide] = []

    def open_it(path: Path) -> Slide:
        slide = open_slide(path)
        assert slide is not None
        slides.append(slide)
        return slide

    yield open_it
    for slide in slides:
        slide.close()
