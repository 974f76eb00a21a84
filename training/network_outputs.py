"""What a fitted network said about cells, kept on disk; needs no TensorFlow to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ATTENTION = "attention"
"""Name of the token attention among the explanations."""


@dataclass(frozen=True, eq=False)
class NetworkOutputs:
    """Outputs for ``rows`` of the cells.

    Parameters
    ----------
    rows
        Indices of the cells, shape (n,).
    logits
        Shape (n,), before calibration.
    features
        Shape (n, features), float32: the vector that novelty looks at.
    peaks
        Explanation name -> shape (n,): the largest value of the cell's map; nan where no map was asked for.
    choosing
        Which of ``rows`` chose the epoch (validation cells), shape (m,); they did not train.
    """

    rows: NDArray[np.int64]
    logits: NDArray[np.float64]
    features: NDArray[np.float32]
    peaks: dict[str, NDArray[np.float64]]
    choosing: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def save(self, path: Path) -> None:
        """Write one ``.npz``, whole or not at all."""
        part = path.with_suffix(".part.npz")
        arrays: dict[str, Any] = {f"peak:{name}": values for name, values in self.peaks.items()}
        np.savez(part, rows=self.rows, logits=self.logits, features=self.features, choosing=self.choosing, **arrays)
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> NetworkOutputs:
        """Read what :meth:`save` wrote."""
        with np.load(path) as data:
            peaks = {key.removeprefix("peak:"): data[key] for key in data.files if key.startswith("peak:")}
            # Runs before 2.2 did not note it.
            choosing = data["choosing"] if "choosing" in data.files else np.zeros(0, np.int64)
            return cls(data["rows"], data["logits"], data["features"], peaks, choosing)
