"""Digests of rows: what the audit trail says they looked like when the program last wrote them.

Every entry holds the digests of the rows that its transaction changed, as they were before and after it. A row that
somebody edits, adds or takes away behind the program's back differs from the newest digest of it; and where the program
went on writing into it since, what was before does not follow from the entry before. Columns that hold nothing
(``NULL``, empty, 0) are left out, so a column that a later version adds, empty, changes no digest; one that it adds
with another value must be told by new digests (see :meth:`AuditTrail.record_existing_rows
<leukoscope.cases.audit_trail.AuditTrail.record_existing_rows>`).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session

from leukoscope.cases.tables import (
    AmendmentRow,
    Base,
    BundleRow,
    CaseRow,
    CellRow,
    DecisionRow,
    FrameRow,
    NamingRow,
    OpinionRow,
    PersonRow,
    QueueRow,
    RuleRow,
    SignatureRow,
    TokenRow,
)
from leukoscope.domain.keys import whole_text
from leukoscope.domain.parsing import parsed_row
from leukoscope.domain.waiting import WaitState

Fields = dict[str, Any]
NAMED_DIGITS = 6
"""Digits of the marks that tell which column differs; whether one does, the whole digest tells."""
PORTION = 200
HANDWORK_COLUMNS = (
    "decided_label", "decided_class", "removed_by", "removed_at", "comment", "comment_by", "comment_at",
)  # fmt: skip
ALONE: dict[str, type[Base]] = {
    "case": CaseRow,
    "image": FrameRow,
    "waiting": QueueRow,
    "signature": SignatureRow,
    "amendment": AmendmentRow,
    "person": PersonRow,
    "token": TokenRow,
    "rule": RuleRow,
}
"""Kinds of which each row stands for itself."""
WAITING = "waiting"
LEASED = ("owner", "attempts")
"""Columns of a waiting image that say which program judges it now, and how often one began: not in its digest."""
FINDINGS, HANDWORK = "findings", "cell"
"""All cells of an image as the program found them or a person drew them; what people said of one cell."""


@dataclass(frozen=True)
class RowDigest:
    """One thing that has a digest.

    Parameters
    ----------
    key
        Kind and key of the row: ``case:5``.
    case_id
        The Case that it belongs to; ``None`` for people and rules.
    fields
        What is in it; nothing when there is no such row.
    named
        Whether single columns can be told apart.
    before
        Its digest before the transaction; ``None`` where nobody vouches for what was before.
    """

    key: str
    case_id: int | None
    fields: Fields
    named: bool = True
    before: str | None = None

    def digest(self, salt: str) -> str:
        """SHA-256 over everything in it, hexadecimal; empty where nothing is."""
        filled = _filled(self.fields)
        if not filled:
            return ""
        text = json.dumps([salt, self.key, filled], ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def marks(self, salt: str) -> dict[str, str]:
        """A short mark for each column that holds something."""
        if not self.named:
            return {}
        return {name: _mark(salt, name, value) for name, value in _filled(self.fields).items()}

    def told(self, salt: str) -> list[Any]:
        """As it stands in an entry."""
        return [self.digest(salt), self.marks(salt), self.before]


def _mark(salt: str, name: str, value: Any) -> str:
    return _repeated(salt, name, value) if isinstance(value, str | int) else _made(salt, name, value)


def _made(salt: str, name: str, value: Any) -> str:
    text = json.dumps([salt, name, value], ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:NAMED_DIGITS]


@lru_cache(maxsize=256, typed=True)
def _repeated(salt: str, name: str, value: str | int) -> str:
    """Images that came together have most columns in common."""
    return _made(salt, name, value)


def _filled(fields: Fields) -> Fields:
    return {name: value for name, value in sorted(fields.items()) if value not in (None, "", 0)}


def salts_of(session: Session, case_ids: Iterable[int | None] | None = None) -> dict[int | None, str]:
    """The salt of each Case, which goes with it when it is erased; people and rules have none."""
    wanted = select(CaseRow.id, CaseRow.seal_salt)
    if case_ids is not None:
        wanted = wanted.where(CaseRow.id.in_({one for one in case_ids if one is not None}))
    return {None: "", **{row.id: row.seal_salt for row in session.execute(wanted)}}


def written(row_digests: Iterable[RowDigest], salt: str) -> str:
    """Digests as an entry holds them; empty without any."""
    told = {one.key: one.told(salt) for one in row_digests}
    return json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":")) if told else ""


def read(text: str) -> dict[str, tuple[str, dict[str, str], str | None]]:
    """Inverse of :func:`written`; what cannot be read holds nothing, the seal tells that it was edited."""
    try:
        raw = parsed_row(text) if text else {}
        return {str(key): (str(digest), dict(marks), before) for key, (digest, marks, before) in raw.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


# What is in the database ----------------------------------------------------------------------------------------


def everything(session: Session, kind: str, keys: Iterable[Any] | None = None) -> Iterator[RowDigest]:
    """Every row of a kind, or those with some keys, as they are in the database."""
    chosen = None if keys is None else sorted(keys)
    if kind == FINDINGS:
        yield from _findings(session, chosen)
    elif kind == HANDWORK:
        yield from _manual_edits(session, chosen)
    else:
        yield from _rows(session, kind, chosen)


KINDS = (*ALONE, FINDINGS, HANDWORK)


def of_case(session: Session, case_id: int) -> Iterator[RowDigest]:
    """Everything of one Case."""
    frames = list(session.scalars(select(FrameRow.id).where(FrameRow.case_id == case_id)))
    cells = list(session.scalars(select(CellRow.id).join(FrameRow).where(FrameRow.case_id == case_id)))
    yield from _rows(session, "case", [case_id])
    yield from _rows(session, "image", frames)
    yield from _findings(session, frames)
    yield from (one for one in _manual_edits(session, cells) if _filled(one.fields))
    for kind, table in (("signature", SignatureRow), ("amendment", AmendmentRow)):
        yield from _rows(session, kind, list(session.scalars(select(table.id).where(table.case_id == case_id))))


def _rows(session: Session, kind: str, keys: list[Any] | None) -> Iterator[RowDigest]:
    table = ALONE[kind].__table__
    (key,) = table.primary_key
    for row in _portions(session, lambda: select(*table.columns).order_by(key), key, keys):
        fields = _waiting(_fields(row)) if kind == WAITING else _fields(row)
        case_id = fields["id"] if kind == "case" else fields.get("case_id")
        yield RowDigest(f"{kind}:{row[0]}", case_id, fields)


def _portions(
    session: Session, wanted: Callable[[], Select[Any]], column: Any, keys: list[Any] | None
) -> Iterator[Row[Any]]:
    if keys is None:
        yield from session.execute(wanted().execution_options(yield_per=PORTION))
        return
    for start in range(0, len(keys), PORTION):
        yield from session.execute(wanted().where(column.in_(keys[start : start + PORTION]))).all()


def _fields(row: Row[Any]) -> Fields:
    return {name: plain(value) for name, value in row._mapping.items()}


def _waiting(fields: Fields) -> Fields:
    """Without what changes whenever a program takes it up; to wait and to be judged are the same here."""
    if fields["state"] == WaitState.JUDGING.value:
        fields["state"] = WaitState.WAITING.value
    return {name: value for name, value in fields.items() if name not in LEASED}


def plain(value: Any) -> Any:
    """A value of a column in one form, whatever database it comes from."""
    if isinstance(value, str):
        # PostgreSQL's text cannot hold the character zero; a store that moves there keeps its digests.
        return whole_text(value).replace("\0", "\ufffd")
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, float):
        return None if math.isnan(value) else repr(value)
    return value


def _findings(session: Session, frames: list[int] | None) -> Iterator[RowDigest]:
    keys = frames if frames is not None else list(session.scalars(select(FrameRow.id).order_by(FrameRow.id)))
    cases = select(FrameRow.id, FrameRow.case_id)
    bundles: dict[int, list[str]] = {
        row.id: [row.name, row.version, row.sha256] for row in session.scalars(select(BundleRow))
    }
    for start in range(0, len(keys), PORTION):
        portion = keys[start : start + PORTION]
        owners = {row.id: row.case_id for row in session.execute(cases.where(FrameRow.id.in_(portion)))}
        for frame_id in portion:
            cells = _machine_cells(session, frame_id, bundles)
            if cells and frame_id in owners:
                yield RowDigest(f"{FINDINGS}:{frame_id}", owners[frame_id], {"cells": cells}, named=False)


def _machine_cells(session: Session, frame_id: int, bundles: Mapping[int, list[str]]) -> list[Any]:
    own = [column for column in CellRow.__table__.columns if column.name not in HANDWORK_COLUMNS]
    wanted = select(*own).where(CellRow.frame_id == frame_id).order_by(CellRow.position, CellRow.id)
    opinions = _judged(session, OpinionRow, frame_id, bundles)
    namings = _judged(session, NamingRow, frame_id, bundles)
    return [
        [_filled(_fields(row)), opinions.get(row.id, []), namings.get(row.id, [])] for row in session.execute(wanted)
    ]


def _judged(
    session: Session, table: type[OpinionRow | NamingRow], frame_id: int, bundles: Mapping[int, list[str]]
) -> dict[int, list[Any]]:
    order = [OpinionRow.cell_id, OpinionRow.position, OpinionRow.id] if table is OpinionRow else [NamingRow.cell_id]
    wanted = select(*table.__table__.columns).join(CellRow, CellRow.id == table.cell_id)
    wanted = wanted.where(CellRow.frame_id == frame_id)
    found: dict[int, list[Any]] = {}
    for row in session.execute(wanted.order_by(*order)):
        # By what the model is, not by the key that it has here.
        fields = {**_fields(row), "bundle_id": bundles.get(row.bundle_id, [])}
        found.setdefault(row.cell_id, []).append(_filled(fields))
    return found


def _manual_edits(session: Session, cells: list[int] | None) -> Iterator[RowDigest]:
    said = CellRow.id.in_(select(DecisionRow.cell_id))
    columns = [CellRow.__table__.columns[name] for name in ("id", *HANDWORK_COLUMNS)]
    any_said = or_(said, *(CellRow.__table__.columns[name].is_not(None) for name in HANDWORK_COLUMNS))

    def wanted() -> Select[Any]:
        found = select(*columns, FrameRow.case_id, *_DECIDED).join(FrameRow, FrameRow.id == CellRow.frame_id)
        found = found.outerjoin(DecisionRow, DecisionRow.cell_id == CellRow.id)
        return found.where(any_said if cells is None else CellRow.id.is_not(None)).order_by(CellRow.id, DecisionRow.id)

    rows = _portions(session, wanted, CellRow.id, cells)
    for _, group in groupby(rows, key=lambda row: row[0]):
        lines = list(group)
        fields: Fields = {name: plain(lines[0]._mapping[name]) for name in HANDWORK_COLUMNS}
        given = [[plain(value) for value in line[-len(_DECIDED) :]] for line in lines if line.decision_id is not None]
        fields["decisions"] = given or None
        yield RowDigest(f"{HANDWORK}:{lines[0][0]}", lines[0].case_id, fields)


_DECIDED = (
    DecisionRow.id.label("decision_id"),
    DecisionRow.label.label("said_label"),
    DecisionRow.cell_class.label("said_class"),
    DecisionRow.by.label("said_by"),
    DecisionRow.at.label("said_at"),
)
