"""Labeled cells as folders ``PART/CLASS/PATIENT/file``, each cut out as the models see it, with a list for training."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind, Pixels
from leukoscope.workflow.images import png_source
from leukoscope.workflow.site.from_cases import labeled
from leukoscope.workflow.site.parts import Counts, Leaving, counted

COLUMNS = "path", "label", "subject", "class"
"""The first three are what ``python -m training`` reads."""
MANIFEST = "manifest.csv"
_NAME_DIGITS = 20


def png(pixels: Pixels) -> tuple[str, bytes]:
    """The name that pixels have as a file, from what they are alone, and the file: pixels and nothing else."""
    data = png_source(pixels, FrameOrigin(OriginKind.FILE, "image.png")).image_bytes()
    return f"{hashlib.sha256(data).hexdigest()[:_NAME_DIGITS]}.png", data


def write_cell_folder(leaving: Leaving, stage: Path) -> Counts:
    """Write every decided cell of the patients that leave.

    Raises
    ------
    CancelledError
        After a cancel.
    ImageError
        When there is no memory for a file.
    """
    rows: dict[str, list[tuple[str, str, str, str]]] = {}
    found: list[tuple[str, str, int]] = []
    for number, one in enumerate(leaving.decided, start=1):
        leaving.told(number - 1, len(leaving.decided))
        part = leaving.part(one.subject)
        cell = labeled(leaving.repository, one, leaving.reading) if part else None
        if cell is None:
            continue
        patient = leaving.lab.folder_name(one.subject)
        name, data = png(cell.image.pixels)
        inside = Path(one.said.word) / patient / name
        (stage / part / inside).parent.mkdir(parents=True, exist_ok=True)
        (stage / part / inside).write_bytes(data)
        verdict = one.said.counts_as
        label = verdict.value if verdict in {Label.LEUKEMIC, Label.HEALTHY} else ""
        rows.setdefault(part, []).append((inside.as_posix(), label, patient, one.said.code or ""))
        found.append((part, one.subject, 1))
    for part, lines in rows.items():
        _write_manifest(stage / part / MANIFEST, lines)
    return counted(found)


def _write_manifest(path: Path, rows: list[tuple[str, str, str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        # Two cells of one case can look alike to the pixel; they are one file then.
        writer.writerows(row for row in dict.fromkeys(rows) if row[1])
