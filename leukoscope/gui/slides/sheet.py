"""The sheet of a slide: the slide, what can be done with it, how far it is, and what went wrong."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QStackedLayout, QWidget

from leukoscope.domain.cells import Box
from leukoscope.domain.progress import Progress
from leukoscope.domain.slides import SlideInfo
from leukoscope.gui.sheets.overlay import MARGIN, Sheet
from leukoscope.gui.slides.tiles import Tiles
from leukoscope.gui.slides.view import SlideView
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import ElidedLabel, label

ROOM = 64
"""Above and below the card together, in device-independent pixels."""


class SlideSheet(Sheet):
    """Shows a slide over the window.

    Signals
    -------
    monolayer_wanted()
        Regions where cells lie apart are looked for.
    region_wanted(object)
        The Box that is chosen goes into the case.
    stop_wanted()
        What is under way is stopped.
    """

    monolayer_wanted = Signal()
    region_wanted = Signal(object)
    stop_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(self.tr("Slide"), parent)
        self._info: SlideInfo | None = None
        self._um_per_px: float | None = None
        self.view = SlideView()
        self.facts = ElidedLabel("", "muted")
        self.waiting = label("", "muted", wrap=True)
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        middle = QWidget()
        self._stack = QStackedLayout(middle)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.waiting)
        self.words = label("", wrap=True)
        self.column.addWidget(self.facts)
        self.column.addWidget(middle, 1)
        self.column.addLayout(self._news())
        self.column.addLayout(self._buttons())
        self.view.region_chosen.connect(self._region_chosen)
        self.view.drawing_changed.connect(self.draw.setChecked)
        self.show_step("", None)
        self.show_opening("")

    def _buttons(self) -> QHBoxLayout:
        self.whole = PushButton(self.tr("Whole slide"), "flat", "fit")
        self.whole.setToolTip(self.tr("Show the whole slide (0)"))
        self.draw = PushButton(self.tr("Draw a region"), "", "draw")
        self.draw.setCheckable(True)
        self.draw.setToolTip(self.tr("Draw a rectangle with the mouse (R, or Shift and drag)"))
        self.visible = PushButton(self.tr("What is seen"), "", "cut-out")
        self.visible.setToolTip(self.tr("Choose the part of the slide that is seen now (V)"))
        self.monolayer = PushButton(self.tr("Find the monolayer"), "", "cells")
        self.monolayer.setToolTip(self.tr("Look for regions where cells lie apart, neither heaped nor missing (M)"))
        self.take = PushButton(self.tr("Take region"), "primary", "import")
        self.take.setToolTip(self.tr("Find the cells of the region, and judge them in the case (Enter)"))
        self.whole.clicked.connect(self.view.fit)
        self.draw.clicked.connect(lambda on: self.view.draw(on=on))
        self.visible.clicked.connect(lambda: self.view.choose(self.view.seen))
        self.monolayer.clicked.connect(self.monolayer_wanted)
        self.take.clicked.connect(self._take)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.whole, self.draw, self.visible, self.monolayer):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.take)
        return row

    def _news(self) -> QHBoxLayout:
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.stop = PushButton(self.tr("Stop"), "flat", "stop")
        self.stop.clicked.connect(self.stop_wanted)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self.bar)
        row.addWidget(self.stop)
        # As high with the button as without: nothing moves when work begins.
        row.addStrut(self.stop.sizeHint().height())
        return row

    # What it shows ----------------------------------------------------------------------------------------------

    def show_opening(self, name: str) -> None:
        """Say that a slide is being opened."""
        self._info, self._um_per_px = None, None
        self.view.show_slide(None, None, None)
        self.facts.setText(name)
        self.waiting.setText(self.tr("The slide is being opened …") if name else "")
        self._stack.setCurrentWidget(self.waiting)
        self.say("")
        self._enable()

    def show_slide(self, info: SlideInfo, tiles: Tiles, um_per_px: float | None) -> None:
        """Show a slide from its whole."""
        self._info, self._um_per_px = info, um_per_px
        parts = [info.name, self.tr("{0} × {1} pixels").format(info.width, info.height)]
        parts.append(f"{um_per_px:.3f} µm/px" if um_per_px else self.tr("scale not known"))
        parts += [info.microscope.name] if info.microscope.name else []
        self.facts.setText("  ·  ".join(parts))
        self._stack.setCurrentWidget(self.view)
        self.view.show_slide(info, tiles, um_per_px)
        self.view.setFocus()
        hint = self.tr("Choose a region: draw it, take what is seen, or let the program find where cells lie apart.")
        none = self.tr("This slide does not state its scale: choose its objective under Settings, then open it again.")
        self.say(hint if um_per_px else none, wrong=not um_per_px)
        self._enable()

    def show_failure(self, sentence: str) -> None:
        """Say why there is no slide."""
        self.waiting.setText(sentence)
        self._stack.setCurrentWidget(self.waiting)
        self._enable()

    def say(self, sentence: str, *, wrong: bool = False) -> None:
        """Say something below the slide."""
        self.words.setProperty("role", "wrong" if wrong else "muted")
        self.words.style().unpolish(self.words)
        self.words.style().polish(self.words)
        self.words.setText(sentence)

    def show_step(self, words: str, progress: Progress | None) -> None:
        """Say how far it is; ``None`` when nothing is under way."""
        busy = progress is not None
        self.bar.setVisible(busy)
        self.stop.setVisible(busy)
        if progress is not None:
            self.bar.setRange(0, progress.total)
            self.bar.setValue(progress.done)
            self.bar.setAccessibleName(words)
            self.say(words)
        self._enable()

    @property
    def is_busy(self) -> bool:
        """Whether a search or a taking is under way."""
        return not self.stop.isHidden()

    def _enable(self) -> None:
        there, free = self._info is not None, not self.is_busy
        for button in (self.whole, self.draw, self.visible):
            button.setEnabled(there)
        self.monolayer.setEnabled(there and free and self._um_per_px is not None)
        self.take.setEnabled(there and free and self._um_per_px is not None and self.view.region is not None)

    def _region_chosen(self, region: Box | None) -> None:
        self._enable()
        if region is None or self._um_per_px is None or self.is_busy:
            return
        across, down = (side * self._um_per_px for side in (region.width, region.height))
        size = self.tr("{0} × {1} µm, {2} mm²")
        words = size.format(round(across), round(down), f"{across * down / 1e6:.2f}")
        self.say(self.tr("Chosen: {0}").format(words))

    def _take(self) -> None:
        if self.take.isEnabled() and self.view.region is not None:
            self.region_wanted.emit(self.view.region)

    # Keys and size ----------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Cover nearly the whole window."""
        self._grow()
        super().enter()

    def _grow(self) -> None:
        room = self._window.size()
        self.card.setFixedSize(max(room.width() - 2 * MARGIN, 480), max(room.height() - ROOM, 360))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Grow and shrink with the window."""
        if watched is self._window and event.type() == QEvent.Type.Resize and not self.isHidden():
            self._grow()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """One key for each button; Escape ends drawing first, then leaves."""
        buttons = {Qt.Key.Key_M: self.monolayer, Qt.Key.Key_V: self.visible, Qt.Key.Key_R: self.draw}
        key = Qt.Key(event.key())
        if key in buttons:
            buttons[key].click()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        elif key == Qt.Key.Key_Escape and self.view.is_drawing:
            self.view.draw(on=False)
        else:
            super().keyPressEvent(event)
