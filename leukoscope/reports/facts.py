"""Whose specimen it is: short facts in a grid; what is too long for it stands below, over the whole width."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.domain.patients import FEMALE, MALE, OTHER, UNKNOWN, age_at
from leukoscope.reports.content import ReportContent
from leukoscope.reports.labelled import labelled
from leukoscope.reports.layout import SMALL, Block, PageLayout, space
from leukoscope.reports.painter import QUIET
from leukoscope.reports.words import Words

_COLUMNS = 4
_LINES = 3
_SIZE = 10.0


def fact_blocks(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """The grid, then what had no room in it, then the notes."""
    header, totals, words = content.header, content.totals, layout.words
    counts = words(
        "{images} and {cells}",
        images=words.counted(len(content.frames), "{n} image", "{n} images"),
        cells=words.counted(totals.n, "{n} cell", "{n} cells"),
    )
    facts = [
        (words("Patient"), header.patient, 2),
        (words("Patient number"), header.patient_id, 1),
        (words("Date of birth and sex"), _born(content), 1),
        (words("Specimen"), header.specimen, 1),
        (words("Stain"), header.stain, 1),
        (words("Operator"), header.operator, 1),
        (words("Counted"), counts, 1),
    ]
    column = layout.width / _COLUMNS
    long: list[tuple[str, str]] = []
    row: list[tuple[float, str, list[str]]] = []
    place = 0
    for label, value, span in facts:
        lines = layout.lines(value or "–", column * span - 16, _SIZE)
        if len(lines) > _LINES:
            long.append((label, value))
            lines = [words("see below")]
        row.append((layout.left + column * place, label, lines))
        place += span
        if place == _COLUMNS:
            yield _fact_row(layout, row, column)
            row, place = [], 0
    if header.notes:
        long.append((words("Notes"), header.notes))
    for label, value in long:
        yield from labelled(layout, label, value)
    yield space(10)


def _born(content: ReportContent) -> str:
    """“1960-12-24, 65 years, female”; what is not known is left out."""
    header, words = content.header, content.words
    age = age_at(header.birth_date, (content.begun_at or content.created_at).date())
    years = "" if age is None else words.counted(age, "{n} year", "{n} years")
    return ", ".join(part for part in (header.birth_date, years, sex_word(header.sex, words)) if part)


def sex_word(sex: str, words: Words) -> str:
    """The sex of a patient, as it stands within a line; empty where nobody has written it."""
    return {FEMALE: words("female"), MALE: words("male"), OTHER: words("other"), UNKNOWN: words("sex unknown")}.get(
        sex, ""
    )


def _fact_row(layout: PageLayout, row: list[tuple[float, str, list[str]]], column: float) -> Block:
    def draw(y: float) -> None:
        layout.painter.line(layout.left, y, layout.right, y)
        for x, label, lines in row:
            layout.fitted(x, y + 12, label, column - 8, SMALL, color=QUIET)
            for index, line in enumerate(lines):
                layout.painter.text(x, y + 25 + 12.5 * index, line, _SIZE)

    return Block(19 + 12.5 * max(len(lines) for _, _, lines in row), draw)
