"""Folders of labeled cells ``CLASS/PATIENT/file``, drawn by the program itself: nobody's data."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from leukoscope.sources.demo import demo_cells

BLAST, LYMPHOCYTE = "blast", "lymphocyte"


def write_labeled_cells(root: Path, *, patients: int = 7, each: int = 4, seed: int = 5) -> Path:
    """Cells on black of as many patients with blasts as with lymphocytes, ``each`` of each; gives the folder."""
    for number, frame in enumerate(demo_cells(2 * patients * each, seed)):
        label = LYMPHOCYTE if number % 2 else BLAST
        who = number // 2 % patients
        file = root / label / f"{label[0]}-{who + 1}" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(frame.pixels).save(file, compress_level=1)
    return root
