"""Where an archive calls back to say which objects it keeps."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from leukoscope.domain.errors import LeukoScopeError, SettingsError
from leukoscope.workflow.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.exchange.dicom_commitment import CommitmentListener, Verdict

logger = logging.getLogger(__name__)

ASKED_FOR = "asked"
"""Value of the setting: the archive is asked."""
NO_KEY = "Choose “Our certificate and key” first, or listen for the archive’s answers in the clear (plain://)."
_NAMES = ("commitment", "commitment_node", "dicom_node", "dicom_title", "tls_trusted", "tls_own")


class CommitmentAnswers:
    """A listener that follows the settings. Thread-safe.

    Parameters
    ----------
    heard
        Told what an archive says; whether the question was ours.
    """

    def __init__(self, heard: Callable[[Verdict], bool]) -> None:
        self._heard, self._lock = heard, threading.Lock()
        self._listener: CommitmentListener | None = None
        self._followed: tuple[str, ...] = ()
        self.address, self.trouble = "", ""
        """``address:port`` where it listens, empty where it does not; and why not, as a sentence."""

    def follow(self, settings: Settings) -> None:
        """Listen as the settings say, anew where they have changed; what goes wrong stands in ``trouble``."""
        wanted = tuple(str(getattr(settings, name)) for name in _NAMES)
        with self._lock:
            if wanted == self._followed:
                return
            self._stop()
            self._followed = wanted
            if settings.commitment != ASKED_FOR or not settings.commitment_node or not settings.dicom_node:
                return
            try:
                self._listen(settings)
            except LeukoScopeError as error:
                logger.warning("not listening for the archive: %s (%s)", error.message, error.detail)
                self.trouble = error.message

    def _listen(self, settings: Settings) -> None:
        from leukoscope.exchange.dicom_commitment import CommitmentListener
        from leukoscope.exchange.nodes import dicom_node, listening_node
        from leukoscope.exchange.tls import server_context

        node, archive = listening_node(settings.commitment_node), dicom_node(settings.dicom_node)
        if node.encrypted and not settings.tls_own:
            raise SettingsError(NO_KEY)
        tls = server_context(settings.tls_own, settings.tls_trusted) if node.encrypted else None
        title = settings.dicom_title or "LEUKOSCOPE"
        self._listener = CommitmentListener(node.host, node.port, title, archive.title, self._heard, tls)
        self.address = f"{node.host}:{self._listener.port}"

    def _stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self._listener, self.address, self.trouble = None, "", ""

    def close(self) -> None:
        """Listen no longer."""
        with self._lock:
            self._stop()
            self._followed = ()
