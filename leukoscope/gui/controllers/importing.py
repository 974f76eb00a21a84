"""Images come in: opened, dropped or pasted, into the open case or a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QGuiApplication

from leukoscope.domain.frames import FrameOrigin, OriginKind, Pixels
from leukoscope.gui.controllers.controller import Controller, Handlers
from leukoscope.gui.mime_images import encoded_image, offers_image, plain_image
from leukoscope.gui.pixels import from_image
from leukoscope.gui.session import Session
from leukoscope.gui.undo import TakeFrame
from leukoscope.workflow.demo_case import is_demo
from leukoscope.workflow.events import Event, FrameAdded
from leukoscope.workflow.slide_names import may_be_slide

if TYPE_CHECKING:
    from leukoscope.domain.cells import Box
    from leukoscope.domain.slides import SlideInfo
    from leukoscope.workflow.asked import AskedBy
    from leukoscope.workflow.workbench import Workbench

IMAGE_SUFFIXES = (
    "*.png *.jpg *.jpeg *.tif *.tiff *.bmp *.webp *.gif *.avif *.heic *.heif *.jp2 *.j2k *.jxl *.dcm *.czi *.nd2 *.lif"
)
SLIDE_SUFFIXES = "*.svs *.ndpi *.scn *.mrxs *.bif *.vms *.vmu *.svslide"
MODEL_SUFFIXES = {".keras", ".h5"}


Add = Callable[["Workbench", int], object]
"""Puts images into the queue of a case."""


@dataclass(frozen=True)
class ImportTarget:
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


OpenSlide = Callable[[Path, ImportTarget, Callable[[], None]], None]
"""Opens a file as a slide, or does the last where it is an image."""


@dataclass(frozen=True)
class _PendingImport:
    """Images on their way into a case, which may have to be begun first."""

    add: Add
    done: Callable[[object], None] | None
    stay: bool
    by: AskedBy | None = None
    failed: Callable[[str], None] | None = None


@dataclass(frozen=True, eq=False)
class DroppedContent:
    """Files and folders, or the bytes or pixels of one image, that were dropped or pasted; all may be missing."""

    paths: tuple[Path, ...] = ()
    pixels: Pixels | None = None
    encoded: bytes = b""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take."""
        return not self.paths and self.pixels is None and not self.encoded


def holds_images(mime: QMimeData) -> bool:
    """Whether it is worth a try."""
    return any(url.isLocalFile() for url in mime.urls()) or offers_image(mime)


def dropped_content(mime: QMimeData) -> DroppedContent:
    """Take files first: their pixels are the original ones."""
    paths = tuple(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile())
    if paths:
        return DroppedContent(paths)
    if encoded := encoded_image(mime):
        return DroppedContent(encoded=encoded)
    image = plain_image(mime)
    return DroppedContent() if image is None else DroppedContent(pixels=from_image(image))


