"""Which rows a transaction changes, what they were before it, and that the database kept what was given to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from leukoscope.cases.digests import (
    ALONE,
    FINDINGS,
    HANDWORK,
    HANDWORK_COLUMNS,
    Sealed,
    everything,
    plain,
    salts_of,
)
from leukoscope.cases.tables import Base, CellRow, DecisionRow, NamingRow, OpinionRow, RuleRow
from leukoscope.domain.errors import StoreError

_TOUCHED, _BEFORE, _NEW = "touched rows", "digests before", "new rows"
Key = tuple[str, Any]
ALTERED = (
    "The database did not keep what was saved as it was given; nothing was saved. Run leukoscope check, and ask its "
    "administrator."
)


def watch(session: Session) -> None:
    """Note from now on which rows a session changes, for :func:`touched`."""
    event.listen(session, "before_flush", _note)


def _note(session: Session, _context: object, _instances: object) -> None:
    rows = session.info.setdefault(_TOUCHED, {})
    known: dict[Key, str] = session.info.setdefault(_BEFORE, {})
    _settle_new(session, known)
    fresh: set[Key] = set()
    for row in session.new:
        filled = {name for name in inspect(row).dict if getattr(row, name) is not None}
        rows.setdefault(id(row), (row, set()))[1].update(filled)
        fresh.update(_keys_of(row, filled))
        session.info.setdefault(_NEW, []).append((row, filled))
    for row in session.dirty:
        if session.is_modified(row):
            changed = {one.key for one in inspect(row).attrs if one.history.has_changes()}
            rows.setdefault(id(row), (row, set()))[1].update(changed)
            fresh.update(_keys_of(row, changed))
    # Nothing of this flush is in the database yet.
    for kind, key in sorted(fresh - known.keys(), key=str):
        known[kind, key] = "" if key is None else _digest_now(session, kind, key)


def _settle_new(session: Session, known: dict[Key, str]) -> None:
    """Rows of an earlier flush have their keys now; before this transaction there were none of them."""
    for row, filled in session.info.pop(_NEW, []):
        for key in _keys_of(row, filled):
            known.setdefault(key, "")


def _digest_now(session: Session, kind: str, key: Any) -> str:
    for one in everything(session, kind, [key]):
        return one.digest(salts_of(session, [one.case_id]).get(one.case_id, ""))
    return ""


def touched(session: Session) -> list[Sealed]:
    """Everything that the session has changed, as it is now in the database, and what it was before.

    Raises
    ------
    StoreError
        When the database holds something else than what was given to it.
    """
    rows = session.info.pop(_TOUCHED, {}).values()
    before: dict[Key, str] = session.info.pop(_BEFORE, {})
    _settle_new(session, before)
    wanted: dict[str, set[Any]] = {}
    for row, changed in rows:
        _refuse_altered(session, row)
        for kind, key in _keys_of(row, changed):
            wanted.setdefault(kind, set()).add(key)
    return [one for kind, keys in sorted(wanted.items()) for one in _with_before(session, kind, keys, before)]


def _with_before(session: Session, kind: str, keys: Iterable[Any], before: dict[Key, str]) -> Iterator[Sealed]:
    for one in everything(session, kind, keys):
        number = one.key.partition(":")[2]
        yield replace(one, before=before.get((kind, number if kind == "rule" else int(number)), ""))


def _refuse_altered(session: Session, row: Base) -> None:
    """A trigger that somebody planted could write something else into a row than what was given."""
    if not isinstance(row, (*ALONE.values(), DecisionRow)):
        return
    table = row.__table__
    (key,) = table.primary_key
    kept = session.execute(select(*table.columns).where(key == getattr(row, key.name))).first()
    given = {one.name: _as_given(getattr(row, one.name), one.type.python_type) for one in table.columns}
    if kept is None or any(plain(kept._mapping[name]) != value for name, value in given.items()):
        raise StoreError(ALTERED, f"{row.__tablename__} {given[key.name]}")


def _as_given(value: Any, kind: type) -> Any:
    return plain(float(value) if value is not None and kind is float else value)


def _keys_of(row: Base, changed: set[str]) -> Iterator[Key]:
    for kind, table in ALONE.items():
        if isinstance(row, table):
            yield kind, row.name if isinstance(row, RuleRow) else getattr(row, "id")  # noqa: B009
    if isinstance(row, CellRow):
        if changed - set(HANDWORK_COLUMNS):
            yield FINDINGS, row.frame_id
        if changed & set(HANDWORK_COLUMNS):
            yield HANDWORK, row.id
    elif isinstance(row, OpinionRow | NamingRow):
        yield FINDINGS, row.cell.frame_id
    elif isinstance(row, DecisionRow):
        yield HANDWORK, row.cell_id
