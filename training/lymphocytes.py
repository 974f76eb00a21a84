"""Another lab's lymphocytes of healthy people: some are taught beside a lab's own cells, the rest only judged.

They teach that a lymphocyte in another lab's stain is healthy. Their weight is bounded, and a lab's own cells are also
shown in their stain, so that lab does not become label.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import View
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind, Pixels
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize
from leukoscope.inference.input_schema import Preprocessing
from training.config import LymphocyteConfig
from training.data import CellSet, cut
from training.decoding import IMAGE_SUFFIXES, read_pixels
from training.listing import Sample
from training.styles import SMALL, Style, between, restyle, style_of

OTHER_LAB = "other lab"
"""In place of a subject: whose cells these are is not known."""
_PEOPLE_CELLS = 120
"""Cells that tell the stain of one person."""
_SEED = 29


def image_files(folders: Sequence[Path]) -> Iterator[Path]:
    """Image files of all folders, in a fixed order.

    Raises
    ------
    ImageError
        When a folder is missing.
    """
    for folder in folders:
        if not folder.is_dir():
            raise ImageError(f"The folder “{folder}” does not exist; check what was given as --lymphocytes.")
        yield from sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)


def is_taught(digest: str) -> bool:
    """Whether a picture is fitted on, or only judged: by its SHA-256, so that every fit halves them alike."""
    return int(digest[:8], 16) % 2 == 0


def read_lymphocytes(folders: Sequence[Path], config: LymphocyteConfig, preprocessing: Preprocessing) -> CellSet:
    """Find and cut out the cell in the middle of each picture as the program does; one without a cell is left out."""

    def read(path: Path) -> tuple[Sample, Pixels] | None:
        pixels = read_pixels(path)
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        frame = Frame(pixels, FrameOrigin(OriginKind.FILE, path.name), digest, config.um_per_px)
        found = localize(frame, View.CELL)
        if not found:
            return None
        return Sample(path, 0, OTHER_LAB, digest), cut(cut_out(frame, found[0]).pixels, preprocessing)

    with ThreadPoolExecutor() as pool:
        cells = [cell for cell in pool.map(read, image_files(folders)) if cell is not None]
    crops = np.empty((len(cells), preprocessing.crop, preprocessing.crop, 3), np.uint8)
    for row, (_, crop) in enumerate(cells):
        crops[row] = crop
    return CellSet(tuple(sample for sample, _ in cells), crops)


def joined(own: CellSet, others: CellSet) -> CellSet:
    """A lab's own cells first, so that their indices stay, then the other lab's."""
    return CellSet((*own.samples, *others.samples), np.concatenate([own.crops, others.crops]))


@dataclass(frozen=True, eq=False)
class Restyling:
    """Which stain each cell has, and which it may be given.

    Parameters
    ----------
    own
        Of each of a lab's own cells, by its person; another lab's cell has none and keeps its stain.
    choice
        Of the other lab, from cells that are taught only.
    """

    own: tuple[Style | None, ...]
    choice: tuple[Style, ...]


def find_restyling(cells: CellSet) -> Restyling:
    """Read the styles off the cells: each person's own, and the other lab's whole and in small draws.

    A held-out person's stain is given to no other cell: only the other lab's is.
    """
    rng = np.random.default_rng(_SEED)
    subjects = cells.subjects
    by_person: dict[str, Style] = {}
    for person in sorted(set(subjects.tolist()) - {OTHER_LAB}):
        rows = rng.permutation(np.flatnonzero(subjects == person))[:_PEOPLE_CELLS]
        by_person[person] = style_of(cells.crops[np.sort(rows)], rng)
    others = np.flatnonzero(taught_rows(cells))
    if others.size < SMALL:
        return Restyling(tuple(None for _ in cells.samples), ())
    choice = [style_of(cells.crops[others], rng)]
    choice += [style_of(cells.crops[np.sort(rng.permutation(others)[:SMALL])], rng) for _ in range(SMALL)]
    return Restyling(tuple(by_person.get(subject) for subject in subjects.tolist()), tuple(choice))


def restyled(crop: Pixels, row: int, restyling: Restyling, share: float, rng: np.random.Generator) -> Pixels:
    """Give a cell another stain with the probability ``share``; one whose own is not known keeps it."""
    own = restyling.own[row]
    if own is None or not restyling.choice or rng.random() >= share:
        return crop
    return restyle(crop, own, between((own, *restyling.choice), rng), rng)


def taught_rows(cells: CellSet) -> NDArray[np.bool_]:
    """Which cells are another lab's and fitted on, shape (n,)."""
    return np.array([s.subject == OTHER_LAB and is_taught(s.digest) for s in cells.samples], np.bool_)


def kept_rows(cells: CellSet) -> NDArray[np.bool_]:
    """Which cells are another lab's and only judged, shape (n,)."""
    return np.array([s.subject == OTHER_LAB and not is_taught(s.digest) for s in cells.samples], np.bool_)
