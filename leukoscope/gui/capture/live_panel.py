"""The controls beside the live picture."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QSpinBox, QToolButton, QVBoxLayout, QWidget

from leukoscope.gui.capture.camera_choice import CameraChoice
from leukoscope.gui.capture.camera_settings import CameraSettings
from leukoscope.gui.capture.live_meters import FocusMeter, Histogram
from leukoscope.gui.widgets.buttons import CheckBox, PushButton
from leukoscope.gui.widgets.text import label

WIDTH = 280


class LivePanel(QWidget):
    """Camera, focus, light, picture and taking; the two buttons for taking stay in sight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.source, self.settings = CameraChoice(), CameraSettings()
        self.start_stop = PushButton(self.tr("Start"), "", "play")
        self.label = PushButton(self.tr("Read slide label"))
        self.judge, self.judged = CheckBox(self.tr("Judge live")), label("", "small", wrap=True)
        self.map = CheckBox(self.tr("Map of the smear"))
        self.focus, self.histogram = FocusMeter(), Histogram()
        self.sharp, self.clipped = label("", "small", wrap=True), label("", "small", wrap=True)
        for words in (self.sharp, self.clipped):
            # Two lines at any time: what they say moves nothing below.
            words.setMinimumHeight(2 * words.fontMetrics().lineSpacing())
            words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.white = PushButton(self.tr("Set white"))
        self.rotate, self.mirror = PushButton(self.tr("Rotate")), PushButton(self.tr("Mirror"))
        self.fit, self.actual = PushButton(self.tr("Fit")), PushButton("1:1")
        self.grid = CheckBox(self.tr("Grid"))
        self.display = QToolButton()
        self.auto = CheckBox(self.tr("Take by itself"))
        self.lapse = CheckBox(self.tr("Time-lapse"))
        self.every, self.count = QSpinBox(), QSpinBox()
        self.scan = PushButton(self.tr("Scan fields…"))
        self.record = PushButton(self.tr("Record…"))
        self.state = label("", "muted", wrap=True)
        self.state.setMinimumHeight(self.state.fontMetrics().lineSpacing())
        self.freeze = PushButton(self.tr("Freeze"), "", "pause")
        self.take = PushButton(self.tr("Take"), "primary", "add")
        self._say_what()
        self._lay_out()

    def _say_what(self) -> None:
        self.judge.setToolTip(
            self.tr(
                "Box the cells while the stage moves and judge them with the quickest model; all judge what is taken"
            )
        )
        self.map.setToolTip(
            self.tr("Joins what the camera sees while the smear is moved by hand, and shows where it is; takes nothing")
        )
        self.label.setToolTip(self.tr("Hold the label under the camera: its code opens the case, or begins it"))
        self.white.setToolTip(self.tr("Make the empty glass in sight white; once more takes it back"))
        self.white.setCheckable(True)
        self.grid.setToolTip(self.tr("Lines every 20 µm, or thirds when the scale is not known"))
        self.fit.setToolTip(self.tr("Show the whole picture"))
        self.actual.setToolTip(self.tr("One camera pixel for one screen pixel"))
        self.auto.setToolTip(self.tr("Takes a picture each time the stage comes to rest at a new place in focus"))
        self.lapse.setToolTip(self.tr("Takes a picture every so many seconds"))
        self.scan.setToolTip(self.tr("Take fields side by side, where the microscope has a motorized stage"))
        self.scan.setCheckable(True)
        self.record.setToolTip(self.tr("Write what is seen to a video file"))
        self.record.setCheckable(True)
        self.freeze.setCheckable(True)
        self.freeze.setToolTip(self.tr("Hold the picture, or let it go on (Space)"))
        self.take.setToolTip(self.tr("Put this picture into the case; it is judged at once (Enter)"))
        for box in (self.every, self.count):
            box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            box.setMinimumHeight(32)
        self.every.setRange(1, 3600)
        self.every.setValue(10)
        self.every.setSuffix(self.tr(" s"))
        self.every.setAccessibleName(self.tr("Seconds between pictures"))
        self.every.setToolTip(self.tr("Seconds between pictures"))
        self.count.setRange(1, 10_000)
        self.count.setValue(20)
        self.count.setPrefix("× ")
        self.count.setAccessibleName(self.tr("Number of pictures"))
        self.count.setToolTip(self.tr("Number of pictures"))

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setContentsMargins(16, 16, 16, 8)
        column.setSpacing(8)
        for title, things in (
            (self.tr("Camera"), (self.source, self.start_stop, self.label)),
            ("", (self.map, self.judge, self.judged)),
            (self.tr("Focus"), (self.focus, self.sharp)),
            (self.tr("Light"), (self.histogram, self.clipped, self.settings, self.white)),
            (
                self.tr("Picture"),
                (_row(self.fit, self.actual), _row(self.rotate, self.mirror), self.display, self.grid),
            ),
            (self.tr("Taking"), (self.auto, self.lapse, _row(self.every, self.count), self.record, self.scan)),
        ):
            if title:
                column.addSpacing(4)
                column.addWidget(label(title, "heading"))
            for thing in things:
                column.addWidget(thing)
        column.addStretch(1)
        inside = QWidget()
        inside.setObjectName("scrolled")
        inside.setLayout(column)
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        below = QVBoxLayout()
        below.setContentsMargins(16, 8, 16, 16)
        below.setSpacing(8)
        for thing in (self.state, self.freeze, self.take):
            below.addWidget(thing)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addLayout(below)

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """Let the button do its action."""
        action = actions["adjust_display"]
        self.display.setDefaultAction(action)
        self.display.setAccessibleName(action.text())
        self.display.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.display.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def enable(self, *, there: bool, running: bool) -> None:
        """Enable what makes sense while a camera runs, and while there is a picture."""
        picture = (self.white, self.rotate, self.mirror, self.fit, self.actual)
        for button in (*picture, self.record, self.freeze, self.take, self.label):
            button.setEnabled(there)
        for switch in (self.judge, self.map, self.grid, self.auto, self.lapse):
            switch.setEnabled(running)


def _row(*widgets: QWidget) -> QWidget:
    result = QWidget()
    row = QHBoxLayout(result)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1)
    return result
