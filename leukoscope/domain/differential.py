"""The differential: how many of the counted white cells are of each class, as on a bench counter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.cell_classes import BLAST, CELL_CLASSES, ERYTHROBLAST, Family
from leukoscope.domain.cells import CellFlag
from leukoscope.domain.findings import Finding
from leukoscope.domain.labels import PersonLabel, counted_class
from leukoscope.domain.statistics import Z_95, wilson_interval

ENOUGH = 100
"""Cells of a differential below which its percentages mean little (CLSI H20-A2 has two people count 200 each)."""
WITHIN = 0.03
"""Half the width of an interval that a person may want to reach."""


@dataclass(frozen=True)
class ClassCount:
    """One line of the differential.

    Parameters
    ----------
    code
        The class; ``None`` for cells that nobody has named.
    count, n
        Cells of it, and all white cells that were counted.
    by_person
        How many of them a person has labeled.
    """

    code: str | None
    count: int
    n: int
    by_person: int = 0

    @property
    def share(self) -> float:
        """The proportion, 0..1; 0 when nothing was counted."""
        return self.count / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval, 0..1."""
        return wilson_interval(self.count, self.n)


@dataclass(frozen=True)
class Differential:
    """A differential count.

    Parameters
    ----------
    counts
        Cells by class; those that nobody has named under ``None``. Only whole, single cells.
    by_person
        Of these, cells that a person has labeled.
    cells
        All cells that there are, counted or not.
    cut_off
        Cells that the edge of the image cuts: not counted.
    clusters
        Several cells in one box that nobody has named: not counted.
    asked
        Whether a person or a differential model was asked what the cells are. A leukemic verdict alone is a blast
        among cells without names.
    """

    counts: Mapping[str | None, int]
    by_person: Mapping[str | None, int]
    cells: int
    cut_off: int = 0
    clusters: int = 0
    asked: bool = True

    @property
    def n(self) -> int:
        """White cells that were counted: what the percentages are of."""
        return sum(count for code, count in self.counts.items() if code is None or CELL_CLASSES[code].counted)

    @property
    def named(self) -> int:
        """Those of them whose class is known."""
        return self.n - self.unnamed

    @property
    def is_known(self) -> bool:
        """Whether anybody was asked what the cells are: else there is nothing to print."""
        return self.asked and self.cells > 0

    @property
    def unnamed(self) -> int:
        """White cells that nobody has named."""
        return self.counts.get(None, 0)

    @property
    def labeled(self) -> int:
        """White cells that were counted and that a person has labeled."""
        return sum(line.by_person for line in self.lines)

    @property
    def blasts(self) -> ClassCount:
        """Blasts among the mononuclear cells: lymphocytes, monocytes and blasts."""
        among = (code for code, known in CELL_CLASSES.items() if known.family is Family.MONONUCLEAR)
        n = sum(self.counts.get(code, 0) for code in among)
        return ClassCount(BLAST, self.counts.get(BLAST, 0), n, self.by_person.get(BLAST, 0))

    @property
    def no_white_cells(self) -> int:
        """Smudges, artifacts and the like: not counted."""
        return sum(
            count
            for code, count in self.counts.items()
            if code is not None and CELL_CLASSES[code].family is Family.NO_LEUKOCYTE
        )

    @property
    def lines(self) -> tuple[ClassCount, ...]:
        """One for each class that makes up the 100 %, in the order in which people count, then those without a name."""
        codes: list[str | None] = [code for code, known in CELL_CLASSES.items() if known.counted]
        return tuple(
            ClassCount(code, self.counts.get(code, 0), self.n, self.by_person.get(code, 0)) for code in [*codes, None]
        )

    @property
    def erythroblasts(self) -> int:
        """Nucleated red cells: given for 100 white cells, they are none of them."""
        return self.counts.get(ERYTHROBLAST, 0)

    @property
    def erythroblasts_per_100(self) -> tuple[float, float, float] | None:
        """For 100 white cells, with a 95 % interval; ``None`` when no white cell was counted.

        Given all nucleated cells the count is binomial; its Wilson interval, as odds, is that of the ratio.
        """
        if not self.n:
            return None
        low, high = wilson_interval(self.erythroblasts, self.n + self.erythroblasts)
        return 100 * self.erythroblasts / self.n, 100 * low / (1 - low), 100 * high / (1 - high)

    @property
    def is_enough(self) -> bool:
        """Whether so many cells were counted that percentages mean something."""
        return self.n >= ENOUGH

    def more_for(self, within: float = WITHIN) -> int:
        """How many more cells make every interval at most ``within`` wide to each side (normal approximation)."""
        widest = max((line.share * (1 - line.share) for line in self.lines), default=0.0) if self.n else 0.25
        return max(0, round(Z_95**2 * widest / within**2) - self.n)

    def __add__(self, other: Differential) -> Differential:
        """The count of both: of two images of a case, for example."""
        return Differential(
            dict(Counter(self.counts) + Counter(other.counts)),
            dict(Counter(self.by_person) + Counter(other.by_person)),
            self.cells + other.cells,
            self.cut_off + other.cut_off,
            self.clusters + other.clusters,
            self.asked or other.asked,
        )


NOTHING_COUNTED = Differential({}, {}, 0, asked=False)
"""Where counts of images are added up from."""


class Place(StrEnum):
    """What becomes of a cell in the count."""

    WHITE_CELL = "white-cell"
    ERYTHROBLAST = "erythroblast"
    NO_WHITE_CELL = "no-white-cell"
    CUT_OFF = "cut-off"
    CLUSTER = "cluster"


def place_in_count(finding: Finding, said: PersonLabel | None) -> Place:
    """What becomes of a cell: only whole, single white cells make up the 100 %.

    A cluster counts as soon as a person says what it is, and a cell that the edge cuts never does.
    """
    flags = finding.cell.flags
    if CellFlag.AT_BORDER in flags:
        return Place.CUT_OFF
    if CellFlag.CLUSTER in flags and (said is None or said.code is None):
        return Place.CLUSTER
    code = counted_class(finding, said)
    if code is None or CELL_CLASSES[code].counted:
        return Place.WHITE_CELL
    return Place.ERYTHROBLAST if code == ERYTHROBLAST else Place.NO_WHITE_CELL


def differential(cells: Iterable[CaseCell]) -> Differential:
    """Count cells of a case or of one image; those that people took out are not among them."""
    return counted_among((cell.finding, cell.decision.said if cell.decision else None) for cell in cells)


def counted_among(given: Iterable[tuple[Finding, PersonLabel | None]]) -> Differential:
    """Count findings, each with what a person said of it."""
    counts: Counter[str | None] = Counter()
    people: Counter[str | None] = Counter()
    places: Counter[Place] = Counter()
    asked = False
    for finding, said in given:
        place = place_in_count(finding, said)
        places[place] += 1
        asked = asked or finding.naming is not None or (said is not None and said.code is not None)
        if place in {Place.CUT_OFF, Place.CLUSTER}:
            continue
        code = counted_class(finding, said)
        counts[code] += 1
        if said is not None:
            people[code] += 1
    cut_off, clusters = places[Place.CUT_OFF], places[Place.CLUSTER]
    return Differential(dict(counts), dict(people), places.total(), cut_off, clusters, asked)
