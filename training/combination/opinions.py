"""What each opinion said of held-out cells in one dealing of the people into folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.findings import BundleId, Opinion, Thresholds
from leukoscope.domain.morphology import FIGURES, MeasuredFigure
from training.metrics import Labels, Values
from training.novelty import fit_reference, threshold
from training.report.held_out import read_held_out
from training.run import RunFolder, read_json
from training.shape.fit import Dealt
from training.shape.measuring import Measured

SHAPE = "figures of shape"


@dataclass(frozen=True, eq=False)
class OpinionOutputs:
    """What one opinion said of every cell, by the weights that had not seen its person.

    Parameters
    ----------
    name
        Of the bundle.
    probability
        Calibrated on the other folds, shape (n,).
    low, high
        The unsure band of the cell's fold, shape (n,).
    novelty
        Distance over its limit, shape (n,); ``None`` for figures of shape, which have no such limit.
    """

    name: str
    probability: Values
    low: Values
    high: Values
    novelty: Values | None


@dataclass(frozen=True, eq=False)
class Dealing:
    """All opinions of one dealing, on the same cells in the same order; each array has the shape (n,)."""

    labels: Labels
    subjects: NDArray[np.str_]
    fold: NDArray[np.int64]
    said: tuple[OpinionOutputs, ...]

    def opinions(self, row: int) -> tuple[Opinion, ...]:
        """What the program would be told of one cell."""
        return tuple(_opinion(said, row) for said in self.said)


def _opinion(said: OpinionOutputs, row: int) -> Opinion:
    figures = (MeasuredFigure(FIGURES[0].code, 0.0, 0.0, 1.0),) if said.novelty is None else ()
    probability = float(np.clip(said.probability[row], 1e-9, 1 - 1e-9))
    return Opinion(
        BundleId(said.name, "0", ""),
        float(np.log(probability / (1 - probability))),
        probability,
        Thresholds(float(said.low[row]), float(said.high[row])),
        novelty=None if said.novelty is None else float(said.novelty[row]),
        figures=figures,
    )


def read_dealing(runs: Sequence[RunFolder], cells: Measured, dealt: Dealt) -> Dealing:
    """Bring the opinions of several runs and of figures of shape on one order of cells.

    Parameters
    ----------
    runs
        Networks, one run each, all of the same dealing.
    cells, dealt
        Figures of shape, and what they said in that dealing.

    Raises
    ------
    SettingsError
        When a run holds out other cells, or the same ones in other folds.
    """
    names = [sample.path.name for sample in cells.samples]
    said = [_network(run, names, dealt) for run in runs]
    low = np.array([band.low for band in dealt.bands])[dealt.fold]
    high = np.array([band.high for band in dealt.bands])[dealt.fold]
    said.append(OpinionOutputs(SHAPE, dealt.calibrated, low, high, None))
    return Dealing(cells.labels, cells.subjects, dealt.fold, tuple(said))


def _network(run: RunFolder, names: Sequence[str], dealt: Dealt) -> OpinionOutputs:
    place = {cell["file"]: row for row, cell in enumerate(read_json(run.path / "split.json")["cells"])}
    held = read_held_out(run)
    if set(names) - set(place) or held.rows.size != len(place):
        raise SettingsError(f"“{run.path}” was not trained on the cells that figures of shape were measured on.")
    where = np.empty(len(place), np.int64)
    where[held.rows] = np.arange(held.rows.size)
    order = where[[place[name] for name in names]]
    if not _dealt_alike(held.fold[order], dealt.fold):
        raise SettingsError(f"“{run.path}” deals the people into other folds; give runs of the same split.deal.")
    low = np.array([held.bands[number].low for number in held.fold.tolist()])
    high = np.array([held.bands[number].high for number in held.fold.tolist()])
    novelty = _novelty(run)[[place[name] for name in names]]
    return OpinionOutputs(run.config.name, held.calibrated[order], low[order], high[order], novelty)


def _dealt_alike(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Whether two numberings part the cells alike."""
    return (
        len(set(zip(one.tolist(), other.tolist(), strict=True))) == len(set(other.tolist())) == len(set(one.tolist()))
    )


def _novelty(run: RunFolder) -> Values:
    """Distance over its limit of every cell of a run, against the training cells of the fold that held it out."""
    limit, found = threshold(run), np.full(run.cells()[0].size, np.nan)
    for fold in run.done_folds():
        judged = run.judgements(f"fold-{fold.number}")
        held = np.isin(judged.rows, fold.test)
        reference = fit_reference(judged.features[~held])
        found[judged.rows[held]] = reference.distance(judged.features[held]) / limit
    return found
