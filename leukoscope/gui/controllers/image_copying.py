"""The image that is shown leaves the window: into the clipboard, or as a file that a person names."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtWidgets import QMenu

from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.image_actions import COPYING
from leukoscope.gui.review.image_copy import FORMATS, encoded, view_of, whole_image
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.gui.widgets.canvas import ImageCanvas


class ImageCopyController(Controller):
    """Copies and saves; both need the right to export, and both are put down in the audit trail.

    Parameters
    ----------
    session, review, canvas
        What it works on; the canvas is that of the review page.
    actions
        For the menu of the image.
    """

    def __init__(self, session: Session, review: ReviewPage, canvas: ImageCanvas, actions: Actions) -> None:
        super().__init__(session)
        self._review, self._canvas, self._actions = review, canvas, actions
        canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        canvas.customContextMenuRequested.connect(self._offer)

    def handlers(self) -> Handlers:
        """One handler for each action."""
        return {
            "copy_view": partial(self.copy, whole=False),
            "copy_image": partial(self.copy, whole=True),
            "save_view": partial(self.ask_and_save, whole=False),
            "save_image": partial(self.ask_and_save, whole=True),
        }

    def refine(self, actions: Actions) -> None:
        """An image is needed that can be shown."""
        for name in COPYING:
            actions[name].setEnabled(actions[name].isEnabled() and self._canvas.has_image)

    def _offer(self, where: QPoint) -> None:
        if not self._canvas.has_image:
            return
        menu = QMenu(self._canvas)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._actions[name] for name in COPYING])
        menu.addSeparator()
        menu.addActions([self._actions[name] for name in ("zoom_fit", "zoom_actual", "adjust_display")])
        menu.popup(self._canvas.mapToGlobal(where))

    def _made(self, whole: bool) -> QImage | None:
        return whole_image(self._canvas) if whole else view_of(self._canvas)

    def copy(self, *, whole: bool) -> None:
        """Put the image into the clipboard, once it is on record that it leaves."""
        case, made = self._session.shown_case(), self._made(whole)
        if case is None or made is None:
            return
        case_id, words = case.id, self._copied_words(whole)

        def put(_answer: None) -> None:
            QGuiApplication.clipboard().setImage(made)
            self._messages.tell(words)

        self._bridge.write(
            lambda bench: bench.exports.image_copied(case_id), put, owner=self, failed=self._messages.warn
        )

    def _copied_words(self, whole: bool) -> str:
        words = (
            self.tr("The whole image is in the clipboard.")
            if whole
            else self.tr("What is in view is in the clipboard.")
        )
        return " ".join((words, *self._remarks()))

    def _remarks(self) -> tuple[str, ...]:
        """What a person should know of the image that leaves."""
        said = []
        if self._canvas.um_per_px is None:
            said.append(self.tr("It has no scale bar: set the scale (Ctrl+L) to have one."))
        if self._canvas.note:
            said.append(self.tr("The display is changed; its corner says so."))
        return tuple(said)

    def ask_and_save(self, *, whole: bool) -> None:
        """Ask where to, and write the image that is shown now."""
        case, made, note = self._session.shown_case(), self._made(whole), self._canvas.note
        if case is None or made is None:
            return
        remarks = self._remarks()
        title = self.tr("Save the whole image") if whole else self.tr("Save what is in view")
        path = self._files.save_file(title, str(self._proposed(whole)), "PNG (*.png);;JPEG (*.jpg *.jpeg)")
        if path is None:
            return
        if path.suffix.casefold() not in FORMATS:
            path = path.with_name(f"{path.name}.png")
        self._save(case.id, path, made, note, remarks)

    def _proposed(self, whole: bool) -> Path:
        """A name that tells nothing of the patient: which image of the case, and how it is shown."""
        frame = self._review.frame
        ids = [one.id for one in self._case.frames]
        number = ids.index(frame.id) + 1 if frame is not None and frame.id in ids else 1
        parts = [f"image-{number}", "" if whole else "view", "display-changed" if self._canvas.note else ""]
        folder = Path(self._session.last_folder("export") or Path.home())
        return folder / f"{'-'.join(part for part in parts if part)}.png"

    def _save(self, case_id: int, path: Path, made: QImage, note: str, remarks: tuple[str, ...]) -> None:
        self._session.remember_folder(path.parent, "export")

        def written(_answer: None) -> None:
            url = QUrl.fromLocalFile(str(path))
            words = " ".join((self.tr("{0} is written.").format(path.name), *remarks))
            self._messages.tell(words, self.tr("Open"), lambda: QDesktopServices.openUrl(url))

        make = partial(encoded, made, path.suffix.casefold(), note)
        self._bridge.write(
            lambda bench: bench.exports.write_image(case_id, path, make),
            written,
            owner=self,
            failed=self._messages.warn,
        )
