"""The folder ``site`` and the store hold the same: the engine reads the folder, backups and workstations the store."""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from pathlib import Path

from leukoscope.cases.site_files import SiteFiles, Tell
from leukoscope.domain.errors import ConflictError, SiteError
from leukoscope.inference.site_profile import SUFFIX
from leukoscope.system.durable import make_private, write_private
from leukoscope.workflow.site.lab import LAB_FILE
from leukoscope.workflow.site.profile_library import ACTIVE_FILE

logger = logging.getLogger(__name__)


class KeptFiles:
    """Keeps a workstation's folder like the store that it shares with others.

    Parameters
    ----------
    folder
        ``site`` in the user's data folder.
    files
        Of the store.
    """

    def __init__(self, folder: Path, files: SiteFiles) -> None:
        self._folder, self._files = folder, files

    def keep(self, name: str, data: bytes, former: str | None, tell: Tell | None = None) -> None:
        """Keep what will be written into the folder: first in the store, so that a crash between loses nothing.

        Raises
        ------
        ConflictError
            When the store has another one than that with the SHA-256 ``former`` (empty: none) in its place.
        """
        self._files.put(name, data, former, tell)

    def newest(self, name: str) -> bytes:
        """What the store has under a name; raises StoreError."""
        return self._files.read(name)

    def bring(self) -> None:
        """Bring into the folder what the store has, and into the store what it has never had.

        What both have is taken from the store: another workstation may have changed it, or a backup was put back.

        Raises
        ------
        StoreError
            When the store does not answer.
        SiteError
            When the folder cannot be written.
        """
        kept = self._files.digests()
        for name, sha256 in kept.items():
            if _is_site_file(name) and self._digest(self._folder / name) != sha256:
                self._write(name, self._files.read(name))
        for file in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
            if _is_site_file(file.name) and file.name not in kept and file.is_file():
                logger.info("a site file goes into the store: %s", file.name)
                with suppress(ConflictError):
                    self._files.put(file.name, file.read_bytes(), "")

    def _digest(self, file: Path) -> str:
        try:
            return hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError:
            return ""

    def _write(self, name: str, data: bytes) -> None:
        try:
            make_private(self._folder)
            write_private(self._folder / name, data)
        except OSError as error:
            raise SiteError(
                "The site profile cannot be kept; check the disk and its permissions.", repr(error)
            ) from error


def _is_site_file(name: str) -> bool:
    """Whether a name is one that the program gives: no other is written into the folder."""
    return Path(name).name == name and (name in {ACTIVE_FILE, LAB_FILE} or name.endswith(SUFFIX))
