"""Which case is the demo case: nothing here draws or judges."""

from __future__ import annotations

from leukoscope.domain.cases import CaseHeader

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


def is_demo(header: CaseHeader) -> bool:
    """Whether a case is the demo case: images of a person never join it."""
    return header.number == DEMO_NUMBER
