"""Blinded re-reads in the running program: drawn, shown without what was said before, answered, and counted."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leukoscope.cases.decided_cells import decided_cells
from leukoscope.domain.errors import RereadError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.labels import PersonLabel, program_class
from leukoscope.domain.rereads import Answer, DecidedCell, Reread, Whose
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.reread.drawing import draw
from leukoscope.workflow.reread.kept import KeptRereads
from leukoscope.workflow.reread.records import rereads, tell_answer, tell_begun

if TYPE_CHECKING:
    from leukoscope.domain.cases import CaseCell, CaseFrame
    from leukoscope.domain.findings import Label

AROUND = 0.75
"""So much of the cell's larger side is shown around it: its neighbors are what its size is judged by."""
GONE = "This cell is no longer there; begin another re-read."


@dataclass(frozen=True)
class Told:
    """What is told after an answer in practice.

    Parameters
    ----------
    answer
        With what had been decided, and by whom.
    program, verdict
        The class that the program names, ``None`` where it cannot say; and its verdict.
    """

    answer: Answer
    program: str | None
    verdict: Label


class RereadService(KeptRereads):
    """What a person does with re-reads.

    Parameters
    ----------
    repository
        The cases; re-reads are kept in their audit trail.
    operator
        Who works here, and what they may do.
    """

    def __init__(self, repository: CaseRepository, operator: OperatorSession) -> None:
        super().__init__(repository.store.trail, operator)
        self._repository = repository

    def begin(self, whose: Whose, n: int, *, practice: bool = False) -> Reread:
        """Draw cells and begin.

        Raises
        ------
        RereadError
            When too few were decided.
        AccessError
            When who works here may not.
        """
        store = self._repository.store
        with self._operator.doing(Act.REREAD) as who:
            seed = secrets.randbits(32)
            cells = draw(decided_cells(store.database), who, whose, n, seed)
            tell_begun(store.trail, seed, cells, practice=practice, like=0)
            return self._latest(who)

    def join(self, number: int) -> Reread:
        """Read the same cells as another person did, in the same order.

        Raises
        ------
        RereadError
            When there is no such re-read, or who works here reads its cells already.
        """
        store = self._repository.store
        with self._operator.doing(Act.REREAD) as who:
            source = self._find(number)
            if who in {one.who for one in rereads(store.trail) if one.source == source.source}:
                raise RereadError("You have read these cells already; another person can read them.")
            tell_begun(store.trail, source.seed, source.cells, practice=False, like=source.source)
            return self._latest(who)

    def cell_pixels(self, number: int) -> Pixels:
        """The next cell of a re-read amid its surroundings, shape (rows, columns, 3), uint8 RGB: and nothing else.

        Raises
        ------
        RereadError
            When all are answered, or the cell was erased meanwhile.
        """
        self._operator.look(Act.SEE)
        place = self._waiting(number)
        frame, cell = self._load(place)
        box = cell.finding.cell.box
        around = round(AROUND * max(box.width, box.height))
        pixels = self._repository.frame(frame).pixels
        # At the edge of an image too the cell is in the middle; the color is that of most of the image.
        plain = np.median(pixels.reshape(-1, 3), axis=0).astype(np.uint8)
        shown = np.empty((box.height + 2 * around, box.width + 2 * around, 3), np.uint8)
        shown[:] = plain
        top, left = max(0, box.y - around), max(0, box.x - around)
        part = pixels[top : box.y + box.height + around, left : box.x + box.width + around]
        row, column = top - (box.y - around), left - (box.x - around)
        shown[row : row + part.shape[0], column : column + part.shape[1]] = part
        return shown

    def answer(self, number: int, said: PersonLabel) -> Told | None:
        """Keep what is said of the next cell; in practice tell what had been decided and what the program says.

        Raises
        ------
        RereadError
            When all are answered, the cell was erased meanwhile, or it is another person's re-read.
        """
        with self._operator.doing(Act.REREAD) as who:
            reread = self._find(number)
            if reread.who != who:
                raise RereadError("This re-read is another person’s; join it to read the same cells.")
            place = self._waiting(number)
            _, cell = self._load(place)
            if cell.decision is None:
                raise RereadError(GONE)
            answer = Answer(place.cell_id, said, cell.decision.said, cell.decision.by)
            tell_answer(self._repository.store.trail, number, answer)
        if not reread.practice:
            return None
        return Told(answer, program_class(cell.finding), cell.finding.label)

    # ------------------------------------------------------------------------------------------------------------

    def _latest(self, who: str) -> Reread:
        return next(one for one in reversed(rereads(self._repository.store.trail)) if one.who == who)

    def _find(self, number: int) -> Reread:
        for one in rereads(self._repository.store.trail):
            if one.number == number:
                return one
        raise RereadError(f"There is no re-read {number}; see the list for its number.")

    def _waiting(self, number: int) -> DecidedCell:
        place = self._find(number).next
        if place is None:
            raise RereadError("All cells of this re-read are answered.")
        return place

    def _load(self, place: DecidedCell) -> tuple[CaseFrame, CaseCell]:
        frame = self._repository.store.frames.load(place.frame_id)
        cells = frame.cells if frame is not None else ()
        cell = next((one for one in cells if one.id == place.cell_id), None)
        if frame is None or cell is None:
            raise RereadError(GONE)
        return frame, cell
