"""Looking at a case is told in the audit trail, where somebody looks who has not worked on it."""

from __future__ import annotations

from datetime import UTC, datetime

from leukoscope.cases.store import CaseStore
from leukoscope.domain.audit import VIEWED


def tell_of_view(store: CaseStore, case_id: int, who: str, now: datetime | None = None) -> bool:
    """Say that somebody looks at a case; once a day, and not of those who have worked on it.

    Parameters
    ----------
    store, case_id
        The case.
    who
        Name of who sits here; empty while nobody has said theirs.
    now
        Now, unless given.

    Returns
    -------
    bool
        Whether it was told.
    """
    day = (now or datetime.now(UTC)).astimezone(UTC).date().isoformat()
    own = [one for one in store.trail.entries(case_id) if one.who == who and not one.erased]
    works_on_it = any(one.what != VIEWED for one in own)
    if not who or works_on_it or any(one.at.startswith(day) for one in own):
        return False
    store.trail.tell(VIEWED, case_id=case_id, who=who)
    return True
