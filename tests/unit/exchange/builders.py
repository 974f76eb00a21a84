"""A small real case on its way out."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from leukoscope import __version__
from leukoscope.domain.cases import Amendment, Case, CaseCell, CaseFrame, CaseHeader, CaseState, Decision, Signature
from leukoscope.domain.cells import Box, Cell, View
from leukoscope.domain.findings import BundleId, Finding, Label, Opinion, Thresholds, UnsureReason
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict
from leukoscope.exchange.exported_case import ExportedCase

HYBRID = BundleId("hybrid", "1.0.0", "a" * 64)
ENSEMBLE = BundleId("ensemble", "2.1.0", "b" * 64)
BAND = Thresholds(0.3, 0.7)
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
HEADER = CaseHeader("2026-0417", "Doe, Jane", "Blood", "MGG", "Ana", "Dried slowly.")
GOOD = QualityReport((QualityMeasure("focus", 14.2, "", QualityVerdict.OK),))
WILD = (
    "Núñez Ωμέγα Иванов 山田太郎 김민준 محمد שלום नमस्ते ทดสอบ",
    "'); DROP TABLE cases;-- | ^ & ~ \\ \\F\\ {}[]",
    '<script>alert("x")</script> &amp; <b>bold</b> %s {0}',
    "Zeile eins\nZeile zwei\ttab",
    "e\u0301 👩‍🔬 \u202eabc",
    "x" * 1999 + "é",
)
"""Names with any script, markup, SQL, delimiters, 2,000 characters."""


def case_cell(number: int, frame_id: int = 1) -> CaseCell:
    probability = (0.91, 0.08, 0.51)[number % 3]
    opinions = tuple(
        Opinion(bundle, 0.0, min(1.0, probability + place * 0.05), BAND, (), 0.4)
        for place, bundle in enumerate((HYBRID, ENSEMBLE))
    )
    label = BAND.label(probability)
    unsure = (UnsureReason.BAND,) if label is Label.UNSURE else ()
    where = Box(20 + 90 * (number % 6), 30 + 100 * (number // 6 % 4), 60, 70)
    cell = Cell(where, np.ones((70, 60), bool), "00" * 32)
    decision = Decision(Label.HEALTHY, "Åsa", NOW) if number % 5 == 0 else None
    return CaseCell(number, frame_id, Finding(cell, opinions, label, probability, BAND, unsure), decision)


def case_frame(number: int, cells: tuple[CaseCell, ...], view: View = View.FIELD) -> CaseFrame:
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    origin = FrameOrigin(OriginKind.FILE, f"field {number}.png", f"/data/field {number}.png", NOW)
    return CaseFrame(number, f"/data/field {number}.png", sha256, 640, 480, 0.25, view, GOOD, None, cells, origin)


def read_frame(frame: CaseFrame) -> Frame:
    yy, xx = np.mgrid[: frame.height, : frame.width]
    waves = [127 + 120 * np.sin(xx / (9 + frame.id) + channel) * np.cos(yy / 11) for channel in range(3)]
    origin = frame.origin or FrameOrigin(OriginKind.FILE, frame.source)
    return Frame(np.stack(waves, axis=-1).astype(np.uint8), origin, frame.sha256, frame.um_per_px)


def case(cells: int = 6, header: CaseHeader = HEADER, state: CaseState = CaseState.OPEN) -> Case:
    """A case of two fields with the same number of cells in each."""
    half = cells // 2
    first = case_frame(1, tuple(case_cell(number, 1) for number in range(1, half + 1)))
    second = case_frame(2, tuple(case_cell(number, 2) for number in range(half + 1, cells + 1)))
    return Case(7, header, state, NOW - timedelta(hours=1), NOW, (first, second))


def signed(one: Case, amended: bool = False) -> Case:
    signature = Signature("Dr. Zoë Müller", "Reviewed", NOW)
    if not amended:
        return replace(one, state=CaseState.SIGNED, signatures=(signature,))
    again = replace(signature, at=NOW + timedelta(hours=2))
    amendment = Amendment("Cell 3 was a smudge", "Ana", NOW + timedelta(hours=1))
    return replace(one, state=CaseState.SIGNED, signatures=(signature, again), amendments=(amendment,))


def exported(one: Case | None = None, pdf: bytes = b"%PDF-1.7 small") -> ExportedCase:
    return ExportedCase(
        one or case(),
        NOW,
        "LeukoScope",
        __version__,
        pdf,
        "Hematology",
        "Ring Road 1\n1234 Town",
        "en",
        {HYBRID.sha256: "Hybrid network"},
    )


def read_file(frame: CaseFrame) -> bytes:
    return bytes(frame.width * frame.height // 2)
