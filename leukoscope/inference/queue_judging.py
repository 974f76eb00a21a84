"""The engine's process at work: one cell at a time, or several side by side while many wait; answers in their order."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from leukoscope.domain.errors import BundleError, LeukoScopeError
from leukoscope.domain.judgements import CellFault, Judgement
from leukoscope.inference.graph_cache import is_granted
from leukoscope.inference.heartbeat import HeartbeatSender
from leukoscope.inference.inbox import Inbox
from leukoscope.inference.messages import Cell, Judged

if TYPE_CHECKING:
    from leukoscope.inference.runner import Runner
    from leukoscope.inference.stream_keeper import StreamKeeper
    from leukoscope.inference.streams import Streams

logger = logging.getLogger(__name__)

CELL_BYTES = 64 << 20
"""A system that does not give so much is short of memory."""
IDLE_S = 20.0
"""After so many seconds without a cell the memory of streams is given back."""


class QueueJudging:
    """Answers what comes into the inbox until the parent closes.

    Parameters
    ----------
    inbox, tell
        The two ends of the line to the parent.
    runners
        One for each bundle, by its name.
    keeper
        Has the streams.
    """

    def __init__(
        self, inbox: Inbox, tell: HeartbeatSender, runners: Mapping[str, Runner], keeper: StreamKeeper
    ) -> None:
        self._inbox, self._tell, self._runners, self._keeper = inbox, tell, runners, keeper
        self._under_way: deque[Future[Judged]] = deque()

    def run(self) -> None:
        """Judge until the parent closes.

        Raises
        ------
        OSError
            When nobody listens any more.
        """
        while not self._inbox.closed:
            cell = self._inbox.next_cell(self._first_is_done, None if self._under_way else IDLE_S)
            if cell is not None:
                self._judge(cell)
            elif self._under_way:
                self._answer()
            else:
                self._keeper.release()

    def _first_is_done(self) -> bool:
        return bool(self._under_way) and self._under_way[0].done()

    def _judge(self, cell: Cell) -> None:
        if not self._under_way:
            self._tell.begin()
        streams = self._keeper.streams(self._inbox.waiting)
        if streams is not None and (self._under_way or self._inbox.waiting):
            self._side_by_side(cell, streams)
            return
        self._tell.send(judged(cell, self._runners))
        self._tell.rest()

    def _side_by_side(self, cell: Cell, streams: Streams) -> None:
        self._under_way.append(streams.begin(lambda runners: judged(cell, runners), self._inbox.nudge))
        self._inbox.wait(lambda: sum(not one.done() for one in self._under_way) < streams.count)
        self._answer()

    def _answer(self) -> None:
        """Send what is done, from the first on."""
        while self._first_is_done():
            self._tell.send(self._under_way.popleft().result())
        if not self._under_way:
            self._tell.rest()


def judged(cell: Cell, runners: Mapping[str, Runner]) -> Judged:
    """What the models say of a cell, or why they say nothing; whatever a cell does, the next one is judged."""
    try:
        judgement = judge_cell(cell, [runners[name] for name in cell.bundles])
    except Exception as error:
        logger.exception("a cell could not be judged")
        message = error.message if isinstance(error, LeukoScopeError) else "The cell could not be judged."
        short = isinstance(error, MemoryError) or not is_granted(CELL_BYTES)
        fault = CellFault.MEMORY if short else CellFault.FAILED
        said = Judgement(fault=fault)
        return Judged(cell.ticket, cell.index, said, BundleError(message, repr(error)[:2000]))
    return Judged(cell.ticket, cell.index, judgement, None)


def judge_cell(cell: Cell, runners: Sequence[Runner]) -> Judgement:
    """Name a cell, then ask the leukemia models, unless the cell is kept from them (see ``Naming.kept_out``)."""
    namer = next((runner for runner in runners if runner.manifest.kind == "differential"), None)
    naming = None if namer is None else namer.naming(cell)
    if naming is not None and naming.kept_out:
        return Judgement((), naming)
    asked = [runner for runner in runners if runner.manifest.kind == "network"]
    return Judgement(tuple(runner.opinion(cell) for runner in asked), naming)
