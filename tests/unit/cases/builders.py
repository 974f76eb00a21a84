"""Small real analyses for the tests of the case store."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cells import Box, Cell, CellFlag, View
from leukoscope.domain.findings import (
    BundleId,
    ExplanationMap,
    Finding,
    Label,
    Opinion,
    Thresholds,
    UnsureReason,
)
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict

HYBRID = BundleId("hybrid", "1.0.0", "a" * 64)
ENSEMBLE = BundleId("ensemble", "1.1.0", "b" * 64)
LABELS = (Label.LEUKEMIC, Label.HEALTHY, Label.UNSURE)
QUALITY = QualityReport(
    (
        QualityMeasure("focus", 12.5, "", QualityVerdict.OK),
        QualityMeasure("exposure", 251.0, "of 255", QualityVerdict.WARN, "Lower the light a little."),
    )
)


def explanation(name: str, rng: np.random.Generator, side: int = 7) -> ExplanationMap:
    kind = MapKind.ATTENTION if name == "attention" else MapKind.GRAD_CAM
    values = rng.normal(size=(side, side)).astype(np.float32)
    return ExplanationMap(
        name, kind, np.abs(values) if kind is MapKind.ATTENTION else values, 2.5, Box(75, 75, 300, 300)
    )


def finding(index: int, sha256: str, side: int = 40, names: tuple[str, ...] = ("lite0", "attention")) -> Finding:
    rng = np.random.default_rng(index)
    yy, xx = np.mgrid[:side, : side + 3]
    mask = (yy - side / 2) ** 2 + (xx - side / 2) ** 2 < (side / 2.2) ** 2
    flags = frozenset({CellFlag.AT_BORDER, CellFlag.ADDED_BY_HAND}) if index % 4 == 1 else frozenset()
    label = LABELS[index % 3]
    opinions = tuple(
        Opinion(
            bundle,
            float(rng.normal()),
            float(rng.uniform()),
            Thresholds(0.3, 0.7),
            tuple(explanation(name, rng) for name in names),
            None if bundle is ENSEMBLE else 0.75,
        )
        for bundle in (HYBRID, ENSEMBLE)
    )
    unsure = (UnsureReason.NOVELTY, UnsureReason.BAND) if label is Label.UNSURE else ()
    cell = Cell(Box(5 * index % 50, 3, side + 3, side), mask, sha256, flags)
    return Finding(cell, opinions, label, float(rng.uniform()), Thresholds(0.25, 0.75), unsure)


def analysis(data: bytes = b"image", cells: int = 3, name: str = "cell.png", **kwargs: int) -> ImageAnalysis:
    """An analysis of a small image whose file holds ``data``."""
    sha256 = hashlib.sha256(data).hexdigest()
    origin = FrameOrigin(OriginKind.FILE, name, f"/data/{name}", exposure_ms=12.0)
    frame = Frame(np.zeros((60, 80, 3), np.uint8), origin, sha256, 0.25)
    findings = tuple(finding(index, sha256, **kwargs) for index in range(cells))
    return ImageAnalysis(origin.path or name, frame, View.FIELD, QUALITY, findings)


def all_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
