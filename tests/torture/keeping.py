"""What was lost is kept, so that it can be looked at again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LOSSES = REPOSITORY / "build" / "torture-losses"
MOST = 200
"""So many are kept; a fault that loses every input needs no more."""


def keep(name: str, what: bytes | Path) -> str:
    """Keep an input, or a folder as it is after a fault; gives the place to be said.

    Parameters
    ----------
    name
        What it is of.
    what
        Bytes, or a folder.
    """
    LOSSES.mkdir(parents=True, exist_ok=True)
    place = LOSSES / re.sub(r"[^A-Za-z0-9.+=-]+", "-", name).strip("-")[:120]
    if not place.exists() and len(list(LOSSES.iterdir())) >= MOST:
        return "nothing, there is enough"
    if isinstance(what, bytes):
        place.write_bytes(what)
    else:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(what, place, symlinks=True, ignore=_sockets)
    return str(place.relative_to(REPOSITORY))


def _sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]
