"""What a fault leaves behind: frames and kinds of errors, never their words, so that no patient data can be in it.

The log (``leukoscope.system.logs``) is for this workstation. What a person sends away is built here, from three
sources that hold code positions and constant sentences only: the crash file, the trail, and facts about the machine.
"""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import platform
import re
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

CRASH_FILE, LAST_CRASH_FILE, TRAIL_FILE = "crash.log", "crash-last.log", "trail.log"
TRAIL_LINES = 200
CRASH_CHARACTERS = 20_000
_KEPT_PARTS = 3
_PATH = re.compile(r'(?<=File ")[^"]*(?=")')

logger = logging.getLogger(__name__)


def frames_of(error: BaseException) -> str:
    """Kinds and code positions of an error and what led to it; none of its words, no values."""
    blocks, seen = [], set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        lines = [
            f'  File "{_short(frame.filename)}", line {frame.lineno}, in {frame.name}'
            for frame in traceback.extract_tb(one.__traceback__)
        ]
        blocks.append("\n".join([*lines, f"{type(one).__module__}.{type(one).__qualname__}"]))
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "\nled to\n".join(reversed(blocks))


def _short(path: str) -> str:
    """The end of a code file's path: what stands before it can hold a person's name."""
    return "/".join(path.replace("\\", "/").split("/")[-_KEPT_PARTS:])


class SentenceOnly(logging.Formatter):
    """A log line with the constant sentence of the code, before any value is filled in."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, module and sentence; of an error its kinds and positions."""
        when = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d %H:%M:%S")
        text = f"{when} {record.levelname} {record.name}: {record.msg}"
        error = record.exc_info[1] if record.exc_info else None
        return f"{text}\n{frames_of(error)}" if error else text


def start_trail(folder: Path) -> None:
    """Write what happens to ``folder/trail.log`` as :class:`SentenceOnly`, at most 2 files of 200 kB."""
    handler = logging.handlers.RotatingFileHandler(
        folder / TRAIL_FILE, maxBytes=200_000, backupCount=1, encoding="utf-8", errors="backslashreplace", delay=True
    )
    handler.setFormatter(SentenceOnly())
    logging.getLogger("leukoscope").addHandler(handler)


class CrashLog:
    """Keeps what ends this run unexpectedly, and what ended the last one.

    Parameters
    ----------
    folder
        Of the logs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._on_fault: Callable[[], object] = _ignore
        self._file = folder / CRASH_FILE
        if self._file.is_file() and self._file.stat().st_size:
            self._file.replace(folder / LAST_CRASH_FILE)
            self.crashed_before = True
        else:
            self.crashed_before = False
        self._stream = self._file.open("w", encoding="utf-8", buffering=1)

    def watch(self, on_fault: Callable[[], object]) -> None:
        """Keep crashes below Python and errors that nobody caught; ``on_fault`` is called after one of the latter."""
        self._on_fault = on_fault
        faulthandler.enable(self._stream)
        sys.excepthook = self._uncaught
        threading.excepthook = lambda args: self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def _uncaught(self, kind: type[BaseException], error: BaseException | None, _frames: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit) or error is None:
            return
        logger.error("an error nobody caught", exc_info=error)
        self._stream.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n{frames_of(error)}\n\n")
        self._on_fault()

    def close(self) -> None:
        """The program ends as it should; what was kept of this run is not a crash."""
        faulthandler.disable()
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__
        self._stream.close()
        if self._file.stat().st_size:
            self._file.replace(self._folder / LAST_CRASH_FILE)


def _ignore() -> None:
    """Nobody asked to be told."""


def fault_report(folder: Path, facts: Mapping[str, str]) -> str:
    """The text that a person saves and sends.

    Parameters
    ----------
    folder
        Of the logs.
    facts
        More lines about the program, by name; no patient data.
    """
    head = {
        "Written": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "System": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Python": platform.python_version(),
        "Installed": "yes" if getattr(sys, "frozen", False) else "no, runs from source",
        **facts,
    }
    parts = [
        "LeukoScope fault report. It holds no images, no names, no case numbers and no file names:",
        "only versions, places in the program's code and its own constant sentences. Read it before you send it.",
        "",
        *(f"{name + ':':18}{value}" for name, value in head.items()),
    ]
    for title, name in (("The run that ended unexpectedly", LAST_CRASH_FILE), ("This run", CRASH_FILE)):
        text = _tail(folder / name)[-CRASH_CHARACTERS:].strip()
        parts += ["", f"== {title}", _PATH.sub(lambda path: _short(path[0]), text) or "nothing"]
    trail = _tail(folder / TRAIL_FILE).splitlines()[-TRAIL_LINES:]
    return "\n".join([*parts, "", "== What happened before", *(trail or ["nothing"])]) + "\n"


def _tail(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
