"""A run over drawn cells with a judge that needs no engine; ``python -m tests.drawn_run IN OUT HOW AT`` ends itself.

What it says of a cell follows from the cell alone, so that two runs over the same images can be compared.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from leukoscope.domain.cells import Box, CellImage
from leukoscope.domain.findings import BundleId, ExplanationMap, Opinion, Thresholds
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.progress import Progress
from leukoscope.sources.demo import demo_cells
from leukoscope.workflow.batch import BatchRequest, analyze_to_folder
from leukoscope.workflow.judged_image import JudgedImage
from leukoscope.workflow.run_journal import RunJournal

BUNDLE = BundleId("mean", "1", "0" * 64)


class MeanJudge:
    """Says of a cell what follows from its mean; counts how many it was asked about."""

    def __init__(self) -> None:
        self.judged = 0

    def judge(self, cell_images: Iterable[CellImage], *, maps: bool = True, **_: object) -> Iterator[Judgement]:
        """As an engine does."""
        for image in cell_images:
            self.judged += 1
            mean = float(image.pixels.mean()) / 255.0
            values = image.pixels[::32, ::32, 0].astype(np.float32) / 255.0
            height, width = image.pixels.shape[:2]
            drawn = ExplanationMap("where", MapKind.GRAD_CAM, values, 1.0, Box(0, 0, width, height))
            yield Judgement((Opinion(BUNDLE, mean, mean, Thresholds(0.3, 0.7), maps=(drawn,) if maps else ()),))


def draw_cells(folder: Path, count: int) -> None:
    """Cells of the demo, each a little different, as files."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = [cell.pixels for cell in demo_cells(4)]
    for number in range(count):
        pixels = cells[number % len(cells)].copy()
        pixels[0, :8] = [number % 251, number // 251 % 251, number // 63001]
        Image.fromarray(pixels).save(folder / f"{number}.png", compress_level=1)


def _killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(images: str, out: str, how: str, at: int) -> None:
    """Judge ``images`` until image ``at``: killed between two images, before its line in the journal, or within it."""
    added = RunJournal.add
    seen = 0

    def add(journal: RunJournal, image: JudgedImage) -> None:
        nonlocal seen
        seen += 1
        if seen == at and how == "within":
            assert journal._stream is not None
            journal._stream.write(image.as_line()[:100])
            journal._stream.flush()
        if seen == at and how != "between":
            _killed()
        added(journal, image)

    def look(progress: Progress) -> None:
        if how == "between" and progress.done == at:
            _killed()

    RunJournal.add = add  # type: ignore[assignment, method-assign]
    analyze_to_folder(BatchRequest((Path(images),), Path(out), lines=True), MeanJudge(), (), on_progress=look)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
