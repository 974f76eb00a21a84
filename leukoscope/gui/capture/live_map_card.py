"""The card with the map of the smear, over the live picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from leukoscope.gui.capture.live_map_view import LiveMapView
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.floating_card import MARGIN, FloatingCard
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.workflow.live_map import MapState

SHARE, NARROWEST, WIDEST = 0.45, 280, 460
LOWEST, HIGHEST = 240, 460
"""Of the card, in device-independent pixels; which share of the width of the picture it takes."""


class LiveMapCard(FloatingCard):
    """The map with what is said of it, and what can be taken back.

    Signals
    -------
    forget_wanted()
        A person wants the newest place off the map.
    anew_wanted()
        A person wants to begin an empty map.
    """

    forget_wanted = Signal()
    anew_wanted = Signal()

    def __init__(self) -> None:
        close_tip = self.tr("Put the map away; it goes on when it is shown again")
        super().__init__(self.tr("Map of the smear"), close_tip, at_left=True)
        self.map = LiveMapView()
        self.map.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.count, self.said = label("", "small", wrap=True), label("", "muted", wrap=True)
        # Room for the longest sentence at any time: what is said moves nothing.
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.said.setMinimumHeight(3 * self.said.fontMetrics().lineSpacing())
        self.forget, self.anew = PushButton(self.tr("Take back the last")), PushButton(self.tr("Begin anew"))
        self.forget.setToolTip(self.tr("Takes the newest place off the map; the case keeps its images"))
        self.anew.setToolTip(self.tr("Begins an empty map; the case keeps its images"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.forget)
        row.addWidget(self.anew)
        row.addStretch(1)
        self.column.addWidget(self.map, 1)
        self.column.addWidget(self.count)
        self.column.addWidget(self.said)
        self.column.addLayout(row)
        self.forget.clicked.connect(self.forget_wanted)
        self.anew.clicked.connect(self.anew_wanted)
        self.clear()

    def fit_into(self, room: QSize) -> None:
        """Take less than half of the picture's width."""
        width = min(max(round(room.width() * SHARE), NARROWEST), WIDEST, max(room.width() - 2 * MARGIN, 1))
        self.setFixedSize(width, min(max(room.height() - 2 * MARGIN, LOWEST), HIGHEST))

    def clear(self) -> None:
        """There is no place yet."""
        self.count.setText("")
        self.said.setText(self.tr("Hold the smear still and in focus: what is seen first begins the map."))
        for button in (self.forget, self.anew):
            button.setEnabled(False)

    def show_state(self, state: MapState) -> None:
        """Show the map after another picture."""
        self.map.show_state(state)
        for button in (self.forget, self.anew):
            button.setEnabled(bool(state.places))
        if not state.places:
            self.clear()
            return
        self.count.setText(self._counted(state))
        self.said.setText(self._sentence(state))

    def _counted(self, state: MapState) -> str:
        said = [
            self.tr("1 place, {0} taken").format(state.taken)
            if len(state.places) == 1
            else self.tr("{0} places, {1} taken").format(len(state.places), state.taken)
        ]
        if len(state.gaps) > 1:
            said.append(self.tr("{0} pieces").format(len(state.gaps)))
        gaps = sum(len(one) for one in state.gaps)
        if gaps:
            said.append(self.tr("1 gap") if gaps == 1 else self.tr("{0} gaps").format(gaps))
        return " · ".join(said)

    def _sentence(self, state: MapState) -> str:
        from leukoscope.imaging.following import Whereabouts

        return {
            Whereabouts.MOVING: self.tr("Moving: what is new is joined when the smear moves slower."),
            Whereabouts.BLURRED: self.tr("Not joined: out of focus. Turn the fine focus until it is sharp."),
            Whereabouts.LOST: self.tr(
                "Not joined: this place overlaps nothing on the map. Move back until the frame appears, or take it to "
                "begin another piece."
            ),
            Whereabouts.FULL: self.tr("Not joined: the map is full. Begin anew; the case keeps its images."),
        }.get(state.what or Whereabouts.THERE, self.tr("Follows the camera. A dot marks what is in the case."))
