"""The demo case: something to look at before any microscope is there. All of it is drawn by the program."""

from __future__ import annotations

from leukoscope.domain.cases import CaseHeader
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_cells, demo_field
from leukoscope.workflow.images import MemorySource, png_source

DEMO_NUMBER = "DEMO"


def demo_header() -> CaseHeader:
    """Header of the demo case."""
    return CaseHeader(
        number=DEMO_NUMBER,
        patient="Demo, not a person",
        specimen="Drawn smear",
        stain="May-Grünwald-Giemsa (drawn)",
        notes="All pictures of this case were drawn by LeukoScope itself: a field of ordinary blood, a field with "
        "blasts, and single cells. Try the keys; nothing can break.",
    )


def demo_sources() -> tuple[MemorySource, ...]:
    """Drawn: a field of ordinary blood, one with blasts, and a few single cells."""
    frames = (demo_field(seed=4, kinds=HEALTHY_BLOOD), demo_field(), *demo_cells(4))
    return tuple(png_source(frame.pixels, frame.origin, frame.um_per_px) for frame in frames)
