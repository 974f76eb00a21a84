"""Images come in: opened, dropped or pasted, into the open case or a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from leukoscope.domain.frames import FrameOrigin, OriginKind, Pixels
from leukoscope.gui import intake
from leukoscope.gui.undo import TakePicture
from leukoscope.workflow.events import Event, FrameAdded

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow

IMAGE_SUFFIXES = "*.png *.jpg *.jpeg *.tif *.tiff *.bmp *.webp *.gif"
MODEL_SUFFIXES = {".keras", ".h5"}


class Adding(QObject):
    """Puts images into the queue."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._then: list[Callable[[int], None]] = []
        self._taken: set[FrameOrigin] = set()
        window.bridge.happened.connect(self._heard)

    def open_images(self) -> None:
        """Ask for image files."""
        kinds = self.tr("Images ({0});;All files (*)").format(IMAGE_SUFFIXES)
        names, _ = QFileDialog.getOpenFileNames(
            self._window, self.tr("Open images"), self._window.memory.last_folder(), kinds
        )
        self.add_paths(tuple(Path(name) for name in names))

    def open_folder(self) -> None:
        """Ask for a folder of images."""
        name = QFileDialog.getExistingDirectory(
            self._window, self.tr("Open a folder of images"), self._window.memory.last_folder()
        )
        self.add_paths((Path(name),) if name else ())

    def paste(self) -> None:
        """Take what was copied."""
        taken = intake.take(QGuiApplication.clipboard().mimeData())
        if taken.empty:
            self._window.message.warn(self.tr("There is no image to paste; copy an image or image files first."))
        else:
            self.take(taken)

    def take(self, taken: intake.Intake) -> None:
        """Take what was dropped or pasted."""
        if taken.paths and all(path.suffix.lower() in MODEL_SUFFIXES for path in taken.paths):
            self._window.show_page("models")
            self._window.models.show_form()
            self._window.models.form.file.setText(str(taken.paths[0]))
        elif taken.paths:
            self.add_paths(taken.paths)
        elif taken.pixels is not None:
            pixels, now = taken.pixels, datetime.now().astimezone()
            name = self.tr("Pasted {0}").format(now.strftime("%H:%M:%S"))
            origin = FrameOrigin(OriginKind.CLIPBOARD, name, taken_at=now)
            self._add(lambda case_id: self._ask_add_pixels(case_id, pixels, origin))

    def add_taken(self, pixels: Pixels, origin: FrameOrigin, um_per_px: float | None) -> None:
        """Put a picture of the camera into the queue; the Capture page stays."""
        window = self._window
        self._taken.add(origin)

        def add(case_id: int) -> None:
            window.bridge.ask(lambda bench: bench.add_pixels(case_id, pixels, origin, um_per_px=um_per_px), owner=self)
            window.message.tell(
                self.tr("Taken. It is judged now."), self.tr("Review"), lambda: window.show_page("review")
            )

        self._add(add, stay=True)

    def _heard(self, event: Event) -> None:
        """A taken picture is in its case now: from here on it can be undone."""
        if not isinstance(event, FrameAdded) or event.frame.origin not in self._taken:
            return
        origin = event.frame.origin
        self._taken.discard(origin)
        command = TakePicture(self._window.bridge, event.case_id, event.frame.id, origin.name if origin else "")
        self._window.undo_stack.push(command)

    def add_paths(self, paths: tuple[Path, ...]) -> None:
        """Put files and folders into the queue of the open case, or of a new one."""
        if not paths:
            return
        self._window.memory.remember_folder(paths[0] if paths[0].is_dir() else paths[0].parent)
        bridge = self._window.bridge
        self._add(lambda case_id: bridge.ask(lambda bench: bench.add_paths(case_id, paths), owner=self))

    def _ask_add_pixels(self, case_id: int, pixels: Pixels, origin: FrameOrigin) -> None:
        self._window.bridge.ask(lambda bench: bench.add_pixels(case_id, pixels, origin), owner=self)

    def _add(self, add: Callable[[int], None], *, stay: bool = False) -> None:
        window = self._window
        if window.case.id is not None:
            add(window.case.id)
            if not stay:
                window.show_page("review")
            return
        self._then.append(add)
        if len(self._then) > 1:
            return

        def made(case_id: int) -> None:
            window.case.open(case_id)
            if not stay:
                window.show_page("review")
            waiting, self._then = self._then, []
            for one in waiting:
                one(case_id)

        window.bridge.ask(lambda bench: bench.new_case(), made, owner=self)

    def cancel(self) -> None:
        """Stop judging."""
        self._window.bridge.ask(lambda bench: bench.cancel(), owner=self)
