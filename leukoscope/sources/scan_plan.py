"""Where the fields of a scan lie, planned by useq-schema."""

from __future__ import annotations

import math
from enum import StrEnum

from leukoscope.domain.errors import CameraError
from leukoscope.domain.stage import StagePosition

MOST_FIELDS = 1000


class ScanShape(StrEnum):
    """In which order fields are taken."""

    ROWS = "rows"
    """Row after row of a rectangle, forth and back, around where the stage stands."""
    SPIRAL = "spiral"
    """From where the stage stands outwards."""


def planned(
    fields: int, shape: ScanShape, size_um: tuple[float, float], overlap: float, around: StagePosition
) -> tuple[StagePosition, ...]:
    """Centers of so many fields, in the order in which they are taken.

    Parameters
    ----------
    fields
        How many, from 1 to ``MOST_FIELDS``.
    shape
        In which order.
    size_um
        Width and height of a field in micrometers.
    overlap
        Part of a field that its neighbor shows too, 0 to below 1.
    around
        Where the stage stands.

    Raises
    ------
    CameraError
        When useq-schema is not installed.
    """
    try:
        from useq import GridRowsColumns
    except ImportError as error:
        raise CameraError(
            "A scan needs the extra “micro-manager”, which is not installed here; ask whoever set this computer up.",
            repr(error),
        ) from error
    columns = math.ceil(math.sqrt(fields))
    rows = math.ceil(fields / columns)
    if shape is ScanShape.SPIRAL:
        # From the middle: the sides are odd, and what is too much lies at the end.
        columns = rows = columns + (columns + 1) % 2
    order = "spiral" if shape is ScanShape.SPIRAL else "row_wise_snake"
    plan = GridRowsColumns(
        rows=rows, columns=columns, fov_width=size_um[0], fov_height=size_um[1], overlap=100 * overlap, mode=order
    )
    # There y grows upwards; the first row is to be the upper one.
    places = [(float(one.x or 0), -float(one.y or 0)) for one in plan][:fields]
    return tuple(StagePosition(around.x_um + x, around.y_um + y) for x, y in places)
