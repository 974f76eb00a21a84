"""Cases put into the store as the engine would have left them: windows on them need no engine."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame, CaseHeader
from leukoscope.domain.cells import Box, Cell, View
from leukoscope.domain.findings import Finding, Label
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.stage import StagePosition
from tests.gui.builders import BAND, GOOD, explanation, opinion

WIDTH, HEIGHT, SIDE = 480, 360, 60


def stored_image(
    store: CaseStore,
    case_id: int,
    seed: int,
    cells: int,
    stage: StagePosition | None = None,
    folder: str = "/data",
) -> CaseFrame:
    """A judged image with so many cells in a row, drawn anew for each seed."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(200, 240, (HEIGHT, WIDTH, 3), np.uint8)
    boxes = [Box(10 + 75 * place, 20 + 40 * (place % 4), SIDE, SIDE) for place in range(cells)]
    for box in boxes:
        pixels[box.y : box.y + SIDE, box.x : box.x + SIDE] = (120, 60, 150)
    data = cv2.imencode(".png", pixels[:, :, ::-1])[1].tobytes()
    sha256 = hashlib.sha256(data).hexdigest()
    origin = FrameOrigin(OriginKind.FILE, f"field-{seed}.png", f"{folder}/field-{seed}.png", stage=stage)
    findings = tuple(stored_finding(box, sha256) for box in boxes)
    analysis = ImageAnalysis(origin.path or "", Frame(pixels, origin, sha256, 0.1), View.FIELD, GOOD, findings)
    return store.frames.add(case_id, analysis, data)


def stored_finding(box: Box, sha256: str) -> Finding:
    """A healthy cell in a box."""
    cell = Cell(box, np.ones((box.height, box.width), bool), sha256)
    opinions = (opinion("ensemble", 0.2, explanation("a")), opinion("hybrid", 0.3, explanation("b")))
    return Finding(cell, opinions, Label.HEALTHY, 0.25, BAND, ())


def broken_image(store: CaseStore, case_id: int, name: str = "letter.png") -> CaseFrame:
    """An image that could not be read."""
    sentence = f"“{name}” is damaged or no image; copy it again."
    return store.frames.add(case_id, ImageAnalysis(f"/data/{name}", error=sentence), None)


def stored_case(store: CaseStore, number: str, *cells: int) -> int:
    """A case with one judged image for each count of cells."""
    case_id = store.create(CaseHeader(number, patient=f"Patient of {number}"))
    for place, count in enumerate(cells):
        stored_image(store, case_id, 1000 * case_id + place, count)
    return case_id
