"""Figures of shape: what a hematologist looks at in a cell, measured, with the range they are held against."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Where a value lies against a reference range."""

    LOW = "low"
    USUAL = "usual"
    HIGH = "high"


@dataclass(frozen=True)
class Figure:
    """One thing that is measured on a cell.

    Parameters
    ----------
    code
        Stable, fit for a column's name.
    title
        What a person calls it.
    unit
        ``µm²``, ``OD`` (decadic optical density), or empty for a ratio or a count.
    decimals
        How many are worth printing.
    """

    code: str
    title: str
    unit: str = ""
    decimals: int = 2

    def text(self, value: float) -> str:
        """The value with its unit, as it is printed."""
        number = f"{value:.{self.decimals}f}"
        return f"{number} {self.unit}" if self.unit else number


FIGURES: tuple[Figure, ...] = (
    Figure("cell_area", "Cell area", "µm²", 0),
    Figure("nucleus_area", "Nucleus area", "µm²", 0),
    Figure("nc_ratio", "N:C"),
    Figure("form_factor", "Form factor"),
    Figure("solidity", "Solidity of the nucleus"),
    Figure("eccentricity", "Eccentricity of the nucleus"),
    Figure("lobes", "Lobes of the nucleus", "", 0),
    Figure("indentation", "Indentation of the nucleus"),
    Figure("chromatin", "Chromatin texture", "OD", 3),
    Figure("contrast", "Nucleus darker than cytoplasm by", "OD"),
    Figure("density", "Optical density of the nucleus", "OD"),
    Figure("basophilia", "Basophilia of the cytoplasm", "OD"),
    Figure("granules", "Granules in the cytoplasm"),
)
"""In the order that they are shown. ``imaging.morphology`` says how each is measured and where it comes from."""

BY_CODE: Mapping[str, Figure] = {figure.code: figure for figure in FIGURES}


DIAMETER = Figure("diameter", "Diameter", "µm", 1)
"""Of a circle with the area of the cell: not measured by itself, but what people think in."""

SHOWN: Mapping[str, Figure] = {
    figure.code: figure for one in FIGURES for figure in ((one, DIAMETER) if one.code == "cell_area" else (one,))
}
"""All that tables show, in their order."""

MAIN = ("cell_area", "diameter", "nucleus_area", "nc_ratio", "form_factor", "lobes", "chromatin")
"""What tables show first."""


@dataclass(frozen=True)
class Morphology:
    """What was measured on one cell.

    Parameters
    ----------
    values
        By the figure's code; what cannot be measured on this cell (cytoplasm's figures where none is seen, densities
        where the glass is not) is not there.
    """

    values: Mapping[str, float]


@dataclass(frozen=True)
class MeasuredFigure:
    """One figure of one cell beside the range of healthy lymphocytes, and what it says.

    Parameters
    ----------
    code
        Which figure.
    value
        In the figure's unit.
    low, high
        The 5th and 95th percentile of healthy lymphocytes.
    contribution
        What it adds to the logit of an opinion: positive speaks for leukemic, negative for healthy; 0 for a figure
        that is shown but not asked.
    """

    code: str
    value: float
    low: float
    high: float
    contribution: float = 0.0

    @property
    def level(self) -> Level:
        """Where the value lies."""
        if self.value < self.low:
            return Level.LOW
        return Level.HIGH if self.value > self.high else Level.USUAL

    @property
    def position(self) -> float:
        """Where a mark stands in a bar whose middle third is the reference range: 0..1."""
        if self.low == self.high == self.value:
            return 0.5
        width = max(self.high - self.low, 1e-9)
        return min(1.0, max(0.0, (1 + (self.value - self.low) / width) / 3))


def shown_figures(figures: Sequence[MeasuredFigure]) -> tuple[MeasuredFigure, ...]:
    """Figures in the order of tables, with the diameter after the cell's area."""
    made: list[MeasuredFigure] = []
    for one in figures:
        made.append(one)
        if one.code == "cell_area":
            value, low, high = (2 * math.sqrt(area / math.pi) for area in (one.value, one.low, one.high))
            made.append(MeasuredFigure(DIAMETER.code, value, low, high))
    return tuple(sorted(made, key=lambda one: list(SHOWN).index(one.code)))
