"""Pages of cells: each cell raw and with every map side by side, the opinions as figure and bar, and what to know."""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.domain.findings import Label, UnsureReason
from leukoscope.domain.frames import Pixels
from leukoscope.domain.quality import QualityVerdict
from leukoscope.reports.card_grid import (
    COMPACT_DPI,
    GAP,
    HEAD_HEIGHT,
    IN_ROW,
    ROOMY_DPI,
    TEXT_GAP,
    TEXT_LEFT,
    TEXT_WIDTH,
    CardGrid,
    roomy_side,
)
from leukoscope.reports.content import ReportCell, ReportContent, ReportMap, ReportOpinion
from leukoscope.reports.layout import (
    HEADING,
    SMALL,
    TINY,
    TOP,
    PageLayout,
    moment_text,
    probability_text,
)
from leukoscope.reports.naming import (
    brief_reason,
    class_name,
    leukemic_text,
    naming_text,
    program_text,
    program_within,
    said_text,
)
from leukoscope.reports.painter import INK, QUIET, WHITE
from leukoscope.reports.shape import PRINTED, shape_text
from leukoscope.reports.words import Words

_SCALE_BARS = (1, 2, 5, 10, 20, 50)
_COLUMN_GAP = 16.0


def draw_card_page(layout: PageLayout, content: ReportContent, grid: CardGrid, cells: Sequence[ReportCell]) -> None:
    """Draw one page of cells."""
    first, last = cells[0].number, cells[-1].number
    words = layout.words
    title = page_title(words, first, last)
    width = layout.painter.text(layout.left, TOP + 14, title, HEADING, "Medium")
    whole = max(content.totals.n, content.cell_count)
    total = words("of {n}", n=words.number(whole))
    if content.cell_count < whole:
        chosen = words.number(content.cell_count)
        total = words("{n} deciding cells of {total}", n=chosen, total=words.number(whole))
    layout.painter.text(layout.left + width + 6, TOP + 14, total, HEADING, color=QUIET)
    room = layout.width
    if content.legend is not None:
        room = _draw_legend(layout, content.legend) - layout.left - 12
    figures = words("Figures: calibrated probability of leukemic, 0 to 1. Amber: the unsure band.")
    layout.fitted(layout.left, TOP + 28, figures, room, SMALL, color=QUIET)
    width = (layout.width - _COLUMN_GAP * (grid.columns - 1)) / grid.columns
    for index, cell in enumerate(cells):
        x = layout.left + (width + _COLUMN_GAP) * (index % grid.columns)
        y = TOP + HEAD_HEIGHT + grid.height * (index // grid.columns)
        layout.painter.part(shown=words("Cell {n}", n=words.number(cell.number)))
        layout.painter.line(x, y, x + width, y)
        if grid.roomy:
            _draw_roomy(layout, cell, grid, x, y, width)
        else:
            _draw_compact(layout, cell, x, y, width, grid.height)
    layout.end_page()


def page_title(words: Words, first: int, last: int) -> str:
    """Which cells stand on a page."""
    if first == last:
        return words("Cell {n}", n=words.number(first))
    return words("Cells {first} to {last}", first=words.number(first), last=words.number(last))


def _draw_legend(layout: PageLayout, legend: Pixels) -> float:
    """The fixed color scale of all maps; returns its left edge."""
    painter, width, y = layout.painter, 88.0, TOP + 21.8
    text = layout.words("maximum")
    x = layout.right - painter.text_width(text, SMALL) - 4 - width
    painter.image(legend, x, y, width, 7)
    painter.text(layout.right, y + 6.2, text, SMALL, color=QUIET, align="right")
    scale = layout.words("Evidence for the model’s leaning, fixed scale:") + "  0"
    return x - 4 - painter.text(x - 4, y + 6.2, scale, SMALL, color=QUIET, align="right")


def _draw_roomy(layout: PageLayout, cell: ReportCell, grid: CardGrid, x: float, y: float, width: float) -> None:
    painter = layout.painter
    used = painter.text(x, y + 19, f"{cell.number}", 11, color=QUIET) + 8
    used += _draw_label(layout, cell, x + used, y + 19, 11) + 10
    if cell.decision is not None:
        said = program_within(cell.label, cell.probability, cell.naming, layout.words)
        text = layout.words("(program: {said})", said=said)
        used += painter.text(x + used, y + 19, text, 9, color=QUIET)
    else:
        if cell.probability is not None or cell.naming is None:
            used += painter.text(x + used, y + 19, leukemic_text(cell.probability, layout.words), 11, "Medium") + 10
        if cell.naming is not None:
            used += painter.text(x + used, y + 19, naming_text(cell.naming, layout.words), 9, color=QUIET)
    names, size = layout.few_lines(cell.frame_name, width - used - 24, 2, 8)
    for place, line in enumerate(reversed(names)):
        painter.text(x + width, y + 19 - place * size * 1.15, line, size, color=QUIET, align="right")
    pictures = 1 + sum(len(opinion.maps) for opinion in cell.opinions)
    in_row = pictures if grid.in_row > IN_ROW else min(IN_ROW, pictures)
    side = roomy_side(layout, max(in_row, grid.in_row))
    _draw_images(layout, cell, x, y + 28, side, gap=8, size=6.5, in_row=in_row)
    column = (width - 24) / 2
    top = y + 36 + (side + 26) * -(-pictures // in_row)
    for index, opinion in enumerate(cell.opinions):
        left = x + (column + 24) * (index % 2)
        _draw_opinion(layout, opinion, opinion.title, left, top + 14 * (index // 2), column, size=8.5, bar=110)
    baseline = top + 14 * ((len(cell.opinions) + 1) // 2)
    room = max(1, int((y + grid.height - 4 - baseline) // 9.5) + 1)
    _draw_notes(layout, cell, x, baseline, width, room, 7.5)


def _draw_compact(layout: PageLayout, cell: ReportCell, x: float, y: float, width: float, height: float) -> None:
    painter, text_x, text_width = layout.painter, x + TEXT_LEFT, TEXT_WIDTH
    right = text_x + text_width
    painter.text(x, y + 14, f"{cell.number}", SMALL, color=QUIET)
    used = _draw_label(layout, cell, text_x, y + 14, 9) + 8
    baseline = y + 35
    if cell.decision is None:
        # Beside a person's label stands no figure of the program's; the sentence below says what it said.
        named = cell.naming is not None and cell.naming.is_confident and cell.label is not Label.LEUKEMIC
        figure = naming_text(cell.naming, layout.words) if named and cell.naming else ""
        figure = figure or leukemic_text(cell.probability, layout.words)
        if used + painter.text_width(figure, 9) <= text_width:
            painter.text(right, y + 14, figure, 9, "Medium", align="right")
        else:
            # A long name has a line of its own: names of classes are not cut on paper.
            layout.fitted(text_x, y + 25, figure, text_width, 9, "Medium")
            baseline += 10
    names, size = layout.few_lines(cell.frame_name, text_width, 2, 6.2)
    for place, line in enumerate(names):
        # Two lines stand around the place of one.
        shift = size * (1.15 * place - 0.575 * (len(names) - 1))
        painter.text(text_x, baseline - 12 + shift, line, size, color=QUIET)
    for opinion in cell.opinions:
        _draw_opinion(layout, opinion, opinion.bundle.name, text_x, baseline, text_width, size=7, bar=64)
        baseline += 11
    room = max(1, int((y + height - 4 - baseline) // 8) + 1)
    _draw_notes(layout, cell, text_x, baseline, text_width, room, 6.5)
    pictures = 1 + sum(len(opinion.maps) for opinion in cell.opinions)
    left = right + TEXT_GAP
    side = min(height - 26, (x + width - left + GAP) / pictures - GAP)
    _draw_images(layout, cell, left, y + 6, side, gap=GAP, size=TINY, in_row=pictures)


def _draw_label(layout: PageLayout, cell: ReportCell, x: float, y: float, size: float) -> float:
    """The verdict that counts with the name that a person gave, or that name alone; returns the width."""
    counted = cell.counted_label
    name = class_name(cell.decision.code, layout.words) if cell.decision and cell.decision.code else ""
    if counted is None:
        return layout.painter.text(x, y, (name[:1].upper() + name[1:]) or "–", size, "Medium")
    width = layout.verdict(x, y, counted, size)
    return width + layout.painter.text(x + width, y, f": {name}", size, "Medium") if name else width


def _draw_opinion(
    layout: PageLayout,
    opinion: ReportOpinion,
    name: str,
    x: float,
    baseline: float,
    width: float,
    size: float,
    bar: float,
) -> None:
    """Name, bar with the unsure band, figure."""
    painter, figure, end = layout.painter, size * 3.0, size * 0.8
    layout.fitted(x, baseline, name, width - bar - figure - end - 8, size)
    left = x + width - figure - end - bar
    layout.probability_bar(left, baseline - size * 0.34, bar, opinion.probability, opinion.thresholds)
    shown = probability_text(opinion.probability, layout.words)
    painter.text(x + width, baseline, shown, size, "Medium", align="right")


def _draw_images(
    layout: PageLayout, cell: ReportCell, x: float, y: float, side: float, gap: float, size: float, in_row: int
) -> None:
    """The cell itself, then the maps, those of one model under its name."""
    painter, dpi = layout.painter, COMPACT_DPI if size < 6 else ROOMY_DPI
    shown = [("", layout.words("Cell"), cell.picture)]
    shown += [
        (opinion.title, _map_title(layout.words, one), one.pixels) for opinion in cell.opinions for one in opinion.maps
    ]
    step = side + gap
    for index, (model, title, pixels) in enumerate(shown):
        left = x + step * (index % in_row)
        top = y + (side + 26) * (index // in_row)
        if model and (index % in_row == 0 or shown[index - 1][0] != model):
            # The name may run over all maps of the model that stand in this row.
            same = sum(other[0] == model for other in shown[index : (index // in_row + 1) * in_row])
            layout.fitted(left, top + size, model, same * step - gap, size, color=INK)
        painter.image(pixels, left, top + size + 3, side, side, dpi)
        if index == 0 and cell.width_um:
            _scale_bar(layout, left, top + size + 3, side, cell.width_um)
        _caption(layout, title, left, top + size + 3 + side, side, size)


def _map_title(words: Words, one: ReportMap) -> str:
    return words("{title}: weak evidence", title=one.title) if one.weak else one.title


def _scale_bar(layout: PageLayout, x: float, y: float, side: float, width_um: float) -> None:
    """A bar of a round length in the lower right corner of a cell's picture, white on its black."""
    fitting = [length for length in _SCALE_BARS if length <= width_um * 0.45]
    if not fitting:
        return
    length = side * fitting[-1] / width_um
    size = 4.6 if side < 80 else 6.0
    right, bottom = x + side - 3, y + side - 3
    layout.painter.rect(right - length, bottom - 1, length, 1.2, fill=WHITE)
    layout.painter.text(right, bottom - 2.6, f"{fitting[-1]} µm", size, color=WHITE, align="right")


def _caption(layout: PageLayout, text: str, x: float, y: float, width: float, size: float) -> None:
    lines, size = layout.few_lines(text, width, 2, size)
    for index, line in enumerate(lines):
        layout.painter.text(x, y + (size + 1.4) * (index + 1), line, size, color=QUIET)


def _draw_notes(
    layout: PageLayout, cell: ReportCell, x: float, baseline: float, width: float, room: int, size: float
) -> None:
    """What matters in ink, the rest quietly below it as far as there is room."""
    warnings = _warnings(layout, cell)
    full = layout.lines(warnings, width, size) if warnings else []
    first, told = full, size
    if len(full) > room:
        first, told = layout.few_lines(_warnings(layout, cell, brief=True), width, room, size)
    rest = _fitting(layout, cell, width, room - len(first), size)
    for color, lines, height in ((INK, first, told), (QUIET, rest, size)):
        for line in lines:
            layout.painter.text(x, baseline, line, height, color=color)
            baseline += round(size * 1.25 * 2) / 2


def _warnings(layout: PageLayout, cell: ReportCell, brief: bool = False) -> str:
    """Why the program abstains, what a person decided, what is wrong with the image."""
    words = layout.words
    notes = [words(reason.sentence) for reason in cell.unsure]
    if brief and cell.unsure:
        notes = [words("Unsure: {reasons}.", reasons=", ".join(brief_reason(reason, words) for reason in cell.unsure))]
    if cell.added is not None:
        name, moment = cell.added.by or "–", moment_text(cell.added.at)
        notes.append(words("Drawn by {name}, {moment}.", name=name, moment=moment))
    if cell.decision is not None:
        decision = cell.decision
        facts = {
            "label": said_text(decision.said, words, layout.verdict_word(decision.label)),
            "name": decision.by or "–",
            "moment": moment_text(decision.at),
            "said": program_text(cell, words),
        }
        notes.append(
            words("{name}: {label}, {moment}; program: {said}.", **facts)
            if brief
            else words("Decided {label} by {name}, {moment}; the program says {said}.", **facts)
        )
    if cell.comment is not None:
        remark = {"name": cell.comment.by or "–", "text": cell.comment.text}
        notes.append(words("{name} remarks: “{text}”", **remark))
    if cell.quality is not None and cell.quality.verdict is not QualityVerdict.OK:
        advice = () if brief else tuple(words(text) for text in cell.quality.sentences[:1])
        notes.append(" ".join((_quality(words, cell.quality.verdict), *advice)))
    return " ".join(notes)


def _quality(words: Words, verdict: QualityVerdict) -> str:
    return {
        QualityVerdict.OK: words("Image quality: good."),
        QualityVerdict.WARN: words("Image quality: warning."),
        QualityVerdict.REFUSE: words("Image quality: not good enough."),
    }[verdict]


def _fitting(layout: PageLayout, cell: ReportCell, width: float, room: int, size: float) -> list[str]:
    """The remarks that have room: as many figures of shape as can stand, then the others; none is cut."""
    words = layout.words
    counts = range(len(PRINTED), 0, -1) if cell.figures else ()
    shapes = (shape_text(cell.figures, words, count) for count in counts)
    shape = next((text for text in shapes if len(layout.lines(text, width, size)) <= room), "")
    shown = [shape] if shape else []
    for remark in _remarks(words, cell):
        if len(layout.lines(" ".join((*shown, remark)), width, size)) <= room:
            shown.append(remark)
    return layout.lines(" ".join(shown), width, size) if shown else []


def _remarks(words: Words, cell: ReportCell) -> list[str]:
    """What else there is to say, beside the figures of shape."""
    notes = []
    if len(cell.opinions) > 1 and UnsureReason.DISAGREEMENT not in cell.unsure:
        notes.append(words("The models agree.") if cell.agree else words("The models lean to different sides."))
    distances = [opinion.novelty for opinion in cell.opinions if opinion.novelty is not None]
    if distances:
        share = words.decimal(f"{max(distances):.1f}")
        notes.append(words("Distance from the training cells: {share} of the limit.", share=share))
    if cell.quality is not None and cell.quality.verdict is QualityVerdict.OK:
        notes.append(_quality(words, QualityVerdict.OK))
    return notes
