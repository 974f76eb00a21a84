"""Counts over all cells of a case, each with its n and its interval."""

from __future__ import annotations

from dataclasses import dataclass, field

from leukoscope.domain.differential import Differential
from leukoscope.domain.findings import Label, UnsureReason
from leukoscope.domain.statistics import wilson_interval


@dataclass(frozen=True)
class Share:
    """A proportion with what stands behind it."""

    count: int
    n: int

    @property
    def value(self) -> float:
        """The proportion, 0..1; 0 when there is nothing to count."""
        return self.count / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval, 0..1."""
        return wilson_interval(self.count, self.n)


@dataclass(frozen=True)
class Totals:
    """Counts over all cells of a Case.

    Parameters
    ----------
    labels
        Cells for each label that counts: the person's, else the program's.
    named
        Cells that a person named and that are none of the three: precursors, no white cells.
    differential
        The white cells counted by class; ``None`` where nobody has named any.
    reasons
        Cells for each reason of the program to abstain; a cell can have several.
    disagreeing
        Cells on which the models lean to different sides.
    decided
        Cells that a person has labeled.
    changes
        Cells for each pair of the program's label and the label that counts; ``None`` for one that is none of them.
    """

    labels: dict[Label, int]
    reasons: dict[UnsureReason, int] = field(default_factory=dict)
    disagreeing: int = 0
    decided: int = 0
    changes: dict[tuple[Label, Label | None], int] = field(default_factory=dict)
    named: int = 0
    differential: Differential | None = None

    @property
    def n(self) -> int:
        """All cells."""
        return sum(self.labels.values()) + self.named

    def share(self, label: Label) -> Share:
        """Share of one label."""
        return Share(self.labels.get(label, 0), self.n)
