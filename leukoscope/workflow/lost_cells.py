"""What a person reads of the cells of an image that no model could judge: where they are, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leukoscope.domain.cells import Box
from leukoscope.domain.judgements import CellFault

NAMED = 8
"""So many cells are named by their place."""
_FIRST = (CellFault.ENDED, CellFault.HUNG, CellFault.MEMORY, CellFault.FAILED)
"""What is said where there are several reasons."""


@dataclass(frozen=True)
class LostCell:
    """A cell without a judgement.

    Parameters
    ----------
    box
        Where it is in its image.
    fault
        Why, where that is known.
    """

    box: Box
    fault: CellFault | None = None


def lost_cells(lost: Sequence[LostCell], cells: int) -> str:
    """The sentence for an image of which some cells are not judged.

    Parameters
    ----------
    lost
        Those cells; at least one.
    cells
        How many the image has.
    """
    fault = next((one for one in _FIRST if any(cell.fault is one for cell in lost)), None)
    if fault is None:
        return f"{len(lost)} of the {cells} cells could not be judged; look at them yourself."
    of_it = [cell.box for cell in lost if cell.fault is fault]
    first = _sentence(fault, ", ".join(_place(box) for box in of_it[:NAMED]))
    if len(lost) == min(len(of_it), NAMED):
        return first
    return f"{first} In all, {len(lost)} of the {cells} cells could not be judged; look at them yourself."


def _sentence(fault: CellFault, places: str) -> str:
    if fault is CellFault.ENDED:
        return f"The engine stops each time at what lies at {places} (pixels from left, top); look there yourself."
    if fault is CellFault.HUNG:
        return f"The engine does not come back from what lies at {places} (pixels from left, top); look there yourself."
    if fault is CellFault.MEMORY:
        return f"There was not enough memory for what lies at {places} (pixels from left, top); judge the image again."
    return f"A model gave no number for what lies at {places} (pixels from left, top); look there yourself."


def _place(box: Box) -> str:
    """The middle of a cell."""
    return f"({round(box.x + box.width / 2)}, {round(box.y + box.height / 2)})"
