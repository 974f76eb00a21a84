"""Which rows a transaction changes, what they were before it, and that the database kept what was given to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from leukoscope.cases.digests import (
    ALONE,
    FINDINGS,
    HANDWORK,
    HANDWORK_COLUMNS,
    WAITING,
    Fields,
    RowDigest,
    everything,
    plain,
    salts_of,
)
from leukoscope.cases.tables import Base, CellRow, DecisionRow, NamingRow, OpinionRow, QueueRow, RuleRow
from leukoscope.domain.errors import StoreError

_TOUCHED, _BEFORE, _NEW = "touched rows", "digests before", "new rows"
_STATED, _OWNERS, _GONE = "rows changed by statements", "cases of waiting images", "waiting images taken away"
Key = tuple[str, Any]
ALTERED = (
    "The database did not keep what was saved as it was given; nothing was saved. Run leukoscope check, and ask its "
    "administrator."
)


def watch(session: Session) -> None:
    """Note from now on which rows a session changes, for :func:`touched`."""
    event.listen(session, "before_flush", _note)


def will_change(session: Session, image_ids: Iterable[int], given: Fields | None = None) -> None:
    """Say that a statement is about to change waiting images, and to which values; a session notices objects only."""
    known: dict[Key, str] = session.info.setdefault(_BEFORE, {})
    owners: dict[int, int | None] = session.info.setdefault(_OWNERS, {})
    wanted = set(image_ids)
    salts: dict[int | None, str] = {}
    for one in everything(session, WAITING, wanted - owners.keys()):
        if one.case_id not in salts:
            salts.update(salts_of(session, [one.case_id]))
        image_id = int(one.key.partition(":")[2])
        known.setdefault((WAITING, image_id), one.digest(salts[one.case_id]))
        owners[image_id] = one.case_id
    session.info.setdefault(_STATED, {}).update({one: given or {} for one in wanted})


def will_go(session: Session, image_ids: Iterable[int]) -> None:
    """Say that waiting images are about to be taken away."""
    wanted = set(image_ids)
    if wanted:
        will_change(session, wanted)
        session.info.setdefault(_GONE, set()).update(wanted)


def were_added(session: Session, given: Mapping[int, Fields]) -> None:
    """Say that a statement has added waiting images, and with which values."""
    session.info.setdefault(_BEFORE, {}).update({(WAITING, one): "" for one in given})
    session.info.setdefault(_STATED, {}).update(given)


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
    will_go(session, [row.id for row in session.deleted if isinstance(row, QueueRow)])
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


def touched(session: Session) -> list[RowDigest]:
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
        if isinstance(row, QueueRow) and inspect(row).was_deleted:
            continue
        _refuse_altered(session, row)
        for kind, key in _keys_of(row, changed):
            wanted.setdefault(kind, set()).add(key)
    stated: dict[int, Fields] = session.info.pop(_STATED, {})
    if stated:
        wanted.setdefault(WAITING, set()).update(stated)
    row_digests = [one for kind, keys in sorted(wanted.items()) for one in _with_before(session, kind, keys, before)]
    _refuse_other(row_digests, stated, session.info.pop(_GONE, set()))
    return [*row_digests, *_gone(session, row_digests, before)]


def _with_before(session: Session, kind: str, keys: Iterable[Any], before: dict[Key, str]) -> Iterator[RowDigest]:
    for one in everything(session, kind, keys):
        number = one.key.partition(":")[2]
        yield replace(one, before=before.get((kind, number if kind == "rule" else int(number)), ""))


def _gone(session: Session, there: Iterable[RowDigest], before: dict[Key, str]) -> Iterator[RowDigest]:
    """Waiting images that were there before the transaction and are no more."""
    kept = {one.key for one in there}
    for image_id, case_id in sorted(session.info.pop(_OWNERS, {}).items()):
        key = f"{WAITING}:{image_id}"
        if key not in kept:
            yield RowDigest(key, case_id, {}, before=before[WAITING, image_id])


def _refuse_other(row_digests: Iterable[RowDigest], stated: Mapping[int, Fields], gone: Collection[int]) -> None:
    """As :func:`_refuse_altered`, for waiting images that a statement changed."""
    kinds = {column.name: column.type.python_type for column in QueueRow.__table__.columns}
    for one in row_digests:
        kind, _, number = one.key.partition(":")
        if kind != WAITING:
            continue
        given = stated.get(int(number), {}).items()
        other = (one.fields[name] != _as_given(value, kinds[name]) for name, value in given if name in one.fields)
        if int(number) in gone or any(other):
            raise StoreError(ALTERED, f"queue {number}")


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
