"""Buttons that know their icon, also after the theme has changed, and rows of which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from leukoscope.gui.icons import icon
from leukoscope.gui.theme import appearance, current

LEAST_COMBO = 88
"""In device-independent pixels."""


class IconButton(QToolButton):
    """A small flat button with one of the program's icons."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None, *, side: int = 20) -> None:
        super().__init__(parent)
        self._name = name
        self.setProperty("role", "flat")
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setIconSize(QSize(side, side))
        self._draw()
        appearance().changed.connect(self._draw)

    def _draw(self) -> None:
        self.setIcon(icon(self._name, side=self.iconSize().width()))

    def follow(self, action: QAction) -> None:
        """Do what an action does, be enabled and checked when it is."""
        self.setDefaultAction(action)
        self.setAccessibleName(action.text())
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)


def action_button(action: QAction, *, text: bool = False, role: str = "flat") -> QToolButton:
    """A button for an action of the table."""
    result = QToolButton()
    result.setProperty("role", role)
    result.setDefaultAction(action)
    result.setAccessibleName(action.text())
    result.setIconSize(QSize(20, 20))
    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
    result.setToolButtonStyle(style)
    return result


class PushButton(QPushButton):
    """A button with words and, if wanted, an icon; ``role`` is empty, primary or flat."""

    def __init__(self, text: str, role: str = "", icon_name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._icon_name, self._role = icon_name, role
        if role:
            self.setProperty("role", role)
        self.setAutoDefault(True)
        if icon_name:
            self._draw()
            appearance().changed.connect(self._draw)

    def show_icon(self, name: str) -> None:
        """Show another icon, on a button that has one."""
        if name != self._icon_name:
            self._icon_name = name
            self._draw()

    def _draw(self) -> None:
        token = "on_primary" if self._role == "primary" else "text"
        self.setIconSize(QSize(20, 20))
        self.setIcon(icon(self._icon_name, token=token))


LINES_MARGIN = 10
"""Pixels above and below the lines of a button that has several, together."""


class WrappedButton(PushButton):
    """A button whose words go over several lines where it is too narrow for them."""

    def __init__(self, text: str, role: str = "", icon_name: str = "", parent: QWidget | None = None) -> None:
        self._words = text
        super().__init__(text, role, icon_name, parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        """Show these words."""
        self._words = text
        self.setAccessibleName(text)
        self._wrap()

    def text(self) -> str:
        """The words, without the ends of lines."""
        return self._words

    def sizeHint(self) -> QSize:
        """Room above and below several lines, too."""
        hint = super().sizeHint()
        return hint + QSize(0, LINES_MARGIN if "\n" in super().text() else 0)

    def minimumSizeHint(self) -> QSize:
        """As high as its lines, and as narrow as its layout wants."""
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many lines as the width needs."""
        super().resizeEvent(event)
        self._wrap()

    def _wrap(self) -> None:
        metrics = self.fontMetrics()
        around = super().sizeHint().width() - metrics.size(0, super().text()).width()
        lines = [""]
        for word in self._words.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and metrics.horizontalAdvance(longer) > self.width() - around:
                lines.append(word)
            else:
                lines[-1] = longer
        wrapped = "\n".join(lines)
        if wrapped != super().text():
            super().setText(wrapped)


class MenuButton(PushButton):
    """A button that unfolds a list of actions, with an arrow in the colors of the theme."""

    def fill(self, actions: Sequence[QAction]) -> None:
        """Let the list hold these actions."""
        menu = QMenu(self)
        menu.addActions(list(actions))
        self.setMenu(menu)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the arrow over the button."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = current().color("muted" if self.isEnabled() else "disabled")
        painter.setPen(QPen(color, 1.7, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        x, y = self.width() - 16.0, self.height() / 2
        painter.drawPolyline([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)])


class CheckBox(QCheckBox):
    """A box with a tick in the colors of the theme."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tick over the box."""
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = QRectF(self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = current().color("on_primary" if self.isEnabled() else "disabled")
        painter.setPen(QPen(color, 2, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        points = ((0.24, 0.54), (0.43, 0.72), (0.77, 0.30))
        corners = [QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in points]
        painter.drawPolyline(corners)


class ComboBox(QComboBox):
    """A choice that unfolds, with an arrow in the colors of the theme; text that does not fit ends in dots.

    The tooltip has the whole text then, unless it says something else.
    """

    _cut = ""
    sign = ""
    """Name of an icon that stands for the text where not even three letters have room."""

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters: a narrow window takes the rest."""
        least = super().minimumSizeHint()
        return QSize(min(least.width(), LEAST_COMBO), least.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the box, its text and the arrow."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        style = self.style()
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = style.subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width()
        signed = bool(self.sign) and room < option.fontMetrics.horizontalAdvance("Mmm…")
        text = option.fontMetrics.elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)
        text = "" if signed and text != self.currentText() else text
        option.currentText = text
        if self.toolTip() in {"", self._cut}:
            self._cut = self.currentText() if text != self.currentText() else ""
            self.setToolTip(self._cut)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        if not text and self.currentText():
            icon(self.sign, side=18).paint(painter, 7, (self.height() - 18) // 2, 18, 18)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(current().color("muted"), 1.7, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        x, y = self.width() - 16.0, self.height() / 2
        painter.drawPolyline([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)])


class Segmented(QWidget):
    """A row of joined buttons of which one is chosen; short texts step in where the long ones do not fit."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        # Else a row that is shared out before the widget has a place keeps its least size of that moment for ever.
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, QToolButton] = {}
        self._texts: dict[str, tuple[str, str]] = {}
        self._group.buttonClicked.connect(lambda button: self.chosen.emit(button.objectName()))

    def set_choices(
        self, choices: Sequence[tuple[str, str]], *, tips: Sequence[str] = (), shorts: Sequence[str] = ()
    ) -> None:
        """Show these choices (key, text); the chosen one stays when it is still there."""
        before = self.choice
        tips, shorts = tips or [""] * len(choices), shorts or [text for _, text in choices]
        self._texts = {key: (text, short) for (key, text), short in zip(choices, shorts, strict=True)}
        if [key for key, _ in choices] != list(self._buttons):
            self._build([key for key, _ in choices])
        for (key, text), short, tip in zip(choices, shorts, tips, strict=True):
            button, more = self._buttons[key], tip or (text if short != text else "")
            button.setToolTip(more)
            button.setAccessibleName(more or text)
        self._fit()
        self.updateGeometry()
        if before in self._buttons:
            self.choose(before)
        elif choices and not self.choice:
            self.choose(choices[0][0])

    def _build(self, keys: Sequence[str]) -> None:
        for button in self._buttons.values():
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = {}
        for index, key in enumerate(keys):
            self._add(key, index, len(keys))

    def _add(self, key: str, index: int, count: int) -> None:
        button = QToolButton(self)
        button.setObjectName(key)
        button.setCheckable(True)
        button.setProperty("role", "segment")
        place = "only" if count == 1 else "first" if index == 0 else "last" if index == count - 1 else "middle"
        button.setProperty("place", place)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._row.addWidget(button)
        self._group.addButton(button)
        self._buttons[key] = button

    def _wide(self, which: int) -> int:
        """Width in pixels with the long (0) or the short (1) texts."""
        total = 0
        for key, button in self._buttons.items():
            now, text = button.text(), self._texts[key][which]
            words = button.fontMetrics().horizontalAdvance
            total += button.sizeHint().width() + words(text) - words(now)
        return total

    def _fit(self) -> None:
        which = 0 if self._wide(0) <= self.width() else 1
        for key, button in self._buttons.items():
            button.setText(self._texts[key][which])
        # At once: the row was shared out for the other texts.
        self._row.activate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the texts that fit."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Its size may have been found before it was seen."""
        super().showEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Other letters, other room."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.StyleChange, QEvent.Type.FontChange}:
            self._fit()

    def sizeHint(self) -> QSize:
        """As wide as the long texts."""
        return QSize(self._wide(0), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """As wide as the short texts."""
        return QSize(self._wide(1), super().minimumSizeHint().height())

    def set_icon(self, key: str, picture: QIcon, size: QSize) -> None:
        """Put a picture before a choice's text."""
        self._buttons[key].setIcon(picture)
        self._buttons[key].setIconSize(size)
        self._fit()
        self.updateGeometry()

    @property
    def choice(self) -> str:
        """Key of the chosen one; empty when there is none."""
        button = self._group.checkedButton()
        return button.objectName() if button is not None else ""

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys in order."""
        return tuple(self._buttons)

    def choose(self, key: str) -> None:
        """Choose one without telling."""
        if key in self._buttons:
            self._buttons[key].setChecked(True)
