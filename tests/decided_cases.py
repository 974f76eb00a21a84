"""Cases of drawn cells that people have named: nobody's data."""

from __future__ import annotations

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame, CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.labels import named
from leukoscope.imaging.localize import localize
from leukoscope.sources.demo import demo_cells
from leukoscope.sources.files import decode_frame
from leukoscope.workflow.images import png_source
from tests.unit.cases.builders import QUALITY, finding


def add_case(store: CaseStore, number: str, cells: int, first: int = 0, *, done: bool = True) -> list[CaseFrame]:
    """A case of drawn cells, one in each image; every one is named, blasts and lymphocytes by turns."""
    case_id = store.create(CaseHeader(number, "Doe"))
    frames = []
    for at, drawn in enumerate(list(demo_cells(first + cells, 7))[first:]):
        data = png_source(drawn.pixels, FrameOrigin(OriginKind.FILE, f"{at}.png")).image_bytes()
        frame = decode_frame(data, FrameOrigin(OriginKind.FILE, f"{at}.png"))
        (cell,) = localize(frame, View.CELL)
        one = finding(at, frame.sha256)
        one = type(one)(cell, one.opinions, one.label, one.probability, one.thresholds)
        kept = store.frames.add(case_id, ImageAnalysis(f"{at}.png", frame, View.CELL, QUALITY, (one,)), data)
        if done:
            store.decide(kept.cells[0].id, named("lymphocyte" if (first + at) % 2 else "blast"), "Ana")
        frames.append(kept)
    if done:
        store.signing.mark_reviewed(case_id)
    return frames
