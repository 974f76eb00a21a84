"""The kinds of explanation maps, and what each of them means to a reader."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class MapKind(StrEnum):
    """How an ExplanationMap was made. The value stands in manifests and in stored cases: it never changes.

    How a map of a kind is computed stands in ``inference/explanations.py``.

    Attributes
    ----------
    signed
        Positive values speak for leukemic and negative ones for healthy; without, no value is negative.
    evidence
        The map shows what speaks for a label; without, it shows where the network looked, whatever it concluded, and is
        called weak wherever it is shown.
    note
        What the report says of maps of this kind beside what is true of all; empty for nothing.
    """

    GRAD_CAM = "grad-cam", True, True
    HIRES_CAM = "hires-cam", True, True
    ATTENTION = (
        "attention",
        False,
        False,
        "A map named attention shows where a transformer looked, whatever it concluded.",
    )

    OCCLUSION = (
        "occlusion",
        True,
        True,
        "A map named occlusion shows by how much the log-odds fall when a place of the cell is covered.",
    )

    signed: bool
    evidence: bool
    note: str

    def __new__(cls, value: str, signed: bool = False, evidence: bool = False, note: str = "") -> Self:
        """Make a member of its line."""
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.signed, kind.evidence, kind.note = signed, evidence, note
        return kind
