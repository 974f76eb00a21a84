"""Small real reports for the tests, and readers for what comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
from pypdf import PdfReader

from leukoscope.domain.cases import Amendment, CaseHeader, CaseState, Decision, Signature
from leukoscope.domain.cells import Box, View
from leukoscope.domain.findings import BundleId, Label, Thresholds, UnsureReason
from leukoscope.domain.frames import Pixels
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict
from leukoscope.reports.content import (
    CellMark,
    ReportCell,
    ReportContent,
    ReportFrame,
    ReportMap,
    ReportModel,
    ReportOpinion,
)
from leukoscope.reports.pdf import write_pdf
from leukoscope.reports.totals import Totals
from leukoscope.reports.words import ENGLISH, Words

HYBRID = BundleId("hybrid", "1.0.0", "0123456789abcdef" * 4)
ENSEMBLE = BundleId("ensemble", "2.1.0", "fedcba9876543210" * 4)
BAND = Thresholds(0.3, 0.7)
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
HEADER = CaseHeader("2026-0417", "Doe, Jane", "Blood", "MGG", "Ana", "Dried slowly.")
GOOD = QualityReport((QualityMeasure("focus", 14.2, "", QualityVerdict.OK),))
BLURRED = QualityReport((QualityMeasure("focus", 2.0, "", QualityVerdict.WARN, "Turn the fine focus."),))
PROBABILITIES = (0.91, 0.08, 0.51)
LABELS = (Label.LEUKEMIC, Label.HEALTHY, Label.UNSURE)


def pixels(seed: int, height: int = 120, width: int = 120) -> Pixels:
    """A smooth colored picture that differs from seed to seed."""
    return _pixels(seed % 64, height, width)


@lru_cache(maxsize=256)
def _pixels(seed: int, height: int, width: int) -> Pixels:
    yy, xx = np.mgrid[:height, :width]
    waves = [127 + 120 * np.sin(xx / (9 + seed % 7) + channel + seed) * np.cos(yy / 11) for channel in range(3)]
    return np.stack(waves, axis=-1).astype(np.uint8)


def report_cell(number: int, maps: bool = True) -> ReportCell:
    index = number % 3
    probability, label = PROBABILITIES[index], LABELS[index]

    def opinion(bundle: BundleId, title: str, names: tuple[str, ...]) -> ReportOpinion:
        pictures = tuple(
            ReportMap(name, MapKind.ATTENTION if name == "Attention" else MapKind.GRAD_CAM, pixels(number * 7 + place))
            for place, name in enumerate(names)
        )
        return ReportOpinion(bundle, title, probability, BAND, BAND.label(probability), pictures if maps else (), 0.4)

    return ReportCell(
        number,
        f"cell {number:05d}.png",
        pixels(number),
        label,
        probability,
        BAND,
        True,
        (UnsureReason.NOVELTY, UnsureReason.BAND) if label is Label.UNSURE else (),
        (opinion(HYBRID, "Hybrid", ("Lite0", "Attention")), opinion(ENSEMBLE, "Ensemble", ("Lite0", "Lite1", "Lite2"))),
        Decision(Label.HEALTHY, "Åsa", NOW) if number % 5 == 0 else None,
        BLURRED if number % 11 == 0 else GOOD,
    )


def field_frame(name: str, first: int, count: int) -> ReportFrame:
    marks = tuple(
        CellMark(first + i, Box(20 + 90 * (i % 6), 30 + 100 * (i // 6), 60, 70), LABELS[(first + i) % 3])
        for i in range(count)
    )
    return ReportFrame(name, "ab" * 32, 640, 480, 0.25, View.FIELD, GOOD, None, marks, lambda: pixels(3, 480, 640))


def cell_frame(number: int) -> ReportFrame:
    return ReportFrame(f"cell {number:05d}.png", "cd" * 32, 450, 450, None, View.CELL, GOOD, None)


def report(
    count: int,
    *,
    header: CaseHeader = HEADER,
    frames: tuple[ReportFrame, ...] | None = None,
    cells: Callable[[], object] | None = None,
    maps: bool = True,
    laboratory: str = "Hematology",
) -> ReportContent:
    """A report of ``count`` cells."""
    numbers = range(1, count + 1)
    all_cells = [report_cell(number, maps=False) for number in numbers]
    totals = Totals(
        dict(Counter(cell.counted_label for cell in all_cells)),
        dict(Counter(reason for cell in all_cells for reason in cell.unsure)),
        0,
        sum(cell.decision is not None for cell in all_cells),
    )
    models = tuple(
        ReportModel(bundle, title, "Three backbones", BAND, "Temperature 1.42 (n = 3,581).", "Trained on C-NMC.")
        for bundle, title in ((HYBRID, "Hybrid"), (ENSEMBLE, "Ensemble"))
    )
    return ReportContent(
        header,
        laboratory,
        NOW,
        "LeukoScope 0.1.0",
        totals,
        tuple(cell_frame(number) for number in numbers) if frames is None else frames,
        models if count else (),
        count,
        cells or (lambda: (report_cell(number, maps) for number in numbers)),  # type: ignore[arg-type]
        pixels(1, 12, 256) if maps else None,
    )


def signed_report(count: int, *, amended: bool = False, words: Words = ENGLISH) -> ReportContent:
    """A signed report with everything on it: logo, address, seal, signatures, scale bars."""
    plain = report(count, cells=lambda: (replace(report_cell(n), width_um=22.0) for n in range(1, count + 1)))
    cells = [report_cell(number, maps=False) for number in range(1, count + 1)]
    again = (Signature("Dr. Zoë Müller", "Reviewed and released", NOW + timedelta(hours=2)),) if amended else ()
    return replace(
        plain,
        totals=replace(plain.totals, changes=dict(Counter((cell.label, cell.counted_label) for cell in cells))),
        address=("University Hospital, Department of Hematology", "Ring Road 1", "1234 Town"),
        logo=pixels(5, 90, 200),
        state=CaseState.SIGNED,
        signatures=(Signature("Ana Pérez", "Reviewed and released", NOW), *again),
        amendments=(Amendment("Cell 3 was a smudge", "Ana Pérez", NOW + timedelta(hours=1)),) if amended else (),
        fingerprint="0123456789abcdef" * 4,
        words=words,
    )


def write(content: ReportContent, folder: Path, **options: str) -> PdfReader:
    path = folder / "report.pdf"
    write_pdf(content, path, **options)  # type: ignore[arg-type]
    return PdfReader(path, strict=True)


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def words_of(reader: PdfReader) -> str:
    """All text with runs of white space as one space: where a line breaks is no part of what it says."""
    return " ".join(text_of(reader).split())
