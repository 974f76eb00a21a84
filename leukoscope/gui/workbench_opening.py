"""Opens the workbench for the window, in a worker thread: there is one, or a sentence why not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from leukoscope.domain.errors import LeukoScopeError, sentence_of
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.events import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opening:
    """How it went; ``locked``: the cases are encrypted, and their key is not here."""

    bench: Workbench | None = None
    sentence: str = ""
    locked: bool = False


def opened_workbench(home: AppDirs, listen: Callable[[Event], None], recovery_key: str | None = None) -> Opening:
    """Open the cases of a home.

    Parameters
    ----------
    home, listen
        Whose cases, and who is told what happens.
    recovery_key
        Taken and kept first, where somebody has typed it.
    """
    try:
        # The window is to be there at once: what needs the database is imported here.
        from leukoscope.workflow.workbench import Workbench

        if recovery_key is not None:
            from leukoscope.workflow.encryption import recover

            recover(home, recovery_key)
        return Opening(Workbench(home, listen))
    except LeukoScopeError as error:
        from leukoscope.workflow.encryption import is_locked

        logger.error("workbench not opened: %s (%s)", error.message, error.detail)
        return Opening(None, error.message, is_locked(error))
    except Exception as error:
        logger.exception("workbench not opened")
        return Opening(None, sentence_of(error))
