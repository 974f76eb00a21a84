"""The differential on the first page: classes, counts, percent with their intervals, and what was not counted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from leukoscope.domain.cell_classes import cell_class
from leukoscope.domain.differential import ENOUGH, ClassCount, Differential
from leukoscope.domain.percent import percent_text
from leukoscope.reports.content import ReportContent
from leukoscope.reports.layout import SMALL, Block, PageLayout, space
from leukoscope.reports.naming import group_name
from leukoscope.reports.painter import HAIR, INK, QUIET, Color

_ROW = 12.6
_SIZE = 8.2
_COLUMNS = (0.40, 0.53, 0.70, 0.80)
"""Where counts, percent and intervals end and bars begin, of the width."""
_BAR = 0.20


def differential_blocks(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """Heading, one line for each class, and the sentences below."""
    counted = content.totals.differential
    if counted is None:
        return
    words = layout.words
    yield layout.heading(words("Differential"))
    yield Block(_ROW, partial(_draw_head, layout), keep_with_next=True)
    for line in counted.lines:
        if line.count or (line.code is not None and cell_class(line.code).counted):
            yield Block(_ROW, partial(_draw_line, layout, line), keep_with_next=True)
    yield Block(6, lambda y: layout.painter.line(layout.left, y, layout.right, y), keep_with_next=True)
    yield from layout.paragraph(_counted(layout, counted), SMALL, QUIET)
    if not counted.is_enough:
        few = words("Fewer than {n} white cells were counted: the percentages say little.", n=words.number(ENOUGH))
        yield from layout.paragraph(few, SMALL, INK)
    yield space(14)


def _draw_head(layout: PageLayout, y: float) -> None:
    words, painter = layout.words, layout.painter
    heads = (words("Cells"), words("Percent"), words("95 % interval"))
    painter.text(layout.left, y + 10, words("Class"), SMALL, color=QUIET)
    for end, text in zip(_COLUMNS, heads, strict=False):
        painter.text(layout.left + layout.width * end, y + 10, text, SMALL, color=QUIET, align="right")


def _draw_line(layout: PageLayout, line: ClassCount, y: float) -> None:
    painter, words = layout.painter, layout.words
    ink = INK if line.count else QUIET
    painter.line(layout.left, y, layout.right, y, HAIR)
    painter.text(layout.left + 16, y + 9.4, group_name(line.code, words), _SIZE, color=ink)
    if line.code is not None:
        painter.rect(layout.left + 2, y + 3.2, 6.5, 6.5, fill=_color(line.code), stroke=QUIET, line=0.4)
    low, high = (f"{100 * bound:.0f}" for bound in line.interval)
    shown = (words.number(line.count), percent_text(line.share), words("{low} to {high} %", low=low, high=high))
    for end, text, style in zip(_COLUMNS, shown, ("Medium", "Medium", "Regular"), strict=False):
        painter.text(layout.left + layout.width * end, y + 9.4, text, _SIZE, style, color=ink, align="right")
    start, room = layout.left + layout.width * _COLUMNS[3], layout.width * _BAR
    painter.rect(start, y + 4.2, room, 4.5, fill=(0.918, 0.925, 0.937))
    if line.count:
        painter.rect(start, y + 4.2, room * line.share, 4.5, fill=(0.45, 0.46, 0.48))


def _color(code: str) -> Color:
    text = cell_class(code).color.lstrip("#")
    red, green, blue = (int(text[place : place + 2], 16) / 255 for place in (0, 2, 4))
    return red, green, blue


def _counted(layout: PageLayout, counted: Differential) -> str:
    """How many were counted of how many, by whom they were named, and what was left out."""
    words = layout.words
    parts = [
        words(
            "{n} of {total} cells were counted, by a person’s label, else by the program’s; a person has labeled "
            "{labeled} of them.",
            n=words.number(counted.n),
            total=words.number(counted.cells),
            labeled=words.number(counted.labeled),
        )
    ]
    left_out = [
        (counted.cut_off, words("cut off by the edge: {n}", n=words.number(counted.cut_off))),
        (counted.clusters, words("in clusters: {n}", n=words.number(counted.clusters))),
        (counted.no_white_cells, words("no white cells: {n}", n=words.number(counted.no_white_cells))),
        (counted.erythroblasts, words("erythroblasts: {n}", n=words.number(counted.erythroblasts))),
    ]
    told = "; ".join(text for count, text in left_out if count)
    if told:
        parts.append(words("Not counted: {what}.", what=told))
    if (red := counted.erythroblasts_per_100) is not None and counted.erythroblasts:
        figures = [words.decimal(f"{figure:.1f}") for figure in red]
        text = words(
            "Erythroblasts: {n} for 100 white cells (95 % interval {low} to {high}).",
            n=figures[0], low=figures[1], high=figures[2],
        )  # fmt: skip
        parts.append(text)
    blasts = counted.blasts
    if blasts.n:
        low, high = (f"{100 * bound:.0f}" for bound in blasts.interval)
        text = words(
            "Blasts among the mononuclear cells: {n} of {total}, {percent} (95 % interval {low} to {high} %).",
            n=words.number(blasts.count), total=words.number(blasts.n), percent=percent_text(blasts.share), low=low,
            high=high,
        )  # fmt: skip
        parts.append(text)
    more = counted.more_for()
    if more:
        text = words("{n} more cells would make every percentage certain within 3 %.", n=words.number(more))
        parts.append(text)
    return " ".join(parts)
