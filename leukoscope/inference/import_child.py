"""The process that looks into somebody's model: tries how it is fed, then imports it, having loaded it once."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukoscope.domain.errors import BundleError, LeukoScopeError
from leukoscope.inference.compile_process import silence_tensorflow
from leukoscope.inference.heartbeat import HeartbeatSender
from leukoscope.inference.refused import not_understood
from leukoscope.inference.stepped_child import PREPARE, SteppedChild
from leukoscope.inference.two_files import one_file
from leukoscope.system.child_limits import refuse_network
from leukoscope.system.child_processes import leave_interrupts_to_parent

if TYPE_CHECKING:
    from leukoscope.inference.examined import Examiner

logger = logging.getLogger(__name__)

IDLE_S = 300.0
"""So long it waits for a person to look at the proposal; an import after that loads the model again."""


@dataclass(frozen=True, eq=False)
class Work:
    """What the child is to do.

    Parameters
    ----------
    run
        From the order, the model in one file, who is told each step (text, done, total), and what keeps the loaded
        model, to what it comes to.
    order
        What is wanted.
    file
        The model as a person names it.
    """

    run: Callable[[Any, Path, Callable[[Any], None], Examiner], object]
    order: object
    file: str


def import_child() -> SteppedChild:
    """One that does trials and imports, not started."""
    return SteppedChild(main)


def main(connection: Connection, folder: str) -> None:
    """Entry of the process: for each order (text, done, total) for each step, then what it came to, or the error."""
    leave_interrupts_to_parent()
    refuse_network()
    tell = HeartbeatSender(connection, on_gone=lambda: os._exit(1))
    silence_tensorflow(Path(folder))
    from leukoscope.inference.examined import Examiner

    examiner = Examiner()
    try:
        while connection.poll(IDLE_S):
            work = connection.recv()
            if work == PREPARE:
                _prepare()
            else:
                _answer(work, examiner, tell, Path(folder))
                tell.rest()
    except (EOFError, OSError) as error:
        logger.info("nobody wants anything more: %r", error)
    finally:
        tell.close()


def _prepare() -> None:
    """Load TensorFlow, which takes longer than anything else that every order needs."""
    import leukoscope.inference.graph
    import leukoscope.inference.loading  # noqa: F401


def _answer(work: Work, examiner: Examiner, tell: HeartbeatSender, folder: Path) -> None:
    try:
        whole = one_file(Path(work.file), folder)
        tell.send(work.run(work.order, whole, tell.send, examiner))
    except LeukoScopeError as error:
        tell.send(error)
    except OSError as error:
        message = "The model cannot be installed: the disk is full or the folder cannot be written."
        tell.send(BundleError(message, repr(error)))
    except Exception as error:
        logger.exception("import failed")
        tell.send(not_understood(Path(work.file), error))
