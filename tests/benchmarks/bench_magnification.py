"""Whether the objective matters: BCCD's fields made smaller and larger, none calibrated.

python -m tests.benchmarks.bench_magnification [FACTOR ...]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from leukoscope.domain.cells import Box, View
from leukoscope.domain.frames import Frame
from leukoscope.imaging.localize import localize
from leukoscope.sources.files import read_frame
from tests.benchmarks.bench_localize import DATA, FieldScore, marked_boxes, matches

FACTORS = (0.3, 0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0)
"""Of BCCD's own scale, about 0.09 µm/px: from what a 40x objective gives to more than a 100x does."""


def magnified(frame: Frame, factor: float) -> Frame:
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    pixels = cv2.resize(frame.pixels, None, fx=factor, fy=factor, interpolation=way)
    return replace(frame, pixels=np.ascontiguousarray(pixels, np.uint8), um_per_px=None)


def score(factor: float) -> FieldScore:
    """Every third of the even-numbered fields, which nothing was tuned on."""
    result = FieldScore()
    for annotation in sorted((DATA / "bccd" / "annotations").glob("*.xml")):
        image = DATA / "bccd" / "images" / f"{annotation.stem}.jpg"
        if int(re.findall(r"\d+", annotation.stem)[0]) % 6 or not image.is_file():
            continue
        cells = localize(magnified(read_frame(image), factor), View.FIELD)
        marked = [
            Box(*(round(side * factor) for side in (box.x, box.y, box.width, box.height)))
            for box in marked_boxes(annotation)
        ]
        result.fields += 1
        result.matched += matches([cell.box for cell in cells], marked)
        result.found += len(cells)
        result.marked += len(marked)
        result.right_count += len(cells) == len(marked)
    return result


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    if not DATA.is_dir():
        print(f"needs the real images in {DATA}")
        return
    print("BCCD, every third even-numbered field, resampled; scale from the red cells")
    for factor in [float(text) for text in arguments] or FACTORS:
        found = score(factor)
        print(
            f"  x {factor:<4g} recall {found.matched / found.marked:.3f}  precision {found.matched / found.found:.3f}  "
            f"count right {found.right_count / found.fields:.3f}  ({found.fields} fields, {found.marked} cells)"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
