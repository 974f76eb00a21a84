"""What other threads want of a stage: done by the camera's thread between two pictures, or refused with a sentence."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from leukoscope.domain.errors import CameraError
from leukoscope.sources.cameras.motors import NO_STAGE, Motors, no_answer

CLOSED = "The camera was closed; start it and scan again."
Work = Callable[[Motors], float | None]


class AskedMotors:
    """Keeps what is wanted in its order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = deque[tuple[Work, Future[float | None]]]()
        self._is_over = False

    def ask(self, work: Work) -> Future[float | None]:
        """Want something; returns at once. The answer may be a CameraError."""
        answer = Future[float | None]()
        with self._lock:
            if not self._is_over:
                self._asked.append((work, answer))
                return answer
        answer.set_exception(CameraError(CLOSED, "closed"))
        return answer

    def work_off(self, motors: Motors | None) -> None:
        """Do what is wanted, in the camera's thread; a stage that fails takes no picture away."""
        while (asked := self._next()) is not None:
            work, answer = asked
            try:
                if motors is None:
                    raise CameraError(NO_STAGE, "no motors")
                answer.set_result(work(motors))
            except CameraError as error:
                answer.set_exception(error)
            except (RuntimeError, OSError, ValueError) as error:
                answer.set_exception(no_answer(error))

    def refuse(self, sentence: str, *, for_good: bool = False) -> None:
        """The camera is lost, or closed for good: nothing that is wanted will be done."""
        with self._lock:
            self._is_over |= for_good
        while (asked := self._next()) is not None:
            asked[1].set_exception(CameraError(sentence, "asked of a camera that is gone"))

    def _next(self) -> tuple[Work, Future[float | None]] | None:
        with self._lock:
            return self._asked.popleft() if self._asked else None
