"""Cells that people decided, over all Cases: listed, kept as examples, and counted since a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.database import Database
from leukoscope.cases.packing import unpack_naming
from leukoscope.cases.tables import CaseRow, CellRow, DecisionRow, ExampleRow, FrameRow, NamingRow
from leukoscope.domain.cases import CaseState
from leukoscope.domain.cells import CellFlag
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.known_cells import Example, KnownCell
from leukoscope.domain.labels import PersonLabel

EXAMPLE_KEPT, EXAMPLE_REMOVED = "example kept", "example removed"
"""What the audit trail says."""
_DONE = CaseState.REVIEWED.value, CaseState.SIGNED.value


class KnownCells:
    """All of them; only Cases that are in the list count, and images and cells that were not taken out.

    Parameters
    ----------
    database, trail
        Where Cases and the audit trail are kept.
    """

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database, self._trail = database, trail

    def revision(self) -> str:
        """A text that is another one after every change that the list could show."""
        wanted = (
            select(func.max(DecisionRow.id)).scalar_subquery(),
            select(func.max(CaseRow.changed_at)).scalar_subquery(),
            select(func.count(CaseRow.id)).where(CaseRow.removed_at.is_(None)).scalar_subquery(),
        )
        with self._database.reading() as session:
            return "/".join(map(str, session.execute(select(*wanted)).one()))

    def decided(self) -> tuple[KnownCell, ...]:
        """Cells of reviewed and signed Cases that a person named, or called leukemic or healthy; by their keys."""
        bare_doubt = (CellRow.decided_label == Label.UNSURE.value) & CellRow.decided_class.is_(None)
        wanted = _known().where(CaseRow.state.in_(_DONE), CellRow.decided_label.is_not(None), ~bare_doubt)
        with self._database.reading() as session:
            return tuple(_cell(row) for row in session.execute(wanted.order_by(CellRow.id)))

    def corrected_since(self, moment: datetime | None) -> int:
        """How many cells people have decided otherwise than the program since a moment; ``None``: ever.

        Counted are cells of reviewed and signed Cases: the program was unsure or gave the other verdict, or it took the
        cell for another class.
        """
        wanted = (
            _known().add_columns(CellRow.label, NamingRow.said).outerjoin(NamingRow, NamingRow.cell_id == CellRow.id)
        )
        wanted = wanted.where(CaseRow.state.in_(_DONE), CellRow.decided_label.is_not(None))
        if moment is not None:
            wanted = wanted.where(DecisionRow.at > moment)
        with self._database.reading() as session:
            return sum(_is_corrected(row) for row in session.execute(wanted))

    # Examples --------------------------------------------------------------------------------------------------

    def examples(self) -> tuple[Example, ...]:
        """Cells that are kept as examples, the newest first."""
        wanted = _known().add_columns(ExampleRow.kept_by, ExampleRow.kept_at)
        wanted = wanted.join(ExampleRow, ExampleRow.cell_id == CellRow.id).where(CellRow.decided_label.is_not(None))
        with self._database.reading() as session:
            rows = session.execute(wanted.order_by(ExampleRow.kept_at.desc(), CellRow.id)).all()
        return tuple(Example(_cell(row), row.kept_by, row.kept_at) for row in rows)

    def keep_example(self, cell_id: int, by: str) -> None:
        """Keep a cell as an example of what a person said it is. Twice does nothing.

        Raises
        ------
        StoreError
            When no person has decided it, or it is gone.
        """
        with self._database.writing() as session:
            cell = session.get(CellRow, cell_id)
            if cell is None or cell.removed_at is not None:
                raise StoreError("This cell is no longer in the case; open the case again.", f"no cell {cell_id}")
            if cell.decided_label is None or (cell.decided_label == Label.UNSURE.value and cell.decided_class is None):
                raise StoreError("Say first what this cell is; an example shows what a person decided.")
            if session.get(ExampleRow, cell_id) is not None:
                return
            session.add(ExampleRow(cell_id=cell_id, kept_by=by, kept_at=datetime.now(UTC)))
            said = cell.decided_class or cell.decided_label
            case_id = cell.frame.case_id
            self._trail.record(session, EXAMPLE_KEPT, case_id=case_id, subject=f"cell {cell_id}", new=said, who=by)

    def remove_example(self, cell_id: int, by: str) -> None:
        """Keep a cell as an example no longer; the cell itself stays. Twice does nothing."""
        with self._database.writing() as session:
            cell = session.get(CellRow, cell_id)
            if cell is None or session.get(ExampleRow, cell_id) is None:
                return
            session.execute(delete(ExampleRow).where(ExampleRow.cell_id == cell_id))
            case_id = cell.frame.case_id
            self._trail.record(session, EXAMPLE_REMOVED, case_id=case_id, subject=f"cell {cell_id}", who=by)


def _is_corrected(row: Any) -> bool:
    verdict = PersonLabel(Label(row.decided_label), row.decided_class).counts_as
    if verdict in {Label.LEUKEMIC, Label.HEALTHY} and verdict.value != row.label:
        return True
    if row.decided_class is None or row.said is None:
        return False
    try:
        probabilities = unpack_naming(row.said).probabilities
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError("The case database is damaged; restore a backup.", repr(error)) from error
    return str(row.decided_class) != max(probabilities, key=lambda code: probabilities[code])


def _counts() -> tuple[ColumnElement[bool], ...]:
    return CaseRow.removed_at.is_(None), FrameRow.removed_at.is_(None), CellRow.removed_at.is_(None)


def _known() -> Any:
    newest = select(func.max(DecisionRow.id)).group_by(DecisionRow.cell_id)
    return (
        select(
            CellRow.id, CellRow.frame_id, FrameRow.case_id, CellRow.decided_label, CellRow.decided_class, CellRow.flags,
            DecisionRow.by, DecisionRow.at,
        )
        .join(FrameRow, FrameRow.id == CellRow.frame_id)
        .join(CaseRow, CaseRow.id == FrameRow.case_id)
        .join(DecisionRow, DecisionRow.cell_id == CellRow.id)
        .where(DecisionRow.id.in_(newest), *_counts())
    )  # fmt: skip


def _cell(row: Any) -> KnownCell:
    try:
        said = PersonLabel(Label(row.decided_label), row.decided_class)
        flags = frozenset(CellFlag(flag) for flag in row.flags.split(",") if flag)
    except ValueError as error:
        raise StoreError("The case database is damaged; restore a backup.", repr(error)) from error
    return KnownCell(row.id, row.frame_id, row.case_id, said, row.by, row.at, flags)
