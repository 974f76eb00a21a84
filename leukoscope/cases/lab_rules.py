"""What the laboratory wants on all its workstations, by name: beside the rules of accounts, in the same table."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.database import Database
from leukoscope.cases.tables import RuleRow
from leukoscope.domain import directory

OF_CONTROL = ("control_rule", "control_today")
IN_WORDS = (*OF_CONTROL, *directory.NAMES)
"""Rules that are kept as words; all others are numbers."""


def kept_rules(database: Database, names: Collection[str]) -> dict[str, str]:
    """Those of these names that were ever set.

    Raises
    ------
    StoreError
        When the database cannot be read.
    """
    wanted = select(RuleRow.name, RuleRow.value).where(RuleRow.name.in_(names))
    with database.reading() as session:
        return {row.name: row.value for row in session.execute(wanted)}


def keep_rules(database: Database, trail: AuditTrail, what: str, values: Mapping[str, tuple[str, str]]) -> None:
    """Set some, and tell the trail ``what`` was set: name -> what held until now where nobody had set it, and the new.

    Raises
    ------
    StoreError
        When it cannot be written; nothing is set then.
    """
    with database.writing() as session:
        for name, (former, new) in values.items():
            row = session.get(RuleRow, name)
            old = former if row is None else row.value
            session.merge(RuleRow(name=name, value=new))
            if old != new:
                trail.record(session, what, subject=name, old=old, new=new)
