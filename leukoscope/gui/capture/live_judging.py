"""Live judgement in the window: boxes that stay on their cells while the stage moves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.cells import Box
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import program_class
from leukoscope.gui import class_marks, class_words, verdicts
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.widgets.canvas import ImageCanvas
from leukoscope.gui.widgets.canvas_items import CellBox

if TYPE_CHECKING:
    from leukoscope.domain.frames import Pixels
    from leukoscope.workflow.live_judgement import LiveField, LiveJudgement
    from leukoscope.workflow.workbench import Workbench

OLD_S = 1.0
"""Boxes of a picture that is older are not shown: too much can have changed."""


class LiveJudging(QObject):
    """Offers pictures to the judgement and shows the newest result over the picture that is seen.

    Signals
    -------
    changed(str)
        Words for what is seen: counts, or what is wrong.
    ended()
        It could not begin.
    """

    changed = Signal(str)
    ended = Signal()
    _came = Signal(object)
    _trouble = Signal(str)

    def __init__(self, bridge: Bridge, canvas: ImageCanvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._canvas = bridge, canvas
        self._judgement: LiveJudgement | None = None
        self._wish = 0
        self._wanted = False
        self.field: LiveField | None = None
        self.fields = 0
        self._counted = False
        self._came.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._trouble.connect(self.changed, Qt.ConnectionType.QueuedConnection)

    @property
    def on(self) -> bool:
        """Whether pictures are judged, or will be once the engine is there."""
        return self._wanted

    def switch(self, on: bool) -> None:
        """Begin or end."""
        if on == self._wanted:
            return
        self._wanted = on
        self._wish += 1
        if self._judgement is not None:
            self._judgement.close()
            self._judgement = None
        self.field = None
        self._canvas.set_boxes(())
        self.changed.emit("")
        if on:
            self.changed.emit(self.tr("Looking for cells …"))
            self._start(self._wish)

    def begin_again(self) -> None:
        """Other models speak, or the same in another way: ask them anew about every cell in sight."""
        if self._wanted:
            self.switch(False)
            self.switch(True)

    def _start(self, wish: int) -> None:
        """Wait for the engine, beside all other calls; who no longer wants it meanwhile does not get it."""

        def make(bench: Workbench) -> LiveJudgement | None:
            judgement = bench.capture.live_judgement(self._came.emit, self._trouble.emit)
            if wish == self._wish:
                return judgement
            judgement.close()
            return None

        def made(judgement: LiveJudgement | None) -> None:
            if judgement is not None and wish == self._wish:
                self._judgement = judgement
            elif judgement is not None:
                judgement.close()

        def failed(sentence: str) -> None:
            if wish == self._wish:
                self.switch(False)
                self.changed.emit(said(sentence))
                self.ended.emit()

        self._bridge.read_in_pool(make, made, owner=self, failed=failed)

    def forget(self) -> None:
        """The picture is seen in another way: boxes of before lie elsewhere now."""
        self.field = None
        self._canvas.set_boxes(())

    def show(self, pixels: Pixels, at: float, um_per_px: float | None) -> None:
        """A new picture is seen: judge it if nothing newer comes, and put the known boxes where their cells are now."""
        if self._judgement is None:
            return
        from leukoscope.workflow.live_judgement import LiveFrame, moved_since

        self._judgement.offer(LiveFrame(pixels, at, um_per_px))
        field = self.field
        if field is None:
            return
        shift = moved_since(field, pixels) if at - field.picture.at <= OLD_S else None
        if shift is None:
            self._canvas.set_boxes(())
            if self._counted:
                # What was counted is out of sight, or so long ago that nobody knows.
                self._counted = False
                self.changed.emit(self.tr("Looking for cells …"))
        else:
            dx, dy = round(shift[0]), round(shift[1])
            self._canvas.set_boxes(
                [
                    CellBox(
                        number,
                        Box(one.cell.box.x + dx, one.cell.box.y + dy, one.cell.box.width, one.cell.box.height),
                        one.label,
                        class_marks.program_text(one),
                    )
                    for number, one in field.cells
                ]
            )

    def _take(self, field: LiveField) -> None:
        if self._judgement is None:
            return
        self.field = field
        self.fields += 1
        self._counted = True
        self.changed.emit(self._words(field))

    def _words(self, field: LiveField) -> str:
        if not field.found:
            return self.tr("No white cell is in sight.")
        counts = field.counts()
        parts = [f"{counts[label]} {verdicts.word(label).lower()}" for label in verdicts.ORDER if counts[label]]
        waiting = field.found - len(field.cells)
        if waiting:
            parts.append(self.tr("{0} being judged").format(waiting))
        count = self.tr("1 cell") if field.found == 1 else self.tr("{0} cells").format(field.found)
        named = Counter(program_class(finding) for _, finding in field.cells)
        names = [f"{named[code]} {class_words.short_word(code)}" for code in CELL_CLASSES if named[code]]
        return f"{count}: " + ", ".join(parts) + (f" · {', '.join(names)}" if names else "")

    def labels(self) -> dict[Label, int]:
        """How many judged cells of each label are in sight."""
        return self.field.counts() if self.field is not None else dict.fromkeys(Label, 0)
