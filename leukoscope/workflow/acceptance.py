"""Putting on record that somebody has looked at what differs from the audit trail, and why it is so.

Nothing is hidden by it: the entry stays, with the reason and each sentence. What is found later is a fault again.
"""

from __future__ import annotations

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import StoreError


def accept_faults(store: CaseStore, reason: str) -> tuple[str, ...]:
    """Accept all that :meth:`leukoscope.cases.audit_trail.AuditTrail.verify` finds now.

    Rows are held against what they are now from here on; of entries and files, the very fault is known again. What is
    wrong with the schema, or with a signed report, cannot be accepted: it must be put right.

    Returns
    -------
    tuple of str
        What was accepted.

    Raises
    ------
    StoreError
        Without a reason.
    """
    if not reason.strip():
        raise StoreError("Accepting needs a reason; write what was found out about it.")
    return store.trail.accept(reason.strip())
