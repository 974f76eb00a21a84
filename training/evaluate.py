"""Figures of a run, from cells that the judged weights never saw, written to ``RUN/report``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.report.content import figures_of, forget_people
from training.report.curves import curves_of
from training.report.faithfulness import faithfulness
from training.report.fold_networks import fold_networks
from training.report.held_out import HeldOut, read_held_out
from training.report.mistakes import mistakes
from training.report.other_lab import other_lab
from training.report.page import write_page
from training.report.pixels import CellSource
from training.report.reading import learning_curves, report_folder
from training.report.robustness import robustness
from training.report.speed import speed
from training.run import RunFolder, write_json

Say = Callable[[str], None]
LEFT_OUT = (
    "Pictures of mistakes, robustness and faithfulness of the maps need the cells themselves, which were not at hand. "
    "Run “python -m training evaluate {run} --data DIR” with the folder of cells."
)


@dataclass(frozen=True)
class Trials:
    """How much is tried on the cells themselves.

    Parameters
    ----------
    data
        The folder of cells; without it what needs pictures is left out, and the page says so.
    cells_per_subject
        Most held-out cells of each subject that are altered for robustness.
    maps_per_subject
        Most held-out cells of each subject on which the maps are tried.
    """

    data: Path | None = None
    cells_per_subject: int = 40
    maps_per_subject: int = 6


def evaluate(run: RunFolder, trials: Trials | None = None, say: Say = lambda _: None) -> dict[str, Any]:
    """Write ``RUN/report/report.json`` and ``index.html``; return the former.

    Raises
    ------
    SettingsError
        When no fold is finished, or the folder of cells does not hold the run's cells.
    """
    trials = trials or Trials()
    cells = read_held_out(run)
    # First of all, so that a wrong folder is told before anything is measured.
    source = CellSource.of(run, trials.data)
    report: dict[str, Any] = {
        "name": run.config.name,
        "title": run.config.title,
        "split": run.config.split.kind,
        "folds_wanted": run.config.split.parts,
        **figures_of(cells, run.config.seed),
        "curves": curves_of(cells, run.config.seed),
        "learning": learning_curves(run),
    }
    if not run.config.data.knows_people:
        forget_people(report)
    strange = other_lab(run, cells)
    if strange is not None:
        report |= {"other_lab": strange}
    report |= {"speed": speed(run)}
    say("speed measured")
    report |= {"left_out": LEFT_OUT.format(run=run.path)} if source is None else _tried(cells, source, trials, say)
    folder = report_folder(run)
    folder.mkdir(exist_ok=True)
    write_json(folder / "report.json", {name: part for name, part in report.items() if name != "pictures"})
    write_page(folder / "index.html", run, report)
    return report


def _tried(cells: HeldOut, source: CellSource, trials: Trials, say: Say) -> dict[str, Any]:
    """What needs the cells themselves; ``pictures`` go into the page alone."""
    judges = fold_networks(source.run, cells.numbers)
    worst, pictures = mistakes(source.run, cells, source, judges)
    say("mistakes drawn")
    return {
        "mistakes": worst,
        "pictures": pictures,
        "robustness": robustness(cells, source, judges, trials.cells_per_subject, say),
        "faithfulness": faithfulness(cells, source, judges, trials.maps_per_subject, say),
    }
