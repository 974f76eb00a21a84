"""Images come in: opened, dropped or pasted, into the open case or a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
    from leukoscope.workflow.asked import AskedBy
    from leukoscope.workflow.workbench import Workbench

IMAGE_SUFFIXES = "*.png *.jpg *.jpeg *.tif *.tiff *.bmp *.webp *.gif"
MODEL_SUFFIXES = {".keras", ".h5"}


Add = Callable[["Workbench", int], object]
"""Puts images into the queue of a case."""


@dataclass(frozen=True)
class Target:
    """Where images go, fixed before any dialog.

    Parameters
    ----------
    case_id
        ``None`` begins a new case, whatever has been opened meanwhile.
    refused
        One case was seen and another on its way: nobody can say which was meant.
    """

    case_id: int | None
    refused: bool = False


@dataclass(frozen=True)
class _Addition:
    """Images on their way into a case, which may have to be begun first."""

    add: Add
    done: Callable[[object], None] | None
    stay: bool
    by: AskedBy | None = None


class Adding(QObject):
    """Puts images into the queue."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._waiting: list[_Addition] = []
        self._taken: set[FrameOrigin] = set()
        window.bridge.happened.connect(self._heard)

    def open_images(self) -> None:
        """Ask for image files."""
        target = self.target()
        kinds = self.tr("Images ({0});;All files (*)").format(IMAGE_SUFFIXES)
        names, _ = QFileDialog.getOpenFileNames(
            self._window, self._title(self.tr("Open images")), self._window.memory.last_folder(), kinds
        )
        self.add_paths(tuple(Path(name) for name in names), target)

    def open_folder(self) -> None:
        """Ask for a folder of images."""
        target = self.target()
        name = QFileDialog.getExistingDirectory(
            self._window,
            self._title(self.tr("Open a folder of images")),
            self._window.memory.last_folder(),
        )
        self.add_paths((Path(name),) if name else (), target)

    def target(self) -> Target:
        """Where images go that are chosen from here on: the case that is seen now, or is on its way, or a new one."""
        case = self._window.case
        return Target(case.id or case.wanted, refused=case.is_leaving)

    def _title(self, words: str) -> str:
        case = self._window.case.case
        return f"{words} – {case.header.number}" if case is not None else words

    def paste(self) -> None:
        """Take what was copied."""
        taken = intake.take(QGuiApplication.clipboard().mimeData())
        if taken.empty:
            self._window.message.warn(self.tr("There is no image to paste; copy an image or image files first."))
        else:
            self.take(taken)

    def take(self, taken: intake.Intake, target: Target | None = None) -> None:
        """Take what was dropped or pasted."""
        if taken.paths and all(path.suffix.lower() in MODEL_SUFFIXES for path in taken.paths):
            self._window.show_page("models")
            self._window.models.show_form()
            self._window.models.form.file.setText(str(taken.paths[0]))
        elif taken.paths:
            self.add_paths(taken.paths, target)
        elif taken.pixels is not None:
            pixels, now = taken.pixels, datetime.now().astimezone()
            name = self.tr("Pasted {0}").format(now.strftime("%H:%M:%S"))
            origin = FrameOrigin(OriginKind.CLIPBOARD, name, taken_at=now)
            self._add(lambda bench, case_id: bench.add_pixels(case_id, pixels, origin), target)

    def add_taken(self, pixels: Pixels, origin: FrameOrigin, um_per_px: float | None) -> None:
        """Put a picture of the camera into the queue; the Capture page stays."""
        window = self._window
        self._taken.add(origin)

        def told(_none: object) -> None:
            window.message.tell(
                self.tr("Taken. It is judged now."), self.tr("Review"), lambda: window.show_page("review")
            )

        self._add(
            lambda bench, case_id: bench.add_pixels(case_id, pixels, origin, um_per_px=um_per_px), done=told, stay=True
        )

    def _heard(self, event: Event) -> None:
        """A taken picture is in its case now: from here on it can be undone."""
        if not isinstance(event, FrameAdded) or event.frame.origin not in self._taken:
            return
        origin = event.frame.origin
        self._taken.discard(origin)
        command = TakePicture(self._window.bridge, event.case_id, event.frame.id, origin.name if origin else "")
        self._window.undo_stack.push(command)

    def add_paths(self, paths: tuple[Path, ...], target: Target | None = None) -> None:
        """Put files and folders into the queue of a case: the target, else the open one or a new one."""
        if not paths:
            return
        self._window.memory.remember_folder(paths[0] if paths[0].is_dir() else paths[0].parent)
        self._add(lambda bench, case_id: bench.add_paths(case_id, paths), target)

    def _add(
        self,
        add: Add,
        target: Target | None = None,
        *,
        done: Callable[[object], None] | None = None,
        stay: bool = False,
    ) -> None:
        addition, target = _Addition(add, done, stay, self._window.live.asked_now), target or self.target()
        if target.refused:
            self._window.message.warn(self.tr("Another case is being opened; add the images again when it is there."))
        elif target.case_id is not None:
            self._write(target.case_id, addition)
        else:
            self._waiting.append(addition)
            if len(self._waiting) == 1:
                self._begin_case()

    def _begin_case(self) -> None:
        bridge, by = self._window.bridge, self._waiting[0].by
        bridge.write(lambda bench: bench.new_case(), self._case_begun, owner=self, failed=self._no_case, by=by)

    def _case_begun(self, case_id: int) -> None:
        waiting, self._waiting = self._waiting, []
        self._window.case.open(case_id)
        for one in waiting:
            self._write(case_id, one)

    def _no_case(self, sentence: str) -> None:
        """There is no new case: the images are offered once more, and the next ones begin anew."""
        waiting, self._waiting = self._waiting, []

        def again() -> None:
            self._waiting += waiting
            if len(self._waiting) == len(waiting):
                self._begin_case()

        self._window.message.warn(sentence, self.tr("Try again"), again)

    def _write(self, case_id: int, addition: _Addition) -> None:
        window = self._window

        def failed(sentence: str) -> None:
            window.message.warn(sentence, self.tr("Try again"), lambda: self._write(case_id, addition))

        window.bridge.write(
            lambda bench: addition.add(bench, case_id), addition.done, owner=self, failed=failed, by=addition.by
        )
        if not addition.stay and window.case.wanted == case_id:
            window.show_page("review")

    def cancel(self) -> None:
        """Stop judging."""
        bridge = self._window.bridge
        bridge.write(lambda bench: bench.cancel(), owner=self, failed=bridge.failed.emit)
