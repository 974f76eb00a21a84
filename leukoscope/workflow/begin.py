"""What every start does with a home before anything else."""

from __future__ import annotations

from contextlib import suppress

from leukoscope.cases.unlocked_keys import cipher_of, opened
from leukoscope.domain.errors import StoreError
from leukoscope.system.temporary_files import STAGES
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.store_keys import bring


def begin_stages(home: AppDirs) -> None:
    """Remove what a program that was ended left on its way, and note what is under way from now on.

    Where the cases are encrypted, the notes are too: files that leave are called by patients' numbers and names.
    """
    with suppress(StoreError):
        # Damaged: who opens the cases is told.
        bring(home)

    def seal(data: bytes, name: str) -> bytes:
        cipher = cipher_of(home.cases)
        return data if cipher is None else cipher.encrypt(data, f"stage/{name}")

    STAGES.begin(home.stages, seal, lambda data, name: opened(data, f"stage/{name}"))
