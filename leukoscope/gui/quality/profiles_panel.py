"""The profiles of the workstation, which of them speaks, and one click back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from leukoscope.gui.language import said
from leukoscope.gui.quality import quality_words as words
from leukoscope.gui.widgets.buttons import WrappedButton
from leukoscope.gui.widgets.text import ElidedLabel, label

if TYPE_CHECKING:
    from leukoscope.workflow.site.corrections import Corrections
    from leukoscope.workflow.site.profile_list import ProfileFacts, ProfileList

LEAST_WIDTH, MOST_WIDTH = 236, 320


class ProfilesPanel(QWidget):
    """A list of profiles.

    Signals
    -------
    chosen(str)
        Title of the profile to show.
    back_wanted()
        Let speak again what spoke before.
    import_wanted()
        Take a profile from a file.
    teach_wanted()
        Teach anew.
    """

    chosen = Signal(str)
    back_wanted = Signal()
    import_wanted = Signal()
    teach_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self.setMaximumWidth(MOST_WIDTH)
        self.rows: dict[str, QToolButton] = {}
        self.speaking, self.trouble = label("", "heading", wrap=True), label("", "wrong", wrap=True)
        self.back = WrappedButton("", "", "undo")
        self.bring = WrappedButton(self.tr("Take a profile from a file…"), "", "import")
        self.damaged = label("", "muted", wrap=True)
        self.corrections, self.teach = label("", "muted", wrap=True), WrappedButton(self.tr("Teach anew"), "", "again")
        self._list = QVBoxLayout()
        self._lay_out()
        self.back.clicked.connect(self.back_wanted)
        self.bring.clicked.connect(self.import_wanted)
        self.back.hide()
        self.teach.clicked.connect(self.teach_wanted)
        for part in (self.trouble, self.damaged, self.corrections, self.teach):
            part.hide()

    def _lay_out(self) -> None:
        now = QFrame()
        now.setObjectName("card")
        inside = QVBoxLayout(now)
        inside.setContentsMargins(16, 12, 16, 14)
        inside.setSpacing(8)
        inside.addWidget(label(self.tr("Speaks now"), "caption"))
        for part in (self.speaking, self.trouble, self.back):
            inside.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 0, 16, 24)
        column.setSpacing(8)
        about = self.tr("Teach the program your own microscope, see what that is worth, and let it speak.")
        column.addWidget(label(about, "muted", wrap=True))
        column.addSpacing(8)
        column.addWidget(now)
        column.addWidget(self.corrections)
        column.addWidget(self.teach)
        column.addSpacing(8)
        column.addWidget(label(self.tr("Site profiles"), "caption"))
        self._list.setSpacing(4)
        column.addLayout(self._list)
        column.addWidget(self.damaged)
        column.addSpacing(8)
        column.addWidget(self.bring)
        column.addStretch(1)

    # What it shows ---------------------------------------------------------------------------------------------

    def show_profiles(self, profiles: ProfileList, shown: str) -> None:
        """Show all, and mark the shown one."""
        speaking = profiles.speaking
        self.speaking.setText(speaking or self.tr("The shipped models"))
        self.trouble.setText(said(profiles.obstacle))
        self.trouble.setVisible(bool(profiles.obstacle))
        self.back.setText(
            self.tr("Go back to {0}").format(profiles.former)
            if profiles.former
            else self.tr("Go back to the shipped models")
        )
        self.back.setVisible(bool(speaking or profiles.obstacle or profiles.former))
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.deleteLater()
        self.rows = {one.title: self._row(one, speaks=one.title == speaking) for one in profiles.profiles}
        if not self.rows:
            self.damaged.setText(self.tr("None yet: begin with the cells, on the right."))
        elif profiles.damaged:
            self.damaged.setText(self._damaged(profiles.damaged))
        if profiles.damaged and not self.rows:
            self.damaged.setText(self._damaged(profiles.damaged))
        self.damaged.setVisible(not self.rows or bool(profiles.damaged))
        self.mark(shown)

    def show_corrections(self, corrections: Corrections) -> None:
        """Say how many cells were corrected since a profile was taught; propose teaching anew where they are enough."""
        text = self.tr("{0} cells were corrected since {1} was taught.").format(corrections.cells, corrections.since)
        if corrections.is_enough:
            text += " " + self.tr("They may be worth teaching anew.")
        self.corrections.setText(text)
        self.corrections.setVisible(bool(corrections.since and corrections.cells))
        self.teach.setVisible(corrections.is_enough)

    def _damaged(self, names: tuple[str, ...]) -> str:
        text = self.tr("Damaged or changed by hand, and left out: {0}. Save it again where it was made.")
        return text.format(", ".join(names))

    def mark(self, shown: str) -> None:
        """Mark the profile that is shown."""
        for title, row in self.rows.items():
            row.setChecked(title == shown)

    def _row(self, facts: ProfileFacts, *, speaks: bool) -> QToolButton:
        button = QToolButton()
        button.setObjectName(facts.title)
        button.setProperty("role", "row")
        button.setCheckable(True)
        inside = QVBoxLayout(button)
        inside.setContentsMargins(10, 6, 10, 6)
        inside.setSpacing(0)
        note = f"{words.verdict(facts.verdict)} · {facts.created}"
        if speaks:
            note = f"{self.tr('speaks now')} · {note}"
        for one in (ElidedLabel(facts.title, "heading"), ElidedLabel(note, "small")):
            one.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            inside.addWidget(one)
        button.setAccessibleName(f"{facts.title}, {note}")
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda _checked=False, title=facts.title: self.chosen.emit(title))
        self._list.addWidget(button)
        return button
