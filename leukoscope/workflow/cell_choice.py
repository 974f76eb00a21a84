"""Which cells of a case a person wants to see, and in which order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cells import CellFlag
from leukoscope.domain.findings import UnsureReason
from leukoscope.domain.quality import QualityVerdict


class Sort(StrEnum):
    """Orders of the gallery."""

    READING = "reading"
    LEUKEMIC_FIRST = "leukemic-first"
    HEALTHY_FIRST = "healthy-first"
    DOUBT = "doubt"
    SPREAD = "spread"
    NOVELTY = "novelty"
    USEFUL = "useful"
    LARGEST = "largest"
    SMALLEST = "smallest"


class Filter(StrEnum):
    """Which cells the gallery shows."""

    ALL = "all"
    UNDECIDED = "undecided"
    DECIDED = "decided"
    DISAGREE = "disagree"
    QUALITY = "quality"
    UNLIKE = "unlike"
    DRAWN = "drawn"
    AT_BORDER = "at-border"
    CLUSTER = "cluster"
    REMOVED = "removed"


@dataclass(frozen=True, eq=False)
class Entry:
    """One cell with its image and its place in reading order."""

    cell: CaseCell
    frame: CaseFrame
    place: int


def _spread(cell: CaseCell) -> float:
    probabilities = [opinion.probability for opinion in cell.finding.opinions]
    return max(probabilities, default=0.0) - min(probabilities, default=0.0)


def _area(entry: Entry) -> float:
    """Of the box, in µm² where the scale is known, else in pixels."""
    box, scale = entry.cell.finding.cell.box, entry.frame.um_per_px or 1.0
    return box.width * box.height * scale * scale


def longer_side(entry: Entry, *, in_um: bool) -> float | None:
    """Of the box, in µm (``None`` where the scale is not known) or in pixels of the image."""
    box, scale = entry.cell.finding.cell.box, entry.frame.um_per_px if in_um else 1.0
    return None if scale is None else max(box.width, box.height) * scale


def _doubt(cell: CaseCell) -> float:
    band = cell.finding.thresholds
    return abs(_probability(cell) - (band.low + band.high) / 2)


def _probability(cell: CaseCell) -> float:
    """Of leukemic; 0 for a cell that is kept from the leukemia models."""
    return cell.finding.probability or 0.0


# What is most useful next is no figure of a cell alone: the list is told the order.
KEYS: dict[Sort, Callable[[Entry], float]] = {
    Sort.READING: lambda _entry: 0.0,
    Sort.LEUKEMIC_FIRST: lambda entry: -_probability(entry.cell),
    Sort.HEALTHY_FIRST: lambda entry: _probability(entry.cell),
    Sort.DOUBT: lambda entry: _doubt(entry.cell),
    Sort.SPREAD: lambda entry: -_spread(entry.cell),
    Sort.NOVELTY: lambda entry: -max((one.novelty or 0.0 for one in entry.cell.finding.opinions), default=0.0),
    Sort.LARGEST: lambda entry: -_area(entry),
    Sort.SMALLEST: _area,
}
_TESTS: dict[Filter, Callable[[Entry], bool]] = {
    Filter.ALL: lambda _entry: True,
    Filter.UNDECIDED: lambda entry: entry.cell.decision is None,
    Filter.DECIDED: lambda entry: entry.cell.decision is not None,
    Filter.DISAGREE: lambda entry: not entry.cell.finding.agree,
    Filter.UNLIKE: lambda entry: not {UnsureReason.NOVELTY, UnsureReason.FOREIGN}.isdisjoint(entry.cell.finding.unsure),
    Filter.DRAWN: lambda entry: entry.cell.added is not None,
    Filter.AT_BORDER: lambda entry: CellFlag.AT_BORDER in entry.cell.finding.cell.flags,
    Filter.CLUSTER: lambda entry: CellFlag.CLUSTER in entry.cell.finding.cell.flags,
    # Removed cells are what this one shows and all others leave out.
    Filter.REMOVED: lambda _entry: True,
    Filter.QUALITY: lambda entry: bool(entry.frame.quality and entry.frame.quality.verdict > QualityVerdict.OK),
}


@dataclass(frozen=True)
class CellLimits:
    """Limits that hold beside group and filter.

    Parameters
    ----------
    frame_id
        Only cells of this image; 0 for all.
    probability
        Lowest and highest probability of leukemic, 0..1, both included.
    side
        Shortest and longest longer side of the box, both included.
    in_um
        Whether ``side`` is in µm, else in pixels. Cells without a scale then pass only when ``side`` is open.
    """

    frame_id: int = 0
    probability: tuple[float, float] = (0.0, 1.0)
    side: tuple[float, float] = (0.0, math.inf)
    in_um: bool = True

    @property
    def is_open(self) -> bool:
        """Whether every cell passes."""
        return not self.frame_id and self.probability == (0.0, 1.0) and self.side == (0.0, math.inf)

    def fits(self, entry: Entry) -> bool:
        """Whether a cell lies within the limits."""
        if self.frame_id and entry.frame.id != self.frame_id:
            return False
        low, high = self.probability
        if not low <= _probability(entry.cell) <= high:
            return False
        if self.side == (0.0, math.inf):
            return True
        side = longer_side(entry, in_um=self.in_um)
        return side is not None and self.side[0] <= side <= self.side[1]


def is_named(cell: CaseCell) -> bool:
    """Whether anybody was asked what the cell is: a differential model, or a person who named it."""
    return cell.finding.naming is not None or (cell.decision is not None and cell.decision.code is not None)


def passes(entry: Entry, chosen: Filter) -> bool:
    """Whether a cell passes a filter; removed cells pass only theirs."""
    return (entry.cell.removed is not None) == (chosen is Filter.REMOVED) and _TESTS[chosen](entry)


def next_open(onward: Iterable[CaseCell]) -> int:
    """Id of the cell to decide next of those that come: the first unsure one, else the first; 0 when none is left."""
    first = 0
    for cell in onward:
        if cell.decision is not None or cell.removed is not None:
            continue
        if cell.needs_person:
            return cell.id
        first = first or cell.id
    return first
