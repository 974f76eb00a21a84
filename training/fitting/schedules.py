"""Learning rates and the patience that lowers them or ends a phase. Pure: all that they remember can be written."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from training.config import FitConfig


@dataclass(frozen=True)
class Patience:
    """What plateau and early stopping remember between epochs of one phase.

    Parameters
    ----------
    best
        Smallest watched loss so far.
    since
        Epochs since then.
    flat
        Epochs since then or since the rate was last lowered.
    factor
        What the plateaus so far have made of the learning rate.
    """

    best: float = math.inf
    since: int = 0
    flat: int = 0
    factor: float = 1.0

    def after(self, loss: float, config: FitConfig) -> Patience:
        """Take in one epoch's watched loss: the validation loss where there is one."""
        if loss < self.best:
            return replace(self, best=loss, since=0, flat=0)
        flat, factor = self.flat + 1, self.factor
        if config.schedule == "plateau" and flat >= config.plateau_patience:
            flat, factor = 0, factor * config.plateau_factor
        return replace(self, since=self.since + 1, flat=flat, factor=factor)

    def exhausted(self, config: FitConfig) -> bool:
        """Whether the phase ends early."""
        return config.stop_patience is not None and self.since >= config.stop_patience


def rate_at(config: FitConfig, start: float, done: float, patience: Patience) -> float:
    """Learning rate of one step.

    Parameters
    ----------
    config
        Names the schedule.
    start
        The phase's first rate.
    done
        Share of the phase's steps that are done, 0..1; the cosine of Loshchilov and Hutter (2016) falls along it.
    patience
        Of this phase so far.
    """
    if config.schedule == "cosine":
        return start * 0.5 * (1.0 + math.cos(math.pi * done))
    return start * patience.factor
