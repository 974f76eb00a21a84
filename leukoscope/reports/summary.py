"""The first pages: who and what, the result, why cells are unsure, image quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

from leukoscope.domain.findings import Label, UnsureReason
from leukoscope.domain.quality import QualityVerdict
from leukoscope.reports.content import ReportContent
from leukoscope.reports.differential import differential_blocks
from leukoscope.reports.layout import (
    BODY,
    LEADING,
    SMALL,
    Block,
    Sheet,
    moment_text,
    percent_text,
    space,
)
from leukoscope.reports.masthead import masthead
from leukoscope.reports.naming import told_text
from leukoscope.reports.paper import HAIR, INK, QUIET, VERDICT_COLORS
from leukoscope.reports.signatures import signature_blocks

_ORDER = (Label.LEUKEMIC, Label.HEALTHY, Label.UNSURE)
_GRID_COLUMNS = 4
_GRID_LINES = 3
REMOVALS_LISTED = 20
"""So many cells that people took out stand in the report one by one."""


def summary_blocks(sheet: Sheet, content: ReportContent) -> list[Block]:
    """Everything that comes before the fields and the cells."""
    return [
        *masthead(sheet, content),
        *_facts(sheet, content),
        *_result(sheet, content),
        *differential_blocks(sheet, content),
        *signature_blocks(sheet, content),
        *_reasons_and_quality(sheet, content),
        *_failed(sheet, content),
    ]


def _facts(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    """Short facts in a grid; what is too long for it stands below, over the whole width."""
    header, totals, words = content.header, content.totals, sheet.words
    decided = words("{n} of {total} cells", n=words.number(totals.decided), total=words.number(totals.n))
    # With the patient's number there is one line more, else a name of any length has the room.
    known = [(words("Patient number"), header.patient_id, 2)] if header.patient_id else []
    wide = 1 + len(known)
    facts = [
        (words("Patient"), header.patient, 2),
        *known,
        (words("Specimen"), header.specimen, wide),
        (words("Stain"), header.stain, 1),
        (words("Operator"), header.operator, 1),
        (words("Images"), words.number(len(content.frames)), 1),
        (words("Cells"), words.number(content.cell_count), 1),
        (words("Decided by a person"), decided, wide),
    ]
    column = sheet.width / _GRID_COLUMNS
    long: list[tuple[str, str]] = []
    row: list[tuple[float, str, list[str]]] = []
    place = 0
    for label, value, span in facts:
        lines = sheet.lines(value or "–", column * span - 16, 10)
        if len(lines) > _GRID_LINES:
            long.append((label, value))
            lines = [words("see below")]
        row.append((sheet.left + column * place, sheet.short(label, column * span - 8, SMALL), lines))
        place += span
        if place == _GRID_COLUMNS:
            yield _fact_row(sheet, row)
            row, place = [], 0
    if header.notes:
        long.append((words("Notes"), header.notes))
    for label, value in long:
        yield Block(17, partial(_label_at, sheet, label), keep_with_next=True)
        yield from sheet.paragraph(value, 10)
        yield space(6)
    yield space(14)


def _label_at(sheet: Sheet, label: str, y: float) -> None:
    sheet.paper.line(sheet.left, y, sheet.right, y)
    sheet.paper.text(sheet.left, y + 13, label, SMALL, color=QUIET)


def _fact_row(sheet: Sheet, row: list[tuple[float, str, list[str]]]) -> Block:
    def draw(y: float) -> None:
        sheet.paper.line(sheet.left, y, sheet.right, y)
        for x, label, lines in row:
            sheet.paper.text(x, y + 13, label, SMALL, color=QUIET)
            for index, line in enumerate(lines):
                sheet.paper.text(x, y + 27 + 13 * index, line, 10)

    return Block(24 + 13 * max(len(lines) for _, _, lines in row), draw)


# Result --------------------------------------------------------------------------------------------------------


def _result(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    totals, words = content.totals, sheet.words
    yield sheet.heading(words("Result"))
    if not totals.n:
        yield from sheet.paragraph(words("No cell was judged in this case."))
        yield space(20)
        return
    yield Block(56, partial(_draw_counts, sheet, content), keep_with_next=True)
    yield Block(18, partial(_draw_bar, sheet, content), keep_with_next=True)
    if totals.decided:
        yield from _side_by_side(sheet, content)
    decided = (
        words(
            "A person has decided {n} of {total} cells; their label counts.",
            n=words.number(totals.decided),
            total=words.number(totals.n),
        )
        if totals.decided
        else words("No person has decided on any cell yet: these are the program’s labels.")
    )
    disagreeing = words.counted(
        totals.disagreeing,
        "The models lean to different sides on {n} cell.",
        "The models lean to different sides on {n} cells.",
    )
    cells = words.counted(totals.n, "n = {n} cell", "n = {n} cells")
    note = f"{cells}; {words('95 % Wilson intervals.')} {decided} {disagreeing}"
    yield from sheet.paragraph(note, SMALL, QUIET)
    yield from _by_hand(sheet, content)
    yield space(18)


def _by_hand(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    """What people added to what the program found, and took away from it."""
    words, gone = sheet.words, content.removals
    if not content.drawn and not gone:
        return
    drawn, removed = words.number(content.drawn), words.number(len(gone))
    yield space(4)
    yield from sheet.paragraph(
        words(
            "Cells drawn by a person: {drawn}. Cells taken out by a person: {removed}.", drawn=drawn, removed=removed
        ),
        SMALL,
        QUIET,
    )
    for one in gone[:REMOVALS_LISTED]:
        line = words(
            "Taken out by {name}, {moment}: {image}, {width} × {height} px at {x}, {y}; the program says {said}.",
            name=one.work.by or "–",
            moment=moment_text(one.work.at),
            image=one.frame_name,
            width=one.box.width,
            height=one.box.height,
            x=one.box.x,
            y=one.box.y,
            said=told_text(one.label, one.probability, words),
        )
        yield from sheet.paragraph(line, SMALL, QUIET)
    if len(gone) > REMOVALS_LISTED:
        rest = words.number(len(gone) - REMOVALS_LISTED)
        yield from sheet.paragraph(words("And {n} more; the table lists them all.", n=rest), SMALL, QUIET)


def _draw_counts(sheet: Sheet, content: ReportContent, y: float) -> None:
    paper, words, column = sheet.paper, sheet.words, sheet.width / 3
    for index, label in enumerate(_ORDER):
        x, share = sheet.left + column * index, content.totals.share(label)
        sheet.verdict(x, y + 14, label, 10)
        width = paper.text(x, y + 44, words.number(share.count), 28, "Medium")
        low, high = (f"{bound * 100:.0f}" for bound in share.interval)
        interval = words("95 % interval {low} to {high} %", low=low, high=high)
        paper.text(x + width + 8, y + 33, percent_text(share.value), BODY, "Medium")
        paper.text(x + width + 8, y + 44, sheet.short(interval, column - width - 14, SMALL), SMALL, color=QUIET)


def _draw_bar(sheet: Sheet, content: ReportContent, y: float) -> None:
    totals, x, gap = content.totals, sheet.left, 1.5
    shown = [label for label in _ORDER if totals.share(label).count]
    room = sheet.width - gap * (len(shown) - 1)
    for label in shown:
        width = room * totals.share(label).value
        sheet.paper.rect(x, y, width, 10, fill=VERDICT_COLORS[label])
        x += width + gap


def _side_by_side(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    """What the program said and what people made of it: rows are the program's labels, columns what counts."""
    paper, words, totals = sheet.paper, sheet.words, content.totals
    ends: list[Label | None] = [*_ORDER, *([None] if totals.named else [])]
    columns = [sheet.right - sheet.width * 0.16 * place for place in reversed(range(len(ends) + 1))]
    names = [sheet.verdict_word(label) if label else words("Other class") for label in ends]
    heads = [*names, words("Program")]

    def draw_head(y: float) -> None:
        paper.text(sheet.left, y + 10, words("The program said, and what counts now"), SMALL, color=QUIET)
        for x, text in zip(columns, heads, strict=True):
            paper.text(x, y + 10, sheet.short(text, 84, SMALL), SMALL, color=QUIET, align="right")

    def draw_row(y: float, said: Label) -> None:
        paper.line(sheet.left, y, sheet.right, y)
        sheet.verdict(sheet.left, y + 11, said, 8.5, "Regular")
        counts = [totals.changes.get((said, counts_now), 0) for counts_now in ends]
        for x, count, same in zip(columns, counts, (said is one for one in ends), strict=False):
            style = "Regular" if same or not count else "Medium"
            shown = words.number(count) if count else "–"
            paper.text(x, y + 11, shown, 8.5, style, align="right", color=QUIET if same or not count else INK)
        paper.text(columns[-1], y + 11, words.number(sum(counts)), 8.5, align="right")

    yield Block(14, draw_head, keep_with_next=True)
    for label in _ORDER:
        yield Block(15, partial(draw_row, said=label), keep_with_next=True)
    yield Block(6, lambda y: paper.line(sheet.left, y, sheet.right, y), keep_with_next=True)


