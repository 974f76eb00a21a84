"""Decided cells leave as files, for an engineer."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.permissions import hold
from leukoscope.gui.quality.cell_export_card import CellExportCard
from leukoscope.gui.session import Session
from leukoscope.workflow.events import CellsExported, CellsExportStep, Event, Failed, Stopped
from leukoscope.workflow.permissions import Act

JOB = "cells"
FOLDER = "exported-cells"
"""Under this word the folder used last is remembered."""


class CellExportController(Controller):
    """Writes cells, one export at a time."""

    def __init__(self, session: Session, card: CellExportCard) -> None:
        super().__init__(session)
        self._card, self._under_way = card, False
        self._bridge.happened.connect(self._heard)
        card.wanted.connect(self.choose_folder)
        card.work.stop.clicked.connect(self.stop)

    @property
    def is_busy(self) -> bool:
        """Whether cells are being written."""
        return self._under_way

    def apply_permissions(self) -> None:
        """Let nobody write cells who may not; the tooltip says why."""
        if not self._under_way:
            hold(self._bridge, Act.EXPORT_CELLS, self._card.save, self._card.locked)

    def choose_folder(self, form: str, locked: bool) -> None:
        """Ask where to, then write."""
        title = self.tr("Folder for the cells: an empty one, or one in which a folder is made for them")
        folder = self._files.open_folder(title, self._session.last_folder(FOLDER))
        if folder is None or self._under_way:
            return
        self._session.remember_folder(folder, FOLDER)
        self._under_way = True
        self._card.set_busy(True)
        self._bridge.write(
            lambda bench: bench.site.export_cells(folder, form, locked=locked), owner=self, failed=self._failed
        )

    def stop(self) -> None:
        """Stop; nothing has left then."""
        if self._under_way:
            self._card.work.stopping()
            # After the call that begins it, which may still wait: what has not begun cannot be stopped.
            self._bridge.write(lambda bench: bench.site.stop_export(), owner=self, failed=self._messages.warn)

    def _heard(self, event: Event) -> None:
        if not self._under_way:
            return
        if isinstance(event, CellsExportStep):
            self._card.show_step(event.progress)
        elif isinstance(event, CellsExported):
            self._written(event)
        elif isinstance(event, Failed) and event.what == JOB:
            self._failed(event.sentence)
        elif isinstance(event, Stopped) and event.what == JOB:
            self._end()
            self._card.message.tell(self.tr("Stopped: no cell has left."))

    def _written(self, event: CellsExported) -> None:
        self._end()
        text = self.tr(
            "{0} cells of {1} patients were written to “{2}”. Look at the images before they leave: what is written on "
            "a slide is still there."
        ).format(event.cells, event.patients, event.path.name)
        if event.kept_back:
            text += " " + self.tr("{0} locked patients stayed.").format(event.kept_back)
        url = QUrl.fromLocalFile(str(event.path))
        self._card.message.tell(text, self.tr("Open"), lambda: QDesktopServices.openUrl(url))

    def _failed(self, sentence: str) -> None:
        self._end()
        self._card.message.warn(sentence)

    def _end(self) -> None:
        self._under_way = False
        self._card.set_busy(False)
        self.apply_permissions()
