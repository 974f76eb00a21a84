"""Which case is the demo case: nothing here draws or judges."""

from __future__ import annotations

from leukoscope.domain.cases import CaseHeader
from leukoscope.reports.words import ENGLISH, Words

DEMO_NUMBER = "DEMO"


def demo_header(words: Words = ENGLISH) -> CaseHeader:
    """Header of the demo case, in the language of the window that it is made for."""
    return CaseHeader(
        number=DEMO_NUMBER,
        patient=words("Demo, not a person"),
        specimen=words("Drawn smear"),
        stain=words("May-Grünwald-Giemsa (drawn)"),
        notes=words(
            "All pictures of this case were drawn by LeukoScope itself: a field of ordinary blood, a field with "
            "blasts, and single cells. Try the keys; nothing can break."
        ),
    )


def is_demo(header: CaseHeader) -> bool:
    """Whether a case is the demo case: images of a person never join it."""
    return header.number == DEMO_NUMBER
