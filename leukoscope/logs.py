"""The log: for an engineer, rotated, never with patient data."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

from leukoscope.crashes import start_trail

LOG_FILE = "leukoscope.log"
_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"


def start_logging(folder: Path, *, verbose: bool = False) -> None:
    """Write the log to ``folder/leukoscope.log``, at most 5 files of 1 MB; warnings also to stderr with ``verbose``.

    Calling it again changes nothing.
    """
    root = logging.getLogger("leukoscope")
    if root.handlers:
        return
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    handler = logging.handlers.RotatingFileHandler(
        folder / LOG_FILE, maxBytes=1_000_000, backupCount=4, encoding="utf-8", errors="backslashreplace", delay=True
    )
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    start_trail(folder)
    if verbose:
        console = logging.StreamHandler()
        console.setFormatter(logging.Formatter(_FORMAT))
        root.addHandler(console)
