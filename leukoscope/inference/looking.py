"""Look at a model file before anything is tried with it: refused at once, or which outputs it has. No Keras.

In a process of its own, as HDF5 reads some damaged files for ever; it imports little, so that a refusal comes at once.
"""

from __future__ import annotations

import logging
import os
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.heartbeat import HeartbeatSender
from leukoscope.inference.programs import importer_program
from leukoscope.inference.refused import not_understood
from leukoscope.inference.stepped_child import run_steps
from leukoscope.system.child_limits import refuse_network
from leukoscope.system.child_processes import leave_interrupts_to_parent

if TYPE_CHECKING:
    from leukoscope.inference.heads import Head

logger = logging.getLogger(__name__)

SILENCE_S = 60.0
"""So long it may give no sign of life."""


@dataclass(frozen=True)
class Seen:
    """What a look came to: the outputs that the file names, none where it does not say."""

    heads: tuple[Head, ...]


def look_at(file: Path, cancel: CancelToken) -> tuple[Head, ...]:
    """Check a model file and read which outputs it has.

    Raises
    ------
    BundleError
        When it is refused.
    CancelledError
        After a cancel.
    """
    importer_program()
    seen = run_steps(main, file, file, lambda _checking: SILENCE_S, lambda *_: None, cancel)
    assert isinstance(seen, Seen)
    return seen.heads


def main(file: Path, connection: Connection) -> None:
    """Entry of the process: sends its only step, then what it saw or the error."""
    leave_interrupts_to_parent()
    refuse_network()
    tell = HeartbeatSender(connection, on_gone=lambda: os._exit(1))
    try:
        tell.send(("Checking the file", 0, 1))
        tell.send(_seen(file))
    except LeukoScopeError as error:
        tell.send(error)
    except Exception as error:
        logger.exception("looking failed")
        tell.send(not_understood(file, error))
    finally:
        tell.close()


def _seen(file: Path) -> Seen:
    from leukoscope.inference.containers import container_of
    from leukoscope.inference.heads import heads_in
    from leukoscope.inference.safety import check_model_file
    from leukoscope.inference.two_files import one_file

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        whole = one_file(file, Path(folder))
        check_model_file(whole)
        return Seen(() if container_of(whole) is not None else heads_in(whole))
