"""Below the overview: which images overlap, how sure that is, and which cells are in several of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from leukoscope.domain.stage import StagePosition
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.workflow.mosaics import JoinedImages


class JoinedRow(QWidget):
    """Offers to join overlapping images, and says what came of it.

    Signals
    -------
    join_wanted(), once_wanted()
        As :class:`leukoscope.gui.review.overview_card.OverviewCard` has them.
    """

    join_wanted = Signal()
    once_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.places: Mapping[int, tuple[int, StagePosition]] = {}
        self.makes_sense = False
        self.join = PushButton(self.tr("Join overlapping images"))
        self.join.setToolTip(
            self.tr("Lays images that show common places side by side; nothing is changed in the case")
        )
        self.said, self.once = label("", "small", wrap=True), PushButton("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.said)
        for button in (self.join, self.once):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.join.clicked.connect(self._wanted)
        self.once.clicked.connect(self.once_wanted)
        self.clear()

    def clear(self) -> None:
        """Another case is shown: nothing is known of its images."""
        self.places = {}
        self.said.hide()
        self.once.hide()

    def offer(self, makes_sense: bool) -> None:
        """Offer it where images tell no place."""
        self.join.setVisible(makes_sense and not self.places)
        self.makes_sense = makes_sense or bool(self.places)
        self.setVisible(self.makes_sense)

    def show_joined(self, joined: JoinedImages) -> None:
        """Say what came of it."""
        self.places = joined.places
        self.join.setEnabled(True)
        self.said.setText(self._words(joined))
        self.said.show()
        count = sum(len(one.others) for one in joined.twice)
        self.once.setText(self.tr("Count 1 cell once") if count == 1 else self.tr("Count {0} cells once").format(count))
        self.once.setVisible(count > 0)

    def _wanted(self) -> None:
        self.join.setEnabled(False)
        self.said.setText(self.tr("Looking for overlaps…"))
        self.said.show()
        self.join_wanted.emit()

    def _words(self, joined: JoinedImages) -> str:
        if not joined.places:
            return self.tr("No two images overlap: nothing can be said of their places.")
        words = self.tr("{0} images overlap (agreement at least {1} %), in {2} pieces.")
        said = [words.format(len(joined.places), int(100 * joined.agreement), joined.pieces)]
        if joined.pieces == 1:
            words = self.tr("{0} images overlap (agreement at least {1} %).")
            said = [words.format(len(joined.places), int(100 * joined.agreement))]
        if joined.alone:
            said.append(self.tr("{0} overlap none.").format(joined.alone))
        count = sum(len(one.others) for one in joined.twice)
        if count:
            said.append(self.tr("{0} cells are in several images and counted each time.").format(count))
        return " ".join(said)
