"""Judging in the running program: images that wait, images judged again, and what people say of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from leukoscope.domain.box_edits import Change, Changed
from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.cells import Box
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.waiting import WaitingImage
from leukoscope.imaging.changed_cells import Point
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.cell_changes import CellChanger
from leukoscope.workflow.claims import Claims
from leukoscope.workflow.events import CaseChanged, CellAdded, CellsChanged, Event
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.manual_edits import draw_cell
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.queue import AnalysisQueue

if TYPE_CHECKING:
    from leukoscope.workflow.model_panel import ModelPanel


class JudgingService:
    """What people decide about cells, and what they let the models judge.

    Parameters
    ----------
    repository
        The cases.
    operator
        Who works here, and what they may do.
    queue
        Images that wait to be judged.
    judge
        Gives all models that judge.
    claims
        Who uses a case just now.
    jobs
        Runs what takes long.
    tell
        Told what happens.
    """

    def __init__(
        self,
        repository: CaseRepository,
        operator: OperatorSession,
        queue: AnalysisQueue,
        judge: Callable[[], ModelPanel],
        claims: Claims,
        jobs: Jobs,
        tell: Callable[[Event], None],
    ) -> None:
        self._repository, self._operator, self._queue, self._judge = repository, operator, queue, judge
        self._claims, self._jobs, self._tell = claims, jobs, tell

    # Cells -----------------------------------------------------------------------------------------------------

    def decide(
        self,
        cell_id: int,
        label: PersonLabel | Label | None,
        seen: tuple[PersonLabel | Label | None] | None = None,
    ) -> None:
        """Keep a person's label, a class or a bare verdict, on a cell beside the program's; ``None`` takes it back.

        ``seen`` holds the person's label that was shown when this one was chosen.
        """
        with self._operator.doing(Act.LABEL) as by:
            self._repository.store.decide(cell_id, label, by, seen)

    def comment(self, cell_id: int, text: str, seen: str | None = None) -> None:
        """Keep a person's comment on a cell; an empty one takes it away. ``seen`` is what stood there before."""
        with self._operator.doing(Act.LABEL) as by:
            self._repository.store.manual_edits.comment(cell_id, text, by, seen)

    def decide_many(
        self, labels: Mapping[int, PersonLabel | None], seen: Mapping[int, PersonLabel | None]
    ) -> dict[int, str]:
        """Keep a person's labels on cells, all or none; gives those that somebody else has labeled otherwise meanwhile.

        Parameters
        ----------
        labels
            Cell id -> what is said of it; ``None`` takes the label back.
        seen
            Cell id -> the person's label that was shown when these were chosen.

        Returns
        -------
        dict
            Cell id -> the sentence why it stays as it is.
        """
        with self._operator.doing(Act.LABEL) as by:
            return self._repository.store.decide_many(labels, by, seen)

    def draw_cell(self, case_id: int, frame: CaseFrame, drawn: Box) -> None:
        """Find and judge the cell in a box that a person drew, in the background: CellAdded, Failed or Stopped.

        ``frame`` holds the image's cells as the person sees them.
        """
        with self._operator.doing(Act.CELLS) as by:

            def run(cancel: CancelToken) -> None:
                with self._claims.using(case_id):
                    others = self._repository.load_with_waiting(case_id)
                    made = draw_cell(self._repository, self._judge(), frame, drawn, by, cancel, others=others)
                if made.new:
                    self._tell(CellAdded(case_id, made.cell))
                else:
                    self._tell(CaseChanged(case_id))

            self._jobs.run("cell", self._operator.bound(run))

    def change_box(self, case_id: int, frame: CaseFrame, cell_id: int, box: Box) -> None:
        """Put the box of a cell somewhere else; it is judged again, in the background.

        CellsChanged, Failed or Stopped; ``frame`` as for :meth:`draw_cell`.
        """
        self._change(case_id, frame, lambda changer: changer.change_box(cell_id, box))

    def split_cell(self, case_id: int, frame: CaseFrame, cell_id: int, line: tuple[Point, Point]) -> None:
        """Make two cells of one, on both sides of a line through two points, as :meth:`change_box`."""
        self._change(case_id, frame, lambda changer: changer.split(cell_id, line))

    def merge_cells(self, case_id: int, frame: CaseFrame, cell_ids: Sequence[int]) -> None:
        """Make one cell of several of an image, as :meth:`change_box`."""
        self._change(case_id, frame, lambda changer: changer.merge(cell_ids))

    def _change(self, case_id: int, frame: CaseFrame, change: Callable[[CellChanger], Changed]) -> None:
        with self._operator.doing(Act.CELLS) as by:

            def run(cancel: CancelToken) -> None:
                with self._claims.using(case_id):
                    others = self._repository.load_with_waiting(case_id)
                    changed = change(CellChanger(self._repository, self._judge(), frame, by, cancel, others=others))
                self._tell(CellsChanged(case_id, changed))
                self._tell(CaseChanged(case_id))

            self._jobs.run("cell change", self._operator.bound(run))

    def exchange_cells(self, former: Sequence[int], cells: Sequence[int], what: Change) -> None:
        """Take a change of cells back, or do it again: let ``cells`` count again in the place of ``former``."""
        with self._operator.doing(Act.CELLS) as by:
            self._repository.store.cell_changes.exchange(former, cells, what, by)

    def remove_cell(self, cell_id: int) -> None:
        """Take a cell out that is none; it stays in the record, and ``restore_cell`` brings it back."""
        with self._operator.doing(Act.CELLS) as by:
            self._repository.store.manual_edits.remove(cell_id, by)

    def count_once(self, same: Mapping[int, int]) -> None:
        """Take cells out that other images of the case show too; of each the one that is counted instead is given.

        When that one's image is taken out of the case, the cell is counted again. As :meth:`remove_cell`.
        """
        with self._operator.doing(Act.CELLS) as by:
            self._repository.store.manual_edits.count_once(same, by)

    def restore_cells(self, cell_ids: Sequence[int]) -> None:
        """Let cells that were taken out count again."""
        with self._operator.doing(Act.CELLS) as by:
            for cell_id in cell_ids:
                self._repository.store.manual_edits.restore(cell_id, by)

    def restore_cell(self, cell_id: int) -> None:
        """Let a cell that was taken out count again."""
        with self._operator.doing(Act.CELLS) as by:
            self._repository.store.manual_edits.restore(cell_id, by)

    # Images ----------------------------------------------------------------------------------------------------

    def set_scale(self, case_id: int, frame_ids: Sequence[int], um_per_px: float, objective: str = "") -> None:
        """Judge images of a case again at another scale, that of an objective; each then takes its former's place.

        What people decided on a cell is carried over. ``take_again_back`` undoes it.

        Raises
        ------
        StoreError
            When the case is signed or gone.
        """
        frames = self._repository.load(case_id).frames
        other = [one.id for one in frames if one.id in frame_ids and one.width and one.um_per_px != um_per_px]
        with self._operator.doing(Act.JUDGE_AGAIN):
            self._queue.again(case_id, other, um_per_px, objective)

    def judge_again(self, case_id: int, frame_ids: Sequence[int] | None = None) -> int:
        """Judge images of a case again with the models of now, also those that failed; without ids all of them.

        Each takes its former's place; what people decided on a cell is carried over.

        Returns
        -------
        int
            How many images.

        Raises
        ------
        StoreError
            When the case is signed or gone.
        """
        if frame_ids is None:
            frame_ids = [one.id for one in self._repository.load(case_id).frames]
        with self._operator.doing(Act.JUDGE_AGAIN):
            return self._queue.again(case_id, frame_ids)

    def take_again_back(self, case_id: int, former_ids: Sequence[int]) -> None:
        """Bring images back as they were before they were judged again; raises StoreError when the case is signed."""
        with self._operator.doing(Act.JUDGE_AGAIN):
            self._queue.put_back(case_id, former_ids)
        self._tell(CaseChanged(case_id))

    def waiting(self, case_id: int) -> tuple[WaitingImage, ...]:
        """Images of a case that were accepted and are not judged yet, in order."""
        self._operator.look(Act.SEE)
        return self._queue.waiting(case_id)

    @property
    def trouble(self) -> str:
        """Why waiting images are not judged now; empty when all goes well."""
        return self._queue.trouble

    def resume(self, case_id: int) -> int:
        """Go on with the stopped images of a case; says how many there are."""
        with self._operator.doing(Act.QUEUE):
            return self._queue.resume(case_id)

    def remove_waiting(self, case_id: int, image_ids: Sequence[int]) -> int:
        """Take waiting images out of a case; ``restore_waiting`` brings them back. Raises StoreError."""
        with self._operator.doing(Act.IMAGES):
            return self._queue.set_removed(case_id, image_ids, True)

    def restore_waiting(self, case_id: int, image_ids: Sequence[int]) -> int:
        """Bring waiting images back, stopped; raises StoreError."""
        with self._operator.doing(Act.IMAGES):
            return self._queue.set_removed(case_id, image_ids, False)

    def cancel(self) -> None:
        """Stop the queue; what is done stays, and so does what waits, stopped."""
        with self._operator.doing(Act.QUEUE):
            self._queue.stop()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until the queue is empty; false when the time ran out."""
        return self._queue.wait_idle(timeout)
