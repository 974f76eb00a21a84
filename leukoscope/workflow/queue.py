"""The queue: accepted images wait in the store, one worker judges them, a person sees how long and can stop."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import PurePath

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.errors import CancelledError, LeukoScopeError, StoreError, sentence_of
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.waiting import Arrival, WaitingImage
from leukoscope.workflow.analyze import Judge, analyze
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.case_scale import CaseRuler
from leukoscope.workflow.events import CaseChanged, CopyLeftOut, Event, Failed, FrameAdded, HeaderStated, WaitingChanged
from leukoscope.workflow.judging_again import put_in_place
from leukoscope.workflow.kept_image import KeptImage, view_of
from leukoscope.workflow.presence import Presence
from leukoscope.workflow.queue_progress import QueueProgress
from leukoscope.workflow.reading import RETRY_S, Reader

logger = logging.getLogger(__name__)

READING_PATIENCE_S = 10.0
"""So long the bytes of accepted files are read on when the program closes."""
ENDING_PATIENCE_S = 30.0


class AnalysisQueue:
    """Judges accepted images in a thread of its own, in the order they came, whenever the program runs.

    What was accepted stays in the store until it is judged. A program that ends, however it ends, leaves its images
    to its next start, or to another workstation on the same cases.

    Parameters
    ----------
    repository
        The cases.
    judge
        Gives the engine; called in the worker thread, may wait for it, may raise LeukoScopeError.
    tell
        Told what happens, from several threads.
    join_stacks
        Whether depths of focus of one field are put together when a file is read.
    in_turn
        Judge one image of each person in turn, not all as they came; nobody is there: it goes on after any fault.
    """

    def __init__(
        self,
        repository: CaseRepository,
        judge: Callable[[], Judge],
        tell: Callable[[Event], None],
        join_stacks: Callable[[], bool] = lambda: False,
        *,
        in_turn: bool = False,
    ) -> None:
        self._repository, self._judge, self._tell = repository, judge, tell
        self._store = repository.store.queue
        self._wake = threading.Condition()
        self._wanted = self._busy = self._closed = self._turn_over = False
        self._trouble, self._last_said, self._retry_at = "", "", math.inf
        self._cancel = CancelToken()
        self._under_way: deque[WaitingImage] = deque()
        self._served: list[str] | None = [] if in_turn else None
        self._rulers: dict[int, CaseRuler] = {}
        self._presence = Presence(repository.store.folder, self._store.workers, self.kick)
        self._owner = self._presence.token
        self._progress = QueueProgress(lambda: self._store.pending(self._owner), tell)
        say = self._unreadable, self._say, self._copy, lambda *said: tell(HeaderStated(*said))
        self._reader = Reader(self._store, self._owner, self._read, *say, join_stacks)
        self._worker = threading.Thread(target=self._run, name="analysis-queue", daemon=True)
        self._worker.start()

    # What a person does ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Go on with what waits since the last time, and with what other programs have left behind."""
        self._presence.start()

    def accept(self, case_id: int, arrivals: Sequence[Arrival], *, once: bool = False) -> tuple[int, ...]:
        """Take images into a case: when it returns, they are kept; gives their keys.

        Raises StoreError when the case is signed, gone or has one already (``once``), or the disk is full.
        """
        keys = self._store.accept(case_id, arrivals, self._owner, once=once) if arrivals else ()
        if keys:
            self._changed(case_id)
        return keys

    def again(
        self, case_id: int, frame_ids: Collection[int], um_per_px: float | None = None, objective: str = ""
    ) -> int:
        """Judge images of a case again, at another scale if one is given, of an objective; says how many are.

        Raises
        ------
        StoreError
            When the case is signed or gone.
        """
        count = self._store.again(case_id, frame_ids, um_per_px, self._owner, objective)
        if count:
            self._changed(case_id)
        return count

    def put_back(self, case_id: int, former_ids: Collection[int]) -> None:
        """Take out what took the place of these images or waits to, and bring them back; raises StoreError."""
        self._store.judged.put_back(case_id, former_ids)
        self._tell(WaitingChanged(case_id))

    def stop(self) -> None:
        """Stop what waits and what is under way: it stays, stopped, until a person goes on with it or removes it."""
        self._store.stop(self._owner)
        with self._wake:
            self._cancel.cancel()
            self._wanted = True
            self._wake.notify_all()
        self._tell(WaitingChanged(0))

    def resume(self, case_id: int) -> int:
        """Go on with the stopped images of a case; says how many there are."""
        count = self._store.resume(case_id, self._owner)
        self._changed(case_id)
        return count

    def take_twice(self, case_id: int, image_ids: Collection[int]) -> int:
        """Judge images that were kept aside as copies; says how many. Raises StoreError."""
        count = self._store.take_twice(case_id, image_ids, self._owner)
        self._changed(case_id)
        return count

    def set_removed(self, case_id: int, image_ids: Collection[int], removed: bool) -> int:
        """Take waiting images out of their case, or bring them back, stopped; raises StoreError."""
        count = self._store.set_removed(case_id, image_ids, removed)
        self._changed(case_id)
        return count

    def waiting(self, case_id: int) -> tuple[WaitingImage, ...]:
        """Images of a case that are not judged yet, in order."""
        return self._store.of_case(case_id)

    @property
    def trouble(self) -> str:
        """Why nothing is judged now; empty when all goes well."""
        return self._trouble

    def kick(self) -> None:
        """Something may be there to do, or may go well now that did not before."""
        self._presence.start()
        with self._wake:
            self._wanted, self._trouble = True, ""
            self._wake.notify_all()
        self._reader.kick()

    def next_judge(self) -> None:
        """Another engine judges from the next image on; returns when none is under way with the former one."""
        with self._wake:
            self._turn_over = self._wanted = True
            self._trouble = ""
            self._wake.notify_all()
            self._wake.wait_for(lambda: not self._turn_over or self._closed)

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until nothing can be done any more; false when the time ran out."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._wanted and not self._busy and self._reader.idle, timeout)

    def begin_to_close(self) -> None:
        """Judge nothing any more; returns at once."""
        with self._wake:
            self._closed = True
            self._cancel.cancel()
            self._wake.notify_all()

    def close(self) -> None:
        """Stop; what is not judged stays in the store."""
        self.begin_to_close()
        self._reader.close(READING_PATIENCE_S)
        self._worker.join(timeout=ENDING_PATIENCE_S)
        self._presence.close()

    # Working ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._next_turn():
            try:
                self._turn()
            except CancelledError:
                logger.info("queue stopped")
            except StoreError as error:
                self._halt(error, retry=True)
            except LeukoScopeError as error:
                self._halt(error, retry=False)
            except Exception as error:
                logger.exception("queue failed")
                self._halt(LeukoScopeError(sentence_of(error), repr(error)), retry=False)

    def _next_turn(self) -> bool:
        """Wait for work; false when the program closes."""
        with self._wake:
            self._busy = self._turn_over = False
            self._wake.notify_all()
            idle = not self._wanted and self._reader.idle
        if idle and not self._closed:
            self._ran_empty()
        with self._wake:
            pause = max(self._retry_at - time.monotonic(), 0.0)
            self._wake.wait_for(lambda: self._wanted or self._closed, pause if math.isfinite(pause) else None)
            if time.monotonic() >= self._retry_at:
                self._trouble, self._retry_at = "", math.inf
            self._wanted = False
            self._busy, self._cancel = True, CancelToken()
            return not self._closed

    def _turn(self) -> None:
        if self._trouble or not self._store.pending(self._owner)[0]:
            return
        cancel = self._cancel
        try:
            for alone in (False, True):
                first = self._claim(fresh=not alone)
                if first is not None:
                    self._judge_all(first, alone, cancel)
        finally:
            self._hand_back()

    def _judge_all(self, first: KeptImage, alone: bool, cancel: CancelToken) -> None:
        judge = self._judge()
        for analysis in analyze(self._stream(first, alone, cancel), judge, view=view_of, cancel=cancel):
            image = self._under_way[0]
            self._finish(image, analysis, judge)
            self._under_way.popleft()
        if not alone:
            return
        # There may be more, fresh ones behind it, too.
        with self._wake:
            self._wanted = True

    def _stream(self, first: KeptImage, alone: bool, cancel: CancelToken) -> Iterator[KeptImage]:
        """Claimed images as the engine gets on: one that a program once ended with is judged alone."""
        yield first
        while not alone and not cancel.cancelled and not self._turn_over:
            kept = self._claim(fresh=True)
            if kept is None:
                return
            yield kept

    def _claim(self, *, fresh: bool) -> KeptImage | None:
        image = self._store.claim(self._owner, fresh=fresh, served=self._served)
        if image is None:
            return None
        if self._served is not None:
            self._served = [*(name for name in self._served if name != image.by), image.by]
        self._under_way.append(image)
        self._tell(WaitingChanged(image.case_id))
        try:
            return KeptImage(image, self._repository.store.read_image(image.sha256), ruler=self._ruler(image.case_id))
        except StoreError as error:
            # If the database itself does not answer, this raises, and the image waits.
            self._store.pending(self._owner)
            return KeptImage(image, fault=error)

    def _ruler(self, case_id: int) -> CaseRuler:
        """The scale of a case's uncalibrated images; asked anew when more has been accepted."""
        ruler = self._rulers.get(case_id)
        if ruler is None:
            ruler = self._rulers[case_id] = self._repository.ruler(case_id, self._store.of_case(case_id))
        return ruler

    def _hand_back(self) -> None:
        """What was claimed and not judged waits again."""
        left = list(self._under_way)
        self._under_way.clear()
        try:
            self._store.give_back(left, self._owner)
        except StoreError as error:
            logger.warning("claimed images not given back, they are taken over later: %s", error.detail)
        for case_id in {image.case_id for image in left}:
            self._tell(WaitingChanged(case_id))

    def _finish(self, image: WaitingImage, analysis: ImageAnalysis, judge: Judge) -> None:
        if image.former_id is not None:
            self._finish_again(image, analysis, judge)
            return
        if analysis.frame is not None:
            self._repository.keep(analysis.frame)
        frame = self._store.judged.complete(image, self._owner, analysis)
        if frame is not None:
            self._tell(FrameAdded(image.case_id, frame, image.id))
            self._count(image.case_id, failed=frame.error is not None)

    def _finish_again(self, image: WaitingImage, analysis: ImageAnalysis, judge: Judge) -> None:
        sentence = put_in_place(self._repository, judge, image, self._owner, analysis, self._cancel)
        if sentence:
            self._tell(Failed(image.source, sentence))
        self._tell(CaseChanged(image.case_id))
        self._count(image.case_id, failed=bool(sentence))

    # Telling ---------------------------------------------------------------------------------------------------

    def _changed(self, case_id: int) -> None:
        """There is more to do, or less; shown before the worker can have come to its end."""
        self._tell(WaitingChanged(case_id))
        self._progress.show(case_id)
        self._last_said = ""
        self._rulers.pop(case_id, None)
        self.kick()

    def _read(self, case_id: int) -> None:
        """The reader has kept an image more, or has come to its end (no case)."""
        if case_id and not self._busy:
            self._progress.show(case_id)
            self._tell(WaitingChanged(case_id))
        with self._wake:
            self._wanted = True
            self._wake.notify_all()

    def _unreadable(self, image: WaitingImage, frame: CaseFrame) -> None:
        self._tell(FrameAdded(image.case_id, frame, image.id))
        self._count(image.case_id, failed=True)

    def _copy(self, image: WaitingImage, twin: str) -> None:
        name, other = (PurePath(source).name for source in (image.source, twin))
        self._tell(CopyLeftOut(image.case_id, image.id, name, other))

    def _say(self, what: str, sentence: str) -> None:
        self._tell(Failed(what, sentence))

    def _halt(self, error: LeukoScopeError, *, retry: bool) -> None:
        logger.error("queue halted: %s (%s)", error.message, error.detail)
        self._trouble = error.message
        self._retry_at = time.monotonic() + RETRY_S if retry or self._served is not None else math.inf
        if self._last_said != error.message:
            self._last_said = error.message
            self._tell(Failed("images", error.message))
        self._tell(WaitingChanged(0))

    def _count(self, case_id: int, *, failed: bool) -> None:
        self._last_said = ""
        self._progress.count(case_id, failed=failed)

    def _ran_empty(self) -> None:
        self._rulers.clear()
        self._progress.end()
