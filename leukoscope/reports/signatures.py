"""Who stands for the report, and why it was changed after that."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from leukoscope.domain.report_status import ReportStatus
from leukoscope.reports.content import ReportContent
from leukoscope.reports.layout import SMALL, Block, Sheet, moment_text, space
from leukoscope.reports.paper import QUIET

_NAME, _MEANING = 0.36, 0.34
"""Parts of the width; the moment has the rest."""


def signature_blocks(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    """Signatures and amendments in the order they were made; nothing while there are none."""
    words = sheet.words
    if content.signatures:
        yield sheet.heading(words("Signatures"))
        # Each amendment takes the force from the signature before it.
        earlier = (
            len(content.amendments) if content.report_status is not ReportStatus.REOPENED else len(content.signatures)
        )
        for place, signature in enumerate(content.signatures):
            meaning = signature.meaning
            if place < earlier:
                meaning = words("{meaning} (earlier report)", meaning=meaning)
            yield _row(sheet, signature.name, meaning, moment_text(signature.at))
        yield space(14)
    if content.amendments:
        yield sheet.heading(words("Amendments"))
        for amendment in content.amendments:
            yield _row(sheet, amendment.by, words("Opened again"), moment_text(amendment.at))
            yield from sheet.paragraph(words("Reason: {reason}", reason=amendment.reason), 8, QUIET)
            yield space(4)
        yield space(14)


def _row(sheet: Sheet, name: str, meaning: str, moment: str) -> Block:
    names = sheet.lines(name or "–", sheet.width * _NAME - 8, 9, "Medium")
    meanings = sheet.lines(meaning, sheet.width * _MEANING - 8, 9)
    height = 12.0 * max(len(names), len(meanings)) + 5
    return Block(height, partial(_draw_row, sheet, names, meanings, moment))


def _draw_row(sheet: Sheet, names: list[str], meanings: list[str], moment: str, y: float) -> None:
    paper = sheet.paper
    paper.line(sheet.left, y, sheet.right, y)
    for index, line in enumerate(names):
        paper.text(sheet.left, y + 12 + 12 * index, line, 9, "Medium")
    for index, line in enumerate(meanings):
        paper.text(sheet.left + sheet.width * _NAME, y + 12 + 12 * index, line, 9)
    paper.text(sheet.right, y + 12, moment, SMALL, color=QUIET, align="right")
