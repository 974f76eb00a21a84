"""The journal of a run over many images: each that is judged is in it, so that a run goes on wherever it was ended."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from leukoscope.domain.errors import ReportError
from leukoscope.domain.parsing import parsed_json
from leukoscope.reports.part_file import disk_told
from leukoscope.system.durable import open_private, sync_stream
from leukoscope.workflow.judged_image import JudgedImage

JOURNAL_FILE = "judged.jsonl"
FORMAT = 1
SYNC_S = 10.0
"""A power cut costs at most the images of so many seconds; a program that is ended costs none that was judged."""
_KEY_BYTES = 16


class RunJournal:
    """One line for each image that is judged, behind a first one that says what was asked; use it in a ``with`` block.

    Lines are only ever added. A last line that is not whole, because the program was ended while it wrote, is cut off.

    Parameters
    ----------
    path
        The file; made when it is missing.
    asked
        What every judgement depends on beside the image: models, options, the program's version.

    Raises
    ------
    ReportError
        When the file holds judgements of something else, or cannot be read or written.
    """

    def __init__(self, path: Path, asked: Mapping[str, Any]) -> None:
        self._path, self._asked = path, dict(asked)
        self._places: dict[bytes, int] = {}
        self._stream: BinaryIO | None = None
        self._synced = time.monotonic()
        self._lock = threading.Lock()

    def __enter__(self) -> RunJournal:
        """Open it, and find what is in it."""
        with disk_told(self._path):
            self._stream = self._path.open("r+b") if self._path.exists() else open_private(self._path)
            try:
                self._find_whole_lines(self._stream)
            except BaseException:
                self._stream.close()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        """Close it; it stays."""
        if self._stream is not None:
            # Only what a full disk has refused already can be left to write: a torn line is cut off when it goes on.
            with suppress(OSError):
                self._stream.close()

    def __len__(self) -> int:
        """How many images it knew when it was opened."""
        return len(self._places)

    def _find_whole_lines(self, stream: BinaryIO) -> None:
        end = 0
        for number, line in enumerate(stream):
            if number == 0:
                if not self._fits(line):
                    break
            else:
                try:
                    name = JudgedImage.of_line(line).name
                except (ValueError, TypeError, KeyError):
                    break
                if not line.endswith(b"\n"):
                    break
                self._places[_key(name)] = end
            end += len(line)
        stream.seek(end)
        stream.truncate()
        if not end:
            stream.write(json.dumps({"format": FORMAT, "asked": self._asked}).encode("ascii") + b"\n")
            stream.flush()

    def _fits(self, line: bytes) -> bool:
        """Whether the first line is whole; what is asked must be what was asked then."""
        try:
            first = parsed_json(line)
            written, asked = first["format"], first["asked"]
        except (ValueError, TypeError, KeyError):
            return False
        changed = [what for what in self._asked if asked.get(what) != parsed_json(json.dumps(self._asked[what]))]
        if written != FORMAT or changed:
            told = ", ".join(changed) or "program"
            raise ReportError(
                f"“{self._path.parent}” holds an unfinished run that was asked otherwise ({told}); go on as it was "
                "asked, choose another folder with --out, or throw it away with --anew.",
                f"format {written}, changed: {changed}",
            )
        return True

    def find(self, name: str) -> JudgedImage | None:
        """What was found out about an image before this run; ``None`` where nothing was."""
        place = self._places.get(_key(name))
        if place is None or self._stream is None:
            return None
        with self._lock, disk_told(self._path):
            self._stream.seek(place)
            try:
                return JudgedImage.of_line(self._stream.readline())
            finally:
                self._stream.seek(0, os.SEEK_END)

    def add(self, image: JudgedImage) -> None:
        """Note an image; it is in the file when this returns."""
        assert self._stream is not None, "use RunJournal in a with block"
        with self._lock, disk_told(self._path):
            self._stream.write(image.as_line())
            self._stream.flush()
            if time.monotonic() - self._synced > SYNC_S:
                sync_stream(self._stream)
                self._synced = time.monotonic()


def _key(name: str) -> bytes:
    """Short and of one length: there may be a hundred thousand."""
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
