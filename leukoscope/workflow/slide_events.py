"""What the workbench tells of slides."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.domain.cells import Box
from leukoscope.domain.progress import Progress


@dataclass(frozen=True)
class SlideStep:
    """How far a slide is searched (``monolayer``), or a region of it is taken (``region``)."""

    what: str
    progress: Progress
    cells: int = 0


@dataclass(frozen=True)
class SlideProposed:
    """Regions of a slide where cells lie apart, the best first, in pixels of its largest level."""

    path: str
    regions: tuple[Box, ...]


@dataclass(frozen=True)
class SlideTaken:
    """A region of a slide is in a case: how many fields with how many cells, and how many fields had none."""

    case_id: int
    fields: int
    cells: int
    empty: int
