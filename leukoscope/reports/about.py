"""The last page: how to read the report, and what the program is and is not for."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.domain.findings import Label
from leukoscope.reports.content import ReportContent
from leukoscope.reports.layout import BODY, LEADING, Block, Sheet, moment_text, space
from leukoscope.reports.paper import QUIET

_VERDICTS = (
    (Label.LEUKEMIC, "The combined probability of leukemic lies above the unsure band."),
    (Label.HEALTHY, "The combined probability of leukemic lies below the unsure band."),
    (Label.UNSURE, "The program does not guess: a person looks at the cell. The reason stands beside it."),
)
_READING = (
    "Each model gives a calibrated probability that the cell is leukemic, 0 to 1. The bar shows it as the shape of "
    "the model’s own verdict; the amber stretch is the unsure band.",
    "A map shows evidence for the side the model leans to, on a scale that is the same for every cell: from nothing "
    "to a top that was fixed for each map when the model was made. Little color means little evidence. A map named "
    "attention shows where a transformer looked, whatever it concluded.",
    "Cells are shown as the models saw them: cut out, on black, at the scale of the training images.",
)
_NOTE_LINES = 4


def about_blocks(sheet: Sheet, content: ReportContent) -> list[Block]:
    """Everything that comes after the cells."""
    return [
        sheet.heading("How to read this report"),
        *(_verdict(sheet, label, text) for label, text in _VERDICTS),
        space(6),
        *_paragraphs(sheet, _READING),
        space(18),
        sheet.heading("What this is and is not for"),
        *_paragraphs(sheet, content.intended_use),
        space(18),
        *sheet.paragraph(f"Written {moment_text(content.created_at)} by {content.software}.", BODY, QUIET),
        space(6),
        _missing_note(sheet),
    ]


def _verdict(sheet: Sheet, label: Label, text: str) -> Block:
    def draw(y: float) -> None:
        sheet.verdict(sheet.left, y + 10, label, BODY)
        sheet.paper.text(sheet.left + 80, y + 10, text, BODY)

    return Block(15, draw)


def _paragraphs(sheet: Sheet, texts: tuple[str, ...]) -> Iterator[Block]:
    for text in texts:
        yield from sheet.paragraph(text)
        yield space(6)


def _missing_note(sheet: Sheet) -> Block:
    """Which characters could not be printed. Known only when all else is drawn, so its room is kept free."""

    def draw(y: float) -> None:
        missing = sorted(sheet.paper.typesetter.missing)
        if not missing:
            return
        codes = ", ".join(f"U+{ord(char):04X}" for char in missing)
        text = f"No font on this computer has these characters; they are printed as empty boxes: {codes}."
        for index, line in enumerate(sheet.few_lines(text, sheet.width, _NOTE_LINES, BODY)):
            sheet.paper.text(sheet.left, y + 9 + LEADING * index, line, BODY)

    return Block(LEADING * _NOTE_LINES, draw)
