"""How far a long run is, on one line of a terminal, or once a minute where nobody looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from leukoscope.domain.progress import Progress

EVERY_S = 60.0
"""How often a file or a service's journal gets a line; a short run writes none."""
_OFTEN_S = 0.1
"""A terminal need not be written to for each of many images."""


class ProgressLine:
    """Says how many images are done, how fast they come and how long it will take.

    Parameters
    ----------
    stream
        Where to.
    clock
        Seconds that only grow.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._is_terminal = stream.isatty()
        self._last = clock() if not self._is_terminal else float("-inf")

    def show(self, progress: Progress) -> None:
        """Say it, when it is time to."""
        now, is_last = self._clock(), progress.done == progress.total
        if now - self._last < (_OFTEN_S if self._is_terminal else EVERY_S) and not (is_last and self._is_terminal):
            return
        self._last = now
        text = sentence(progress)
        print(f"\r\033[K{text}" if self._is_terminal else text, end="" if self._is_terminal else "\n",
              file=self._stream, flush=True)  # fmt: skip


def sentence(progress: Progress) -> str:
    """``1200 of 100000 images, 31.4 a second, 52 min left, 3 failed``."""
    said = [f"{progress.done} of {progress.total} images"]
    left, waiting = progress.seconds_left, progress.total - progress.done
    if left is not None and waiting:
        said += [f"{waiting / left:.1f} a second"] if left > 0 else []
        said.append(f"{_span(left)} left")
    if progress.failed:
        said.append(f"{progress.failed} failed")
    return ", ".join(said)


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
