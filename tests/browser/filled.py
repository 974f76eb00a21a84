"""Cases of many cells for people to review."""

from __future__ import annotations

from dataclasses import replace

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import Box, View
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.sources.demo import demo_cells
from leukoscope.sources.files import decode_frame
from leukoscope.workflow.images import png_source
from tests.unit.cases.builders import QUALITY, finding

IN_IMAGE = 10
FIGURES = (
    MeasuredFigure("cell_area", 231.4, 41.0, 88.0, 0.8),
    MeasuredFigure("nucleus_area", 74.0, 35.0, 76.0),
    MeasuredFigure("nc_ratio", 0.91, 0.62, 0.88, 0.41),
    MeasuredFigure("lobes", 1.0, 1.0, 1.0),
    MeasuredFigure("chromatin", 0.031, 0.05, 0.11, -0.2),
    MeasuredFigure("basophilia", 0.22, 0.05, 0.31),
)
"""Of every cell: two high, one low, three as usual."""


def fill(store: CaseStore, number: str, cells: int) -> int:
    """A case of so many judged cells, ten in each image, a third of them unsure."""
    case_id = store.create(CaseHeader(number, "Doe, Jane", specimen="Blood", stain="May-Grünwald-Giemsa"))
    for image, drawn in enumerate(demo_cells(-(-cells // IN_IMAGE), 3)):
        origin = FrameOrigin(OriginKind.FILE, f"{image}.png")
        data = png_source(drawn.pixels, origin).image_bytes()
        frame = decode_frame(data, origin)
        found = []
        for at in range(min(IN_IMAGE, cells - image * IN_IMAGE)):
            one = finding(image * IN_IMAGE + at, frame.sha256)
            box = Box(20 + at % 5 * 80, 60 + at // 5 * 160, one.cell.box.width, one.cell.box.height)
            found.append(replace(one, cell=replace(one.cell, box=box), measured=FIGURES))
        store.frames.add(case_id, ImageAnalysis(f"{image}.png", frame, View.FIELD, QUALITY, tuple(found)), data)
    return case_id
