"""``python -m training combine``: read the runs of every dealing, judge the combination, print and write it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from leukoscope.domain.errors import SettingsError
from training.combination.evaluation import CombinationReport, judge_combination
from training.combination.opinions import read_dealing
from training.run import RunFolder, open_run, write_json
from training.shape.config import read_shape_config
from training.shape.fit import dealings, judge_dealing
from training.shape.measuring import measure_all


def combine(
    runs: Sequence[Sequence[Path]],
    shape: Path,
    data: Path,
    lymphocytes: Sequence[Path],
    *,
    measured: Path | None,
    out: Path | None,
    say: Callable[[str], None],
) -> CombinationReport:
    """Judge networks and figures of shape together, on every dealing that all networks were trained on.

    Parameters
    ----------
    runs
        For each network its runs, one for each dealing (``split.deal`` 1, 2, ...).
    shape
        Configuration of the figures of shape.
    data, lymphocytes, measured
        As for ``python -m training shape``.
    out
        Where the report is written as JSON; ``None``: nowhere.
    say
        Told how far it is.

    Raises
    ------
    SettingsError
        When a dealing is missing or the runs do not fit together.
    """
    networks = [_by_deal([open_run(path) for path in paths]) for paths in runs]
    numbers = sorted(set.intersection(*(set(one) for one in networks)))
    if not numbers:
        raise SettingsError("The networks have no dealing in common; run cross-validate --deal N for each.")
    config = read_shape_config(shape)
    if max(numbers) > config.dealings:
        raise SettingsError(f"The figures of shape are judged on {config.dealings} dealings only; raise dealings.")
    cells, others = measure_all(config, data, lymphocytes, measured, say)
    dealt = dealings(config, cells)
    read = [
        read_dealing([one[number] for one in networks], cells, judge_dealing(config, cells, others, dealt[number - 1]))
        for number in numbers
    ]
    report = judge_combination(read)
    if out is not None:
        write_json(out, asdict(report))
    return report


def _by_deal(runs: Sequence[RunFolder]) -> dict[int, RunFolder]:
    return {run.config.split.deal: run for run in runs if run.config.split.deal}
