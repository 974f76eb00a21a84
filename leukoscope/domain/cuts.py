"""How a cell is cut out of its Frame for a network: what stays around it, and on a canvas of what size."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CELL_IMAGE_SIDE = 450
"""Side of a CellImage in pixels: C-NMC's."""


class Cutting(StrEnum):
    """What a network sees around the cell."""

    BLACK = "black-background"
    """Nothing: black, as in C-NMC."""
    KEPT = "kept-background"
    """What lies around it in the Frame; beyond the Frame's edge the edge is repeated."""
    MEAN = "mean-background"
    """One color, the mean of the cell's own pixels."""
    WHOLE = "whole-field"
    """The whole Frame as it is, stretched to the network's input: of use where a Frame shows one cell."""


@dataclass(frozen=True)
class Cut:
    """One way of cutting out.

    Parameters
    ----------
    how
        What stays around the cell.
    canvas
        Side of the square with the cell in its middle, in pixels of a CellImage (0.06 µm); of no meaning for a whole
        field.
    """

    how: Cutting = Cutting.BLACK
    canvas: int = CELL_IMAGE_SIDE


PLAIN = Cut()
"""What every CellImage is already."""
