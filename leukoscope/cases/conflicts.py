"""Two people at one case: what both wrote, and what one did not see yet."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases.tables import CellRow, DecisionRow
from leukoscope.domain.cell_classes import cell_class
from leukoscope.domain.errors import ConflictError
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel


def merged(base: dict[str, str], wanted: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    """What the person typed over what is there now.

    Raises
    ------
    ConflictError
        When both wrote into one field.
    """
    result = dict(now)
    for name, value in wanted.items():
        if name == "search_text" or value == base[name]:
            continue
        if now[name] not in {base[name], value}:
            raise ConflictError(f"Somebody else wrote “{now[name]}” as {name} meanwhile; yours was “{value}”.")
        result[name] = value
    return result


def said_meanwhile(session: Session, cell: CellRow) -> str:
    """What somebody else has said of a cell since it was shown here, as a sentence."""
    newest = select(DecisionRow).where(DecisionRow.cell_id == cell.id).order_by(DecisionRow.id.desc()).limit(1)
    row = session.scalar(newest)
    who = row.by if row and row.by else "Somebody else"
    said = decided(cell)
    if said is None:
        return f"{who} has taken the label of this cell back meanwhile."
    word = cell_class(said.code).title if said.code else said.label.value
    return f"{who} has labeled this cell {word} meanwhile."


def decided(cell: CellRow) -> PersonLabel | None:
    """The person's label that stands on a cell."""
    return None if cell.decided_label is None else PersonLabel(Label(cell.decided_label), cell.decided_class)
