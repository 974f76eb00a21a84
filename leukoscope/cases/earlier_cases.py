"""Earlier Cases of the same patient."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from leukoscope.cases.database import Database
from leukoscope.cases.loading import SUMMARY_COLUMNS, load_header, load_summary
from leukoscope.cases.tables import CaseRow
from leukoscope.domain.cases import CaseHeader, CaseSummary


class EarlierCases:
    """Finds them: part of :class:`leukoscope.cases.store.CaseStore`.

    Parameters
    ----------
    database
        Of the store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, case_id: int) -> tuple[CaseSummary, ...]:
        """Cases of the same patient that were begun before a Case, the first one first; those put away are left out.

        Two Cases are of one patient where the hospital's number is the same; where neither has one, where name and
        date of birth are.
        """
        with self._database.reading() as session:
            row = session.get(CaseRow, case_id)
            same = None if row is None else _same_patient(load_header(row))
            if row is None or same is None:
                return ()
            before = CaseRow.id != row.id, CaseRow.removed_at.is_(None), CaseRow.created_at < row.created_at
            wanted = select(*SUMMARY_COLUMNS).where(*before, *same).order_by(CaseRow.created_at, CaseRow.id)
            return tuple(load_summary(one) for one in session.execute(wanted))


def _same_patient(header: CaseHeader) -> tuple[ColumnElement[bool], ...] | None:
    """What cases of one patient have in common; ``None`` where too little is known to tell."""
    if header.patient_id:
        return (CaseRow.patient_id == header.patient_id,)
    if not header.patient or not header.birth_date:
        return None
    return CaseRow.patient_id == "", CaseRow.patient == header.patient, CaseRow.birth_date == header.birth_date
