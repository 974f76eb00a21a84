"""What networks see in cells: kept as float16, found by cell, and taken over for a cell of the same content."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, delete, insert, select

from leukoscope.cases.database import Database
from leukoscope.cases.saving import bundle_key
from leukoscope.cases.tables import BundleRow, CellRow, FeatureRow
from leukoscope.domain.errors import Cause, StoreError
from leukoscope.domain.findings import BundleId

Key = TypeVar("Key", int, str)
_PORTION = 500
_STORED = np.dtype("<f2")
_LARGEST = 65_000.0
"""float16 ends at 65,504."""


@dataclass(frozen=True, eq=False)
class CellFeatures:
    """Features of one cell: what it was cut out of as a digest, and the vector, shape (d,)."""

    cell_id: int
    content: str
    features: NDArray[np.floating]


class FeatureStore:
    """Features by bundle and cell.

    Parameters
    ----------
    database
        Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def there(self, bundle: BundleId) -> frozenset[int]:
        """Keys of the cells whose features are kept."""
        with self._database.reading() as session:
            return frozenset(session.scalars(select(FeatureRow.cell_id).join(BundleRow).where(*_of(bundle))))

    def read(
        self, bundle: BundleId, cell_ids: Collection[int], on_read: Callable[[int], None] = lambda _done: None
    ) -> dict[int, NDArray[np.float16]]:
        """Features of these cells, shape (d,) each; those that are not kept are left out.

        ``on_read`` is told how many were looked for; it may raise to stop.

        Raises
        ------
        StoreError
            When a row is damaged.
        """
        found: dict[int, NDArray[np.float16]] = {}
        with self._database.reading() as session:
            for number, portion in enumerate(_portions(sorted(cell_ids))):
                on_read(number * _PORTION)
                wanted = select(FeatureRow.cell_id, FeatureRow.data).join(BundleRow)
                rows = session.execute(wanted.where(*_of(bundle), FeatureRow.cell_id.in_(portion)))
                found.update((row.cell_id, _unpacked(row.data)) for row in rows)
        return found

    def alike(self, bundle: BundleId, contents: Collection[str]) -> dict[str, NDArray[np.float16]]:
        """Features by content, of whatever cell they were computed."""
        found: dict[str, NDArray[np.float16]] = {}
        with self._database.reading() as session:
            for portion in _portions(sorted(contents)):
                wanted = select(FeatureRow.content, FeatureRow.data).join(BundleRow)
                rows = session.execute(wanted.where(*_of(bundle), FeatureRow.content.in_(portion)))
                found.update((row.content, _unpacked(row.data)) for row in rows)
        return found

    def put(self, bundle: BundleId, cells: Sequence[CellFeatures]) -> None:
        """Keep features, in the place of earlier ones; a cell that is gone meanwhile is left out.

        Raises
        ------
        StoreError
            When they cannot be written; none is kept then.
        """
        by_id: Mapping[int, CellFeatures] = {one.cell_id: one for one in cells}
        with self._database.writing() as session:
            key = bundle_key(session, bundle)
            for portion in _portions(sorted(by_id)):
                there = session.scalars(select(CellRow.id).where(CellRow.id.in_(portion))).all()
                session.execute(
                    delete(FeatureRow).where(FeatureRow.bundle_id == key, FeatureRow.cell_id.in_(there)),
                    execution_options={"synchronize_session": False},
                )
                rows = [
                    {"cell_id": one, "bundle_id": key, "content": by_id[one].content, "data": _packed(by_id[one])}
                    for one in there
                ]
                if rows:
                    session.execute(insert(FeatureRow), rows)


def _of(bundle: BundleId) -> tuple[ColumnElement[bool], ...]:
    return BundleRow.name == bundle.name, BundleRow.version == bundle.version, BundleRow.sha256 == bundle.sha256


def _portions(items: list[Key]) -> Iterator[list[Key]]:
    return (items[at : at + _PORTION] for at in range(0, len(items), _PORTION))


def _packed(one: CellFeatures) -> bytes:
    return bytes(np.clip(one.features, -_LARGEST, _LARGEST).astype(_STORED).tobytes())


def _unpacked(data: bytes) -> NDArray[np.float16]:
    if not data or len(data) % _STORED.itemsize:
        raise StoreError("The case database is damaged; restore a backup.", "cell features", cause=Cause.BROKEN)
    return np.frombuffer(data, _STORED)
