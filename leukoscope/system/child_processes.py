"""What all child processes of this program have in common."""

from __future__ import annotations

import signal
import threading
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

STARTING = threading.Lock()
"""Held while a child is started: multiprocessing knows one program for all of them, and one kind needs another one."""


def leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process of the terminal; the parent alone decides what it means and ends its children."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def is_heard(connection: Connection, process: BaseProcess, patience: float) -> bool:
    """Whether a child has said something that is not read yet; waits so many seconds for it.

    Under Windows the parent itself holds the child's end of a pipe until the child has taken it, so that the pipe of a
    child that ended before (a module of its own is missing) never ends: a child that has gone is asked for, too.

    Raises
    ------
    EOFError
        When the child has gone and everything it said is read.
    """
    gone = not process.is_alive()
    if connection.poll(0.0 if gone else patience):
        return True
    if gone:
        raise EOFError
    return False
