"""What all controllers have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from leukoscope.gui.session import Session

Handlers = dict[str, Callable[[], object]]
"""What an action does, by the id of the action."""
Actions = Mapping[str, QAction]


class Controller(QObject):
    """Does what people ask for; it has the session and what it drives, never the window."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._bridge, self._case, self._undo_stack = session.bridge, session.case, session.undo_stack
        self._messages, self._navigation, self._files = session.messages, session.navigation, session.files

    def handlers(self) -> Handlers:
        """One handler for each action that belongs here."""
        return {}

    def refine(self, actions: Actions) -> None:
        """Enable those actions whose sense depends on more than what is there (see ``ActionState``)."""
