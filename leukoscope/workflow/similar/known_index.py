"""Every decided cell of the lab that can be compared with, kept in memory while nothing changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from leukoscope.domain.findings import BundleId
from leukoscope.domain.known_cells import KnownCell
from leukoscope.site.similar import NearestCells
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.site.labeled import NOT_COUNTED


@dataclass(frozen=True, eq=False)
class KnownIndex:
    """Decided cells, in the order in which they are compared with.

    Parameters
    ----------
    revision, bundle, there
        What it was made of: a revision of the decisions, whose features, and how many are kept.
    known
        The cells.
    cells
        The same to be searched.
    unread
        Decided cells whose features are missing.
    """

    revision: str
    bundle: BundleId
    there: int
    known: tuple[KnownCell, ...]
    cells: NearestCells
    unread: int


class IndexKeeper:
    """Makes the index, and makes it anew when something has changed. Thread-safe.

    Parameters
    ----------
    repository
        The cases.
    """

    def __init__(self, repository: CaseRepository) -> None:
        self._repository = repository
        self._making = threading.Lock()
        self._kept: KnownIndex | None = None

    def known(self) -> tuple[KnownCell, ...]:
        """Decided cells as the store has them now, but none at an edge, in a cluster or burst."""
        return tuple(one for one in self._repository.store.known_cells.decided() if NOT_COUNTED.isdisjoint(one.flags))

    def current(self, bundle: BundleId) -> KnownIndex:
        """Everything that can be compared with, as the store is now."""
        store = self._repository.store
        with self._making:
            revision, there = store.known_cells.revision(), store.features.there(bundle)
            kept = self._kept
            if kept is not None and (kept.revision, kept.bundle, kept.there) == (revision, bundle, len(there)):
                return kept
            known = self.known()
            able = tuple(one for one in known if one.id in there)
            is_same = kept is not None and kept.bundle == bundle and _ids(kept.known) == _ids(able)
            cells = kept.cells if kept is not None and is_same else self._cells(bundle, able)
            self._kept = KnownIndex(revision, bundle, len(there), able, cells, len(known) - len(able))
            return self._kept

    def _cells(self, bundle: BundleId, able: tuple[KnownCell, ...]) -> NearestCells:
        read = self._repository.store.features.read(bundle, _ids(able))
        width = len(next(iter(read.values()))) if read else 1
        return NearestCells(np.array([read[one.id] for one in able], np.float16).reshape(-1, width))


def _ids(cells: tuple[KnownCell, ...]) -> list[int]:
    return [one.id for one in cells]
