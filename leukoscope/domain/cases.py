"""Case: one specimen, its Frames and Findings, and what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from leukoscope.domain.findings import Label


class CaseState(StrEnum):
    """Where a Case stands."""

    OPEN = "open"
    REVIEWED = "reviewed"
    SIGNED = "signed"
    AMENDED = "amended"


@dataclass(frozen=True)
class CaseHeader:
    """What the lab writes on top of a Case. All fields are free text in any script."""

    number: str
    patient: str = ""
    specimen: str = ""
    stain: str = ""
    operator: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Decision:
    """A person's label on a cell, kept beside the program's."""

    label: Label
    by: str
    at: datetime


@dataclass(frozen=True)
class CaseSummary:
    """One line of the list of Cases."""

    id: int
    header: CaseHeader
    state: CaseState
    created_at: datetime
    changed_at: datetime
    frames: int
    cells: int
    leukemic: int
    healthy: int
    unsure: int
