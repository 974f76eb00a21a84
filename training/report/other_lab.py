"""What the folds say of another lab's lymphocytes that they were not fitted on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from training.calibrate import probabilities
from training.metrics import Interval
from training.report.held_out import HeldOut
from training.run import RunFolder


def other_lab(run: RunFolder, cells: HeldOut) -> dict[str, Any] | None:
    """Share that each fold calls leukemic or healthy by its own calibration and band; ``None`` where there are none.

    Returns
    -------
    dict
        ``called_leukemic`` and ``called_healthy``: mean of the folds, with the lowest and the highest fold.
    """
    leukemic, healthy, count = [], [], 0
    for number in cells.numbers:
        judged = run.others(f"fold-{number}")
        if judged is None:
            return None
        said = probabilities(judged.logits, cells.calibrations[number])
        leukemic.append(float((said > cells.bands[number].high).mean()))
        healthy.append(float((said < cells.bands[number].low).mean()))
        count = int(said.size)
    shares = {"called_leukemic": leukemic, "called_healthy": healthy}
    return {
        name: asdict(Interval(float(np.mean(values)), min(values), max(values), count))
        for name, values in shares.items()
    }
