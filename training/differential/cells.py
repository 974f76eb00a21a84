"""The labeled cells of a run: cut out once, kept in one folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError

PIXELS_FILE, FACTS_FILE = "cells.npy", "cells.json"
TRAIN, CALIBRATE, REPORT = "train", "calibrate", "report"


@dataclass(frozen=True)
class LabeledCell:
    """What is known of one cell besides its pixels.

    Parameters
    ----------
    code
        Its cell class.
    source
        Data set: ``pbc``, ``c-nmc``, ``bccd``.
    name
        File it was cut out of.
    group
        Cells of one group never stand on two sides of a split: the person, else the field or the picture.
    part
        ``train``; ``calibrate``: sets temperature and thresholds and never trains; ``report``: only measured.
        C-NMC's cells all say ``train``: they are dealt into folds by person.
    whole
        Whether it does not touch the edge of its field.
    made
        ``piece`` or ``smudge`` for what was made of the cell ``name``; empty for a real one.
    """

    code: str
    source: str
    name: str
    group: str
    part: str
    whole: bool = True
    made: str = ""


@dataclass(frozen=True, eq=False)
class LabeledCells:
    """Cells with their pixels.

    Parameters
    ----------
    pixels
        Shape (n, stored, stored, 3), uint8, RGB, background black; mapped from disk.
    facts
        Of each.
    """

    pixels: NDArray[np.uint8]
    facts: tuple[LabeledCell, ...]

    def of(self, attribute: str) -> NDArray[np.str_]:
        """One attribute of all cells, shape (n,)."""
        return np.array([str(getattr(fact, attribute)) for fact in self.facts])

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Shape (n,)."""
        return np.array([fact.whole for fact in self.facts])

    def labels(self, classes: Sequence[str]) -> NDArray[np.int64]:
        """Number of each cell's class in ``classes``, shape (n,)."""
        number = {code: index for index, code in enumerate(classes)}
        return np.array([number[fact.code] for fact in self.facts], dtype=np.int64)


def save_cells(folder: Path, pixels: Sequence[NDArray[np.uint8]], facts: Sequence[LabeledCell]) -> None:
    """Write cells; the facts last, so that their presence says that all is there."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / PIXELS_FILE, np.stack(pixels))
    part = folder / f"{FACTS_FILE}.part"
    part.write_text(json.dumps([asdict(fact) for fact in facts], indent=0), encoding="utf-8")
    part.replace(folder / FACTS_FILE)


def load_cells(folder: Path) -> LabeledCells:
    """Read what :func:`save_cells` wrote.

    Raises
    ------
    SettingsError
        When there is nothing.
    """
    try:
        facts = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
        pixels = np.load(folder / PIXELS_FILE, mmap_mode="r")
    except (OSError, ValueError) as error:
        message = f"“{folder}” holds no cut-out cells; run python -m training.differential cells first."
        raise SettingsError(message, repr(error)) from error
    return LabeledCells(pixels, tuple(LabeledCell(**fact) for fact in facts))
