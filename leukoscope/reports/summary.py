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
    PageLayout,
    moment_text,
    percent_text,
    space,
)
from leukoscope.reports.naming import told_text
from leukoscope.reports.painter import HAIR, INK, QUIET, VERDICT_COLORS
from leukoscope.reports.report_header import report_header
from leukoscope.reports.signatures import signature_blocks

_ORDER = (Label.LEUKEMIC, Label.HEALTHY, Label.UNSURE)
_GRID_COLUMNS = 4
_GRID_LINES = 3
REMOVALS_LISTED = 20
"""So many cells that people took out stand in the report one by one."""


def summary_blocks(layout: PageLayout, content: ReportContent) -> list[Block]:
    """Everything that comes before the fields and the cells."""
    return [
        *report_header(layout, content),
        *_facts(layout, content),
        *_result(layout, content),
        *differential_blocks(layout, content),
        *signature_blocks(layout, content),
        *_reasons_and_quality(layout, content),
        *_failed(layout, content),
    ]


def _facts(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """Short facts in a grid; what is too long for it stands below, over the whole width."""
    header, totals, words = content.header, content.totals, layout.words
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
    column = layout.width / _GRID_COLUMNS
    long: list[tuple[str, str]] = []
    row: list[tuple[float, str, list[str]]] = []
    place = 0
    for label, value, span in facts:
        lines = layout.lines(value or "–", column * span - 16, 10)
        if len(lines) > _GRID_LINES:
            long.append((label, value))
            lines = [words("see below")]
        row.append((layout.left + column * place, layout.short(label, column * span - 8, SMALL), lines))
        place += span
        if place == _GRID_COLUMNS:
            yield _fact_row(layout, row)
            row, place = [], 0
    if header.notes:
        long.append((words("Notes"), header.notes))
    for label, value in long:
        yield Block(17, partial(_label_at, layout, label), keep_with_next=True)
        yield from layout.paragraph(value, 10)
        yield space(6)
    yield space(14)


def _label_at(layout: PageLayout, label: str, y: float) -> None:
    layout.painter.line(layout.left, y, layout.right, y)
    layout.painter.text(layout.left, y + 13, label, SMALL, color=QUIET)


def _fact_row(layout: PageLayout, row: list[tuple[float, str, list[str]]]) -> Block:
    def draw(y: float) -> None:
        layout.painter.line(layout.left, y, layout.right, y)
        for x, label, lines in row:
            layout.painter.text(x, y + 13, label, SMALL, color=QUIET)
            for index, line in enumerate(lines):
                layout.painter.text(x, y + 27 + 13 * index, line, 10)

    return Block(24 + 13 * max(len(lines) for _, _, lines in row), draw)


# Result --------------------------------------------------------------------------------------------------------


def _result(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    totals, words = content.totals, layout.words
    yield layout.heading(words("Result"))
    if not totals.n:
        yield from layout.paragraph(words("No cell was judged in this case."))
        yield space(20)
        return
    yield Block(56, partial(_draw_counts, layout, content), keep_with_next=True)
    yield Block(18, partial(_draw_bar, layout, content), keep_with_next=True)
    if totals.decided:
        yield from _side_by_side(layout, content)
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
    yield from layout.paragraph(note, SMALL, QUIET)
    yield from _by_hand(layout, content)
    yield space(18)


def _by_hand(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """What people added to what the program found, and took away from it."""
    words, gone = layout.words, content.removals
    if not content.drawn and not gone:
        return
    drawn, removed = words.number(content.drawn), words.number(len(gone))
    yield space(4)
    yield from layout.paragraph(
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
        yield from layout.paragraph(line, SMALL, QUIET)
    if len(gone) > REMOVALS_LISTED:
        rest = words.number(len(gone) - REMOVALS_LISTED)
        yield from layout.paragraph(words("And {n} more; the table lists them all.", n=rest), SMALL, QUIET)


def _draw_counts(layout: PageLayout, content: ReportContent, y: float) -> None:
    painter, words, column = layout.painter, layout.words, layout.width / 3
    for index, label in enumerate(_ORDER):
        x, share = layout.left + column * index, content.totals.share(label)
        layout.verdict(x, y + 14, label, 10)
        width = painter.text(x, y + 44, words.number(share.count), 28, "Medium")
        low, high = (f"{bound * 100:.0f}" for bound in share.interval)
        interval = words("95 % interval {low} to {high} %", low=low, high=high)
        painter.text(x + width + 8, y + 33, percent_text(share.value), BODY, "Medium")
        painter.text(x + width + 8, y + 44, layout.short(interval, column - width - 14, SMALL), SMALL, color=QUIET)


def _draw_bar(layout: PageLayout, content: ReportContent, y: float) -> None:
    totals, x, gap = content.totals, layout.left, 1.5
    shown = [label for label in _ORDER if totals.share(label).count]
    room = layout.width - gap * (len(shown) - 1)
    for label in shown:
        width = room * totals.share(label).value
        layout.painter.rect(x, y, width, 10, fill=VERDICT_COLORS[label])
        x += width + gap


def _side_by_side(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """What the program said and what people made of it: rows are the program's labels, columns what counts."""
    painter, words, totals = layout.painter, layout.words, content.totals
    ends: list[Label | None] = [*_ORDER, *([None] if totals.named else [])]
    columns = [layout.right - layout.width * 0.16 * place for place in reversed(range(len(ends) + 1))]
    names = [layout.verdict_word(label) if label else words("Other class") for label in ends]
    heads = [*names, words("Program")]

    def draw_head(y: float) -> None:
        painter.text(layout.left, y + 10, words("The program said, and what counts now"), SMALL, color=QUIET)
        for x, text in zip(columns, heads, strict=True):
            painter.text(x, y + 10, layout.short(text, 84, SMALL), SMALL, color=QUIET, align="right")

    def draw_row(y: float, said: Label) -> None:
        painter.line(layout.left, y, layout.right, y)
        layout.verdict(layout.left, y + 11, said, 8.5, "Regular")
        counts = [totals.changes.get((said, counts_now), 0) for counts_now in ends]
        for x, count, same in zip(columns, counts, (said is one for one in ends), strict=False):
            style = "Regular" if same or not count else "Medium"
            shown = words.number(count) if count else "–"
            painter.text(x, y + 11, shown, 8.5, style, align="right", color=QUIET if same or not count else INK)
        painter.text(columns[-1], y + 11, words.number(sum(counts)), 8.5, align="right")

    yield Block(14, draw_head, keep_with_next=True)
    for label in _ORDER:
        yield Block(15, partial(draw_row, said=label), keep_with_next=True)
    yield Block(6, lambda y: painter.line(layout.left, y, layout.right, y), keep_with_next=True)


# Reasons and quality -------------------------------------------------------------------------------------------


def _reasons_and_quality(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    column = (layout.width - 24) / 2
    left = _count_lines(layout, _reason_counts(layout, content), column)
    right = _count_lines(layout, _quality_counts(layout, content), column)

    def draw(y: float) -> None:
        for x, title, lines in (
            (layout.left, layout.words("Why cells are unsure"), left),
            (layout.left + column + 24, layout.words("Image quality"), right),
        ):
            layout.painter.text(x, y + 14, title, 12, "Medium")
            baseline = y + 34
            for count, text in lines:
                layout.painter.text(x + 24, baseline, count, BODY, "Medium", align="right")
                layout.painter.text(x + 32, baseline, text, BODY)
                baseline += LEADING

    yield Block(32 + LEADING * max(len(left), len(right)), draw)
    yield space(18)


def _count_lines(layout: PageLayout, counts: list[tuple[int, str]], width: float) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for count, text in counts:
        for index, line in enumerate(layout.few_lines(text, width - 32, 3, BODY)):
            lines.append(("" if index else layout.words.number(count), line))
    return lines


def _reason_counts(layout: PageLayout, content: ReportContent) -> list[tuple[int, str]]:
    counts = [(content.totals.reasons.get(reason, 0), layout.words(reason.sentence)) for reason in UnsureReason]
    none = layout.words("No cell is unsure by the program’s judgment.")
    return [pair for pair in counts if pair[0]] or [(0, none)]


def _quality_counts(layout: PageLayout, content: ReportContent) -> list[tuple[int, str]]:
    words = layout.words
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


def _failed(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    failed = [frame for frame in content.frames if frame.error]
    if not failed:
        return
    yield layout.heading(layout.words.counted(len(failed), "{n} image not judged", "{n} images not judged"))
    for frame in failed:
        column = layout.width * 0.4
        names = layout.lines(frame.name, column - 16, 8)
        sentences = layout.lines(layout.words(frame.error or ""), layout.width - column, 8)
        height = 11 * max(len(names), len(sentences)) + 7

        def draw(y: float, left: list[str] = names, right: list[str] = sentences, x: float = column) -> None:
            layout.painter.line(layout.left, y, layout.right, y, HAIR)
            for index, line in enumerate(left):
                layout.painter.text(layout.left, y + 12 + 11 * index, line, 8, "Medium")
            for index, line in enumerate(right):
                layout.painter.text(layout.left + x, y + 12 + 11 * index, line, 8)

        yield Block(height, draw)
