"""Pages of cells: each cell raw and with every map side by side, the opinions as figure and bar, and what to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leukoscope.domain.findings import UnsureReason
from leukoscope.domain.frames import Pixels
from leukoscope.domain.quality import QualityVerdict
from leukoscope.reports.content import ReportCell, ReportContent, ReportOpinion
from leukoscope.reports.layout import (
    HEADING,
    SMALL,
    TINY,
    TOP,
    WORDS,
    Sheet,
    moment_text,
    probability_text,
)
from leukoscope.reports.paper import INK, QUIET

_ROOMY_UP_TO = 12
"""So many cells get large cards."""
_LARGE_UP_TO = 2
"""So many cells get pictures in rows of three."""
_IN_ROW = 3

_HEAD = 40.0
_GAP = 4.0
_COLUMN_GAP = 16.0


@dataclass(frozen=True)
class CardGrid:
    """How cells stand on a page.

    Parameters
    ----------
    roomy
        Large cards, pictures above the text; else pictures beside it.
    in_row
        Pictures beside each other in a large card.
    columns
        Cards side by side.
    rows
        Cards above each other.
    height
        Of a card, in points.
    """

    roomy: bool
    in_row: int
    columns: int
    rows: int
    height: float

    @property
    def per_page(self) -> int:
        """Cells on a page."""
        return self.columns * self.rows


def card_grid(sheet: Sheet, content: ReportContent, pictures: int) -> CardGrid:
    """Choose the grid for a report.

    Parameters
    ----------
    sheet
        The paper.
    content
        The report.
    pictures
        How many pictures a cell has: itself and its maps.
    """
    room = sheet.room - _HEAD
    opinions = max(1, len(content.models))
    if content.cell_count <= _ROOMY_UP_TO:
        in_row = min(_IN_ROW, pictures) if content.cell_count <= _LARGE_UP_TO else pictures
        picture_rows = -(-pictures // in_row)
        height = 46.0 + picture_rows * (_roomy_side(sheet, in_row) + 26) + 14 * ((opinions + 1) // 2)
        rows = max(1, int(room // height))
        return CardGrid(True, in_row, 1, rows, room / rows)
    columns = 2 if pictures == 1 else 1
    rows = int(room // max(82.0, 63.0 + 11 * opinions))
    return CardGrid(False, pictures, columns, rows, room / rows)


def draw_card_page(sheet: Sheet, content: ReportContent, grid: CardGrid, cells: Sequence[ReportCell]) -> None:
    """Draw one page of cells."""
    first, last = cells[0].number, cells[-1].number
    title = f"Cell {first:,}" if first == last else f"Cells {first:,} to {last:,}"
    width = sheet.paper.text(sheet.left, TOP + 14, title, HEADING, "Medium")
    sheet.paper.text(sheet.left + width + 6, TOP + 14, f"of {content.cell_count:,}", HEADING, color=QUIET)
    figures = "Figures: calibrated probability of leukemic, 0 to 1. Amber: the unsure band."
    sheet.paper.text(sheet.left, TOP + 28, figures, SMALL, color=QUIET)
    if content.legend is not None:
        _draw_legend(sheet, content.legend)
    width = (sheet.width - _COLUMN_GAP * (grid.columns - 1)) / grid.columns
    for index, cell in enumerate(cells):
        x = sheet.left + (width + _COLUMN_GAP) * (index % grid.columns)
        y = TOP + _HEAD + grid.height * (index // grid.columns)
        sheet.paper.line(x, y, x + width, y)
        if grid.roomy:
            _draw_roomy(sheet, cell, grid, x, y, width)
        else:
            _draw_compact(sheet, cell, x, y, width, grid.height)
    sheet.end_page()


def _draw_legend(sheet: Sheet, legend: Pixels) -> None:
    """The fixed color scale of all maps."""
    paper, width, y = sheet.paper, 88.0, TOP + 21.8
    text = "maximum"
    x = sheet.right - paper.text_width(text, SMALL) - 4 - width
    paper.picture(legend, x, y, width, 7)
    paper.text(sheet.right, y + 6.2, text, SMALL, color=QUIET, align="right")
    paper.text(x - 4, y + 6.2, "Evidence for the model’s leaning, fixed scale:  0", SMALL, color=QUIET, align="right")


def _roomy_side(sheet: Sheet, in_row: int) -> float:
    return min(166.0 if in_row <= _IN_ROW else 120.0, (sheet.width + 8) / in_row - 8)


def _draw_roomy(sheet: Sheet, cell: ReportCell, grid: CardGrid, x: float, y: float, width: float) -> None:
    paper = sheet.paper
    used = paper.text(x, y + 19, f"{cell.number}", 11, color=QUIET) + 8
    used += sheet.verdict(x + used, y + 19, cell.counted_label, 11) + 10
    used += paper.text(x + used, y + 19, probability_text(cell.probability), 11, "Medium")
    name = sheet.short(cell.frame_name, width - used - 24, 8)
    paper.text(x + width, y + 19, name, 8, color=QUIET, align="right")
    pictures = 1 + sum(len(opinion.maps) for opinion in cell.opinions)
    in_row = pictures if grid.in_row > _IN_ROW else min(_IN_ROW, pictures)
    side = _roomy_side(sheet, max(in_row, grid.in_row))
    _draw_pictures(sheet, cell, x, y + 28, side, gap=8, size=6.5, in_row=in_row)
    column = (width - 24) / 2
    top = y + 36 + (side + 26) * -(-pictures // in_row)
    for index, opinion in enumerate(cell.opinions):
        left = x + (column + 24) * (index % 2)
        _draw_opinion(sheet, opinion, opinion.title, left, top + 14 * (index // 2), column, size=8.5, bar=110)
    baseline = top + 14 * ((len(cell.opinions) + 1) // 2)
    room = max(1, int((y + grid.height - 4 - baseline) // 9.5) + 1)
    _draw_notes(sheet, cell, x, baseline, width, room, 7.5)


def _draw_compact(sheet: Sheet, cell: ReportCell, x: float, y: float, width: float, height: float) -> None:
    paper, text_x, text_width = sheet.paper, x + 24, 152.0
    right = text_x + text_width
    paper.text(x, y + 14, f"{cell.number}", SMALL, color=QUIET)
    sheet.verdict(text_x, y + 14, cell.counted_label, 9)
    paper.text(right, y + 14, probability_text(cell.probability), 9, "Medium", align="right")
    paper.text(text_x, y + 23, sheet.short(cell.frame_name, text_width, 6.2), 6.2, color=QUIET)
    baseline = y + 35
    for opinion in cell.opinions:
        _draw_opinion(sheet, opinion, opinion.bundle.name, text_x, baseline, text_width, size=7, bar=64)
        baseline += 11
    room = max(1, int((y + height - 4 - baseline) // 8) + 1)
    _draw_notes(sheet, cell, text_x, baseline, text_width, room, 6.5)
    pictures = 1 + sum(len(opinion.maps) for opinion in cell.opinions)
    left = right + 14
    side = min(height - 26, (x + width - left + _GAP) / pictures - _GAP)
    _draw_pictures(sheet, cell, left, y + 6, side, gap=_GAP, size=TINY, in_row=pictures)


def _draw_opinion(
    sheet: Sheet, opinion: ReportOpinion, name: str, x: float, baseline: float, width: float, size: float, bar: float
) -> None:
    """Name, bar with the unsure band, figure."""
    paper, figure, end = sheet.paper, size * 3.0, size * 0.8
    paper.text(x, baseline, sheet.short(name, width - bar - figure - end - 8, size), size)
    left = x + width - figure - end - bar
    sheet.probability_bar(left, baseline - size * 0.34, bar, opinion.probability, opinion.thresholds)
    paper.text(x + width, baseline, probability_text(opinion.probability), size, "Medium", align="right")


def _draw_pictures(
    sheet: Sheet, cell: ReportCell, x: float, y: float, side: float, gap: float, size: float, in_row: int
) -> None:
    """The cell itself, then the maps, those of one model under its name."""
    paper, dpi = sheet.paper, 220 if size < 6 else 300
    shown = [("", "Cell", cell.picture)]
    shown += [(opinion.title, one.title, one.pixels) for opinion in cell.opinions for one in opinion.maps]
    step = side + gap
    for index, (model, title, pixels) in enumerate(shown):
        left = x + step * (index % in_row)
        top = y + (side + 26) * (index // in_row)
        if model and (index % in_row == 0 or shown[index - 1][0] != model):
            # The name may run over all maps of the model that stand in this row.
            same = sum(other[0] == model for other in shown[index : (index // in_row + 1) * in_row])
            paper.text(left, top + size, sheet.short(model, same * step - gap, size), size, color=INK)
        paper.picture(pixels, left, top + size + 3, side, side, dpi)
        _caption(sheet, title, left, top + size + 3 + side, side, size)


def _caption(sheet: Sheet, text: str, x: float, y: float, width: float, size: float) -> None:
    for index, line in enumerate(sheet.few_lines(text, width, 2, size)):
        sheet.paper.text(x, y + (size + 1.4) * (index + 1), line, size, color=QUIET)


def _draw_notes(
    sheet: Sheet, cell: ReportCell, x: float, baseline: float, width: float, room: int, size: float
) -> None:
    """What matters in ink, the rest quietly below it as far as there is room."""
    full = sheet.lines(_warnings(cell), width, size) if _warnings(cell) else []
    first = full if len(full) <= room else sheet.few_lines(_warnings(cell, brief=True), width, room, size)
    rest = sheet.few_lines(_remarks(cell), width, room - len(first), size) if len(first) < room else []
    for color, lines in ((INK, first), (QUIET, rest)):
        for line in lines:
            sheet.paper.text(x, baseline, line, size, color=color)
            baseline += round(size * 1.25 * 2) / 2


def _warnings(cell: ReportCell, brief: bool = False) -> str:
    """Why the program abstains, what a person decided, what is wrong with the image."""
    notes = [reason.sentence for reason in cell.unsure]
    if brief and cell.unsure:
        notes = [f"Unsure: {', '.join(reason.value.replace('-', ' ') for reason in cell.unsure)}."]
    if cell.decision is not None:
        decision = cell.decision
        by = f" by {decision.by}" if decision.by else ""
        said = f"the program says {WORDS[cell.label].lower()}"
        notes.append(f"Decided {WORDS[decision.label].lower()}{by}, {moment_text(decision.at)}; {said}.")
    if cell.quality is not None and cell.quality.verdict is not QualityVerdict.OK:
        advice = () if brief else cell.quality.sentences[:1]
        notes.append(" ".join((f"Image quality: {cell.quality.verdict.word}.", *advice)))
    return " ".join(notes)


def _remarks(cell: ReportCell) -> str:
    notes = []
    if len(cell.opinions) > 1 and UnsureReason.DISAGREEMENT not in cell.unsure:
        notes.append("The models agree." if cell.agree else "The models lean to different sides.")
    distances = [opinion.novelty for opinion in cell.opinions if opinion.novelty is not None]
    if distances:
        notes.append(f"Distance from the training cells: {max(distances):.1f} of the limit.")
    if cell.quality is not None and cell.quality.verdict is QualityVerdict.OK:
        notes.append("Image quality: good.")
    return " ".join(notes)
