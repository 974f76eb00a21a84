"""One labeled cell image on disk, and where image files lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.decoding import IMAGE_SUFFIXES


@dataclass(frozen=True)
class Sample:
    """One labeled cell image on disk.

    Parameters
    ----------
    path
        The file.
    label
        0 for the first class (healthy), 1 for the second (leukemic).
    subject
        Whose cell, case-folded: in C-NMC "H14" and "14" are two people, "H14" and "h14" one.
    digest
        SHA-256 of the decoded pixels; the same for exact duplicates. Empty until read.
    twins
        Number of the group of pictures that show the same cell (``training.duplicates``); -1 for none or until read.
    inside
        Path inside the folder of cells, with ``/``, where file names alone do not tell pictures apart.
    """

    path: Path
    label: int
    subject: str
    digest: str = ""
    twins: int = -1
    inside: str = ""

    @property
    def file(self) -> str:
        """What a run notes of it: its name, or its path inside the folder."""
        return self.inside or self.path.name


def images_in(folder: Path) -> Iterator[Path]:
    """Image files at any depth, but not what a system hides, such as the “._” files of macOS."""
    return (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
