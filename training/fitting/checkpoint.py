"""Everything that a fit needs to go on where it was killed, in one file that is whole or not there."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import StoreError
from training.fitting.schedules import Patience

CHECKPOINT_FILE = "checkpoint.npz"
Values = list[NDArray[Any]]
Row = dict[str, float | str]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state after a whole epoch.

    Parameters
    ----------
    phase
        Index of the phase that the epoch belongs to.
    epoch
        Epochs done in that phase.
    total
        Epochs done in all phases; order and variants of the next follow from it.
    ended
        Whether the phase is over.
    patience
        Of plateau and early stopping.
    history
        Rows of ``epochs.csv``.
    weights
        Of the model, in Keras' order, states of its random layers included.
    slots
        Of the optimizer, the moving average of the weights included.
    best
        Weights of the phase's best epoch; empty without validation.
    """

    phase: int = 0
    epoch: int = 0
    total: int = 0
    ended: bool = False
    patience: Patience = field(default_factory=Patience)
    history: list[Row] = field(default_factory=list)
    weights: Values = field(default_factory=list)
    slots: Values = field(default_factory=list)
    best: Values = field(default_factory=list)

    def pack(self) -> bytes:
        """As bytes of one ``.npz``."""
        arrays = {
            f"{name}/{index:05}": value
            for name in ("weights", "slots", "best")
            for index, value in enumerate(getattr(self, name))
        }
        facts = {name: getattr(self, name) for name in ("phase", "epoch", "total", "ended", "history")}
        text = json.dumps(facts | {"patience": asdict(self.patience)})
        stream = io.BytesIO()
        np.savez(stream, facts=np.frombuffer(text.encode(), np.uint8), **arrays)
        return stream.getvalue()

    @classmethod
    def unpack(cls, data: bytes) -> Checkpoint:
        """Read what :meth:`pack` wrote.

        Raises
        ------
        StoreError
            When it is damaged.
        """
        parts: dict[str, Any] = {"weights": [], "slots": [], "best": []}
        try:
            with np.load(io.BytesIO(data)) as stored:
                facts = json.loads(stored["facts"].tobytes())
                for name in sorted(set(stored.files) - {"facts"}):
                    parts[name.partition("/")[0]].append(stored[name])
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise StoreError(
                f"The {CHECKPOINT_FILE} of this part is damaged; remove it, and the part begins anew.", repr(error)
            ) from error
        return cls(**facts | parts | {"patience": Patience(**facts["patience"])})
