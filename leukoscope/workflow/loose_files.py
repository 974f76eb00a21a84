"""Files of patients' data beside the case store: messages on their way, and what a repair has set aside."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from leukoscope.cases.cipher import MAGIC, Cipher, is_encrypted
from leukoscope.cases.unlocked_keys import opened
from leukoscope.domain.errors import StoreError
from leukoscope.system.durable import write_private
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.delivery import outbox

logger = logging.getLogger(__name__)

SET_ASIDE = "set-aside"
"""Folder of what a repair has set aside."""
_DAMAGED = ".damaged"


@dataclass(frozen=True)
class LooseFile:
    """One of them.

    Parameters
    ----------
    path
        Where it lies.
    place
        What it is sealed for.
    """

    path: Path
    place: str

    @property
    def is_encrypted(self) -> bool:
        """Whether it is encrypted; raises OSError."""
        with self.path.open("rb") as stream:
            return is_encrypted(stream.read(len(MAGIC)))

    def change_cipher(self, cipher: Cipher | None) -> None:
        """Write it anew, encrypted or without a cipher in the clear, where it is not so already.

        Raises
        ------
        OSError
            When it cannot be read or written; it is as it was then.
        """
        if self.is_encrypted == (cipher is not None):
            return
        try:
            data = opened(self.path.read_bytes(), self.place)
        except StoreError as error:
            # Damaged, or of a key that is gone: without it nothing in it can be read, with or without this.
            logger.warning("a file stays encrypted as it is: %s", error.detail)
            return
        write_private(self.path, data if cipher is None else cipher.encrypt(data, self.place))


def loose_files(home: AppDirs) -> list[LooseFile]:
    """All of this user."""
    messages = [LooseFile(one.path, one.place) for one in outbox.files_of(home.outbox)]
    aside = (path for path in sorted((home.cases / SET_ASIDE).rglob("*")) if path.is_file())
    # An image that was set aside can be put back: it stays sealed for its own name.
    return messages + [LooseFile(path, path.name.removesuffix(_DAMAGED)) for path in aside]


def remove_torn(home: AppDirs) -> None:
    """Remove what interrupted saves left behind, which promised nothing; nobody may have the cases open.

    Raises
    ------
    OSError
        When one cannot be removed.
    """
    for folder in (home.outbox, home.cases):
        for torn in [one for one in folder.rglob("*.part") if one.exists()]:
            shutil.rmtree(torn) if torn.is_dir() else torn.unlink(missing_ok=True)
