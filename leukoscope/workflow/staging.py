"""A folder of results that appears whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from leukoscope.domain.errors import ReportError


@contextmanager
def replacing_folder(out: Path, names: Sequence[str]) -> Iterator[Path]:
    """Folder to write in; its contents replace ``names`` in ``out`` when all went well.

    Raises
    ------
    ReportError
        When ``out`` cannot be written; it is left as it was.
    """
    stage = out / f".leukoscope-{secrets.token_hex(4)}"
    was_there = out.is_dir()
    try:
        stage.mkdir(parents=True)
    except OSError as error:
        raise ReportError(f"The folder “{out}” cannot be written; choose another one.", repr(error)) from error
    try:
        yield stage
        _move_into_place(stage, out, names)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if not was_there and not any(out.iterdir()):
            out.rmdir()


def _move_into_place(stage: Path, out: Path, names: Sequence[str]) -> None:
    try:
        for name in names:
            old, new = out / name, stage / name
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink(missing_ok=True)
            if new.exists():
                new.rename(old)
    except OSError as error:
        message = f"Earlier results in “{out}” cannot be replaced; close them in other programs."
        raise ReportError(message, repr(error)) from error
