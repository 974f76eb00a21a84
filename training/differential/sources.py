"""Where labeled cells come from: PBC's folders, C-NMC's cells, BCCD's fields. Cut out exactly as the program does."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain import cell_classes
from leukoscope.domain.cells import Box, Cell, View, overlap
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.imaging.background import estimate_background, optical_density
from leukoscope.imaging.cellimage import CANVAS, cut_out
from leukoscope.imaging.localize import FALLBACK_UM_PER_PX, localize
from leukoscope.imaging.nuclei import nuclear_stain
from leukoscope.imaging.scale import field_um_per_px
from training.decoding import read_pixels
from training.differential.cells import CALIBRATE, REPORT, TRAIN, LabeledCell
from training.differential.recipe import Recipe

PBC_UM_PER_PX = 0.1
"""PBC states none; its red cells then measure 7.2 µm (see ``imaging.cellimage.TRAINING_UM_PER_PX``)."""
PBC_CLASSES: Mapping[str, str] = {
    "neutrophil": cell_classes.NEUTROPHIL,
    "eosinophil": cell_classes.EOSINOPHIL,
    "basophil": cell_classes.BASOPHIL,
    "monocyte": cell_classes.MONOCYTE,
    "lymphocyte": cell_classes.LYMPHOCYTE,
    "ig": cell_classes.IMMATURE_GRANULOCYTE,
    "erythroblast": cell_classes.ERYTHROBLAST,
    "platelet": cell_classes.NO_WHITE_CELL,
}
_CNMC_NAME = re.compile(r"^UID_(H?\d+)_\d+_\d+_(all|hem)$", re.IGNORECASE)
_CENTERED = 0.17
"""PBC's cell lies in the middle: a cell further off, as a part of the picture's side, is another one."""
_MATCH, _APART = 0.5, 0.2
"""Overlap from which a found cell is a marked one, and up to which it is none."""
_RED_CELLS = 2
"""Red cells taken from each field as examples of what is no white cell."""

_PARTS = {"train": TRAIN, "val": CALIBRATE, "test": REPORT}

Cut = tuple[NDArray[np.uint8], LabeledCell]


@dataclass(frozen=True)
class Job:
    """One file to be cut up."""

    source: str
    path: Path
    recipe: Recipe
    part: str
    codes: tuple[str, ...] = ()


def list_jobs(
    pbc: Sequence[Path], cnmc: Path | None, bccd: Path | None, recipe: Recipe, parts: Mapping[str, str]
) -> Iterator[Job]:
    """Every file of the given data sets.

    Parameters
    ----------
    pbc
        Folders with one folder for each class, named as PBC names them.
    cnmc
        Folder of C-NMC's cells, at any depth.
    bccd
        Folder with ``images``, ``annotations`` and ``wbc_types.csv``; fields with even numbers are reported.
    recipe
        Says which shares of PBC's classes without parts of their own calibrate and are reported.
    parts
        WBCAtt's part by file name: its validation part calibrates, its test part is reported.
    """
    for root in pbc:
        for path in sorted(root.glob("*/*.jpg")):
            if path.parent.name in PBC_CLASSES:
                given = parts.get(path.name)
                part = _PARTS[given] if given is not None else _dealt(path.name, recipe.report, recipe.calibrate)
                yield Job("pbc", path, recipe, part, (PBC_CLASSES[path.parent.name],))
    if cnmc is not None:
        for path in sorted(cnmc.rglob("*")):
            match = _CNMC_NAME.match(path.stem)
            if match is not None:
                code = cell_classes.BLAST if match[2].lower() == "all" else cell_classes.LYMPHOCYTE
                yield Job("c-nmc", path, recipe, TRAIN, (code,))
    if bccd is not None:
        types = _field_types(bccd / "wbc_types.csv")
        for path in sorted((bccd / "images").glob("*.jpg")):
            even = int(re.findall(r"\d+", path.stem)[0]) % 2 == 0
            part = REPORT if even else _dealt(path.stem, 0.0, recipe.calibrate)
            yield Job("bccd", path, recipe, part, types.get(path.stem, ()))


def cut_all(jobs: Sequence[Job], processes: int, say: Callable[[str], None]) -> Iterator[Cut]:
    """Cut up every file; one that cannot be read is named and left out."""
    # Not forked: a fork of a process whose libraries run threads can wait for ever.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for number, found in enumerate(pool.map(_cut_job, jobs, chunksize=16), start=1):
            if isinstance(found, str):
                say(found)
                continue
            yield from found
            if number % 500 == 0:
                say(f"{number:,} of {len(jobs):,} files cut up")


def _cut_job(job: Job) -> list[Cut] | str:
    cv2.setNumThreads(1)
    try:
        pixels = read_pixels(job.path)
    except ImageError as error:
        return error.message
    cutters = {"pbc": _cut_pbc, "c-nmc": _cut_cnmc, "bccd": _cut_bccd}
    return list(cutters[job.source](job, pixels))


def _dealt(name: str, report: float, calibrate: float) -> str:
    """Part of a file: by its name alone, so that every run deals alike."""
    place = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0x100000000
    if place < report:
        return REPORT
    return CALIBRATE if place < report + calibrate else TRAIN


def _frame(job: Job, pixels: NDArray[np.uint8], um_per_px: float | None) -> Frame:
    return Frame(pixels, FrameOrigin(OriginKind.FILE, job.path.name), "", um_per_px)


def shrink(canvas: NDArray[np.uint8], recipe: Recipe) -> NDArray[np.uint8]:
    """The part of a CellImage that the network sees, at the size that is kept."""
    first = (CANVAS - recipe.crop) // 2
    part = canvas[first : first + recipe.crop, first : first + recipe.crop]
    return np.asarray(cv2.resize(part, (recipe.stored, recipe.stored), interpolation=cv2.INTER_AREA), np.uint8)


def _cut_pbc(job: Job, pixels: NDArray[np.uint8]) -> Iterator[Cut]:
    frame = _frame(job, pixels, PBC_UM_PER_PX)
    fact = LabeledCell(job.codes[0], "pbc", job.path.name, job.path.stem, job.part)
    cells = localize(frame, View.CELL)
    if not cells and fact.code == cell_classes.NO_WHITE_CELL:
        middle = Box(frame.width // 2 - 70, frame.height // 2 - 70, 140, 140)
        cells = tuple(cell for cell in (_stained_piece(frame, middle),) if cell is not None)
    for cell in cells[:1]:
        x, y = cell.box.center
        if np.hypot(x - frame.width / 2, y - frame.height / 2) < _CENTERED * frame.width:
            yield shrink(cut_out(frame, cell).pixels, job.recipe), fact


def _cut_cnmc(job: Job, pixels: NDArray[np.uint8]) -> Iterator[Cut]:
    match = _CNMC_NAME.match(job.path.stem)
    if match is not None and pixels.shape[:2] == (CANVAS, CANVAS):
        fact = LabeledCell(job.codes[0], "c-nmc", job.path.name, match[1].lower(), job.part)
        yield shrink(pixels, job.recipe), fact


def _cut_bccd(job: Job, pixels: NDArray[np.uint8]) -> Iterator[Cut]:
    frame = _frame(job, pixels, None)
    frame = replace(frame, um_per_px=field_um_per_px(frame) or FALLBACK_UM_PER_PX)
    annotation = job.path.parents[1] / "annotations" / f"{job.path.stem}.xml"
    if not annotation.is_file():
        return
    marked = {kind: _marked(annotation, kind) for kind in ("WBC", "Platelets", "RBC")}
    one_type = len(set(job.codes)) == 1 and len(job.codes) == len(marked["WBC"])

    def fact(code: str, *, whole: bool = True) -> LabeledCell:
        return LabeledCell(code, "bccd", job.path.name, job.path.stem, job.part, whole)

    for cell in localize(frame, View.FIELD):
        best = max((overlap(cell.box, box) for box in marked["WBC"]), default=0.0)
        if best >= _MATCH and one_type:
            yield shrink(cut_out(frame, cell).pixels, job.recipe), fact(job.codes[0], whole=not cell.flags)
        elif best < _APART:
            yield (
                shrink(cut_out(frame, cell).pixels, job.recipe),
                fact(cell_classes.NO_WHITE_CELL, whole=not cell.flags),
            )
    others = [_stained_piece(frame, box) for box in marked["Platelets"]]
    others += _red_cells(frame, marked["RBC"], marked["WBC"], job.path.stem)
    for other in others:
        if other is not None:
            yield shrink(cut_out(frame, other).pixels, job.recipe), fact(cell_classes.NO_WHITE_CELL)


def _red_cells(frame: Frame, boxes: Sequence[Box], white: Sequence[Box], name: str) -> list[Cell | None]:
    """A few whole red cells, each as the ellipse in its box."""
    rng = np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))
    found: list[Cell | None] = []
    for box in [boxes[i] for i in rng.permutation(len(boxes))[:_RED_CELLS]]:
        inside = box.x > 2 and box.y > 2 and box.x + box.width < frame.width - 2
        inside = inside and box.y + box.height < frame.height - 2 and min(box.width, box.height) > 30
        if inside and not any(overlap(box, other) > 0.02 for other in white):
            y, x = np.mgrid[: box.height, : box.width] + 0.5
            ellipse = ((x / box.width - 0.5) ** 2 + (y / box.height - 0.5) ** 2) <= 0.25
            found.append(Cell(box, ellipse, frame.sha256))
    return found


def _stained_piece(frame: Frame, box: Box) -> Cell | None:
    """The largest piece with nuclear stain in a box, a platelet for example; ``None`` when there is none."""
    left, top = max(0, box.x - 4), max(0, box.y - 4)
    part = frame.pixels[top : box.y + box.height + 4, left : box.x + box.width + 4]
    stain = nuclear_stain(optical_density(np.ascontiguousarray(part), estimate_background(frame.pixels)))
    stained = (cv2.GaussianBlur(stain, (0, 0), 1.0) > 0.1).astype(np.uint8)
    count, labels, facts, _ = cv2.connectedComponentsWithStats(stained)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA]))
    if facts[largest, cv2.CC_STAT_AREA] < 25:
        return None
    x, y, width, height = (int(value) for value in facts[largest, :4])
    piece = (labels == largest).astype(np.uint8)[y : y + height, x : x + width]
    closed = cv2.morphologyEx(np.pad(piece, 3), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))[3:-3, 3:-3]
    return Cell(Box(left + x, top + y, width, height), closed.astype(bool), frame.sha256)


def _marked(annotation: Path, kind: str) -> list[Box]:
    """Boxes of one kind in a Pascal VOC annotation."""
    boxes = []
    for thing in ElementTree.parse(annotation).iter("object"):
        if thing.findtext("name") == kind:
            x0, y0, x1, y1 = (int(float(thing.findtext(f"bndbox/{k}", "0"))) for k in ("xmin", "ymin", "xmax", "ymax"))
            boxes.append(Box(x0, y0, x1 - x0, y1 - y0))
    return boxes


def _field_types(path: Path) -> dict[str, tuple[str, ...]]:
    """Field name -> what its white cells are."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {Path(row["image"]).stem: tuple(row["types"].split("+")) for row in csv.DictReader(stream)}
