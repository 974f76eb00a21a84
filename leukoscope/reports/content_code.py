"""The seal: a hash of what the report says, in words and as QR code, so that a copy can be held against the case."""

from __future__ import annotations

from collections.abc import Iterator

import segno

from leukoscope.reports.content import ReportContent
from leukoscope.reports.layout import BODY, SMALL, Block, PageLayout, space
from leukoscope.reports.painter import INK, QUIET, Painter

PREFIX = "LEUKOSCOPE:"
"""What the QR code begins with; the fingerprint follows in capitals. No patient's data."""


def code_text(fingerprint: str) -> str:
    """What the QR code says; capitals and digits make a small one."""
    return f"{PREFIX}{fingerprint.upper()}"


def draw_code(painter: Painter, fingerprint: str, x: float, y: float, side: float) -> None:
    """Draw the QR code with its upper left corner at (x, y), as lines of squares."""
    matrix = segno.make_qr(code_text(fingerprint), error="m").matrix
    step = side / len(matrix)
    for row, line in enumerate(matrix):
        column = 0
        while column < len(line):
            end = column
            while end < len(line) and line[end]:
                end += 1
            if end > column:
                # A hair taller than a square: no white lines between rows on the screen.
                painter.rect(x + column * step, y + row * step, (end - column) * step, step * 1.03, fill=INK)
            column = end + 1


def content_code_blocks(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """The hash in full, and what it is good for."""
    if not content.fingerprint:
        return
    yield layout.heading(layout.words("Proof of the content"))
    yield from layout.paragraph(
        layout.words(
            "This SHA-256 is made of everything the report says of the case: images, cells, opinions, labels, "
            "signatures and amendments. The QR code on the first page holds it. If the case says otherwise today, "
            "its SHA-256 is another one."
        )
    )
    yield space(4)
    yield layout.text_line(content.fingerprint, BODY, 16, INK, "Mono")
    hint = layout.words("To compare: leukoscope export NUMBER --fingerprint")
    yield layout.text_line(hint, SMALL, 12, QUIET)
    if content.trail:
        yield space(4)
        ended = layout.words("The audit trail ended with {trail} when this was printed.", trail=content.trail)
        yield from layout.paragraph(ended)
        check = layout.words("To compare: leukoscope audit verify --printed {trail}", trail=content.trail)
        yield layout.text_line(check, SMALL, 12, QUIET)
    yield space(18)
