"""What every controller of the window works on: bridge, open case, undo stack, messages, navigation, file dialogs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QFileDialog, QWidget

from leukoscope.gui.bridge import Bridge
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.places import note_start
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.workflow.settings import PLACE

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from leukoscope.domain.cases import Case
    from leukoscope.workflow.operator_session import OperatorSession
    from leukoscope.workflow.settings import Settings


class Navigation(QObject):
    """Which page is shown.

    Signals
    -------
    shown(str)
        Name of the page that is shown from now on.
    focus_wanted()
        The keyboard goes to what the shown page is for.
    """

    shown = Signal(str)
    focus_wanted = Signal()

    def __init__(self, page: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._page = page

    @property
    def page(self) -> str:
        """Name of the page shown."""
        return self._page

    def show(self, page: str) -> None:
        """Show a page."""
        self._page = page
        self.shown.emit(page)

    def focus(self) -> None:
        """Give the keyboard to what the shown page is for."""
        self.focus_wanted.emit()


class FileDialogs:
    """Asks for files, folders and printers over a window; an empty answer is a dialog that was cancelled.

    Parameters
    ----------
    over
        The widget that the dialogs belong to.
    """

    def __init__(self, over: QWidget) -> None:
        self._over = over
        self._last_folder: Path | None = None

    def note_start(self, folder: str) -> None:
        """Where dialogs begin that the pages open by themselves."""
        note_start(self._over, folder)

    def open_files(self, title: str, start: str, kinds: str) -> tuple[Path, ...]:
        """Files that exist; none when it was cancelled."""
        names, _ = QFileDialog.getOpenFileNames(self._over, title, start, kinds)
        return tuple(Path(name) for name in names)

    def open_folder(self, title: str, start: str) -> Path | None:
        """A folder that exists."""
        name = QFileDialog.getExistingDirectory(self._over, title, start)
        return Path(name) if name else None

    def save_file(self, title: str, proposed: str, kinds: str) -> Path | None:
        """A file to be written; a name without a folder is proposed where the last file was saved, or in Documents."""
        # Of a bare name Qt makes a file of the process's folder: the program's own, when it is installed.
        wanted = proposed if Path(proposed).is_absolute() else str(self._saved_in() / proposed)
        name, _ = QFileDialog.getSaveFileName(self._over, title, wanted, kinds)
        if not name:
            return None
        self._last_folder = Path(name).parent
        return Path(name)

    def _saved_in(self) -> Path:
        if self._last_folder is not None and self._last_folder.is_dir():
            return self._last_folder
        documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        return documents if documents.is_dir() else Path.home()

    def printer(self, pages: int, page_size: str) -> QPrinter | None:
        """A printer for so many pages, with those that are wanted."""
        from leukoscope.gui.report.printing import chosen_printer

        return chosen_printer(pages, page_size, self._over)


class Session(QObject):
    """The parts that all controllers share; nothing of it decides anything but whether the case can be changed.

    Signals
    -------
    changed()
        What can be done now may be something else than before: actions are enabled anew.
    usable()
        The list of cases is on the screen: a person can begin.
    settings_changed()
        Something in the settings is not what the pages show.
    amend_wanted()
        A person wants to change a signed case.
    """

    changed = Signal()
    usable = Signal()
    settings_changed = Signal()
    amend_wanted = Signal()

    def __init__(
        self,
        bridge: Bridge,
        case: OpenCase,
        undo_stack: QUndoStack,
        messages: MessageBar,
        navigation: Navigation,
        files: FileDialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.bridge, self.case, self.undo_stack = bridge, case, undo_stack
        self.messages, self.navigation, self.files = messages, navigation, files
        self.begun = False
        undo_stack.indexChanged.connect(self._undo_moved)

    def _undo_moved(self, _index: int) -> None:
        self.changed.emit()

    @property
    def is_open(self) -> bool:
        """Whether the workbench is open."""
        return self.bridge.is_open

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.bridge.bench.settings.current

    @property
    def operator(self) -> OperatorSession:
        """Who works here, and what they may."""
        return self.bridge.bench.operator

    def remember(self, **facts: str) -> None:
        """Keep facts for the next start, by name."""
        self.bridge.bench.settings.remember(**facts)

    def last_folder(self, what: str = "images") -> str:
        """The folder used last for something, else that of the last images; empty when there is none."""
        memory = self.settings.window
        return memory.get(f"{PLACE}{what}") or memory.get(f"{PLACE}images", "")

    def remember_folder(self, folder: Path, what: str = "images") -> None:
        """Keep the folder used for something."""
        self.remember(**{f"{PLACE}{what}": str(folder)})
        self.note_places()

    def note_places(self) -> None:
        """Let dialogs of the pages begin where the last images lay."""
        self.files.note_start(self.last_folder())

    def shown_case(self) -> Case | None:
        """The case that is seen, for good: what is chosen in a dialog later is for this one.

        ``None`` when no case is open, and while another one is on its way.
        """
        return None if self.case.is_leaving else self.case.case

    def refuses_changes(self) -> bool:
        """Say that a signed case is read-only, or that another case is on its way; whether nothing can be changed."""
        case = self.case.case
        if self.case.is_leaving:
            self.messages.tell(self.tr("Another case is being opened; wait until it is there."))
            return True
        if case is None or not case.state.is_read_only:
            return False
        self.messages.tell(
            self.tr("This case is signed; amend it with a reason to change it."),
            self.tr("Amend…"),
            self.amend_wanted.emit,
        )
        return True
