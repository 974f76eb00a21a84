"""What the shipped models say of the demo case, as a file: found when the program was built, there at the first start.

The file holds for the models that it was made with and for the pictures that the program draws; with others the demo
case is judged like any other.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from leukoscope.cases.packing import pack_maps, pack_mask, pack_naming, unpack_maps, unpack_mask, unpack_naming
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cells import Box, Cell, CellFlag, View
from leukoscope.domain.findings import BundleId, Finding, Label, Naming, Opinion, Thresholds, UnsureReason
from leukoscope.domain.frames import Frame, Pixels
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.domain.parsing import parsed_json
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict
from leukoscope.inference.library import InstalledBundle
from leukoscope.system.durable import write_private
from leukoscope.workflow.app_dirs import program_root

logger = logging.getLogger(__name__)

SKETCH_SIDE = 12
SAME_SKETCH = 3
"""Gray levels by which two drawings of one picture may differ in a part of it."""
DIGITS = 6


def shipped_file() -> Path:
    """The file that comes with the program."""
    return program_root() / "resources" / "demo" / "findings.json"


def fingerprint(bundles: Sequence[InstalledBundle]) -> dict[str, str]:
    """Name of each bundle -> SHA-256 of all that its manifest says: its weights, limits and calibration.

    What it leaves open is not in it: a field that manifests may have from a later version on makes no other model.
    """
    return {
        bundle.manifest.name: hashlib.sha256(
            json.dumps(bundle.manifest.model_dump(mode="json", exclude_defaults=True), sort_keys=True).encode()
        ).hexdigest()
        for bundle in bundles
    }


def write_findings(path: Path, analyses: Iterable[ImageAnalysis], bundles: Sequence[InstalledBundle]) -> None:
    """Write what was found in the demo case's pictures.

    Parameters
    ----------
    path
        The file.
    analyses
        One for each picture, in their order.
    bundles
        Who judged.
    """
    said = {"models": fingerprint(bundles), "images": [_image(one) for one in analyses]}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, (json.dumps(said, separators=(",", ":")) + "\n").encode())
    path.chmod(0o644)


def read_findings(path: Path, frames: Sequence[Frame], bundles: Sequence[InstalledBundle]) -> tuple[ImageAnalysis, ...]:
    """What the file says of these pictures, one for each; nothing when it is of other models or other pictures.

    Parameters
    ----------
    path
        The file.
    frames
        The demo case's pictures as they were drawn now.
    bundles
        Who would judge them.
    """
    try:
        said = parsed_json(path.read_bytes())
        if said["models"] != fingerprint(bundles) or len(said["images"]) != len(frames):
            logger.info("demo: the shipped findings are of other models")
            return ()
        pairs = list(zip(said["images"], frames, strict=True))
        if not all(_is_of(image, frame) for image, frame in pairs):
            logger.warning("demo: the shipped findings are of other pictures")
            return ()
        return tuple(_analysis(image, frame) for image, frame in pairs)
    except (OSError, ValueError, LookupError, TypeError) as error:
        logger.warning("demo: no findings at hand: %r", error)
        return ()


def _image(analysis: ImageAnalysis) -> dict[str, Any]:
    frame, quality = analysis.frame, analysis.quality
    assert frame is not None and quality is not None, "a drawn picture can be read"
    return {
        "name": analysis.source,
        "size": [frame.width, frame.height],
        "sketch": _sketch(frame.pixels).tolist(),
        "view": analysis.view.value,
        "quality": [[m.name, m.value, m.unit, m.verdict.name, m.sentence] for m in quality.measures],
        "cells": [_cell(finding) for finding in analysis.findings],
    }


def _cell(finding: Finding) -> dict[str, Any]:
    cell, naming = finding.cell, finding.naming
    return {
        "box": _numbers(cell.box),
        "mask": _text(pack_mask(cell.mask)),
        "flags": sorted(flag.value for flag in cell.flags),
        "label": finding.label.value,
        "probability": _rounded(finding.probability),
        "band": [finding.thresholds.low, finding.thresholds.high],
        "unsure": [reason.value for reason in finding.unsure],
        "opinions": [_opinion(one) for one in finding.opinions],
        "naming": None
        if naming is None
        else {
            "bundle": _bundle(naming.bundle),
            "said": pack_naming(naming),
            "novelty": _rounded(naming.novelty),
            "maps": _text(pack_maps(naming.maps)),
        },
        "measured": _figures(finding.measured),
    }


def _opinion(one: Opinion) -> dict[str, Any]:
    return {
        "bundle": _bundle(one.bundle),
        "logit": _rounded(one.logit),
        "probability": _rounded(one.probability),
        "band": [one.thresholds.low, one.thresholds.high],
        "novelty": _rounded(one.novelty),
        "maps": _text(pack_maps(one.maps)),
        "figures": _figures(one.figures),
    }


def _figures(figures: Sequence[MeasuredFigure]) -> list[list[Any]]:
    return [[one.code, one.value, one.low, one.high, one.contribution] for one in figures]


def _is_of(image: dict[str, Any], frame: Frame) -> bool:
    if image["name"] != frame.origin.name or image["size"] != [frame.width, frame.height]:
        return False
    apart = np.abs(np.array(image["sketch"], np.int16) - _sketch(frame.pixels))
    return bool(apart.max() <= SAME_SKETCH)


def _analysis(image: dict[str, Any], frame: Frame) -> ImageAnalysis:
    quality = QualityReport(
        tuple(
            QualityMeasure(name, float(value), unit, QualityVerdict[verdict], sentence)
            for name, value, unit, verdict, sentence in image["quality"]
        )
    )
    findings = tuple(_finding(one, frame.sha256) for one in image["cells"])
    return ImageAnalysis(image["name"], frame, View(image["view"]), quality, findings)


def _finding(said: dict[str, Any], sha256: str) -> Finding:
    box = Box(*said["box"])
    mask = unpack_mask(_bytes(said["mask"]), box.height, box.width)
    cell = Cell(box, mask, sha256, frozenset(CellFlag(flag) for flag in said["flags"]))
    return Finding(
        cell,
        tuple(_read_opinion(one) for one in said["opinions"]),
        Label(said["label"]),
        said["probability"],
        Thresholds(*said["band"]),
        tuple(UnsureReason(reason) for reason in said["unsure"]),
        naming=None if said["naming"] is None else _read_naming(said["naming"]),
        measured=_read_figures(said["measured"]),
    )


def _read_opinion(said: dict[str, Any]) -> Opinion:
    return Opinion(
        BundleId(*said["bundle"]),
        said["logit"],
        said["probability"],
        Thresholds(*said["band"]),
        unpack_maps(_bytes(said["maps"])),
        said["novelty"],
        _read_figures(said["figures"]),
    )


def _read_figures(said: list[list[Any]]) -> tuple[MeasuredFigure, ...]:
    return tuple(MeasuredFigure(*values) for values in said)


def _read_naming(said: dict[str, Any]) -> Naming:
    given = unpack_naming(said["said"])
    maps = unpack_maps(_bytes(said["maps"]))
    bundle = BundleId(*said["bundle"])
    return Naming(bundle, given.probabilities, given.confident, given.gate, given.attributes, maps, said["novelty"])


def _sketch(pixels: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """The picture in few gray squares: another processor may round a pixel another way, and it is the same picture."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(gray, (SKETCH_SIDE, SKETCH_SIDE), interpolation=cv2.INTER_AREA), np.int16)


def _bundle(bundle: BundleId) -> list[str]:
    return [bundle.name, bundle.version, bundle.sha256]


def _numbers(box: Box) -> list[int]:
    return [int(number) for number in (box.x, box.y, box.width, box.height)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), DIGITS)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
