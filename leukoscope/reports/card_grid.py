"""How cells stand on a page: large cards for few cells, small ones for many."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.reports.content import ReportContent
from leukoscope.reports.layout import (
    MARGIN,
    PAGE_SIZES,
    PageLayout,
)

_ROOMY_UP_TO = 12
"""So many cells get large cards."""
_LARGE_UP_TO = 2
"""So many cells get pictures in rows of three."""
IN_ROW = 3
HEAD_HEIGHT = 40.0
GAP = 4.0
TEXT_LEFT, TEXT_WIDTH, TEXT_GAP = 24.0, 152.0, 14.0
COMPACT_DPI, ROOMY_DPI = 220, 300


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


def card_grid(layout: PageLayout, content: ReportContent, pictures: int) -> CardGrid:
    """Choose the grid for a report.

    Parameters
    ----------
    layout
        The paper.
    content
        The report.
    pictures
        How many pictures a cell has: itself and its maps.
    """
    room = layout.room - HEAD_HEIGHT
    opinions = max(1, len(content.models))
    if content.cell_count <= _ROOMY_UP_TO:
        in_row = min(IN_ROW, pictures) if content.cell_count <= _LARGE_UP_TO else pictures
        picture_rows = -(-pictures // in_row)
        height = 46.0 + picture_rows * (roomy_side(layout, in_row) + 26) + 14 * ((opinions + 1) // 2)
        rows = max(1, int(room // height))
        return CardGrid(True, in_row, 1, rows, room / rows)
    columns = 2 if pictures == 1 else 1
    rows = int(room // max(82.0, 63.0 + 11 * opinions))
    return CardGrid(False, pictures, columns, rows, room / rows)


def compact_side(pictures: int) -> int:
    """Pixels that a picture in a small card shows in print, as long as the card's height leaves room for it.

    Parameters
    ----------
    pictures
        How many stand in a row: the cell and its maps.
    """
    room = PAGE_SIZES["A4"][0] - 2 * MARGIN - TEXT_LEFT - TEXT_WIDTH - TEXT_GAP
    return max(1, round(((room + GAP) / pictures - GAP) / 72 * COMPACT_DPI))


def roomy_side(layout: PageLayout, in_row: int) -> float:
    """Side of an image in a large card, in points."""
    return min(166.0 if in_row <= IN_ROW else 120.0, (layout.width + 8) / in_row - 8)