# Reasons and quality -------------------------------------------------------------------------------------------


def _reasons_and_quality(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    column = (sheet.width - 24) / 2
    left = _count_lines(sheet, _reason_counts(sheet, content), column)
    right = _count_lines(sheet, _quality_counts(sheet, content), column)

    def draw(y: float) -> None:
        for x, title, lines in (
            (sheet.left, sheet.words("Why cells are unsure"), left),
            (sheet.left + column + 24, sheet.words("Image quality"), right),
        ):
            sheet.paper.text(x, y + 14, title, 12, "Medium")
            baseline = y + 34
            for count, text in lines:
                sheet.paper.text(x + 24, baseline, count, BODY, "Medium", align="right")
                sheet.paper.text(x + 32, baseline, text, BODY)
                baseline += LEADING

    yield Block(32 + LEADING * max(len(left), len(right)), draw)
    yield space(18)


def _count_lines(sheet: Sheet, counts: list[tuple[int, str]], width: float) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for count, text in counts:
        for index, line in enumerate(sheet.few_lines(text, width - 32, 3, BODY)):
            lines.append(("" if index else sheet.words.number(count), line))
    return lines


def _reason_counts(sheet: Sheet, content: ReportContent) -> list[tuple[int, str]]:
    counts = [(content.totals.reasons.get(reason, 0), sheet.words(reason.sentence)) for reason in UnsureReason]
    none = sheet.words("No cell is unsure by the program’s judgment.")
    return [pair for pair in counts if pair[0]] or [(0, none)]


def _quality_counts(sheet: Sheet, content: ReportContent) -> list[tuple[int, str]]:
    words = sheet.words
    readable = [frame.quality for frame in content.frames if frame.quality is not None]
    verdicts = Counter(quality.verdict for quality in readable)
    named = [
        (verdicts[QualityVerdict.OK], words("image good."), words("images good.")),
        (
            verdicts[QualityVerdict.WARN],
            words("image usable, with a warning."),
            words("images usable, with a warning."),
        ),
        (
            verdicts[QualityVerdict.REFUSE],
            words("image not good enough to be judged."),
            words("images not good enough to be judged."),
        ),
        (len(content.frames) - len(readable), words("image not readable."), words("images not readable.")),
    ]
    counts = [(count, one if count == 1 else many) for count, one, many in named if count]
    advice = Counter(sentence for quality in readable for sentence in quality.sentences)
    return [
        *(counts or [(0, words("images in this case."))]),
        *((count, words("with: {advice}", advice=words(text))) for text, count in advice.most_common(3)),
    ]


def _failed(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    failed = [frame for frame in content.frames if frame.error]
    if not failed:
        return
    yield sheet.heading(sheet.words.counted(len(failed), "{n} image not judged", "{n} images not judged"))
    for frame in failed:
        column = sheet.width * 0.4
        names = sheet.lines(frame.name, column - 16, 8)
        sentences = sheet.lines(sheet.words(frame.error or ""), sheet.width - column, 8)
        height = 11 * max(len(names), len(sentences)) + 7

        def draw(y: float, left: list[str] = names, right: list[str] = sentences, x: float = column) -> None:
            sheet.paper.line(sheet.left, y, sheet.right, y, HAIR)
            for index, line in enumerate(left):
                sheet.paper.text(sheet.left, y + 12 + 11 * index, line, 8, "Medium")
            for index, line in enumerate(right):
                sheet.paper.text(sheet.left + x, y + 12 + 11 * index, line, 8)

        yield Block(height, draw)
