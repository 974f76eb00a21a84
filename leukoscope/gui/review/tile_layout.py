"""Where the tiles of the gallery lie: computed, not kept, so that ten thousand cost as much as ten."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize

from leukoscope.gui.review.sections import Section

HEADING = 36
"""Height of a heading, in device-independent pixels."""


@dataclass(frozen=True)
class GroupPlace:
    """Where a group lies: its first row and how many, the top of its heading and of its tiles, and where it ends."""

    section: Section
    heading: int
    top: int
    bottom: int


class TileLayout:
    """Tiles of one size in lines, group below group; y counts from the top of the first group, scrolled or not.

    Parameters
    ----------
    sections
        The groups in their order.
    tile
        Size of a tile, in device-independent pixels.
    width
        Room for a line of tiles.
    headed
        Whether groups have headings.
    """

    def __init__(self, sections: Iterable[Section], tile: QSize, width: int, *, headed: bool) -> None:
        self.tile = tile
        self.columns = max(1, width // max(tile.width(), 1))
        places, y = [], 0
        for section in sections:
            top = y + (HEADING if headed else 0)
            bottom = top + -(-section.shown // self.columns) * tile.height()
            places.append(GroupPlace(section, y, top, bottom))
            y = bottom
        self.groups = places
        self.height = y

    def group_of(self, row: int) -> GroupPlace | None:
        """The group that a row lies in."""
        place = bisect_right([one.section.first for one in self.groups], row) - 1
        # Folded groups before it begin at the same row.
        while place >= 0 and not self.groups[place].section.shown:
            place -= 1
        return self.groups[place] if place >= 0 else None

    def group_at(self, y: int) -> GroupPlace | None:
        """The group at a height, its heading included."""
        return next((one for one in self.groups if one.heading <= y < one.bottom), None)

    def rect(self, row: int) -> QRect:
        """Where a tile lies."""
        group = self.group_of(row)
        if group is None:
            return QRect()
        line, column = divmod(row - group.section.first, self.columns)
        return QRect(QPoint(column * self.tile.width(), group.top + line * self.tile.height()), self.tile)

    def row_at(self, x: int, y: int) -> int:
        """Row of the tile at a point; -1 where none is."""
        rows = self.rows_touching(QRect(x, y, 1, 1))
        return rows[0] if rows else -1

    def rows_touching(self, area: QRect) -> list[int]:
        """Rows of the tiles that a rectangle touches, in rising order."""
        wide, high = self.tile.width(), self.tile.height()
        first, last = max(area.left() // wide, 0), min(area.right() // wide, self.columns - 1)
        rows: list[int] = []
        for group in self.groups:
            if group.bottom <= area.top() or group.top > area.bottom():
                continue
            end = (min(area.bottom(), group.bottom - 1) - group.top) // high
            lines = range(max(0, (area.top() - group.top) // high), end + 1)
            inside = (line * self.columns + column for line in lines for column in range(first, last + 1))
            rows.extend(group.section.first + one for one in inside if one < group.section.shown)
        return rows

    def row_beside(self, row: int, by: int, count: int) -> int:
        """The tile a line above (-1) or below (1) of ``count``, in the same column where there is one."""
        group = self.group_of(row)
        if group is None:
            return row
        line, column = divmod(row - group.section.first, self.columns)
        last = (group.section.shown - 1) // self.columns
        if 0 <= line + by <= last:
            return group.section.first + min((line + by) * self.columns + column, group.section.shown - 1)
        row_there = group.section.first - 1 if by < 0 else group.section.first + group.section.shown
        other = self.group_of(row_there) if 0 <= row_there < count else None
        if other is None:
            return row
        line = (other.section.shown - 1) // self.columns if by < 0 else 0
        return other.section.first + min(line * self.columns + column, other.section.shown - 1)
