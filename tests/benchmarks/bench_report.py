"""A report of 100 cells with all their maps, from the case store to the finished PDF."""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.export.case_export import CaseExport
from leukoscope.workflow.settings import Settings
from tests.unit.cases.builders import QUALITY, finding

RUNS, FIELDS, CELLS = 7, 10, 10
MAPS = ("lite0", "lite1", "lite2")


def fill_case(repository: CaseRepository) -> int:
    """A case of 10 fields of 1280 x 960 with 10 cells each, two opinions with three maps for each cell."""
    number = repository.store.create(CaseHeader("2026-0417", "Doe, Jane", "Blood", "MGG", "Ana"))
    for field in range(FIELDS):
        rng = np.random.default_rng(field)
        coarse = rng.integers(120, 255, (60, 80, 3), dtype=np.uint8)
        pixels = cv2.resize(coarse, (1280, 960), interpolation=cv2.INTER_CUBIC)
        data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
        sha256 = hashlib.sha256(data).hexdigest()
        frame = Frame(pixels, FrameOrigin(OriginKind.FILE, f"field {field}.png"), sha256, 0.1)
        findings = tuple(finding(field * CELLS + index, sha256, 90, MAPS) for index in range(CELLS))
        repository.store.frames.add(
            number, ImageAnalysis(frame.origin.name, frame, View.FIELD, QUALITY, findings), data
        )
    return number


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        repository = CaseRepository(Path(folder) / "cases")
        number, path = fill_case(repository), Path(folder) / "report.pdf"
        rows: list[tuple[str, list[float]]] = []
        for language in ("en", "de"):
            wall, processor = [], []
            for _ in range(RUNS):
                begun, used = time.perf_counter(), time.process_time()
                settings = Settings(laboratory="Hematology", language=language)
                CaseExport(repository, (), settings).job(number).print_report(repository.load_to_leave(number), path)
                wall.append(time.perf_counter() - begun)
                processor.append(time.process_time() - used)
            rows += [(f"{language}: until it is written [s]", wall), (f"{language}: processor time [s]", processor)]
        size = path.stat().st_size
        repository.close()
    print(f"100 cells, 700 pictures, {size / 1e6:.1f} MB; load average {os.getloadavg()[0]:.1f}")
    print(f"{'':36}{'min':>8}{'median':>8}{'max':>8}")
    for name, values in rows:
        print(f"{name:36}{min(values):8.2f}{statistics.median(values):8.2f}{max(values):8.2f}")


if __name__ == "__main__":
    main()
