"""What of the processor this process may use."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Logical cores that this process may use, at least one; a container or a task set may give it less than all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
