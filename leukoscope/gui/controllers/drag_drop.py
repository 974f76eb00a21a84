"""Images are dragged over the window and dropped: they go where the hint said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent

from leukoscope.gui.chrome.drop_hint import DropHint
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.controllers.importing import ImportController, ImportTarget, dropped_content, holds_images
from leukoscope.gui.quality.page import QualityPage
from leukoscope.gui.session import Session

PROFILE_SUFFIX = ".site"


class DragDropController(Controller):
    """Says where dropped images go, and fixes it before they are dropped."""

    def __init__(
        self,
        session: Session,
        importing: ImportController,
        hint: DropHint,
        quality: QualityPage,
        take_there: Callable[[tuple[Path, ...]], object],
        take_profile: Callable[[Path], object],
    ) -> None:
        super().__init__(session)
        self._importing, self._hint = importing, hint
        self._quality, self._take_there, self._take_profile = quality, take_there, take_profile
        self._target: ImportTarget | None = None

    def enter(self, event: QDragEnterEvent) -> None:
        """Say where dropped images go."""
        if not self._session.is_open or not holds_images(event.mimeData()):
            return
        event.acceptProposedAction()
        case, self._target = self._case.case, self._importing.target()
        if self._navigation.page == self._quality.name:
            self._hint.enter(self._quality.drop_words())
            return
        self._hint.enter(
            self.tr("Drop to add to case {0}").format(case.header.number)
            if case is not None and self._target.case_id is not None
            else self.tr("Drop to start a new case")
        )

    def leave(self) -> None:
        """Nothing was dropped."""
        self._hint.hide()

    def drop(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        self._hint.hide()
        event.acceptProposedAction()
        target, self._target = self._target, None
        taken = dropped_content(event.mimeData())
        if taken.paths and all(path.suffix.lower() == PROFILE_SUFFIX for path in taken.paths):
            self._take_profile(taken.paths[0])
        elif self._navigation.page == self._quality.name and taken.paths:
            self._take_there(taken.paths)
        else:
            self._importing.take(taken, target)
