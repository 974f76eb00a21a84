"""The log: for an engineer, rotated, never with patient data, whoever writes to it."""

from __future__ import annotations

import logging
import logging.handlers
import re
from pathlib import Path

from leukoscope.system.crashes import frames_of, start_trail

LOG_FILE = "leukoscope.log"
_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"

_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*)://[^\s\"\'“”<>]+")
_TITLED = re.compile(r"“[^”]*”")
_QUOTED = re.compile(r"""(?P<mark>["'])(?=[^"']*(?:[/\\]|\.[A-Za-z][A-Za-z0-9]{1,4}(?P=mark)))[^"'\n]*(?P=mark)""")
_PATH = re.compile(r"(?<![\w.])(?:[A-Za-z]:[\\/]|\\\\|~?/)(?=[^\s/\\])[^\n\"\'“”()]*")


def without_names(text: str) -> str:
    """A line without what can tell of a patient or let somebody in: names of files, addresses, what is in “”.

    File and folder names are where a laboratory writes its patients' names; an address can hold a password.
    """
    text = _URL.sub(r"\1://…", text)
    text = _TITLED.sub("“…”", text)
    text = _QUOTED.sub(lambda found: f"{found['mark']}…{found['mark']}", text)
    return _PATH.sub("…", text)


class WithoutNames(logging.Formatter):
    """Log lines :func:`without_names`, and of an error its kinds and places in the code: never its words."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        record.message = without_names(record.getMessage())
        record.asctime = self.formatTime(record, self.datefmt)
        text = self.formatMessage(record)
        error = record.exc_info[1] if record.exc_info else None
        return f"{text}\n{frames_of(error)}" if error else text


def start_logging(folder: Path, *, verbose: bool = False) -> None:
    """Write the log to ``folder/leukoscope.log``, at most 5 files of 1 MB; to stderr too with ``verbose``.

    Calling it again changes nothing.
    """
    keep_libraries_quiet()
    root = logging.getLogger("leukoscope")
    if root.handlers:
        return
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    handler = logging.handlers.RotatingFileHandler(
        folder / LOG_FILE, maxBytes=1_000_000, backupCount=4, encoding="utf-8", errors="backslashreplace", delay=True
    )
    handler.setFormatter(WithoutNames(_FORMAT))
    root.addHandler(handler)
    start_trail(folder)
    if verbose:
        console = logging.StreamHandler()
        console.setFormatter(WithoutNames(_FORMAT))
        root.addHandler(console)


def keep_libraries_quiet() -> None:
    """What libraries log or warn of goes nowhere: they quote what they read, and without a handler it would be printed.

    Those that print below Python are told in :mod:`leukoscope.domain.offline`, before they are loaded.
    """
    logging.captureWarnings(True)
    nameless = logging.getLogger()
    if not any(isinstance(one, logging.NullHandler) for one in nameless.handlers):
        nameless.addHandler(logging.NullHandler())
