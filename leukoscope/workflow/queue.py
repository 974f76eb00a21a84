"""The queue: images wait here for the engine, one worker takes them, a person sees how long and can stop."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cells import View
from leukoscope.domain.errors import CancelledError, LeukoScopeError
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.workflow.analyze import Judge, analyze
from leukoscope.workflow.case_scale import CaseRuler, in_case
from leukoscope.workflow.images import ImageSource

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """Images of one case that were added together."""

    case_id: int
    sources: tuple[ImageSource, ...]
    view: View


class Pace:
    """Estimates the time left from how fast images came since the first one was done."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first: tuple[float, int] | None = None

    def seconds_left(self, done: int, total: int) -> float | None:
        """Seconds until ``total``, ``None`` until two images are done."""
        now = self._clock()
        if self._first is None:
            if done > 0:
                self._first = (now, done)
            return None
        since, before = self._first
        if done <= before:
            return None
        return (now - since) / (done - before) * (total - done)


class AnalysisQueue:
    """Analyzes batches one after the other in a thread of its own.

    Parameters
    ----------
    judge
        Gives the engine; called in the worker thread for each batch, may wait for it, may raise LeukoScopeError.
    sink
        Takes each finished image with its case; called in the worker thread.
    on_progress
        Called with the case and how far the whole queue is; ``None`` when it has run empty.
    on_failure
        Called with a sentence when a whole batch could not be judged.
    ruler
        Gives the scale of uncalibrated images, from a case and the images added to it; called in the worker thread.
    """

    def __init__(
        self,
        judge: Callable[[], Judge],
        sink: Callable[[int, ImageSource, ImageAnalysis], None],
        on_progress: Callable[[int | None, Progress | None], None],
        on_failure: Callable[[str], None],
        ruler: Callable[[int, Sequence[ImageSource]], CaseRuler] = lambda _case_id, sources: CaseRuler(sources),
    ) -> None:
        self._judge, self._sink = judge, sink
        self._on_progress, self._on_failure = on_progress, on_failure
        self._ruler = ruler
        self._wake = threading.Condition()
        self._batches: deque[Batch] = deque()
        self._cancel = CancelToken()
        self._closed = False
        self._busy = False
        self._done = self._total = self._failed = 0
        self._pace = Pace()
        self._worker = threading.Thread(target=self._run, name="analysis-queue", daemon=True)
        self._worker.start()

    def add(self, batch: Batch) -> None:
        """Put a batch at the end."""
        with self._wake:
            self._batches.append(batch)
            self._total += len(batch.sources)
            progress = Progress(self._done, self._total, None, self._failed)
            self._wake.notify_all()
        self._on_progress(batch.case_id, progress)

    def cancel(self) -> None:
        """Drop everything that waits and what is under way; what is done stays."""
        with self._wake:
            self._batches.clear()
            self._cancel.cancel()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until nothing waits or runs; false when the time ran out."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._batches and not self._busy, timeout)

    def close(self) -> None:
        """Stop the worker; returns when it has ended."""
        self.cancel()
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        self._worker.join(timeout=30)

    def _run(self) -> None:
        for batch in self._arriving():
            try:
                self._work(batch)
            except CancelledError:
                logger.info("queue stopped by the user")
            except LeukoScopeError as error:
                logger.error("batch failed: %s (%s)", error.message, error.detail)
                self._on_failure(error.message)
            except Exception:
                logger.exception("batch failed")
                self._on_failure("Something unexpected happened; the log says what. Add the images again.")

    def _arriving(self) -> Iterator[Batch]:
        while True:
            with self._wake:
                self._busy = False
                if not self._batches:
                    self._done = self._total = self._failed = 0
                    self._pace = Pace()
                    self._wake.notify_all()
            if not self._batches and not self._closed:
                self._on_progress(None, None)
            with self._wake:
                self._wake.wait_for(lambda: bool(self._batches) or self._closed)
                if self._closed:
                    return
                batch = self._batches.popleft()
                self._busy = True
                self._cancel = CancelToken()
            yield batch

    def _work(self, batch: Batch) -> None:
        cancel = self._cancel
        left = iter(batch.sources)
        try:
            judge = self._judge()
            sources = in_case(batch.sources, self._ruler(batch.case_id, batch.sources))
            for analysis in analyze(sources, judge, view=batch.view, cancel=cancel):
                self._sink(batch.case_id, next(left), analysis)
                self._count(batch.case_id, failed=analysis.error is not None)
        finally:
            with self._wake:
                self._total -= sum(1 for _ in left)

    def _count(self, case_id: int, *, failed: bool) -> None:
        with self._wake:
            self._done += 1
            self._failed += failed
            left = self._pace.seconds_left(self._done, self._total)
            progress = Progress(self._done, self._total, left, self._failed)
        self._on_progress(case_id, progress)
