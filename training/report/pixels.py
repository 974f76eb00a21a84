"""The held-out cells' own pixels, read again from the folder of cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from training.data import Sample, find_samples, read_cells
from training.report.held_out import HeldOut
from training.run import RunFolder, read_json

Crops = NDArray[np.uint8]
Rows = NDArray[np.int64]
MOST_SUBJECTS = 20
"""Times so many cells of each subject are altered at most."""


@dataclass(frozen=True, eq=False)
class CellSource:
    """Reads crops of a run's cells.

    Parameters
    ----------
    run
        The run.
    samples
        All cells of the folder, in the run's order.
    """

    run: RunFolder
    samples: tuple[Sample, ...]

    @classmethod
    def of(cls, run: RunFolder, data: Path | None) -> CellSource | None:
        """The given folder, or else the one that the run remembers; ``None`` when neither is there.

        Raises
        ------
        SettingsError
            When a given folder is missing or does not hold the run's cells.
        """
        remembered = run.facts().get("data")
        folder = data or (Path(remembered) if remembered else None)
        if folder is None or (data is None and not folder.is_dir()):
            return None
        if not folder.is_dir():
            raise SettingsError(f"“{folder}” is no folder; give the folder of cells that the run was trained on.")
        samples = find_samples(folder, run.config.data)
        names = [cell["file"] for cell in read_json(run.path / "split.json")["cells"]]
        if run.config.data.unusable == "leave-out":
            used = set(names)
            samples = tuple(sample for sample in samples if sample.file in used)
        if [sample.file for sample in samples] != names:
            raise SettingsError(
                f"“{folder}” does not hold the cells of “{run.path}”; give the folder it was trained on."
            )
        return cls(run, samples)

    def crops(self, rows: Rows) -> Crops:
        """Pixels of some cells, shape (n, crop, crop, 3), RGB.

        Raises
        ------
        SettingsError
            When a file no longer shows what the run was trained on.
        """
        recorded = read_json(self.run.path / "split.json")["cells"]
        config = self.run.config
        cells = read_cells([self.samples[row] for row in rows.tolist()], config.preprocessing, config.data)
        for row, sample in zip(rows.tolist(), cells.samples, strict=True):
            if sample.digest != recorded[row]["sha256"]:
                raise SettingsError(f"“{sample.path}” has changed since the run was trained.")
        return cells.crops


def balanced_sample(cells: HeldOut, fold: int, per_subject: int) -> Rows:
    """Positions (in ``cells``) of at most so many of each subject's cells held out in a fold, evenly spread.

    Of very many subjects, as where nobody is named and each cell is one, at most ``MOST_SUBJECTS`` times as many.
    """
    chosen = []
    for subject in np.unique(cells.subjects[cells.fold == fold]):
        own = np.flatnonzero((cells.fold == fold) & (cells.subjects == subject))
        own = own[np.argsort(cells.rows[own])]
        chosen.append(own[np.unique(np.linspace(0, own.size - 1, min(per_subject, own.size)).round().astype(np.int64))])
    every = np.concatenate(chosen)
    most = MOST_SUBJECTS * per_subject
    return every if every.size <= most else every[np.linspace(0, every.size - 1, most).round().astype(np.int64)]
