"""What a person says of a cell: what it is, or only leukemic, healthy or unsure."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.domain.cell_classes import BLAST, NO_WHITE_CELL, SMUDGE, Family, cell_class
from leukoscope.domain.cells import Cell, CellFlag
from leukoscope.domain.findings import Finding, Label, Naming, UnsureReason

_UNNAMEABLE = frozenset({UnsureReason.IMAGE_QUALITY, UnsureReason.FOREIGN})
"""What takes every name away: a refused image, a cell unlike anything that the program knows."""


@dataclass(frozen=True)
class PersonLabel:
    """One label.

    Parameters
    ----------
    label
        The verdict that goes with it; *unsure* where a class answers no question of leukemia.
    code
        The cell class that was named; ``None`` where only a verdict was given.
    """

    label: Label
    code: str | None = None

    @property
    def counts_as(self) -> Label | None:
        """The verdict that it is counted under: see :func:`counted_verdict`."""
        return counted_verdict(self.label, self.code)

    @property
    def word(self) -> str:
        """How the audit trail has it: the class where one was named, else the verdict."""
        return self.code or self.label.value


def verdict_of(code: str) -> Label | None:
    """What a class says of leukemia.

    A granulocyte, a lymphocyte and a monocyte that a person has named are healthy, a blast is leukemic. A precursor
    and what is no white cell are neither: ``None``.

    Raises
    ------
    ValueError
        When there is no class of this code.
    """
    if code == BLAST:
        return Label.LEUKEMIC
    family = cell_class(code).family
    return Label.HEALTHY if family in {Family.GRANULOCYTE, Family.MONONUCLEAR} else None


def counted_verdict(label: Label, code: str | None) -> Label | None:
    """The verdict that a cell is counted under; ``None`` for one that a person named and that is none of the three.

    Parameters
    ----------
    label
        The label that counts.
    code
        The class that a person named; ``None`` where nobody did.
    """
    return label if code is None else verdict_of(code)


def named(code: str) -> PersonLabel:
    """The label of a person who says what the cell is.

    Raises
    ------
    ValueError
        When there is no class of this code.
    """
    return PersonLabel(verdict_of(code) or Label.UNSURE, code)


def person_label(said: PersonLabel | Label | None) -> PersonLabel | None:
    """The same for a bare verdict as for a whole label; ``None`` stays: the label is taken back."""
    return PersonLabel(said) if isinstance(said, Label) else said


def is_smudge(cell: Cell, naming: Naming | None) -> bool:
    """Whether the search for cells takes it for a smudge and no confident name of a cell says otherwise."""
    if CellFlag.SMUDGE not in cell.flags:
        return False
    return naming is None or not naming.is_confident or cell_class(naming.code).family is Family.NO_LEUKOCYTE


def program_class(finding: Finding) -> str | None:
    """What the program takes a cell for; ``None`` where it cannot say.

    What the leukemia models call leukemic is a blast, what the search for cells takes for a smudge is one. Else the
    name that was given with confidence counts, unless the image was refused, the cell is unlike anything known, or a
    cell named blast was called healthy.
    """
    naming = finding.naming
    if finding.label is Label.LEUKEMIC:
        return BLAST
    if is_smudge(finding.cell, naming) and UnsureReason.IMAGE_QUALITY not in finding.unsure:
        return SMUDGE
    if naming is None or not _UNNAMEABLE.isdisjoint(finding.unsure):
        return None
    if not naming.is_confident:
        # Which kind of thing it is can stay open: platelets and smudges are no white cells together.
        return NO_WHITE_CELL if UnsureReason.NO_WHITE_CELL in finding.unsure else None
    contradicted = naming.code == BLAST and finding.label is Label.HEALTHY
    return None if contradicted else naming.code


def counted_class(finding: Finding, said: PersonLabel | None) -> str | None:
    """The class that a cell counts in: the person's, else the program's; ``None`` where nobody can say.

    A person who only said *leukemic* means a leukemic blast. One who only said *healthy* leaves the program's name
    standing where it is one of a healthy cell; *unsure* takes it away.
    """
    if said is None:
        return program_class(finding)
    if said.code is not None:
        return said.code
    if said.label is Label.LEUKEMIC:
        return BLAST
    naming = finding.naming
    if said.label is Label.UNSURE or naming is None or not naming.is_confident:
        return None
    return naming.code if verdict_of(naming.code) is Label.HEALTHY else None
