"""The sentence for cells that no model could judge."""

from __future__ import annotations

from leukoscope.domain.cells import Box
from leukoscope.domain.judgements import CellFault
from leukoscope.workflow.lost_cells import LostCell, lost_cells


def test_the_cell_is_named_by_its_place_and_the_rest_counted() -> None:
    ended = LostCell(Box(10, 20, 30, 40), CellFault.ENDED)
    assert lost_cells([ended], 5) == (
        "The engine stops each time at what lies at (25, 40) (pixels from left, top); look there yourself."
    )
    both = lost_cells([LostCell(Box(0, 0, 2, 2)), ended, LostCell(Box(4, 4, 2, 2), CellFault.HUNG)], 5)
    assert both.startswith("The engine stops each time at what lies at (25, 40)")
    assert both.endswith("In all, 3 of the 5 cells could not be judged; look at them yourself.")
    assert lost_cells([LostCell(Box(0, 0, 2, 2))], 2) == "1 of the 2 cells could not be judged; look at them yourself."
    many = [LostCell(Box(place, 0, 2, 2), CellFault.MEMORY) for place in range(20)]
    assert "memory" in lost_cells(many, 30) and "20 of the 30" in lost_cells(many, 30)
