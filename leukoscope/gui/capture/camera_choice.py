"""Which camera: those plugged in, the one used last, and the ways to name another."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QInputDialog, QWidget

from leukoscope.domain.errors import CameraError
from leukoscope.gui.places import start_of
from leukoscope.gui.widgets.buttons import ComboBox

# What needs OpenCV is imported when a camera is wanted: the window is to be there at once.
FILE, ADDRESS, CONFIG = "file…", "address…", "config…"
DEMO = "demo:1"


class CameraChoice(ComboBox):
    """A list of cameras.

    Signals
    -------
    wanted(str)
        A person has chosen this one.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._running = ""
        self.setAccessibleName(self.tr("Camera"))
        # A long address must not push the panel's other things out of sight.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.activated.connect(lambda _row: self._chosen())

    def fill(self, last: str) -> None:
        """List what there is; the chosen one stays, at first the one used last."""
        from leukoscope.workflow.capture import camera_list, micro_manager_installed

        before = self.currentData() or last
        self.clear()
        for info in camera_list():
            self.addItem(self.tr("Demo smear") if info.id == DEMO else info.name, info.id)
        if before and self.findData(before) < 0 and before not in {FILE, ADDRESS, CONFIG}:
            self.addItem(_name(before), before)
        self.addItem(self.tr("Video file…"), FILE)
        self.addItem(self.tr("Network camera…"), ADDRESS)
        if micro_manager_installed():
            self.addItem(self.tr("Micro-Manager…"), CONFIG)
        self.setCurrentIndex(max(self.findData(before), 0))

    def show_running(self, camera_id: str) -> None:
        """Show the camera that runs now."""
        self._running = camera_id
        if self.findData(camera_id) < 0:
            self.insertItem(0, _name(camera_id), camera_id)
        self.setCurrentIndex(self.findData(camera_id))

    @property
    def camera_id(self) -> str:
        """The chosen one; the demo smear while nothing is."""
        return str(self.currentData() or DEMO)

    def _chosen(self) -> None:
        wanted = self._asked(str(self.currentData()))
        if wanted:
            self.wanted.emit(wanted)
        else:
            self.setCurrentIndex(max(self.findData(self._running), 0))

    def _asked(self, choice: str) -> str:
        """The id of what was chosen; asks which file or address, empty when the person does not say."""
        if choice == FILE:
            return QFileDialog.getOpenFileName(self, self.tr("Video file"), start_of(self))[0]
        if choice == CONFIG:
            words = self.tr("Micro-Manager configuration (*.cfg)")
            path = QFileDialog.getOpenFileName(self, self.tr("Micro-Manager configuration"), start_of(self), words)[0]
            return f"mm:{path}" if path else ""
        if choice == ADDRESS:
            question = self.tr("Address of the camera, for example rtsp://…")
            text, good = QInputDialog.getText(self, self.tr("Network camera"), question)
            return text.strip() if good else ""
        return choice


def _name(camera_id: str) -> str:
    """What a person calls a camera; of one that means nothing any more, its id."""
    from leukoscope.workflow.capture import camera_name

    try:
        return camera_name(camera_id)
    except CameraError:
        return camera_id
