"""A person's comment on a cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LONGEST = 400
"""Letters of a comment."""


@dataclass(frozen=True)
class Comment:
    """What a person remarked on a cell.

    Parameters
    ----------
    text
        One line, at most ``LONGEST`` letters.
    by, at
        Who wrote it, and when.
    """

    text: str
    by: str
    at: datetime


def tidy_comment(text: str) -> str:
    """A comment on one line, without spaces around it, and not longer than there is room for."""
    return " ".join(text.split())[:LONGEST].rstrip()
