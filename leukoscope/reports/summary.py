"""The first pages: the result on one, then the counts in detail: what people changed, why cells are unsure, images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

from leukoscope.domain.findings import Label, UnsureReason
from leukoscope.domain.quality import QualityVerdict
from leukoscope.reports.content import ReportContent
from leukoscope.reports.first_page import ORDER, first_page_blocks
from leukoscope.reports.layout import (
    BODY,
    LEADING,
    SMALL,
    Block,
    PageLayout,
    moment_text,
    paginate,
    space,
)
from leukoscope.reports.naming import told_text
from leukoscope.reports.painter import HAIR, INK, QUIET

REMOVALS_LISTED = 20
"""So many cells that people took out stand in the report one by one."""


def summary_pages(layout: PageLayout, content: ReportContent) -> list[list[Block]]:
    """Everything that comes before the fields and the cells; details stay below the result where all have room."""
    result, details = first_page_blocks(layout, content), [space(8), *_details(layout, content)]
    pages = paginate(result, layout.room)
    used = sum(block.height for block in pages[-1])
    if used + sum(block.height for block in details) <= layout.room:
        return paginate([*result, *details], layout.room)
    return [*pages, *paginate(details, layout.room)]


def _details(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    if content.totals.decided:
        yield layout.heading(layout.words("Program and people"))
        yield from _side_by_side(layout, content)
    yield from _by_hand(layout, content)
    if content.totals.decided or content.drawn or content.removals:
        yield space(14)
    yield from _reasons_and_quality(layout, content)
    yield from _failed(layout, content)


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


def _side_by_side(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """What the program said and what people made of it: rows are the program's labels, columns what counts."""
    painter, words, totals = layout.painter, layout.words, content.totals
    ends: list[Label | None] = [*ORDER, *([None] if totals.named else [])]
    columns = [layout.right - layout.width * 0.16 * place for place in reversed(range(len(ends) + 1))]
    names = [layout.verdict_word(label) if label else words("Other class") for label in ends]
    heads = [*names, words("Program")]

    def draw_head(y: float) -> None:
        painter.text(layout.left, y + 10, words("The program said, and what counts now"), SMALL, color=QUIET)
        for x, text in zip(columns, heads, strict=True):
            layout.fitted(x, y + 10, text, layout.width * 0.15, SMALL, color=QUIET, align="right")

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
    for label in ORDER:
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
        for index, line in enumerate(layout.lines(text, width - 32, BODY)):
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
