"""What the engine's process is asked: cells in the order in which they came, and calls that nobody waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from leukoscope.inference.messages import Cell, Dropped


class Inbox:
    """Reads the parent's messages in a thread, so that a cancel overtakes the cells that wait."""

    def __init__(self, receive: Connection) -> None:
        self._receive = receive
        self._condition = threading.Condition()
        self._cells: list[Cell] = []
        self._dropped: set[int] = set()
        self._closed = False
        threading.Thread(target=self._read, name="engine-inbox", daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                message: Any = self._receive.recv()
            except (EOFError, OSError, MemoryError):
                # The parent has gone, however it went, or there is no memory for what it says: nothing can be judged.
                message = None
            with self._condition:
                if message is None:
                    self._closed = True
                elif isinstance(message, Dropped):
                    self._dropped.add(message.ticket)
                    self._cells = [cell for cell in self._cells if cell.ticket != message.ticket]
                else:
                    self._cells.append(message)
                self._condition.notify_all()
            if message is None:
                return

    @property
    def closed(self) -> bool:
        """Whether the parent has closed the engine or has gone."""
        return self._closed

    @property
    def waiting(self) -> int:
        """Cells that wait."""
        return len(self._cells)

    def nudge(self) -> None:
        """Look again at what somebody waits for; called by any thread."""
        with self._condition:
            self._condition.notify_all()

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait until something is so, which whoever changes it tells by ``nudge``; or until the parent closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or until())

    def next_cell(self, until: Callable[[], bool] | None = None, patience: float | None = None) -> Cell | None:
        """The next cell that is still wanted.

        Parameters
        ----------
        until
            Something else that ends the waiting when it is so.
        patience
            Seconds after which nothing is waited for any more.

        Returns
        -------
        Cell or None
            ``None`` when the parent closed, or waiting ended otherwise.
        """
        with self._condition:
            while True:
                self._condition.wait_for(
                    lambda: bool(self._cells) or self._closed or (until is not None and until()), patience
                )
                if self._closed or not self._cells:
                    return None
                cell = self._cells.pop(0)
                if cell.ticket not in self._dropped:
                    return cell
