"""The last pages: the models, how to read the report, what the program is for, and the proof of the content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leukoscope.domain.findings import Label
from leukoscope.domain.map_kinds import MapKind
from leukoscope.reports.content import ReportContent
from leukoscope.reports.content_code import content_code_blocks
from leukoscope.reports.layout import BODY, LEADING, Block, PageLayout, moment_text, space
from leukoscope.reports.models import model_blocks
from leukoscope.reports.painter import QUIET

_WORD_WIDTH = 88.0
_NOTE_LINES = 4
_SHARED = 6
"""Without a proof so many of the blocks before share the page of the last words: two or three lines."""


def about_blocks(layout: PageLayout, content: ReportContent) -> list[Block]:
    """Everything that comes after the cells."""
    words = layout.words
    verdicts = (
        (Label.LEUKEMIC, words("The combined probability of leukemic lies above the unsure band.")),
        (Label.HEALTHY, words("The combined probability of leukemic lies below the unsure band.")),
        (
            Label.UNSURE,
            words("The program does not guess: a person looks at the cell. The reason stands beside it."),
        ),
    )
    reading = (
        words(
            "Each model gives a calibrated probability that the cell is leukemic, 0 to 1. The bar shows it as the "
            "shape of the model’s own verdict; the amber stretch is the unsure band."
        ),
        words(
            "A map shows evidence for the side the model leans to, on a scale that is the same for every cell: from "
            "nothing to a top that was fixed for each map when the model was made. Little color means little "
            "evidence."
        )
        + "".join(f" {words(kind.note)}" for kind in MapKind if kind.note),
        words("Cells are shown as the models saw them: cut out, on black, at the scale of the training images."),
    )
    written = words(
        "Written {moment} by {software}.", moment=moment_text(content.created_at), software=content.software
    )
    return [
        *model_blocks(layout, content),
        space(10),
        layout.heading(words("How to read this report")),
        *(block for label, text in verdicts for block in _verdict(layout, label, text)),
        space(6),
        *_paragraphs(layout, reading),
        space(18),
        *_last_sections(layout, content, written),
    ]


def _last_sections(layout: PageLayout, content: ReportContent, written: str) -> list[Block]:
    """What the program is for, the proof, and the last words; what stands before these shares their page."""
    use = [
        layout.heading(layout.words("What this is and is not for")),
        *_paragraphs(layout, tuple(layout.words(text) for text in content.intended_use)),
        space(18),
    ]
    proof = list(content_code_blocks(layout, content))
    before, last = (use, proof) if proof else (use[:-_SHARED], use[-_SHARED:])
    return [*before, *(replace(block, keep_with_next=True) for block in last), *_last_words(layout, written)]


def _verdict(layout: PageLayout, label: Label, text: str) -> Iterator[Block]:
    lines = layout.lines(text, layout.width - _WORD_WIDTH, BODY)

    def draw(y: float) -> None:
        layout.verdict(layout.left, y + 10, label, BODY)
        for index, line in enumerate(lines):
            layout.painter.text(layout.left + _WORD_WIDTH, y + 10 + LEADING * index, line, BODY)

    yield Block(3 + LEADING * len(lines), draw)


def _paragraphs(layout: PageLayout, texts: tuple[str, ...]) -> Iterator[Block]:
    for text in texts:
        yield from layout.paragraph(text)
        yield space(6)


def _last_words(layout: PageLayout, written: str) -> list[Block]:
    """When it was written, and the room of the note: on one page, which the room alone would leave blank."""
    lines = layout.paragraph(written, BODY, QUIET)
    return [*(replace(line, keep_with_next=True) for line in lines), _missing_note(layout)]


def _missing_note(layout: PageLayout) -> Block:
    """Which characters could not be printed. Known only when all else is drawn, so its room is kept free."""

    def draw(y: float) -> None:
        missing = sorted(layout.painter.typesetter.missing)
        if not missing:
            return
        codes = ", ".join(f"U+{ord(char):04X}" for char in missing)
        text = layout.words(
            "No font on this computer has these characters; they are printed as empty boxes: {codes}.", codes=codes
        )
        lines, size = layout.few_lines(text, layout.width, _NOTE_LINES, BODY)
        for index, line in enumerate(lines):
            layout.painter.text(layout.left, y + 15 + LEADING * index, line, size)

    return Block(6 + LEADING * _NOTE_LINES, draw)
