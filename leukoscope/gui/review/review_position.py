"""Where a person looks in a case, found again after it was read anew: images may have come, gone or been replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leukoscope.domain.cases import CaseCell, CaseFrame


@dataclass(frozen=True, eq=False)
class ReviewPosition:
    """An image and a cell of it.

    Parameters
    ----------
    frame
        The image shown; ``None`` when none is.
    index
        Its place in the case, from 0.
    cell
        The cell chosen; ``None`` when none is.
    """

    frame: CaseFrame | None = None
    index: int = 0
    cell: CaseCell | None = None

    def find(self, frames: Sequence[CaseFrame]) -> tuple[CaseFrame | None, tuple[int, ...]]:
        """The same image among these, or what stands in its place, and its cells, the likeliest first.

        An image judged again (another scale) is a new one with the same bytes; its cells are new ones too, where the
        former ones were.

        Returns
        -------
        tuple
            ``None`` and no cells when nothing was looked at; no cells where none was chosen on the same image.
        """
        if self.frame is None or not frames:
            return None, ()
        same = next((one for one in frames if one.id == self.frame.id), None) or self._twin(frames)
        if same is None:
            there = frames[min(self.index, len(frames) - 1)]
            return there, tuple(cell.id for cell in there.cells)
        return same, self._cells(same)

    def _twin(self, frames: Sequence[CaseFrame]) -> CaseFrame | None:
        """What was judged again in its place, or stands there again: heir, former, or the same bytes."""
        mine = self.frame
        if mine is None:
            return None
        kin = (one for one in frames if mine.id == one.former_id or one.id == mine.former_id)
        if (same := next(kin, None)) is not None:
            return same
        sha256 = mine.sha256
        twins = [(abs(at - self.index), one) for at, one in enumerate(frames) if sha256 and one.sha256 == sha256]
        return min(twins, key=lambda twin: twin[0])[1] if twins else None

    def _cells(self, frame: CaseFrame) -> tuple[int, ...]:
        if self.cell is None:
            return ()
        x, y = self.cell.finding.cell.box.center

        def far(cell: CaseCell) -> float:
            other_x, other_y = cell.finding.cell.box.center
            return (other_x - x) ** 2 + (other_y - y) ** 2

        near = [cell.id for cell in sorted(frame.cells, key=far)]
        return (self.cell.id, *(one for one in near if one != self.cell.id))
