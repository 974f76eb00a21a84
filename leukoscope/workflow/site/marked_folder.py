"""Whole images of reviewed cases with every cell marked, as COCO or as YOLO's tools read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.cells import Box
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.findings import Label
from leukoscope.domain.marked_images import MarkedCell, MarkedImage
from leukoscope.exchange.coco import coco_document
from leukoscope.exchange.yolo import yolo_lines, yolo_names
from leukoscope.imaging.outlines import polygons
from leukoscope.workflow.site.cell_folder import png
from leukoscope.workflow.site.from_cases import DONE, subject_of
from leukoscope.workflow.site.parts import TRAIN, Counts, Leaving, counted

_Marked = dict[str, list[MarkedImage]]


def write_coco(leaving: Leaving, stage: Path) -> Counts:
    """Write images, and ``annotations/PART.json``."""
    marked = _write_images(leaving, stage)
    words = _words(marked)
    (stage / "annotations").mkdir()
    for part, images in marked.items():
        text = json.dumps(coco_document(images, words), separators=(",", ":"))
        (stage / "annotations" / f"{part}.json").write_text(text, encoding="utf-8")
    return _counts(marked)


def write_yolo(leaving: Leaving, stage: Path) -> Counts:
    """Write images, ``labels/PART/*.txt`` and ``data.yaml``."""
    marked = _write_images(leaving, stage)
    words = _words(marked)
    for part, images in marked.items():
        folder = stage / "labels" / part
        folder.mkdir(parents=True)
        for image in images:
            (folder / Path(image.name).with_suffix(".txt")).write_text(yolo_lines(image, words), encoding="utf-8")
    (stage / "data.yaml").write_text(yolo_names(tuple(marked), words), encoding="utf-8")
    return _counts(marked)


def _counts(marked: _Marked) -> Counts:
    return counted((part, one.subject, len(one.cells)) for part, images in marked.items() for one in images)


def _words(marked: _Marked) -> tuple[str, ...]:
    """What cells are called, in the order in which people count, then bare verdicts."""
    there = {cell.word for images in marked.values() for image in images for cell in image.cells}
    return tuple(word for word in (*CELL_CLASSES, *(one.value for one in Label)) if word in there)


def _write_images(leaving: Leaving, stage: Path) -> _Marked:
    frames, unsettled = dict[str, tuple[str, CaseFrame]](), set[str]()
    for subject, frame in _frames(leaving):
        other, known = frames.setdefault(frame.sha256, (subject, frame))
        if other != subject or _said(known) != _said(frame):
            leaving.reading.refused.append((frame.source, "The same image stands in another case, marked otherwise."))
            unsettled.add(frame.sha256)
    frames = {sha256: one for sha256, one in frames.items() if sha256 not in unsettled}
    marked: _Marked = {}
    for number, (subject, frame) in enumerate(frames.values()):
        leaving.told(number, len(frames))
        part = leaving.part(subject, validate=True)
        image = _written(leaving, frame, subject, stage / "images" / part) if part else None
        if image is not None:
            marked.setdefault(part, []).append(image)
    marked.setdefault(TRAIN, [])
    return {part: marked[part] for part in sorted(marked, key=("train", "validate", "locked").index)}


def _frames(leaving: Leaving) -> Iterator[tuple[str, CaseFrame]]:
    """Images of reviewed cases in which a person decided something, with the pseudonym of their patient."""
    decided = {one.frame.sha256 for one in leaving.decided}
    for summary in leaving.repository.store.list():
        if summary.state in DONE:
            case = leaving.repository.load(summary.id)
            subject = subject_of(case.header, leaving.lab)
            yield from ((subject, frame) for frame in case.frames if frame.sha256 in decided)


def _said(frame: CaseFrame) -> frozenset[tuple[int, int, str]]:
    return frozenset((one.finding.cell.box.x, one.finding.cell.box.y, _word(one)) for one in frame.cells)


def _written(leaving: Leaving, frame: CaseFrame, subject: str, folder: Path) -> MarkedImage | None:
    try:
        pixels = leaving.repository.frame(frame).pixels
    except LeukoScopeError as error:
        leaving.reading.refused.append((frame.source, error.message))
        return None
    name, data = png(pixels)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    scale = frame.um_per_px or frame.estimated_um_per_px
    height, width = pixels.shape[:2]
    cells = tuple(_marked(cell, width, height) for cell in frame.cells)
    return MarkedImage(name, width, height, leaving.lab.folder_name(subject), scale, cells)


def _marked(one: CaseCell, width: int, height: int) -> MarkedCell:
    cell = one.finding.cell
    box = cell.box
    # What reaches over the edge is cut there: no reader takes a box outside its image.
    inside = Box(box.x, box.y, min(box.width, width - box.x), min(box.height, height - box.y))
    outlines = tuple(tuple((box.x + x, box.y + y) for x, y in outline) for outline in polygons(cell.mask))
    flags = tuple(sorted(flag.value for flag in cell.flags))
    return MarkedCell(inside, int(cell.mask.sum()), outlines, _word(one), one.decision is not None, flags)


def _word(one: CaseCell) -> str:
    return one.code or one.label.value