class ImportController(Controller):
    """Puts images into the queue.

    Signals
    -------
    model_given(object)
        Path of a model file that was dropped or pasted instead of images.
    """

    model_given = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._waiting: list[_PendingImport] = []
        self._taken: set[FrameOrigin] = set()
        self.open_slide: OpenSlide | None = None
        self._bridge.happened.connect(self._heard)

    def handlers(self) -> Handlers:
        """Open, paste, and stop judging."""
        return {
            "open_images": self.open_images,
            "open_folder": self.open_folder,
            "paste": self.paste,
            "cancel": self.cancel,
        }

    def open_images(self) -> None:
        """Ask for image files."""
        target = self.target()
        kinds = self.tr("Images ({0});;All files (*)").format(f"{IMAGE_SUFFIXES} {SLIDE_SUFFIXES}")
        title = self._title(self.tr("Open images"))
        self.add_paths(self._files.open_files(title, self._session.last_folder(), kinds), target)

    def open_folder(self) -> None:
        """Ask for a folder of images."""
        target = self.target()
        title = self._title(self.tr("Open a folder of images"))
        folder = self._files.open_folder(title, self._session.last_folder())
        self.add_paths((folder,) if folder is not None else (), target)

    def target(self) -> ImportTarget:
        """Where images go that are chosen from here on: the case that is seen now, or is on its way, or a new one.

        Where the demo case is seen they begin a new one: blood of a person is not mixed with drawn cells.
        """
        case, leaving = self._case.case, self._case.is_leaving
        if case is not None and is_demo(case.header):
            return ImportTarget(self._case.wanted if leaving else None)
        return ImportTarget(self._case.id or self._case.wanted, refused=leaving)

    def target_from_outside(self) -> ImportTarget:
        """Where images go that another program handed over: a new case, or the one shown while it has no image.

        Who opened them there did not see which case is open here.
        """
        target = self.target()
        return ImportTarget(None) if self._case.frames and not target.refused else target

    def _title(self, words: str) -> str:
        case = self._case.case
        return f"{words} – {case.header.number}" if case is not None and not is_demo(case.header) else words

    def paste(self) -> None:
        """Take what was copied."""
        taken = dropped_content(QGuiApplication.clipboard().mimeData())
        if taken.empty:
            self._messages.warn(self.tr("There is no image to paste; copy an image or image files first."))
        else:
            self.take(taken)

    def take(self, taken: DroppedContent, target: ImportTarget | None = None) -> None:
        """Take what was dropped or pasted."""
        if taken.paths and all(path.suffix.lower() in MODEL_SUFFIXES for path in taken.paths):
            self._navigation.show("models")
            self.model_given.emit(taken.paths[0])
        elif taken.paths:
            self.add_paths(taken.paths, target)
        elif not taken.empty:
            self._add(self._pasted(taken), target)

    def _pasted(self, taken: DroppedContent) -> Add:
        now = datetime.now().astimezone()
        name = self.tr("Pasted {0}").format(now.strftime("%H:%M:%S"))
        origin, pixels = FrameOrigin(OriginKind.CLIPBOARD, name, taken_at=now), taken.pixels
        if pixels is not None:
            return lambda bench, case_id: bench.capture.add_pixels(case_id, pixels, origin)
        return lambda bench, case_id: bench.capture.add_pasted(case_id, taken.encoded, origin)

    def add_taken(
        self, pixels: Pixels, origin: FrameOrigin, um_per_px: float | None, by: AskedBy | None = None
    ) -> None:
        """Put a picture of the camera into the queue; the Capture page stays.

        ``by`` says who switched on what takes pictures by itself.
        """
        self._taken.add(origin)

        def told(_none: object) -> None:
            self._messages.tell(
                self.tr("Taken. It is judged now."), self.tr("Review"), lambda: self._navigation.show("review")
            )

        self._add(
            lambda bench, case_id: bench.capture.add_pixels(case_id, pixels, origin, um_per_px=um_per_px),
            done=told,
            stay=True,
            by=by,
        )

    def _heard(self, event: Event) -> None:
        """A taken picture is in its case now: from here on it can be undone."""
        if not isinstance(event, FrameAdded) or event.frame.origin not in self._taken:
            return
        origin = event.frame.origin
        self._taken.discard(origin)
        command = TakeFrame(self._bridge, event.case_id, event.frame.id, origin.name if origin else "")
        self._undo_stack.push(command)

    def add_paths(self, paths: tuple[Path, ...], target: ImportTarget | None = None) -> None:
        """Put files and folders into the queue of a case: the target, else the open one or a new one."""
        if not paths:
            return
        if len(paths) == 1 and self.open_slide is not None and may_be_slide(paths[0]):
            chosen = target or self.target()
            self.open_slide(paths[0], chosen, lambda: self._add_files(paths, chosen))
        else:
            self._add_files(paths, target)

    def add_region(self, info: SlideInfo, region: Box, target: ImportTarget, failed: Callable[[str], None]) -> None:
        """Take a region of a slide into the target, or a new case, in the background; this page stays."""
        self._add(lambda bench, case_id: bench.slides.take(case_id, info, region), target, stay=True, failed=failed)

    def _add_files(self, paths: tuple[Path, ...], target: ImportTarget | None) -> None:
        self._session.remember_folder(paths[0] if paths[0].is_dir() else paths[0].parent)
        self._add(lambda bench, case_id: bench.capture.add_paths(case_id, paths), target)

    def _add(
        self,
        add: Add,
        target: ImportTarget | None = None,
        *,
        done: Callable[[object], None] | None = None,
        stay: bool = False,
        by: AskedBy | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        addition, target = _PendingImport(add, done, stay, by, failed), target or self.target()
        if target.refused:
            self._messages.warn(self.tr("Another case is being opened; add the images again when it is there."))
        elif target.case_id is not None:
            self._write(target.case_id, addition)
        else:
            self._waiting.append(addition)
            if len(self._waiting) == 1:
                self._begin_case()

    def _begin_case(self) -> None:
        by = self._waiting[0].by
        self._bridge.write(
            lambda bench: bench.cases.create(), self._case_begun, owner=self, failed=self._no_case, by=by
        )

    def _case_begun(self, case_id: int) -> None:
        waiting, self._waiting = self._waiting, []
        self._case.open(case_id)
        for one in waiting:
            self._write(case_id, one)

    def _no_case(self, sentence: str) -> None:
        """There is no new case: the images are offered once more, and the next ones begin anew."""
        waiting, self._waiting = self._waiting, []

        def again() -> None:
            self._waiting += waiting
            if len(self._waiting) == len(waiting):
                self._begin_case()

        self._messages.warn(sentence, self.tr("Try again"), again)

    def _write(self, case_id: int, addition: _PendingImport) -> None:

        def failed(sentence: str) -> None:
            self._messages.warn(sentence, self.tr("Try again"), lambda: self._write(case_id, addition))

        self._bridge.write(
            lambda bench: addition.add(bench, case_id), addition.done, owner=self, failed=addition.failed or failed,
            by=addition.by,
        )  # fmt: skip
        if not addition.stay and self._case.wanted == case_id:
            self._navigation.show("review")

    def cancel(self) -> None:
        """Stop judging."""
        self._bridge.write(lambda bench: bench.judging.cancel(), owner=self, failed=self._messages.warn)
