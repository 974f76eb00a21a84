"""Work for a thread of a pool."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRunnable


class PoolTask(QRunnable):
    """Does its work once, and holds nothing of it any more as soon as that begins.

    A pool takes a task over as its own only after it was handed to a thread. One that is done by then is never dropped
    by PySide, and all that its work refers to with it: a page that asked, and through it the whole window.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self._work = work

    def run(self) -> None:
        """Do it."""
        work = self._work
        del self._work
        work()
