"""The settings in groups: a list of them beside the cards, and a field that finds a setting by any of its words."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from leukoscope.gui.widgets.scroll_area import ScrolledContent
from leukoscope.gui.widgets.text import label

WIDTH, NAV_WIDTH, CAPTION = 720, 176, 172
"""Of the cards at most, of the list of groups, and of a caption at most: a longer one takes two lines."""
ABOVE = 20
"""Pixels above a card that is gone to."""


def searchable(text: str) -> str:
    """Words as they are compared: without case, accents and the letter that Alt opens a menu with."""
    flat = unicodedata.normalize("NFKD", text.replace("&", "").casefold())
    return "".join(one for one in flat if not unicodedata.combining(one))


def matches(query: str, words: str) -> bool:
    """Whether every word of a query begins or stands in some text."""
    there = searchable(words)
    return all(one in there for one in searchable(query).split())


class SearchField(QLineEdit):
    """Escape empties it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Empty it where something stands there; else the page hears of it."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)


class SettingGroups(QWidget):
    """Lists the groups, shows their cards, and hides those without the words that are looked for.

    Signals
    -------
    searched()
        Other cards are shown.
    """

    searched = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchField()
        self.search.setPlaceholderText(self.tr("Search settings"))
        self.search.setAccessibleName(self.tr("Search settings"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.nothing = label("", "muted", wrap=True)
        self.nothing.hide()
        self._cards: dict[str, list[QFrame]] = {}
        self._headings: dict[str, QLabel] = {}
        self._doors: dict[str, QPushButton] = {}
        self._one_of = QButtonGroup(self)
        self._nav, self._column, self._area = QVBoxLayout(), QVBoxLayout(), QScrollArea()
        self._lay_out(title)

    def _lay_out(self, title: str) -> None:
        inner = ScrolledContent()
        inner.setMaximumWidth(WIDTH)
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(16, ABOVE, 16, 24)
        self._column.setSpacing(16)
        self._column.addWidget(self.nothing)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidgetResizable(True)
        self._area.setWidget(inner)
        self._area.verticalScrollBar().valueChanged.connect(self._mark)
        left = QWidget()
        left.setFixedWidth(NAV_WIDTH)
        self._nav = QVBoxLayout(left)
        self._nav.setContentsMargins(16, 20, 0, 16)
        self._nav.setSpacing(4)
        self._nav.addWidget(label(title, "title"))
        self._nav.addSpacing(8)
        self._nav.addWidget(self.search)
        self._nav.addSpacing(8)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addWidget(self._area, 1)

    # Building --------------------------------------------------------------------------------------------------

    def add_note(self, note: QWidget) -> None:
        """A sentence above all cards."""
        self._column.insertWidget(0, note)

    def begin(self, name: str, title: str) -> None:
        """Begin a group; the cards that follow belong to it."""
        self._cards[name] = []
        self._headings[name] = heading = label(title, "caption")
        self._column.addWidget(heading)
        self._doors[name] = door = QPushButton()
        door.setText(title)
        door.setToolTip(title)
        door.setObjectName(name)
        door.setCheckable(True)
        door.setProperty("role", "door")
        door.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        door.clicked.connect(lambda: self.go_to(name))
        self._one_of.addButton(door)
        self._nav.addWidget(door)

    def card(self, title: str) -> QGridLayout:
        """Another card of the group begun last."""
        card = QFrame()
        card.setObjectName("card")
        card.setAccessibleName(title)
        column = QVBoxLayout(card)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        self._column.addWidget(card)
        next(reversed(self._cards.values())).append(card)
        return grid

    def end(self) -> None:
        """Every card is there."""
        self._column.addStretch(1)
        self._nav.addStretch(1)
        next(iter(self._doors.values())).setChecked(True)

    # Going about -----------------------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """The groups, in their order."""
        return tuple(self._cards)

    def go_to(self, name: str) -> None:
        """Show a group from its beginning."""
        self.search.clear()
        self._doors[name].setChecked(True)

        def scroll() -> None:
            # What the layout has not placed yet has no place to go to.
            top = self._headings[name].geometry().top()
            self._area.verticalScrollBar().setValue(top - ABOVE // 2)
            self._doors[name].setChecked(True)

        QTimer.singleShot(0, self, scroll)

    def _mark(self, _value: int) -> None:
        """Mark the group that stands at the top."""
        top, shown = self._area.verticalScrollBar().value() + 3 * ABOVE, ""
        for name, heading in self._headings.items():
            if heading.isVisibleTo(self) and (not shown or heading.y() <= top):
                shown = name
        if shown:
            self._doors[shown].setChecked(True)

    def _filter(self, query: str) -> None:
        found = 0
        for name, cards in self._cards.items():
            title, some = self._headings[name].text(), False
            for card in cards:
                there = not query.strip() or matches(query, f"{title} {words_of(card)}")
                card.setVisible(there)
                some, found = some or there, found + there
            self._headings[name].setVisible(some)
            self._doors[name].setEnabled(some)
        self.nothing.setText("" if found else self.tr("No setting has these words; try fewer or others."))
        self.nothing.setVisible(not found)
        self._mark_found(query)
        self._area.verticalScrollBar().setValue(0)
        self.searched.emit()

    def _mark_found(self, query: str) -> None:
        """Show at which captions the words stand."""
        for cards in self._cards.values():
            for one in (one for card in cards for one in card.findChildren(QLabel)):
                found = bool(query.strip()) and matches(query, one.text())
                if bool(one.property("found")) != found:
                    one.setProperty("found", found)
                    one.style().polish(one)


def caption(text: str) -> QLabel:
    """What stands before a field or a choice."""
    result = label(text, wrap=True)
    result.setFixedWidth(min(result.fontMetrics().horizontalAdvance(text) + 4, CAPTION))
    return result


def words_of(card: QWidget) -> str:
    """Everything that is written in a card: captions, buttons, hints and names."""
    words = [one.text() for one in card.findChildren(QLabel)]
    words += [one.text() for one in card.findChildren(QAbstractButton)]
    words += [one.placeholderText() for one in card.findChildren(QLineEdit)]
    words += [one.accessibleName() for one in card.findChildren(QWidget)]
    return " ".join(words)
