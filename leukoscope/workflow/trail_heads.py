"""The end of the audit trail leaves this workstation: in a file on another drive, and on paper.

Whoever has the whole data folder can put an older copy of all of it back, trail and anchor included; only what lies
elsewhere tells then.
"""

from __future__ import annotations

import re
from pathlib import Path

from leukoscope.cases.anchors import Anchor, read_anchor, write_anchor
from leukoscope.cases.store import CaseStore
from leukoscope.domain.audit import HEAD_EXPORTED, AuditCheck, AuditFault
from leukoscope.domain.errors import ReportError, StoreError

_PRINTED = re.compile(r"\s*(\d{1,10})\s*-\s*([0-9a-f]{8,64})\s*", re.IGNORECASE)


def export_head(store: CaseStore, path: Path, *, told: bool = True) -> Anchor:
    """Write the signed end of the trail into a file.

    Parameters
    ----------
    store, path
        Whose, and where to; the folder must be there.
    told
        Whether an entry tells of it; the program's own daily one does not.

    Raises
    ------
    ReportError
        When it cannot be written.
    """
    if told:
        store.trail.tell(HEAD_EXPORTED, subject=str(path.absolute()))
    anchor = store.trail.signed_head()
    try:
        write_anchor(path, anchor)
    except OSError as error:
        message = f"“{path.name}” cannot be written; connect the drive it is on, or choose another place."
        raise ReportError(message, repr(error)) from error
    return anchor


def held_against(store: CaseStore, check: AuditCheck, file: Path | None, printed: str = "") -> AuditCheck:
    """What a check found, and whether the trail still holds what was exported or printed.

    Parameters
    ----------
    store, check
        The store and what was found in it.
    file
        Written by :func:`export_head`; ``None`` for none.
    printed
        As a report prints it, ``57-9f86d081884c7d65``; empty for none.

    Raises
    ------
    StoreError
        When the file cannot be read, or the printed one is none.
    """
    faults = list(check.faults)
    if file is not None:
        anchor = read_anchor(file)
        if anchor is None:
            raise StoreError(f"“{file.name}” is not there, or holds no end of an audit trail; choose another file.")
        if not anchor.is_true:
            faults.append(AuditFault(anchor.head.count, f"The file “{file.name}” was changed; its signature is wrong."))
        faults += missing_entry(store, anchor.head.count, anchor.head.seal, f"the file “{file.name}”")
    if printed:
        match = _PRINTED.fullmatch(printed)
        if match is None:
            raise StoreError("Write the end of the trail as the report prints it: 57-9f86d081884c7d65.")
        faults += missing_entry(store, int(match[1]), match[2].lower(), "the report")
    return AuditCheck(check.count, tuple(faults), check.notes)


def missing_entry(store: CaseStore, count: int, seal: str, where: str) -> list[AuditFault]:
    """What is wrong where the trail does not hold an entry of which something else tells; nothing when it does."""
    if count == 0:
        return []
    found = store.trail.seal_of(count)
    if found is None:
        return [AuditFault(count, f"The trail has no entry {count} any more, of which {where} tells.")]
    if not found.startswith(seal):
        return [AuditFault(count, f"Entry {count} is not the one of which {where} tells.")]
    return []
