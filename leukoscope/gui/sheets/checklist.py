"""The checklist before a signature: what stands well, what to look at, what is in the way, each with a way there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from leukoscope.gui.icons import icon
from leukoscope.gui.language import said
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.signing_checklist import ChecklistLine, Standing, Topic

ICONS = {Standing.WELL: "check", Standing.LOOK: "warning", Standing.STOPS: "close"}
SIDE = 18


class Checklist(QWidget):
    """Five lines that keep their places while they are read from the store.

    Signals
    -------
    wanted(object)
        A ChecklistLine that a person wants to look into.
    """

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[ChecklistLine, ...] = ()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._signs = {topic: QLabel() for topic in Topic}
        self.texts = {topic: label("", wrap=True) for topic in Topic}
        self.buttons = {topic: PushButton(self.tr("Show"), "flat") for topic in Topic}
        for row, topic in enumerate(Topic):
            self._signs[topic].setFixedSize(QSize(SIDE, SIDE))
            grid.addWidget(self._signs[topic], row, 0)
            grid.addWidget(self.texts[topic], row, 1)
            grid.addWidget(self.buttons[topic], row, 2)
            policy = self.buttons[topic].sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            self.buttons[topic].setSizePolicy(policy)
            self.buttons[topic].clicked.connect(lambda _on=False, one=topic: self._show_it(one))
        appearance().changed.connect(self._draw)
        self.clear()

    def clear(self) -> None:
        """Nothing is known yet."""
        self.lines = ()
        for topic in Topic:
            self.texts[topic].setText("…")
            self.buttons[topic].hide()
        self._draw()

    def show_lines(self, lines: tuple[ChecklistLine, ...]) -> None:
        """Say how everything stands."""
        self.lines = lines
        for line in lines:
            sentence = self._sentence(line)
            self.texts[line.topic].setText(sentence)
            button = self.buttons[line.topic]
            button.setVisible(line.standing is not Standing.WELL and self._leads_somewhere(line))
            button.setAccessibleName(f"{button.text()}: {sentence}")
        self._draw()

    @staticmethod
    def _leads_somewhere(line: ChecklistLine) -> bool:
        return bool(line.cell_id or line.frame_id) or line.topic is Topic.CONTROL

    def _show_it(self, topic: Topic) -> None:
        line = next((one for one in self.lines if one.topic is topic), None)
        if line is not None:
            self.wanted.emit(line)

    def _draw(self) -> None:
        standing = {line.topic: line.standing for line in self.lines}
        words = {
            Standing.WELL: self.tr("well"),
            Standing.LOOK: self.tr("look at it"),
            Standing.STOPS: self.tr("in the way"),
        }
        for topic, sign in self._signs.items():
            one = standing.get(topic)
            sign.clear()
            sign.setAccessibleName(words[one] if one else "")
            if one is not None:
                sign.setPixmap(icon(ICONS[one]).pixmap(QSize(SIDE, SIDE), self.devicePixelRatioF()))

    def _sentence(self, line: ChecklistLine) -> str:
        told: dict[Topic, Callable[[ChecklistLine], str]] = {
            Topic.CELLS: self._cells,
            Topic.IMAGES: self._images,
            Topic.QUALITY: self._quality,
            Topic.CONTROL: self._control,
            Topic.PEOPLE: self._people,
        }
        return told[line.topic](line)

    def _cells(self, line: ChecklistLine) -> str:
        if not line.total:
            return self.tr("No cell was judged in this case.")
        if not line.count:
            return self.tr("No unsure cell waits for a person.")
        return self.tr("{0} of {1} cells are unsure and wait for a person.").format(line.count, line.total)

    def _images(self, line: ChecklistLine) -> str:
        if line.waiting:
            return self.tr("{0} of {1} images are not judged yet.").format(line.waiting, line.total)
        if line.count:
            return self.tr("{0} of {1} images could not be judged.").format(line.count, line.total)
        return self.tr("All images are judged.")

    def _quality(self, line: ChecklistLine) -> str:
        if line.count:
            return self.tr("{0} of {1} images are of poor quality.").format(line.count, line.total)
        return self.tr("The quality of all images is good.")

    def _control(self, line: ChecklistLine) -> str:
        return said(line.sentence) if line.sentence else self.tr("Daily control reports nothing.")

    def _people(self, line: ChecklistLine) -> str:
        if not line.count:
            return self.tr("No person has decided on a cell: the program's labels count.")
        names = ", ".join(line.names) or "–"
        told = self.tr("{0} of {1} cells were decided by a person: {2}.").format(line.count, line.total, names)
        if line.standing is Standing.STOPS:
            told += " " + self.tr("Somebody else must sign.")
        return told
