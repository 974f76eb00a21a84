"""Between the workbench and the window: events become signals, calls leave the GUI thread and answer in it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot
from shiboken6 import isValid

from leukoscope.gui.bridge_calls import WITHIN, Call, Reply, answered, is_same
from leukoscope.gui.language import said
from leukoscope.gui.pool_task import PoolTask
from leukoscope.gui.workbench_opening import Opening, opened_workbench
from leukoscope.gui.worker_thread import WorkerThread, WorkItem
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.events import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.asked import AskedBy
    from leukoscope.workflow.workbench import Workbench

logger = logging.getLogger(__name__)
T = TypeVar("T")
NOT_OPEN = "The cases are not open, so nothing could be saved."
PATIENCE_S = 30.0
"""So long the close waits for a read that is under way; writes are waited for without an end."""
LEFT_S = 5.0
"""So long it waits for anything once a person has decided to leave without what is not written."""


class Bridge(QObject):
    """Runs workbench calls off the GUI thread and turns its events into queued signals.

    ``read`` asks for something: its answer is dropped when its owner is gone, or after ``close``. ``write`` changes
    what is kept: it is never dropped unless a person decides to leave without it, and says how it failed. Reads and
    writes run one after the other in the order of the calls, so that a read sees every write before it; those made
    before the workbench is open wait for it. ``picture`` reads several at once, in no order. What is only asked for
    while the screen is locked, or before anybody has signed in, is answered when somebody has: :meth:`ask_again`.

    Signals
    -------
    happened(object)
        An Event of the workbench.
    opened()
        The workbench is open.
    failed(str)
        A sentence for which nobody else has a place.
    write_failed(str, object)
        A write failed: its sentence, and what writes it once more. Comes after the write's own ``failed``.
    refused()
        Something was not done because of who works here; comes after its own ``failed``.
    settled()
        No write is under way any more.
    locked(str)
        The cases are encrypted and their key is not here; or what was typed is not it: the sentence says which.
    """

    happened = Signal(object)
    opened = Signal()
    failed = Signal(str)
    write_failed = Signal(str, object)
    refused = Signal()
    settled = Signal()
    locked = Signal(str)
    # Emitted in worker threads, received by slots of this object in the GUI thread.
    _answered = Signal(object)
    _told = Signal(object)
    _ready = Signal(str)
    _asks_for_key = Signal(str)

    def __init__(self, home: AppDirs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.home, self.within = home, WITHIN
        self._bench: Workbench | None = None
        self._closing = False
        self._unsaved = 0
        self._put_off: list[Call] = []
        self._why_not_open = NOT_OPEN
        self._worker = WorkerThread("workbench-calls")
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self._answered.connect(self._deliver)
        self._told.connect(self._pass_on)
        self._ready.connect(self._opened)
        self._asks_for_key.connect(self._key_missing)

    @property
    def bench(self) -> Workbench:
        """The open workbench; only for calls that return at once."""
        if self._bench is None:
            raise RuntimeError("the workbench is not open yet")
        return self._bench

    @property
    def is_open(self) -> bool:
        """Whether the workbench is open."""
        return self._bench is not None and not self._closing

    @property
    def is_closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closing

    @property
    def unsaved(self) -> int:
        """How many writes wait or are under way, or have not been answered yet."""
        return self._unsaved

    def open(self) -> None:
        """Open the workbench in the background; ``opened``, ``locked`` or ``failed`` tells."""
        # Counted among what must be done: what waits behind it may be a write.
        self._worker.begin(WorkItem(self._open, writes=True))

    def recover(self, recovery_key: str) -> None:
        """Take the recovery key of cases that could not be opened, keep it and open them; tells as ``open``."""
        self._worker.add(WorkItem(lambda: self._open(recovery_key), writes=True))

    def hand_over(self) -> Bridge:
        """Give the open workbench to another bridge, still to be opened; this one asks and hears nothing any more."""
        other = Bridge(self.home)
        other._bench, self._closing = self.bench, True
        self.bench.listen(other._listen)
        self._pool.clear()
        self._worker.close(0)
        return other

    def _open(self, recovery_key: str | None = None) -> None:
        """In a worker thread; one that was handed over is open already."""
        opening = Opening(self._bench) if self._bench else opened_workbench(self.home, self._listen, recovery_key)
        self._bench = opening.bench
        if opening.sentence:
            self._why_not_open = opening.sentence
        (self._asks_for_key if opening.locked else self._ready).emit(opening.sentence)

    # Calls -----------------------------------------------------------------------------------------------------

    def read(
        self,
        work: Callable[[Workbench], T],
        done: Callable[[T], None] | None = None,
        *,
        owner: QObject | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Ask for something after all earlier calls; then ``done`` with the answer in the GUI thread.

        A LeukoScopeError goes to ``failed`` as its sentence, or to the signal ``failed``.
        """
        self._line_up(Call(work, done, owner, failed))

    def write(
        self,
        work: Callable[[Workbench], T],
        done: Callable[[T], None] | None = None,
        *,
        failed: Callable[[str], None],
        owner: QObject | None = None,
        by: AskedBy | None = None,
    ) -> None:
        """Change what is kept, after all earlier calls; then ``done`` in the GUI thread.

        ``failed`` says in the window what was not kept and brings the window back to what is. It is told of every
        failure; where ``owner`` is gone the signal ``failed`` is told instead. ``by`` says who asked for it, where that
        was earlier than now.
        """
        # What a person does now is theirs, whoever sits here when it is written.
        asked = by if by is not None or self._bench is None else self._bench.operator.asked()
        own = asked(work) if asked is not None else work
        self._line_up(Call(own, done, owner, failed, writes=True))

    def read_in_pool(
        self,
        work: Callable[[Workbench], T],
        done: Callable[[T], None],
        *,
        owner: QObject,
        failed: Callable[[str], None] | None = None,
        priority: int = 0,
    ) -> None:
        """As ``read``, for images and for what takes long: several at once, in no order."""
        if not self._closing:
            call = Call(work, done, owner, failed, in_pool=True)
            self._pool.start(PoolTask(lambda: self._run(call)), priority)

    def ask_again(self) -> None:
        """Somebody has signed in: answer what was asked for while nobody was there to see it."""
        waiting, self._put_off = self._put_off, []
        for call in waiting:
            if call.owner is not None and not isValid(call.owner):
                continue
            if call.in_pool:
                self.read_in_pool(
                    call.work, call.done or (lambda _: None), owner=call.owner or self, failed=call.failed
                )
            else:
                self._line_up(call)

    def _line_up(self, call: Call) -> None:
        if self._closing and not call.writes:
            return
        if call.writes:
            self._unsaved += 1
        if not self._worker.add(WorkItem(lambda: self._run(call), call.writes)) and call.writes:
            logger.error("a write came after the workbench was closed")
            self._deliver(Reply(call, sentence=NOT_OPEN))

    def _run(self, call: Call) -> None:
        """In a worker thread."""
        bench = self._bench
        if self._closing and not call.writes:
            return
        if bench is None:
            # ``failed`` has told already why there are no cases: only who waits for an answer must hear it again.
            if call.writes or call.failed is not None:
                self._send(Reply(call, sentence=self._why_not_open))
            return
        self._send(answered(call, bench))

    def _send(self, reply: Reply) -> None:
        if isValid(self):
            self._answered.emit(reply)

    @Slot(object)
    def _deliver(self, reply: Reply) -> None:
        with self.within():
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        call = reply.call
        there = call.owner is None or isValid(call.owner)
        try:
            if reply.put_off:
                self._put_off = [one for one in self._put_off if not is_same(one, call)] + [call]
            elif reply.sentence and (call.writes or (there and not self._closing)):
                # In the language of the window, so that no page has to think of it.
                (call.failed if call.failed is not None and there else self.failed.emit)(said(reply.sentence))
            elif not reply.sentence and call.done is not None and there and not self._closing:
                call.done(reply.answer)
        finally:
            if reply.refused and not self._closing:
                self.refused.emit()
            if call.writes:
                self._written(reply)

    def _written(self, reply: Reply) -> None:
        self._unsaved -= 1
        if reply.sentence:
            self.write_failed.emit(reply.sentence, lambda: self._line_up(reply.call))
        if not self._unsaved:
            self.settled.emit()

    # Events ----------------------------------------------------------------------------------------------------

    def _listen(self, event: Event) -> None:
        if not self._closing and isValid(self):
            self._told.emit(event)

    @Slot(object)
    def _pass_on(self, event: Event) -> None:
        if not self._closing:
            with self.within():
                self.happened.emit(event)

    @Slot(str)
    def _opened(self, sentence: str) -> None:
        if self._closing:
            return
        if sentence:
            self.failed.emit(sentence)
        else:
            self.opened.emit()

    @Slot(str)
    def _key_missing(self, sentence: str) -> None:
        if not self._closing:
            self.locked.emit(sentence)

    # The end ---------------------------------------------------------------------------------------------------

    def hurry(self, on: bool) -> None:
        """Let writes overtake reads that wait: the window wants to close."""
        self._worker.hurry(on)

    def close(self, *, abandon: bool = False) -> None:
        """Write what waits, drop what is only asked for, and close the workbench.

        With ``abandon``, which only a person decides, writes that have not begun are dropped and one that hangs is
        not waited for.
        """
        if self._closing:
            return
        self._closing = True
        self._pool.clear()
        if abandon:
            logger.warning("closed without %d writes", self._unsaved)
        self._worker.close(LEFT_S if abandon else None if self._unsaved else PATIENCE_S, abandon=abandon)
        self._pool.waitForDone(round(1000 * (LEFT_S if abandon else PATIENCE_S)))
        if self._bench is not None:
            ending = threading.Thread(target=self._bench.close, name="workbench-close", daemon=True)
            ending.start()
            ending.join(LEFT_S if abandon else None)
