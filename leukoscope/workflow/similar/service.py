"""Cells of the lab that look like the one in view, and the examples that people keep."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.errors import CancelledError, SiteError
from leukoscope.domain.findings import BundleId
from leukoscope.domain.known_cells import Example, KnownCell
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.events import CellsCompared, CellsRanked, ComparingStep, Event, Stopped
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.workflow.model_panel import ModelPanel
    from leukoscope.workflow.similar.cell_features import FeatureReader
    from leukoscope.workflow.similar.known_index import IndexKeeper, KnownIndex

JOB = "similar"
"""The name of its jobs: one at a time."""
INDEX = "similar index"
"""What is told of making the index."""
RANKING = "ranking"
"""The name of the job that puts the cells of a case into order."""
SHOWN = 5
SPARE = 3
"""Copies of the cell in view that may be among the nearest and are no neighbors."""


@dataclass(frozen=True, eq=False)
class SimilarCell:
    """A decided cell near the one in view.

    Parameters
    ----------
    known
        What people said of it.
    distance
        1 - cosine of the features, 0..2.
    frame, cell
        As its case has them, for its picture.
    """

    known: KnownCell
    distance: float
    frame: CaseFrame
    cell: CaseCell


@dataclass(frozen=True, eq=False)
class SimilarCells:
    """What was found.

    Parameters
    ----------
    nearest
        The nearest first.
    compared, unread
        Decided cells that were compared, and that were not yet: their features are missing.
    """

    nearest: tuple[SimilarCell, ...]
    compared: int
    unread: int


@dataclass(frozen=True, eq=False)
class KeptExample:
    """An example with what its picture is made of."""

    example: Example
    frame: CaseFrame
    cell: CaseCell


class SimilarService:
    """Compares cells with those that people of the lab have decided.

    Parameters
    ----------
    repository, operator
        The cases, and who works here.
    panel
        Gives the models that judge.
    jobs
        Runs what takes long.
    tell
        Told what happens.
    """

    def __init__(
        self,
        repository: CaseRepository,
        operator: OperatorSession,
        panel: Callable[[], ModelPanel],
        jobs: Jobs,
        tell: Callable[[Event], None],
    ) -> None:
        self._repository, self._operator, self._panel, self._jobs, self._tell = (
            repository, operator, panel, jobs, tell,
        )  # fmt: skip
        self._working, self._making = threading.Lock(), threading.Lock()
        self._keeper: IndexKeeper | None = None
        self._looking: set[CancelToken] = set()

    @property
    def _reader(self) -> FeatureReader:
        from leukoscope.workflow.similar.cell_features import FeatureReader

        return FeatureReader(self._repository, self._panel)

    @property
    def _index(self) -> IndexKeeper:
        from leukoscope.workflow.similar.known_index import IndexKeeper

        with self._making:
            self._keeper = self._keeper or IndexKeeper(self._repository)
            return self._keeper

    # Neighbors -------------------------------------------------------------------------------------------------

    def find(self, frame: CaseFrame, cell: CaseCell) -> SimilarCells:
        """The nearest of the lab's own decided cells to a cell; takes as long as judging one where it is new.

        Raises
        ------
        SiteError
            When the cell cannot be compared.
        CancelledError
            After :meth:`stop`, while the index is made; ComparingStep and Stopped of ``similar index`` tell of it.
        """
        self._operator.look(Act.SEE)
        reader = self._reader
        features = reader.of_cells([(frame, cell)]).get(cell.id)
        if features is None:
            raise SiteError("This cell could not be compared; look whether its image is still there.")
        index = self._current(reader.bundle)
        found: list[SimilarCell] = []
        for near in index.cells.nearest(features, SHOWN + SPARE):
            known = index.known[near.place]
            if known.id == cell.id or len(found) == SHOWN:
                continue
            shown = self._shown(known)
            if shown is None or _is_same(frame, cell, *shown):
                continue
            found.append(SimilarCell(known, near.distance, *shown))
        return SimilarCells(tuple(found), len(index.known), index.unread)

    def _current(self, bundle: BundleId) -> KnownIndex:
        token = CancelToken()
        self._looking.add(token)

        def told(progress: Progress) -> None:
            token.raise_if_cancelled()
            self._tell(ComparingStep(INDEX, progress))

        try:
            return self._index.current(bundle, told)
        except CancelledError:
            self._tell(Stopped(INDEX))
            raise
        finally:
            self._looking.discard(token)

    def _shown(self, known: KnownCell) -> tuple[CaseFrame, CaseCell] | None:
        """The cell as its case has it; ``None`` where it was taken out meanwhile."""
        frame = self._repository.store.frames.load(known.frame_id)
        cell = next((one for one in frame.cells if one.id == known.id), None) if frame is not None else None
        return None if frame is None or cell is None else (frame, cell)

    # Reading what is missing -----------------------------------------------------------------------------------

    def read_all(self) -> None:
        """Read the features of decided cells that lack them, in the background.

        ComparingStep, then CellsCompared, Failed or Stopped of ``similar``; a second call while it runs does nothing.
        """
        self._operator.look(Act.SEE)
        if not self._working.acquire(blocking=False):
            return

        def run(cancel: CancelToken) -> None:
            try:
                self._read(cancel)
            finally:
                self._working.release()
            self._tell(CellsCompared())

        self._jobs.run(JOB, self._operator.bound(run))

    def stop(self) -> None:
        """Stop reading, and making the index; what was read stays."""
        for token in tuple(self._looking):
            token.cancel()
        self._jobs.stop(JOB)

    def _read(self, cancel: CancelToken) -> None:
        reader, store = self._reader, self._repository.store
        there = store.features.there(reader.bundle)
        missing = [one for one in self._index.known() if one.id not in there]
        frames: dict[int, set[int]] = {}
        for one in missing:
            frames.setdefault(one.frame_id, set()).add(one.id)
        done = 0
        for frame_id, cell_ids in frames.items():
            cancel.raise_if_cancelled()
            self._tell(ComparingStep(JOB, Progress(done, len(missing))))
            frame = store.frames.load(frame_id)
            if frame is not None:
                reader.of_cells(((frame, cell) for cell in frame.cells if cell.id in cell_ids), cancel)
            done += len(cell_ids)

    # What teaches most -----------------------------------------------------------------------------------------

    def rank(self, case_id: int) -> None:
        """Find out which cells of a case would teach most, in the background.

        ComparingStep, then CellsRanked, Failed or Stopped of ``ranking``.
        """
        self._operator.look(Act.SEE)

        def run(cancel: CancelToken) -> None:
            from leukoscope.workflow.similar.usefulness import ranked_cells

            case = self._repository.load(case_id)
            order = ranked_cells(case, self._reader, self._index, cancel, self._listener(len(case.cells)))
            self._tell(CellsRanked(case_id, order))

        self._jobs.stop(RANKING)
        self._jobs.run(RANKING, self._operator.bound(run))

    def stop_ranking(self) -> None:
        """Stop it; what was read stays."""
        self._jobs.stop(RANKING)

    def _listener(self, total: int) -> Callable[[int], None]:
        return lambda done: self._tell(ComparingStep(RANKING, Progress(done, total)))

    # Examples --------------------------------------------------------------------------------------------------

    def examples(self) -> tuple[KeptExample, ...]:
        """All examples with what their pictures are made of, the newest first."""
        self._operator.look(Act.SEE)
        return tuple(self._with_frames())

    def _with_frames(self) -> Iterator[KeptExample]:
        frames: dict[int, CaseFrame | None] = {}
        for one in self._repository.store.known_cells.examples():
            where = one.cell.frame_id
            if where not in frames:
                frames[where] = self._repository.store.frames.load(where)
            frame = frames[where]
            cell = next((cell for cell in frame.cells if cell.id == one.cell.id), None) if frame is not None else None
            if frame is not None and cell is not None:
                yield KeptExample(one, frame, cell)

    def keep_example(self, cell_id: int) -> None:
        """Keep a cell as an example of what a person said it is; raises StoreError where nobody did."""
        with self._operator.doing(Act.LABEL) as by:
            self._repository.store.known_cells.keep_example(cell_id, by)

    def remove_example(self, cell_id: int) -> None:
        """Keep it as an example no longer; the cell itself stays."""
        with self._operator.doing(Act.LABEL) as by:
            self._repository.store.known_cells.remove_example(cell_id, by)


def _is_same(frame: CaseFrame, cell: CaseCell, other: CaseFrame, its: CaseCell) -> bool:
    return frame.sha256 == other.sha256 and cell.finding.cell.box == its.finding.cell.box
