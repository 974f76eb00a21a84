"""Held-out cells with what was said of them: each fold calibrated on the other folds, one run or several averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from leukoscope.inference.manifest import Band, Calibration
from training.calibrate import OutOfFold, calibration_for, out_of_fold, probabilities, unsure_band
from training.metrics import Labels, Mask, Values, sigmoid
from training.run import RunFolder, read_json


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What is known of every held-out cell.

    Parameters
    ----------
    rows, fold, labels, subjects
        Shape (n,): index among the run's cells, fold whose weights judged, truth, whose cell.
    raw, calibrated
        Shape (n,): probability of leukemic before and after calibration.
    decided
        Shape (n,): outside the unsure band of its own fold.
    calibrations, bands
        By fold; ``calibrations`` is empty where several runs are averaged.
    """

    rows: NDArray[np.int64]
    fold: NDArray[np.int64]
    labels: Labels
    subjects: NDArray[np.str_]
    raw: Values
    calibrated: Values
    decided: Mask
    calibrations: dict[int, Calibration]
    bands: dict[int, Band]

    @property
    def numbers(self) -> list[int]:
        """The folds there are."""
        return sorted(set(self.fold.tolist()))


def outside(calibrated: Values, band: Band) -> Mask:
    """Which cells are decided."""
    return np.asarray((calibrated <= band.low) | (calibrated >= band.high))


def read_held_out(run: RunFolder) -> HeldOut:
    """Read one run's held-out cells and calibrate each fold on the others."""
    cells = out_of_fold(run)
    made = {number: calibration_for(run, cells, number) for number in sorted(set(cells.fold.tolist()))}
    calibrated = np.empty(cells.logits.size)
    for number, (calibration, _) in made.items():
        chosen = cells.fold == number
        calibrated[chosen] = probabilities(cells.logits[chosen], calibration)
    bands = {number: band for number, (_, band) in made.items()}
    calibrations = {number: calibration for number, (calibration, _) in made.items()}
    return _joined(cells, sigmoid(cells.logits), calibrated, calibrations, bands)


def averaged(runs: Sequence[RunFolder]) -> HeldOut:
    """Average the runs' calibrated probabilities; a fold's calibrations and band come from the other folds.

    Raises
    ------
    SettingsError
        When the runs do not hold out the same cells in the same folds.
    """
    cells = [out_of_fold(run) for run in runs]
    first = held_out_files(runs[0])
    for run in runs[1:]:
        if held_out_files(run) != first:
            raise SettingsError(
                f"“{runs[0].path.name}” and “{run.path.name}” do not hold out the same cells in the same folds; "
                "only runs of one split can be averaged."
            )
    order = [np.argsort(one.rows) for one in cells]
    cells = [_ordered(one, rows) for one, rows in zip(cells, order, strict=True)]
    one = cells[0]
    calibrated, bands = np.empty(one.logits.size), {}
    for number in sorted(set(one.fold.tolist())):
        chosen = one.fold == number
        made = [calibration_for(run, own, number)[0] for run, own in zip(runs, cells, strict=True)]
        both = np.mean([probabilities(own.logits, c) for own, c in zip(cells, made, strict=True)], axis=0)
        calibrated[chosen] = both[chosen]
        bands[number] = unsure_band(both[~chosen] if (~chosen).any() else both, runs[0].config.unsure_share)
    raw = np.asarray(np.mean([sigmoid(own.logits) for own in cells], axis=0))
    return _joined(one, raw, calibrated, {}, bands)


def held_out_files(run: RunFolder) -> dict[tuple[str, str], int]:
    """Name and SHA-256 of every held-out cell -> its fold."""
    cells = read_json(run.path / "split.json")["cells"]
    done = {fold.number for fold in run.done_folds()}
    return {(cell["file"], cell["sha256"]): cell["fold"] for cell in cells if cell["fold"] in done}


def _ordered(cells: OutOfFold, order: NDArray[np.int64]) -> OutOfFold:
    return OutOfFold(
        cells.rows[order], cells.fold[order], cells.labels[order], cells.subjects[order], cells.logits[order]
    )


def _joined(
    cells: OutOfFold, raw: Values, calibrated: Values, calibrations: dict[int, Calibration], bands: dict[int, Band]
) -> HeldOut:
    low = np.array([bands[number].low for number in cells.fold.tolist()])
    high = np.array([bands[number].high for number in cells.fold.tolist()])
    decided = np.asarray((calibrated <= low) | (calibrated >= high))
    return HeldOut(cells.rows, cells.fold, cells.labels, cells.subjects, raw, calibrated, decided, calibrations, bands)
