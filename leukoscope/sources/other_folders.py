"""Folders below a smear's folder whose pictures are no fields: previews, recycle bins, results of this program."""

from __future__ import annotations

import re
from pathlib import Path

_NAMES = frozenset({
    "@eadir", "#recycle", "#snapshot", "@recycle", "@tmp", "@sharebin", "@__thumb", "@recently-snapshot",  # NAS
    "$recycle.bin", "recycler", "recycled", "system volume information", "found.000",  # Windows
    "lost+found", "__macosx", "__pycache__", "network trash folder", "temporary items",
    "thumbnails", "thumbs", "_thumbs", "_thumbnails",
})  # fmt: skip
MAPS = "maps"
_FINDINGS = "findings.json"
_MAP = re.compile(r".+-c\d+-.+\.png", re.IGNORECASE)
"""What maps are called: IMAGE-HASH-cNUMBER-MODEL-BRANCH.png."""


def is_hidden(name: str) -> bool:
    """Whether a file or folder is one that systems hide."""
    return name.startswith(".")


def no_fields_in(folder: Path) -> bool:
    """Whether a folder holds previews, deleted files or this program's maps.

    Parameters
    ----------
    folder
        Any path; only its name, its files' names and its neighbors are looked at.
    """
    name = folder.name.casefold()
    return is_hidden(name) or name.startswith("__") or name in _NAMES or (name == MAPS and _is_of_a_run(folder))


def _is_of_a_run(maps: Path) -> bool:
    """Maps beside the findings of their run, or by themselves with the names that maps have."""
    try:
        if (maps.parent / _FINDINGS).is_file():
            return True
        names = [file.name for file in maps.iterdir() if not is_hidden(file.name)]
    except OSError:
        return False
    return bool(names) and all(_MAP.fullmatch(name) for name in names)
