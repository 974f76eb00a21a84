"""What stays of what people said of cells in whose place others come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leukoscope.domain.cases import Decision
from leukoscope.domain.comments import Comment, tidy_comment


def decision_of_all(decisions: Sequence[Decision | None]) -> Decision | None:
    """The label on all of them: the newest, where those that have one have the same; else none."""
    given = [one for one in decisions if one is not None]
    if len({one.said for one in given}) != 1:
        return None
    return max(given, key=lambda one: one.at)


def comment_of_all(comments: Sequence[Comment | None], by: str, at: datetime) -> Comment | None:
    """The comment there is; several are joined by ``by`` at ``at``."""
    given = [one for one in comments if one is not None]
    if len(given) < 2:
        return given[0] if given else None
    return Comment(tidy_comment("; ".join(dict.fromkeys(one.text for one in given))), by, at)
