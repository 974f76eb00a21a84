"""What people decided in reviewed cases leaves for an engineer: whole folders under pseudonyms, told in the trail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from leukoscope import __version__
from leukoscope.domain.errors import SiteError
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.workflow.atomic_folder import swapped_folder
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.site.cell_folder import write_cell_folder
from leukoscope.workflow.site.from_cases import DecidedCell, settled_cells
from leukoscope.workflow.site.lab import Lab, kinds_of_patients
from leukoscope.workflow.site.labeled import Reading
from leukoscope.workflow.site.marked_folder import write_coco, write_yolo
from leukoscope.workflow.site.parts import LOCKED, Leaving
from leukoscope.workflow.site.service import LOOKED

EXPORTED = "labeled cells exported"
"""What the audit trail says."""
MARK = "cells.json"
"""The file by which an earlier export is known: only such a folder is replaced."""
README = "README.txt"
OnProgress = Callable[[Progress], None]


class CellFormat(StrEnum):
    """How the cells are laid out."""

    FOLDER = "folder"
    COCO = "coco"
    YOLO = "yolo"


_WRITERS = {CellFormat.FOLDER: write_cell_folder, CellFormat.COCO: write_coco, CellFormat.YOLO: write_yolo}
_ABOUT = {
    CellFormat.FOLDER: """PART/CLASS/PATIENT/*.png: cells cut out on black at the scale of training, 450 x 450 pixels.
PART/manifest.csv lists those that are leukemic or healthy, for `python -m training` with data.layout = "csv":
    python -m training check-data training/configs/site.toml --data train
A folder PART is also what `leukoscope site fit` reads; in this laboratory it knows its patients again.""",
    CellFormat.COCO: """images/PART/*.png: whole images.
annotations/PART.json: boxes, outlines and classes of all cells in them, as COCO has them.
Cells that no person decided have the program's word: "decided" is false then.""",
    CellFormat.YOLO: """images/PART/*.png: whole images.
labels/PART/*.txt: boxes and classes of all cells in them; data.yaml: what the numbers mean.
Cells that no person decided have the program's word.""",
}  # fmt: skip
_README = """Cells that people decided in reviewed and signed cases, from LeukoScope {version}.

{about}

Patients have pseudonyms, and each patient is in one part only.
`train` is to learn from{validate}.
{locked}

No name, number, note, date or file name of a case is in any file.
NOT LOOKED AT: the pixels. A name that is written on the slide or burned into an image is still there.
Look at the images before they leave.
"""
_LOCKED = {
    True: "`locked` are the patients that no lesson may see: test with them once, at the very end.\n"
    "That they left was counted as a look.",
    False: "The patients that are locked away stayed in the laboratory.",
}


@dataclass(frozen=True)
class ExportedCells:
    """What left.

    Parameters
    ----------
    cells, patients
        How many, by part.
    kept_back
        Patients that are locked away and stayed.
    reading
        What was left out and why.
    """

    cells: dict[str, int]
    patients: dict[str, int]
    kept_back: int
    reading: Reading


@dataclass(frozen=True, eq=False)
class CellExport:
    """Writes labeled cells.

    Parameters
    ----------
    repository
        The lab's cases.
    operator
        Who does it, and whether they may.
    lab
        Gives the record of pseudonyms and of the locked patients, as it is now.
    """

    repository: CaseRepository
    operator: OperatorSession
    lab: Callable[[], Lab]

    def write(
        self,
        out: Path,
        form: CellFormat,
        *,
        locked: bool = False,
        on_progress: OnProgress = lambda _: None,
        cancel: CancelToken | None = None,
    ) -> ExportedCells:
        """Write a folder that is there whole or not at all; an earlier export in its place is replaced.

        Parameters
        ----------
        out
            The folder.
        form
            How it is laid out.
        locked
            Let the locked patients leave too, in a part of their own: that is counted as a look at them.
        on_progress, cancel
            Told how many are written, and asked whether to stop.

        Raises
        ------
        SiteError
            When there is no such cell, or the folder holds something else.
        ReportError
            When it cannot be written.
        AccessError
            When who works here may not do it.
        CancelledError
            After a cancel; nothing has left then.
        """
        token = cancel or CancelToken()
        _refuse_other_folder(out)
        with self.operator.doing(Act.EXPORT_CELLS) as by:
            lab, reading = self.lab(), Reading()
            cells = list(settled_cells(self.repository, lab, reading))
            if not cells:
                raise SiteError("No cell was decided in a reviewed case yet; name some and review the case.")
            lab.deal(kinds_of_patients((one.subject, one.said.word) for one in cells))
            leaving = Leaving(self.repository, lab, tuple(cells), reading, locked, on_progress, token)
            with swapped_folder(out) as stage:
                counts = _WRITERS[form](leaving, stage)
                made = ExportedCells(counts.cells, counts.patients, 0 if locked else _kept_back(cells, lab), reading)
                _write_about(stage, form, made, locked=LOCKED in counts.patients)
                # Before anything leaves, so that nobody who has left is locked away later, and nothing leaves untold.
                lab.let_out(leaving.open_patients)
                lab.looked(by, f"{EXPORTED}: {form}") if LOCKED in counts.patients else lab.write()
                self._tell(form, made, len(lab.looks))
        return made

    def _tell(self, form: CellFormat, made: ExportedCells, looks: int) -> None:
        trail = self.repository.store.trail
        said = ", ".join(f"{part}: {n} of {made.patients[part]}" for part, n in made.cells.items())
        trail.tell(EXPORTED, subject=form.value, new=said)
        if LOCKED in made.cells:
            trail.tell(LOOKED, subject=EXPORTED, new=str(looks))


def place_in(folder: Path, form: CellFormat) -> Path:
    """Where an export goes that a person pointed a folder out for.

    An empty folder, or one of an earlier export, is it itself; else one of its own is made in it.
    """
    return folder if _is_free(folder) else folder / f"cells {form.value}"


def _kept_back(cells: list[DecidedCell], lab: Lab) -> int:
    return len({one.subject for one in cells} & lab.locked)


def _refuse_other_folder(out: Path) -> None:
    if not _is_free(out):
        raise SiteError(f"“{out}” holds something else; name a new or empty folder.")


def _is_free(out: Path) -> bool:
    try:
        return not out.exists() or (out.is_dir() and ((out / MARK).is_file() or not any(out.iterdir())))
    except OSError as error:
        raise SiteError(f"The folder “{out}” cannot be read; choose another one.", repr(error)) from error


def _write_about(stage: Path, form: CellFormat, made: ExportedCells, *, locked: bool) -> None:
    validate = ", `validate` to choose by" if "validate" in made.patients else ""
    about = _README.format(version=__version__, about=_ABOUT[form], validate=validate, locked=_LOCKED[locked])
    (stage / README).write_text(about, encoding="utf-8")
    said = {"program": __version__, "format": form.value, "cells": made.cells, "patients": made.patients}
    (stage / MARK).write_text(json.dumps(said, indent=1), encoding="utf-8")
