"""Every decided cell of the lab that can be compared with, kept in memory while nothing changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leukoscope.domain.findings import BundleId
from leukoscope.domain.known_cells import KnownCell
from leukoscope.domain.progress import Progress
from leukoscope.site.similar import NearestCells
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.site.labeled import NOT_COUNTED

OnProgress = Callable[[Progress], None]


def nobody_listens(_progress: Progress) -> None:
    """Nobody waits for it."""


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

    def current(self, bundle: BundleId, on_progress: OnProgress = nobody_listens) -> KnownIndex:
        """Everything that can be compared with, as the store is now.

        Making it of 100,000 cells takes seconds: ``on_progress`` is told how far it is, and may raise to stop it; what
        was there before stays then.
        """
        store = self._repository.store
        with self._making:
            revision, there = store.known_cells.revision(), store.features.there(bundle)
            kept = self._kept
            if kept is not None and (kept.revision, kept.bundle, kept.there) == (revision, bundle, len(there)):
                return kept
            known = self.known()
            able = tuple(one for one in known if one.id in there)
            is_same = kept is not None and kept.bundle == bundle and _ids(kept.known) == _ids(able)
            cells = kept.cells if kept is not None and is_same else self._cells(bundle, able, on_progress)
            self._kept = KnownIndex(revision, bundle, len(there), able, cells, len(known) - len(able))
            return self._kept

    def _cells(self, bundle: BundleId, able: tuple[KnownCell, ...], on_progress: OnProgress) -> NearestCells:
        # Reading them takes as long as putting them into order.
        total = len(able)
        read = self._repository.store.features.read(
            bundle, _ids(able), lambda done: on_progress(Progress(done // 2, total))
        )
        width = len(next(iter(read.values()))) if read else 1
        features = np.array([read[one.id] for one in able], np.float16).reshape(-1, width)
        return NearestCells(features, lambda done: on_progress(Progress((total + done) // 2, total)))


def _ids(cells: tuple[KnownCell, ...]) -> list[int]:
    return [one.id for one in cells]
