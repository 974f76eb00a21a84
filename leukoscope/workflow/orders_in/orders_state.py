"""How orders in stand: who listens, what is watched and asked, and what has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from leukoscope.workflow.orders_in.kept_message import Counts


@dataclass(frozen=True)
class Asked:
    """What came when a worklist was asked last.

    Parameters
    ----------
    at
        When that was; ``None`` before the first time.
    trouble
        Why nothing came, as a sentence; empty when all is well.
    begun, changed, present
        How many cases are new, were changed, and stay as they are.
    left
        How many entries were not taken.
    """

    at: datetime | None = None
    trouble: str = ""
    begun: int = 0
    changed: int = 0
    present: int = 0
    left: int = 0


@dataclass(frozen=True)
class OrdersState:
    """How it stands.

    Parameters
    ----------
    listening
        ``computer:port`` where somebody listens; empty where nobody does.
    encrypted
        Whether that line is encrypted.
    folder
        The folder that is watched; empty where none is.
    trouble
        What does not work, as a sentence; empty when all is well.
    counts
        Of messages.
    asking
        Whether a worklist is asked again and again.
    asked
        What came the last time.
    """

    listening: str = ""
    encrypted: bool = False
    folder: str = ""
    trouble: str = ""
    counts: Counts = field(default_factory=Counts)
    asking: bool = False
    asked: Asked = field(default_factory=Asked)
