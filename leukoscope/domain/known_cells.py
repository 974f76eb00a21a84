"""Cells that people of the lab have decided, as others are compared with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leukoscope.domain.cells import CellFlag
from leukoscope.domain.labels import PersonLabel


@dataclass(frozen=True)
class KnownCell:
    """One cell of a case, without its pixels.

    Parameters
    ----------
    id, frame_id, case_id
        Keys in the store.
    said
        What the newest decision says of it.
    by, at
        Who said so, and when.
    flags
        What is special about it.
    """

    id: int
    frame_id: int
    case_id: int
    said: PersonLabel
    by: str
    at: datetime
    flags: frozenset[CellFlag]


@dataclass(frozen=True)
class Example:
    """A cell that somebody keeps as an example: what is known of it, who keeps it, and since when."""

    cell: KnownCell
    kept_by: str
    kept_at: datetime
