"""The thin bar above the canvas: which image, how large, how it is seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.cells import View
from leukoscope.gui.widgets.buttons import action_button
from leukoscope.gui.widgets.text import ElidedLabel, label, line

SWITCHES = (
    "adjust_display", "measure", "side_by_side", "toggle_boxes", "toggle_map", "add_cell", "set_scale",
    "remove_image",
)  # fmt: skip

WIDE, NARROW = 1000, 760
"""Device-independent pixels: room for the steps of the zoom from the first on, none for the facts below the second."""


class ImageBar(QFrame):
    """Names the image and carries its buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self._place = label("", "muted")
        self._name = ElidedLabel("", "heading")
        self._facts = ElidedLabel("", "small")
        self._zoom = label("", "muted")
        self._zoom.setMinimumWidth(52)
        self._steps: list[QToolButton] = []
        self._at = (0, 0)
        self._margin = label("", "small", wrap=True)
        self._margin.hide()
        self._row = QHBoxLayout()
        self._row.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(4)
        column.addLayout(self._row)
        column.addWidget(self._margin)

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """Put the buttons in."""
        for name in ("previous_image", "next_image"):
            self._row.addWidget(action_button(actions[name]))
        self._row.addSpacing(4)
        self._row.addWidget(self._place)
        self._row.addSpacing(8)
        self._row.addWidget(self._name, 2)
        self._row.addWidget(self._facts, 3)
        self._steps = [action_button(actions[name]) for name in ("zoom_out", "zoom_in")]
        for widget in (self._steps[0], self._zoom, self._steps[1]):
            self._row.addWidget(widget)
        for name in ("zoom_fit", "zoom_actual"):
            self._row.addWidget(action_button(actions[name]))
        self._row.addWidget(line(vertical=True))
        for name in SWITCHES:
            self._row.addWidget(action_button(actions[name]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the image's name its room: the wheel and two keys zoom too."""
        super().resizeEvent(event)
        for button in self._steps:
            button.setVisible(self.width() >= WIDE)
        self._facts.setVisible(self.width() >= NARROW)
        self._say_place()

    def _say_place(self) -> None:
        place, count = self._at
        whole = self.tr("Image {0} of {1}").format(place, count) if count else ""
        self._place.setText(whole if self.width() >= NARROW or not whole else f"{place}/{count}")
        self._place.setAccessibleName(whole)

    def show_frame(self, frame: CaseFrame, place: int, count: int, beside: int | None = None) -> None:
        """Name an image; ``beside`` cells at its margin have their box in another field of its slide, if it has one."""
        self._at = (place, count)
        self._say_place()
        self._name.setText(frame.origin.name if frame.origin else Path(frame.source).name)
        self._facts.setText("   ".join(self._words(frame)))
        self._margin.setText(self._words_of_margin(beside or 0))
        # All fields of a slide give it its room, so that nothing moves from one to the next.
        self._margin.setMinimumHeight(self._margin.fontMetrics().height())
        self._margin.setVisible(beside is not None)

    def _words(self, frame: CaseFrame) -> list[str]:
        if not frame.width:
            return [self.tr("could not be read")]
        words = [f"{frame.width} × {frame.height} px"]
        scale = frame.um_per_px
        words.append(f"{scale:.3g} µm/px" if scale else self.tr("not calibrated"))
        if frame.microscope.name:
            words.append(frame.microscope.name)
        words.append(self.tr("field") if frame.view is View.FIELD else self.tr("single cell"))
        words.append((self.tr("{0} cell") if len(frame.cells) == 1 else self.tr("{0} cells")).format(len(frame.cells)))
        return words

    def _words_of_margin(self, beside: int) -> str:
        """Why a person sees cells without a box at the edge of a slide's field."""
        if not beside:
            return ""
        if beside == 1:
            return self.tr("1 cell at the margin has no box here: the field beside this one counts it.")
        return self.tr("{0} cells at the margin have no box here: the fields beside this one count them.").format(
            beside
        )

    def show_zoom(self, zoom: float) -> None:
        """Say how large the image is seen."""
        percent = zoom * self.devicePixelRatioF() * 100
        self._zoom.setText(f"{percent:.0f} %")
