"""Between the workbench and the window: events become signals, calls leave the GUI thread and answer in it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot
from shiboken6 import isValid

from leukoscope.domain.errors import LeukoScopeError
from leukoscope.workflow.events import Event
from leukoscope.workflow.home import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench

logger = logging.getLogger(__name__)
T = TypeVar("T")
UNEXPECTED = "Something unexpected happened; the log says what."


class _Job(QRunnable):
    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self._work = work

    def run(self) -> None:
        self._work()


class Bridge(QObject):
    """Runs workbench calls off the GUI thread and turns its events into queued signals.

    Calls made before the workbench is open wait for it. Answers arrive in the GUI thread in the order of the
    calls; an answer whose owner is gone, or after ``close``, is dropped.
    """

    happened = Signal(object)
    opened = Signal()
    failed = Signal(str)
    # Emitted in worker threads, received by slots of this object in the GUI thread.
    _answered = Signal(object)
    _told = Signal(object)
    _ready = Signal(str)

    def __init__(self, home: Home, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.home = home
        self._bench: Workbench | None = None
        self._closing = False
        self._orderly = QThreadPool(self)
        self._orderly.setMaxThreadCount(1)
        self._orderly.setExpiryTimeout(-1)
        self._pictures = QThreadPool(self)
        self._pictures.setMaxThreadCount(2)
        self._answered.connect(self._deliver)
        self._told.connect(self._pass_on)
        self._ready.connect(self._opened)

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

    def open(self) -> None:
        """Open the workbench in the background; ``opened`` or ``failed`` tells."""

        def work() -> None:
            try:
                from leukoscope.workflow.workbench import Workbench

                bench = Workbench(self.home, self._listen)
            except LeukoScopeError as error:
                logger.error("workbench not opened: %s (%s)", error.message, error.detail)
                self._ready.emit(error.message)
                return
            except Exception:
                logger.exception("workbench not opened")
                self._ready.emit(UNEXPECTED)
                return
            self._bench = bench
            self._ready.emit("")

        self._orderly.start(_Job(work))

    def ask(
        self,
        work: Callable[[Workbench], T],
        done: Callable[[T], None] | None = None,
        *,
        owner: QObject | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Run ``work`` in order after all earlier calls; then ``done`` with its answer in the GUI thread.

        A LeukoScopeError goes to ``failed`` as its sentence, or to the signal ``failed``.
        """
        self._start(self._orderly, work, done, owner, failed)

    def picture(
        self,
        work: Callable[[Workbench], T],
        done: Callable[[T], None],
        *,
        owner: QObject,
        failed: Callable[[str], None] | None = None,
        priority: int = 0,
    ) -> None:
        """As ``ask``, for pictures: several at once, in no order."""
        self._start(self._pictures, work, done, owner, failed, priority)

    def _start(
        self,
        pool: QThreadPool,
        work: Callable[[Workbench], Any],
        done: Callable[[Any], None] | None,
        owner: QObject | None,
        failed: Callable[[str], None] | None,
        priority: int = 0,
    ) -> None:
        def run() -> None:
            bench = self._bench
            if bench is None or self._closing:
                return
            try:
                answer = work(bench)
            except LeukoScopeError as error:
                logger.info("call failed: %s (%s)", error.message, error.detail)
                self._answered.emit((owner, failed or self.failed.emit, error.message))
                return
            except Exception:
                logger.exception("call failed")
                self._answered.emit((owner, failed or self.failed.emit, UNEXPECTED))
                return
            if done is not None:
                self._answered.emit((owner, done, answer))

        if not self._closing:
            pool.start(_Job(run), priority)

    @Slot(object)
    def _deliver(self, letter: tuple[QObject | None, Callable[[Any], None], Any]) -> None:
        owner, done, answer = letter
        if self._closing or (owner is not None and not isValid(owner)):
            return
        done(answer)

    def _listen(self, event: Event) -> None:
        if not self._closing:
            self._told.emit(event)

    @Slot(object)
    def _pass_on(self, event: Event) -> None:
        if not self._closing:
            self.happened.emit(event)

    @Slot(str)
    def _opened(self, sentence: str) -> None:
        if sentence:
            self.failed.emit(sentence)
        elif not self._closing:
            self.opened.emit()

    def close(self) -> None:
        """Stop all work and close the workbench; what is done is saved already."""
        if self._closing:
            return
        self._closing = True
        self._pictures.clear()
        self._pictures.waitForDone()
        self._orderly.waitForDone()
        if self._bench is not None:
            self._bench.close()
