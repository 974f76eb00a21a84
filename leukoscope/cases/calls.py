"""Calls of the server in the audit trail: who asked for what; never what stood in a question or an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.database import Database
from leukoscope.cases.rights import claiming
from leukoscope.domain.audit import CALLED


@dataclass(frozen=True)
class Call:
    """One call, or several alike.

    Parameters
    ----------
    who
        The account.
    what
        Method and address, with the variable parts left out.
    case_id
        The case it is about; ``None`` for none.
    more
        0 for one call; else so many more of the same were made since it was told.
    """

    who: str
    what: str
    case_id: int | None = None
    more: int = 0


class Calls:
    """Calls of a store's server.

    Parameters
    ----------
    database, trail
        Where they are told.
    """

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database, self._trail = database, trail

    def tell(self, calls: Sequence[Call]) -> None:
        """Add an entry for each, all in one transaction: it takes as long as one.

        Raises
        ------
        StoreError
            When they cannot be written.
        """
        with claiming(None), self._database.writing() as session:
            for one in calls:
                new = f"{one.more} more" if one.more else ""
                self._trail.record(session, CALLED, case_id=one.case_id, subject=one.what, new=new, who=one.who)
