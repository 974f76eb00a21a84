"""What the laboratory wants of daily control, on record when it is changed."""

from __future__ import annotations

from leukoscope.cases.store import CaseStore
from leukoscope.workflow.settings import Settings

SET = "control rule set"
"""What the audit trail says."""
WISHES = ("control_rule", "control_today")


def record_wishes(store: CaseStore, before: Settings, after: Settings) -> None:
    """Write into the audit trail which wishes of daily control were changed.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    told = [(name, str(getattr(before, name)), str(getattr(after, name))) for name in WISHES]
    changed = [one for one in told if one[1] != one[2]]
    if not changed:
        return
    with store.database.writing() as session:
        for name, old, new in changed:
            store.trail.record(session, SET, subject=name, old=old, new=new)
