"""Who stands for the report, and why it was changed after that."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from leukoscope.domain.report_status import ReportStatus
from leukoscope.reports.content import ReportContent
from leukoscope.reports.layout import SMALL, Block, PageLayout, moment_text, space
from leukoscope.reports.painter import QUIET

_NAME, _MEANING = 0.36, 0.34
"""Parts of the width; the moment has the rest."""


def signature_blocks(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """Signatures and amendments in the order they were made; nothing while there are none."""
    words = layout.words
    if content.signatures:
        yield layout.heading(words("Signatures"))
        # Each amendment takes the force from the signature before it.
        earlier = (
            len(content.amendments) if content.report_status is not ReportStatus.REOPENED else len(content.signatures)
        )
        for place, signature in enumerate(content.signatures):
            meaning = signature.meaning
            if place < earlier:
                meaning = words("{meaning} (earlier report)", meaning=meaning)
            yield _row(layout, signature.name, meaning, moment_text(signature.at))
        yield space(14)
    if content.amendments:
        yield layout.heading(words("Amendments"))
        for amendment in content.amendments:
            yield _row(layout, amendment.by, words("Opened again"), moment_text(amendment.at))
            yield from layout.paragraph(words("Reason: {reason}", reason=amendment.reason), 8, QUIET)
            yield space(4)
        yield space(14)


def _row(layout: PageLayout, name: str, meaning: str, moment: str) -> Block:
    names = layout.lines(name or "–", layout.width * _NAME - 8, 9, "Medium")
    meanings = layout.lines(meaning, layout.width * _MEANING - 8, 9)
    height = 12.0 * max(len(names), len(meanings)) + 5
    return Block(height, partial(_draw_row, layout, names, meanings, moment))


def _draw_row(layout: PageLayout, names: list[str], meanings: list[str], moment: str, y: float) -> None:
    painter = layout.painter
    painter.line(layout.left, y, layout.right, y)
    for index, line in enumerate(names):
        painter.text(layout.left, y + 12 + 12 * index, line, 9, "Medium")
    for index, line in enumerate(meanings):
        painter.text(layout.left + layout.width * _NAME, y + 12 + 12 * index, line, 9)
    painter.text(layout.right, y + 12, moment, SMALL, color=QUIET, align="right")
