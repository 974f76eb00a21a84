"""``findings.json``: every image with its cells and opinions, written one image at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from leukoscope.domain.cases import CaseCell, Decision, ManualEdit
from leukoscope.domain.cell_classes import ERYTHROBLAST, cell_class
from leukoscope.domain.comments import Comment
from leukoscope.domain.differential import NOTHING_COUNTED, ClassCount, Differential, place_in_count
from leukoscope.domain.findings import Finding, Naming
from leukoscope.domain.labels import counted_class
from leukoscope.domain.morphology import BY_CODE, MeasuredFigure
from leukoscope.domain.quality import QualityReport
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.part_file import growing_file, part_file

SCHEMA_PATH = Path(__file__).with_name("findings.schema.json")
"""JSON Schema (2020-12) of the file."""

_PERCENT_DIGITS = 2
PROBABILITY_DIGITS = 6
"""Enough for every decision; the same figure on every workstation."""
TOTAL = "case_differential"
"""Name of the differential of all images, in the last entry."""
_ENTRY_END = b"\n}"
_END = b"\n]\n"


class FindingsJson:
    """Writer of ``findings.json``; use it in a ``with`` block.

    The file appears when the block ends well; after an exception there is no file, unless it was asked to grow.
    Memory use does not grow with the number of images. The last entry holds the differential of all of them.

    Parameters
    ----------
    path
        The file.
    case
        Number of the case that all images are of; ``None`` when they are of none.
    growing
        Whether the file is there, whole, after each image, and stays whatever happens.

    Raises
    ------
    ReportError
        When the disk is full or the folder cannot be written.
    """

    def __init__(self, path: Path, case: str | None = None, *, growing: bool = False) -> None:
        self._stack = ExitStack()
        self._path, self._case, self._growing = path, case, growing
        self._stream: BinaryIO | None = None
        self._count = 0
        self._counted = NOTHING_COUNTED

    def __enter__(self) -> Self:
        """Open the part file."""
        self._stream = self._stack.enter_context((growing_file if self._growing else part_file)(self._path))
        self._stream.write(b"[")
        self._close_for_now()
        return self

    def add(self, image: ImageFindings) -> None:
        """Append one image."""
        of_case = {} if self._case is None else {"case": self._case}
        self.add_text(entry_text({**of_case, **image_entry(image)}), image.differential)

    def add_text(self, text: str, counted: Differential) -> None:
        """Append one image by its :func:`entry_text`, with its cells counted by class."""
        assert self._stream is not None, "use FindingsJson in a with block"
        # A damaged file name can hold halves of characters, which JSON writes as it writes them: \\udcff.
        body = text.removesuffix(_ENTRY_END.decode()).encode("utf-8", "backslashreplace")
        self._stream.write((_ENTRY_END + b",\n" if self._count else b"\n") + body)
        self._count += 1
        self._counted += counted
        self._close_for_now()

    def _end(self) -> bytes:
        """What ends the list here: the last entry, with the differential of all images, stays open until then."""
        if not self._count:
            return _END
        if not self._counted.is_known:
            return _ENTRY_END + _END
        text = json.dumps({TOTAL: differential_entry(self._counted)}, indent=1)
        return b"," + text[1:].encode() + _END

    def _close_for_now(self) -> None:
        """Whoever reads a growing file finds a whole list."""
        if self._growing and self._stream is not None:
            end = self._end()
            self._stream.write(end)
            self._stream.truncate()
            self._stream.flush()
            self._stream.seek(-len(end), os.SEEK_CUR)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Finish the list and give the file its name."""
        if kind is None and self._stream is not None:
            try:
                self._stream.write(self._end())
                self._stream.truncate()
            except OSError as full:
                return self._stack.__exit__(type(full), full, full.__traceback__)
        return self._stack.__exit__(kind, error, trace)


def entry_text(entry: dict[str, Any]) -> str:
    """One element of the list as it stands in the file."""
    return json.dumps(entry, ensure_ascii=False, indent=1)


def image_entry(image: ImageFindings) -> dict[str, Any]:
    """One element of the list, in the shape of the schema."""
    entry: dict[str, Any] = {
        "path": image.path,
        "sha256": image.sha256,
        "quality": _quality(image.quality),
        "error": image.error,
        "cells": [_cell(image, index, finding) for index, finding in enumerate(image.findings)],
    }
    if image.microscope.name:
        entry["microscope"] = {"camera": image.microscope.camera, "objective": image.microscope.objective}
    if image.stage is not None:
        entry["stage"] = {"x_um": image.stage.x_um, "y_um": image.stage.y_um}
    if image.differential.is_known:
        entry["differential"] = differential_entry(image.differential)
    if image.removed:
        entry["removed_cells"] = [_removed(cell) for cell in image.removed]
    return entry


