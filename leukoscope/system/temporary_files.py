"""Folders and files that patients' data passes through: what a program that ended left there goes at the next start."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leukoscope.domain.errors import StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import make_private, write_private

logger = logging.getLogger(__name__)

NO_ROOM = "There is no room for temporary files; free some space on the disk, then try again."
PREFIX = "leukoscope-"
_STAGE = re.compile(r"leukoscope-\w+|\.leukoscope-[0-9a-f]{8}\.(new|old)|.+\.[0-9a-f]{8}\.part", re.DOTALL)
"""What this program calls them: nothing else is ever removed, whatever a note says."""


NoteCipher = Callable[[bytes, str], bytes]
"""Turns a note, which has a name, into what lies on the disk, or back."""


def _as_it_is(data: bytes, _name: str) -> bytes:
    return data


class Stages:
    """Notes which stages are in use, so that the next start finds those that were left."""

    def __init__(self) -> None:
        self._notes: Path | None = None
        self._seal: NoteCipher = _as_it_is
        self._open: NoteCipher = _as_it_is

    def begin(self, notes: Path, seal: NoteCipher = _as_it_is, open_: NoteCipher = _as_it_is) -> None:
        """Keep notes in a folder from now on, and remove what programs that have gone left in their stages.

        Parameters
        ----------
        notes
            The folder; made when missing, for this user only.
        seal, open_
            Encrypt and decrypt a note, where what is kept is encrypted: it holds the names of files. Either raises
            StoreError while the key is not at hand: nothing is noted then, and a note waits for another start.
        """
        self._seal, self._open = seal, open_
        try:
            make_private(notes)
            left = sorted(notes.glob("*.json"))
        except OSError as error:
            logger.warning("stages are not noted: %s", type(error).__name__)
            return
        self._notes = notes
        for note in left:
            with suppress(OSError, StoreError):
                _settle(note, self._open(note.read_bytes(), note.name))

    @contextmanager
    def noted(self, stage: Path, *, aside: Path | None = None, place: Path | None = None) -> Iterator[None]:
        """Note a stage while it is in use.

        Parameters
        ----------
        stage
            The folder or file, absolute or not.
        aside, place
            Where what stood at ``place`` waits while the stage takes over; it goes back when the program ends between.
        """
        note = None if self._notes is None else self._notes / f"{secrets.token_hex(8)}.json"
        if note is not None:
            paths = [os.path.abspath(one) if one is not None else "" for one in (stage, aside, place)]  # noqa: PTH100
            said = json.dumps({"paths": paths, "owner": _owner(os.getpid())}).encode("utf-8")
            with suppress(OSError, StoreError):
                write_private(note, self._seal(said, note.name))
        try:
            yield
        finally:
            if note is not None:
                with suppress(OSError):
                    note.unlink(missing_ok=True)


STAGES = Stages()
"""Those of this program."""


@contextmanager
def private_folder(folder: Path | None = None) -> Iterator[str]:
    """A folder of its own, mode 0700, for files on their way; gone afterwards, or at the next start.

    Raises
    ------
    StoreError
        When there is no room for it.
    """
    try:
        made = tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder)
    except OSError as error:
        raise StoreError(NO_ROOM, repr(error)) from error
    with made as name, STAGES.noted(Path(name)):
        yield name


def _owner(pid: int) -> list[float]:
    """A process, told from a later one with the same number."""
    import psutil

    try:
        return [float(pid), psutil.Process(pid).create_time()]
    except psutil.Error:
        return [float(pid), 0.0]


def _settle(note: Path, data: bytes) -> None:
    try:
        said = parsed_json(data)
        stage, aside, place = (Path(path) if path else None for path in said["paths"])
        pid, started = map(float, said["owner"])
        was = _owner(int(pid))
    except (ValueError, KeyError, TypeError, OverflowError):
        note.unlink()
        return
    if abs(was[1] - started) < 1.0 and started:
        return
    if (
        aside is not None
        and place is not None
        and aside.exists()
        and not place.exists()
        and _STAGE.fullmatch(aside.name)
    ):
        aside.rename(place)
    for left in (stage, aside):
        if left is not None and _STAGE.fullmatch(left.name):
            _remove(left)
    note.unlink()
    logger.info("what an interrupted program left on its way is removed")


def _remove(left: Path) -> None:
    if left.is_symlink() or left.is_file():
        left.unlink()
    elif left.is_dir():
        shutil.rmtree(left)
