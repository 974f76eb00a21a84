"""A folder of results that appears whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from leukoscope.domain.errors import ReportError
from leukoscope.system.durable import make_private, settle_tree, sync_folder
from leukoscope.system.temporary_files import STAGES

UNFINISHED = "unfinished"
"""Results of a run that is not at its end."""


@contextmanager
def replacing_folder(out: Path, names: Sequence[str], *, keep: bool = False) -> Iterator[Path]:
    """Folder to write in; its contents replace ``names`` in ``out`` when all went well.

    It is called ``unfinished`` and stands in ``out``: what is in it when the program ends, however it ends, stays there
    until the next run, and with ``keep`` is there for it. An empty one goes.

    Raises
    ------
    ReportError
        When ``out`` cannot be written; what is there is left as it was.
    """
    stage = out / UNFINISHED
    was_there = out.is_dir()
    try:
        if stage.is_dir() and not keep:
            shutil.rmtree(stage)
        make_private(stage)
    except OSError as error:
        raise ReportError(f"The folder “{out}” cannot be written; choose another one.", repr(error)) from error
    try:
        yield stage
        _move_into_place(stage, out, names)
        shutil.rmtree(stage, ignore_errors=True)
    finally:
        if stage.is_dir() and not any(stage.iterdir()):
            stage.rmdir()
        if not was_there and not any(out.iterdir()):
            out.rmdir()


@contextmanager
def swapped_folder(folder: Path) -> Iterator[Path]:
    """Folder to write in; it takes the place of ``folder`` as a whole when all went well: nothing old stays in it.

    Raises
    ------
    ReportError
        When it cannot be written; ``folder`` is left as it was.
    """
    token = secrets.token_hex(4)
    stage, aside = (folder.with_name(f".leukoscope-{token}.{what}") for what in ("new", "old"))
    try:
        make_private(stage)
    except OSError as error:
        message = f"The folder “{folder.parent}” cannot be written; choose another one."
        raise ReportError(message, repr(error)) from error
    try:
        with STAGES.noted(stage, aside=aside, place=folder):
            yield stage
            _swap(stage, folder, aside)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _swap(stage: Path, folder: Path, aside: Path) -> None:
    try:
        settle_tree(stage)
        was_there = folder.exists()
        if was_there:
            folder.rename(aside)
        try:
            stage.rename(folder)
            sync_folder(folder.parent)
        except OSError:
            if was_there:
                aside.rename(folder)
            raise
    except OSError as error:
        message = f"The earlier folder “{folder.name}” cannot be replaced; close its files in other programs."
        raise ReportError(message, repr(error)) from error
    shutil.rmtree(aside, ignore_errors=True)


def _move_into_place(stage: Path, out: Path, names: Sequence[str]) -> None:
    try:
        settle_tree(stage)
        for name in names:
            old, new = out / name, stage / name
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink(missing_ok=True)
            if new.exists():
                new.rename(old)
        sync_folder(out)
    except OSError as error:
        message = f"Earlier results in “{out}” cannot be replaced; close them in other programs."
        raise ReportError(message, repr(error)) from error