def differential_entry(counted: Differential) -> dict[str, Any]:
    """A differential count: of one image, or of a whole case."""
    red = counted.erythroblasts_per_100
    return {
        "cells": counted.cells,
        "counted": counted.n,
        "unnamed": counted.unnamed,
        "by_person": counted.labeled,
        "cut_off": counted.cut_off,
        "clusters": counted.clusters,
        "no_white_cells": counted.no_white_cells,
        "enough": counted.is_enough,
        "more_for_3_percent": counted.more_for(),
        "classes": [
            {"class": line.code, "loinc": cell_class(line.code).loinc, **_share(line)}
            for line in counted.lines
            if line.code is not None
        ],
        "leukemic_among_mononuclear": {"n": counted.blasts.n, **_share(counted.blasts)},
        "erythroblasts": {
            "count": counted.erythroblasts,
            "loinc": cell_class(ERYTHROBLAST).loinc,
            "per_100": None if red is None else round(red[0], _PERCENT_DIGITS),
            "low": None if red is None else round(red[1], _PERCENT_DIGITS),
            "high": None if red is None else round(red[2], _PERCENT_DIGITS),
        },
    }


def _share(line: ClassCount) -> dict[str, Any]:
    low, high = line.interval
    return {
        "count": line.count,
        "by_person": line.by_person,
        "percent": round(100 * line.share, _PERCENT_DIGITS),
        "low": round(100 * low, _PERCENT_DIGITS),
        "high": round(100 * high, _PERCENT_DIGITS),
    }


def _removed(cell: CaseCell) -> dict[str, Any]:
    box = cell.finding.cell.box
    return {
        "box": [box.x, box.y, box.width, box.height],
        "label": cell.finding.label.value,
        "probability": _rounded(cell.finding.probability),
        "removed": _manual_edit(cell.removed),
    }


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, PROBABILITY_DIGITS)


def _class(naming: Naming) -> dict[str, Any]:
    said: dict[str, Any] = {
        "code": naming.code,
        "probability": round(naming.probability, PROBABILITY_DIGITS),
        "confident": naming.is_confident,
        "model": naming.bundle.name,
        "version": naming.bundle.version,
    }
    if naming.attributes:
        said["attributes"] = {one.name: one.value for one in naming.attributes}
    return said


def _counted(finding: Finding, decision: Decision | None) -> dict[str, str]:
    """What becomes of the cell in the differential; nothing where nobody was asked what it is."""
    said = decision.said if decision else None
    if finding.naming is None and (said is None or said.code is None):
        return {}
    code = counted_class(finding, said)
    place = {"counted": place_in_count(finding, said).value}
    return place if code is None else place | {"counted_class": code}


def _comment(comment: Comment) -> dict[str, str]:
    return {"text": comment.text, "by": comment.by, "at": comment.at.isoformat()}


def _manual_edit(work: ManualEdit | None) -> dict[str, str]:
    return {"by": work.by, "at": work.at.isoformat()} if work else {}


def _measured(figures: Sequence[MeasuredFigure]) -> dict[str, Any]:
    """Figures of shape with their reference range and what each says; nothing where none were measured."""
    if not figures:
        return {}
    return {
        "figures": [
            {
                "name": one.code,
                "unit": BY_CODE[one.code].unit,
                "value": round(one.value, PROBABILITY_DIGITS),
                "low": round(one.low, PROBABILITY_DIGITS),
                "high": round(one.high, PROBABILITY_DIGITS),
                "level": one.level.value,
                "contribution": round(one.contribution, PROBABILITY_DIGITS),
            }
            for one in figures
        ]
    }


def _quality(quality: QualityReport | None) -> dict[str, Any] | None:
    if quality is None:
        return None
    return {
        "verdict": quality.verdict.word,
        "measures": [
            {
                "name": measure.name,
                "value": round(float(measure.value), PROBABILITY_DIGITS),
                "unit": measure.unit,
                "verdict": measure.verdict.word,
                "sentence": measure.sentence,
            }
            for measure in quality.measures
        ],
    }


def _cell(image: ImageFindings, index: int, finding: Finding) -> dict[str, Any]:
    box = finding.cell.box
    decision = image.decision(index)
    entry: dict[str, Any] = {
        "box": [box.x, box.y, box.width, box.height],
        "label": finding.label.value,
        "probability": _rounded(finding.probability),
        "unsure": finding.unsure[0].value if finding.unsure else None,
        "opinions": [
            {
                "model": opinion.bundle.name,
                "version": opinion.bundle.version,
                "probability": round(opinion.probability, PROBABILITY_DIGITS),
                "maps": dict(image.maps(index, place)),
                **_measured(opinion.figures),
            }
            for place, opinion in enumerate(finding.opinions)
        ],
    }
    entry |= _measured(finding.measured)
    if finding.naming is not None:
        entry["class"] = _class(finding.naming)
    if finding.cell.flags:
        entry["flags"] = sorted(flag.value for flag in finding.cell.flags)
    entry |= _counted(finding, decision)
    if decision is not None:
        said = {"label": decision.label.value, "by": decision.by, "at": decision.at.isoformat()}
        entry["decision"] = said | ({"class": decision.code} if decision.code else {})
    comment = image.comment(index)
    if comment is not None:
        entry["comment"] = _comment(comment)
    drawn = image.drawn(index)
    if drawn is not None:
        entry["drawn"] = _manual_edit(drawn)
    return entry
