"""A case of all kinds of cells, put into the store as the engine would have left it: for a hundred decisions."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import cv2
import numpy as np

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import Box, Cell, View
from leukoscope.domain.findings import BundleId, Finding, Label, Naming, UnsureReason
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from tests.gui.builders import BAND, GOOD, explanation, opinion

FIELDS, IN_FIELD, SIDE = 10, 10, 60
UNSURE_EVERY = 7
"""One cell of so many is unsure."""
_CODES = ("neutrophil", "lymphocyte", "neutrophil", "monocyte", "blast", "neutrophil", "eosinophil", "lymphocyte")
_WHY = (UnsureReason.BAND, UnsureReason.DISAGREEMENT, UnsureReason.NOVELTY)


def finding(cell: Cell, number: int, *, maps: bool = True) -> Finding:
    """What the program says of a cell, by its number: granulocytes, mononuclear cells, blasts, and what is unsure."""
    code = _CODES[number % len(_CODES)]
    if number % UNSURE_EVERY == 3:
        figures = (0.55, 0.62, 0.47)[number % 3], (0.48, 0.38, 0.83)[number % 3]
        return _judged(cell, "lymphocyte", figures, Label.UNSURE, (_WHY[number // UNSURE_EVERY % 3],), 0.55, maps=maps)
    if code == "blast":
        return _judged(cell, code, (0.97, 0.92), Label.LEUKEMIC, maps=maps)
    if code in {"lymphocyte", "monocyte"}:
        return _judged(cell, code, (0.08, 0.13), Label.HEALTHY, maps=maps)
    return replace(_judged(cell, code, (0.1,), Label.HEALTHY, maps=maps), opinions=(), probability=None)


def _judged(
    cell: Cell,
    code: str,
    figures: tuple[float, ...],
    label: Label,
    why: tuple[UnsureReason, ...] = (),
    named: float = 0.96,
    *,
    maps: bool,
) -> Finding:
    other = "basophil" if code != "basophil" else "neutrophil"
    naming = Naming(BundleId("differential", "1.0.0", "d" * 64), {code: named, other: 1 - named}, 0.9, 0.95)
    why_so = (explanation("a"),) if maps else ()
    opinions = tuple(opinion(f"model-{place}", p, *why_so) for place, p in enumerate(figures))
    return Finding(cell, opinions, label, sum(figures) / len(figures), BAND, why, naming=naming)


def mixed_case(store: CaseStore, number: str = "2026-0417", fields: int = FIELDS, *, maps: bool = True) -> int:
    """A case of ten cells on each image; nobody has decided anything yet."""
    case_id = store.create(CaseHeader(number, "Doe, Jane", "Blood", "May-Grünwald-Giemsa", "A. Weber"))
    for seed in range(fields):
        rng = np.random.default_rng(seed)
        pixels = rng.integers(200, 240, (180, 390, 3), np.uint8)
        boxes = [Box(10 + 75 * (place % 5), 20 + 80 * (place // 5), SIDE, SIDE) for place in range(IN_FIELD)]
        for box in boxes:
            pixels[box.y : box.y + SIDE, box.x : box.x + SIDE] = rng.integers(60, 160, 3, np.uint8)
        data = cv2.imencode(".png", pixels[:, :, ::-1])[1].tobytes()
        sha256 = hashlib.sha256(data).hexdigest()
        origin = FrameOrigin(OriginKind.FILE, f"field-{seed + 1}.png", f"/data/field-{seed + 1}.png")
        findings = tuple(
            finding(Cell(box, np.ones((SIDE, SIDE), bool), sha256), seed * IN_FIELD + place, maps=maps)
            for place, box in enumerate(boxes)
        )
        frame = Frame(pixels, origin, sha256, 0.1)
        store.frames.add(case_id, ImageAnalysis(origin.path or "", frame, View.FIELD, GOOD, findings), data)
    return case_id
