"""What all child processes of this program have in common."""

from __future__ import annotations

import signal
import threading

STARTING = threading.Lock()
"""Held while a child is started: multiprocessing knows one program for all of them, and one kind needs another one."""


def leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process of the terminal; the parent alone decides what it means and ends its children."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
