"""What the program tells reaches whoever waits for it on a line: from worker threads into the server's loop."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from leukoscope.inference.engine_child import EngineState, EngineStateKind
from leukoscope.server.metrics import Metrics
from leukoscope.workflow.events import (
    CaseChanged,
    CellAdded,
    CellsChanged,
    EngineChanged,
    Event,
    FrameAdded,
    WaitingChanged,
)

REMEMBERED = 20_000
"""Images of which is known what became of them."""
SETTLE_S = 2.0
"""Between an image's place in its case and the word of it."""
BEAT_S = 15.0
"""After so long without news a line is told that it is still there."""


@dataclass(frozen=True)
class Ended:
    """What became of an image that waited: the frame's key, and why it could not be judged where it could not."""

    frame_id: int
    error: str = ""


class Happenings:
    """Listens to the workbench; called from its threads.

    Parameters
    ----------
    metrics
        Counts images.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._lock = threading.Lock()
        self._told = threading.Condition(self._lock)
        self._expected: set[int] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[asyncio.Event, int] = {}
        self._ended: OrderedDict[int, Ended] = OrderedDict()
        self.engine: EngineState | None = None
        self.closing = False

    def begin(self) -> None:
        """From now on lines wait in this loop."""
        self._loop = asyncio.get_running_loop()

    def end(self) -> None:
        """Let all lines end: the server stops."""
        self.closing = True
        self._wake(0)

    @property
    def is_ready(self) -> bool:
        """Whether the engine can judge."""
        return self.engine is not None and self.engine.kind is EngineStateKind.READY

    def listen(self, event: Event) -> None:
        """Take what the workbench tells."""
        match event:
            case EngineChanged(state):
                self.engine = state
                self._metrics.engine_ready.set(float(self.is_ready))
            case FrameAdded(case_id, frame, waiting_id):
                self._metrics.images.labels("failed" if frame.error else "judged").inc()
                with self._lock:
                    self._ended[waiting_id] = Ended(frame.id, frame.error or "")
                    self._expected.discard(waiting_id)
                    self._told.notify_all()
                    while len(self._ended) > REMEMBERED:
                        self._ended.popitem(last=False)
                self._wake(case_id)
            case WaitingChanged(case_id) | CaseChanged(case_id) | CellAdded(case_id) | CellsChanged(case_id):
                self._wake(case_id)
            case _:
                pass

    def accepted(self, waiting_ids: Sequence[int]) -> None:
        """Images wait from now on: what becomes of them will be told."""
        with self._lock:
            self._expected.update(waiting_ids)

    def cancelled(self, waiting_ids: Sequence[int]) -> None:
        """Images wait no longer, and nothing will come of them."""
        with self._lock:
            for one in waiting_ids:
                self._ended.setdefault(one, Ended(0))
                self._expected.discard(one)
            self._told.notify_all()

    def changed(self, case_id: int) -> None:
        """A call has changed a case: whoever looks at it sees so now, not when a line is asked about next."""
        self._wake(case_id)

    def settle(self, waiting_id: int) -> None:
        """An image has left the queue: wait for the moment until it is told what became of it."""
        with self._lock:
            self._told.wait_for(lambda: waiting_id not in self._expected, SETTLE_S)
            self._expected.discard(waiting_id)

    def ended(self, waiting_id: int) -> Ended | None:
        """What became of an image; ``None`` while it waits, or where the server was started since."""
        with self._lock:
            return self._ended.get(waiting_id)

    def _wake(self, case_id: int) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return

        def wake() -> None:
            for event, wanted in self._waiting.items():
                if not case_id or wanted == case_id:
                    event.set()

        loop.call_soon_threadsafe(wake)

    async def of_case(self, case_id: int) -> AsyncIterator[bool]:
        """Something may have happened to a case (true), or nothing has for a while (false); ends with the server."""
        event = asyncio.Event()
        self._waiting[event] = case_id
        try:
            yield True
            while not self.closing:
                try:
                    await asyncio.wait_for(event.wait(), BEAT_S)
                except TimeoutError:
                    yield False
                    continue
                event.clear()
                yield True
        finally:
            del self._waiting[event]
