"""``findings.jsonl``: every image on a line of its own, for programs that read while it grows (JSON Lines)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from leukoscope.domain.parsing import parsed_row
from leukoscope.reports.part_file import growing_file


class FindingsLines:
    """Writer of ``findings.jsonl``; use it in a ``with`` block. The file stays whatever happens.

    Each line is an element of the list in ``findings.json``, without the last one that counts all.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ReportError
        When the disk is full or the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Self:
        """Open the file."""
        self._stream = self._stack.enter_context(growing_file(self._path))
        return self

    def add(self, entry: dict[str, Any]) -> None:
        """Append one image; its line is in the file when this returns."""
        assert self._stream is not None, "use FindingsLines in a with block"
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        self._stream.write(text.encode("utf-8", "backslashreplace") + b"\n")
        self._stream.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Bring it onto the disk."""
        return self._stack.__exit__(kind, error, trace)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The images of a ``findings.jsonl``, one after the other."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield parsed_row(line)
