"""What commands print on: it never raises, whatever the terminal's code page is and whether anybody still reads."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO, cast


class Forgiving:
    """A text stream whose ``write`` and ``flush`` never raise; everything else is the stream's own.

    A character that the code page lacks is written as an escape. After the reader has gone (``| head``, a closed
    window, a full disk) the rest is dropped: the work that was asked for is more than its report.

    Parameters
    ----------
    stream
        Any text stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gone = False

    def write(self, text: str) -> int:
        """Write what can be written; says that all was."""
        if not self._gone:
            try:
                self._stream.write(text)
            except UnicodeError:
                self._write_escaped(text)
            except (OSError, ValueError):  # ValueError: the stream was closed
                self._give_up()
        return len(text)

    def _write_escaped(self, text: str) -> None:
        encoding = getattr(self._stream, "encoding", None) or "ascii"
        try:
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding, "replace"))
        except (OSError, ValueError, LookupError):
            self._give_up()

    def writelines(self, lines: list[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Bring out what is buffered, if anybody reads."""
        if not self._gone:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._give_up()

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        try:
            return not self._gone and self._stream.isatty()
        except (OSError, ValueError):
            return False

    def _give_up(self) -> None:
        """Lead the rest nowhere, what the buffer still holds included: it would raise at the program's end."""
        self._gone = True
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        except (OSError, ValueError, AttributeError):
            return  # no file lies behind it

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Nowhere(io.TextIOBase):
    """A text stream that nobody reads."""

    def write(self, text: str) -> int:
        """Drop the text."""
        return len(text)


def make_output_safe() -> None:
    """Let printing to stdout and stderr never raise; every command calls it first. Calling it again changes nothing.

    Programs without a console (``pythonw``) have no streams: theirs lead nowhere.
    """
    sys.stdout, sys.stderr = _safe(sys.stdout), _safe(sys.stderr)


def _safe(stream: TextIO | None) -> TextIO:
    if isinstance(stream, Forgiving | Nowhere):
        return cast(TextIO, stream)
    if stream is None:
        return cast(TextIO, Nowhere())
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return cast(TextIO, Forgiving(stream))
