"""The system's keyring: Windows' credentials, the macOS keychain, the desktop's secret service on Linux.

Without a desktop session there is none: the library then offers a backend that refuses everything, and so does this.
"""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)


class SystemKeyring:
    """Keeps secrets in the system's keyring; every fault of it means that they are out of reach.

    Parameters
    ----------
    service
        Under which its entries stand there.
    """

    def __init__(self, service: str) -> None:
        self._service = service

    def get(self, name: str) -> str | None:
        """The secret; ``None`` when it is not there, or cannot be reached."""
        try:
            # Its backends are found by looking through everything that is installed.
            import keyring

            return keyring.get_password(self._service, name)
        except Exception as error:  # noqa: BLE001
            # Each backend has faults of its own: no session, a locked keyring, a person who said no.
            logger.warning("the system's keyring cannot be reached: %s", type(error).__name__)
            return None

    def put(self, name: str, secret: str) -> bool:
        """Keep it; False when it could not be kept, which reading it back shows."""
        try:
            import keyring

            keyring.set_password(self._service, name, secret)
        except Exception as error:  # noqa: BLE001
            logger.info("the system's keyring keeps nothing: %s", type(error).__name__)
            return False
        return self.get(name) == secret

    def drop(self, name: str) -> None:
        """Forget it."""
        try:
            import keyring

            keyring.delete_password(self._service, name)
        except Exception as error:  # noqa: BLE001
            logger.warning("the key stays in the system's keyring too: %s", type(error).__name__)
