"""Which program a child process runs: the installed program keeps TensorFlow in one of its own, beside the window's."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import spawn
from multiprocessing.context import SpawnProcess
from pathlib import Path

from leukoscope.domain.errors import BundleError
from leukoscope.system.child_processes import STARTING

IMPORTER = "leukoscope-importer"
"""Name of the program with TensorFlow; it is not there in the light edition."""
LIGHT_EDITION = "This is the light edition; install the full LeukoScope to prepare or import models."


def importer_program() -> Path:
    """The program that has TensorFlow: from source this Python, installed the one in the program's folder.

    Raises
    ------
    BundleError
        In the light edition, which has none.
    """
    running = Path(sys.executable)
    if not getattr(sys, "frozen", False):
        return running
    program = running.with_name(IMPORTER + running.suffix)
    if not program.is_file():
        raise BundleError(LIGHT_EDITION, f"{program} is missing")
    return program


def start_engine(process: SpawnProcess) -> None:
    """Start a child that runs this same program."""
    with STARTING:
        process.start()


def start_with_tensorflow(process: SpawnProcess) -> None:
    """Start a child that runs the program with TensorFlow.

    Raises
    ------
    BundleError
        In the light edition.
    """
    with STARTING, _executable(importer_program()):
        process.start()


@contextmanager
def _executable(program: Path) -> Iterator[None]:
    # multiprocessing knows one executable for all children; the lock keeps another child from being started with it.
    before = spawn.get_executable()
    multiprocessing.set_executable(str(program))
    try:
        yield
    finally:
        multiprocessing.set_executable(before)
