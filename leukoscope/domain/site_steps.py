"""Where the teaching of a site profile is, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class TeachStage(StrEnum):
    """What is being done, in the order in which it is done."""

    READING = "reading the cells"
    ASKING = "asking the models"
    ASKING_TAUGHT = "asking with the profile"
    PROVING = "leaving patients out"
    LEARNING = "learning from all"
    KEEPING = "keeping the profile"


@dataclass(frozen=True)
class TeachStep:
    """One step.

    Parameters
    ----------
    stage
        What is being done.
    done, total
        How far it is: cells while these are read or asked about, else parts; ``total`` is 0 where it is not known.
    """

    stage: TeachStage
    done: int = 0
    total: int = 0

    @property
    def text(self) -> str:
        """For a terminal: ``leaving patients out, 2 of 5``."""
        if self.total:
            return f"{self.stage}, {self.done} of {self.total}"
        return f"{self.stage}, {self.done} cells" if self.done else self.stage.value


OnStep = Callable[[TeachStep], None]
"""Told where it is; may raise to stop."""


def nobody_listens(_step: TeachStep) -> None:
    """Where nobody waits."""
