"""Fields of a drawn smear taken by hand: ``python -m tests.benchmarks.bench_mosaic [COLUMNS ROWS]``, 10 by 10 without.

Places are held against where the fields were taken, cells against those that are found in the smear as one piece.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from leukoscope.domain.cells import Box, View
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind, Pixels
from leukoscope.domain.seen_twice import SeenCell, seen_twice
from leukoscope.imaging.localize import localize
from leukoscope.imaging.mosaic import Mosaic
from leukoscope.imaging.slide_cells import find_in_fields, plan_fields
from leukoscope.sources.demo import FIELD_UM_PER_PX
from tests.unit.imaging.fields_by_hand import corners, off, photographed, smear, snake

WIDTH, HEIGHT = 640, 512
NEAR_PX = 40.0
"""Centers that are closer are of one cell: white cells are drawn 220 px apart."""


def in_one_piece(world: Pixels) -> list[tuple[float, float]]:
    """Centers of the cells that the whole smear shows."""
    region = Box(0, 0, world.shape[1], world.shape[0])

    def read(box: Box) -> Pixels:
        return np.ascontiguousarray(world[box.y : box.y + box.height, box.x : box.x + box.width])

    fields = plan_fields(region, region, FIELD_UM_PER_PX)
    return [center for one in find_in_fields(read, fields, FIELD_UM_PER_PX) for center in one.on_slide]


def main(columns: int = 10, rows: int = 10) -> None:
    """Print places, double counts, misses and the processor's time for each field."""
    world, order = smear(columns, rows, WIDTH, HEIGHT), snake(columns, rows)
    right = corners(order, WIDTH, HEIGHT)
    mosaic, cells, spent = Mosaic(), list[SeenCell](), list[float]()
    for number, pixels in enumerate(photographed(world, right, WIDTH, HEIGHT)):
        before = time.process_time()
        mosaic.add(pixels)
        spent.append(time.process_time() - before)
        frame = Frame(pixels, FrameOrigin(OriginKind.DEMO, str(number)), "", FIELD_UM_PER_PX)
        for cell in localize(frame, View.FIELD):
            cells.append(SeenCell(len(cells), number, cell.box, cell.flags))
    groups = mosaic.groups()
    twice = [one for group in groups for one in seen_twice(cells, group, (WIDTH, HEIGHT))]
    gone = {cell.id for one in twice for cell in one.others}
    kept = np.array([np.array(cell.box.center) + right[cell.image] for cell in cells if cell.id not in gone])
    whole = np.array(in_one_piece(world))
    size = np.array([WIDTH, HEIGHT])
    inside = ((whole[:, None] >= right + 60) & (whole[:, None] <= right + size - 60)).all(axis=2)
    seen = whole[inside.any(axis=1)]
    counts = (np.hypot(*(seen[:, None] - kept[None]).transpose(2, 0, 1)) < NEAR_PX).sum(axis=1)
    print(f"{len(order)} fields of {WIDTH}x{HEIGHT}, 20 % overlap; {len(mosaic.joints)} pairs, pieces: {len(groups)}")
    print(f"places: {off(groups[0], right):.2f} px RMS; weakest agreement {mosaic.agreement:.2f}")
    print(f"cells in the smear: {len(seen)}; in fields: {len(cells)}, of which {len(gone)} again")
    print(f"counted twice: {(counts > 1).sum()} ({(counts > 1).mean():.2%}); missed: {(counts == 0).sum()} ", end="")
    print(f"({(counts == 0).mean():.2%})")
    print(f"processor's time for a field: mean {np.mean(spent) * 1e3:.0f} ms, most {max(spent) * 1e3:.0f} ms")


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:3]))
