"""What the program says of a cell, why it may be unsure, and what a person says."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.findings import UnsureReason
from leukoscope.domain.quality import QualityVerdict
from leukoscope.gui import class_marks, measure_words, verdicts
from leukoscope.gui.icons import icon
from leukoscope.gui.language import said
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.probability_bar import ProbabilityBar
from leukoscope.gui.widgets.text import label, line


class VerdictPanel(QWidget):
    """The sentence of a cell, the label that counts and the combined figure: what stays in sight.

    ``more`` has agreement and the reasons to doubt, which may be scrolled away.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sentence = label("", wrap=True)
        self._shape, self._word = QLabel(), label("", "title")
        self._figure = label("", "heading")
        self._figure.setToolTip(self.tr("Probability of leukemic, all opinions combined"))
        self._bar = ProbabilityBar()
        self._agree = label("", "muted", wrap=True)
        self._reasons = label("", wrap=True)
        self._person = label("", wrap=True)
        self._drawn = label("", "muted", wrap=True)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._shape)
        top.addWidget(self._word, 1)
        top.addWidget(self._figure)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._sentence)
        column.addLayout(top)
        column.addWidget(self._bar)
        self.more = QWidget()
        below = QVBoxLayout(self.more)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        for one in (self._agree, self._reasons, self._person, self._drawn):
            below.addWidget(one)

    def show_cell(self, cell: CaseCell) -> None:
        """Show a cell's finding and decision."""
        finding = cell.finding
        code = cell.code if cell.counted is None else None
        ratio = self.devicePixelRatioF()
        shape = (
            verdicts.shape_pixmap(cell.label, 20, ratio) if code is None else class_marks.glyph_pixmap(code, 20, ratio)
        )
        self._shape.setPixmap(shape)
        self._word.setText(verdicts.counted_word(cell))
        self._figure.setText(verdicts.leukemic(finding.probability))
        self._bar.set_value(finding.probability, finding.thresholds)
        # A person's label stands alone: the program's figure is in the sentence above, with whose it is and of what.
        for one in (self._figure, self._bar):
            one.setVisible(finding.probability is not None and cell.decision is None)
        self._sentence.setText(verdicts.whose(cell))
        self._agree.setText(self._agreement(cell))
        self._agree.setVisible(UnsureReason.DISAGREEMENT not in finding.unsure)
        reasons = "\n".join(verdicts.reason(why) for why in finding.unsure)
        # Below a person's label it must be plain that these are doubts about the program's own verdict.
        self._reasons.setText(self.tr("The program was unsure: {0}").format(reasons) if cell.decision else reasons)
        self._reasons.setVisible(bool(finding.unsure))
        self._person.setVisible(cell.decision is not None)
        if cell.decision is not None:
            by = cell.decision.by or self.tr("a person")
            self._person.setText(self.tr("Labeled by {0}.").format(by))
        hand = self._manual_edit(cell)
        self._drawn.setText(hand)
        self._drawn.setVisible(bool(hand))
        self.setAccessibleName(f"{self._word.text()}. {self._sentence.text()}")

    def _manual_edit(self, cell: CaseCell) -> str:
        sentences = []
        if cell.added is not None:
            sentences.append(self.tr("Drawn by {0}.").format(cell.added.by or self.tr("a person")))
        if cell.removed is not None:
            by = cell.removed.by or self.tr("a person")
            sentences.append(self.tr("Removed by {0}: it does not count. The Delete key brings it back.").format(by))
        return "\n".join(sentences)

    def _agreement(self, cell: CaseCell) -> str:
        count = len(cell.finding.opinions)
        if not count:
            return self.tr("Not a mononuclear cell: the leukemia models were not asked.")
        if count < 2:
            return self.tr("One model was asked.")
        if cell.finding.agree:
            return self.tr("Both models agree.") if count == 2 else self.tr("All {0} models agree.").format(count)
        return self.tr("The models lean to different sides.")


class QualityPanel(QWidget):
    """What was measured of an image, and what to do about what is not well."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict, self._sentences = label("", wrap=True), label("", "muted", wrap=True)
        self._sign = QLabel()
        self._sign.setFixedSize(QSize(20, 20))
        self._sign_name = "check"
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self._rows: list[tuple[QLabel, QLabel]] = []
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._sign)
        top.addWidget(self._verdict, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._sentences)
        column.addLayout(self._grid)
        appearance().changed.connect(self._draw)

    def show_frame(self, frame: CaseFrame) -> None:
        """Show a frame's quality."""
        quality = frame.quality
        verdict = quality.verdict if quality else QualityVerdict.REFUSE
        words = {
            QualityVerdict.OK: self.tr("Good enough to be judged"),
            QualityVerdict.WARN: self.tr("Can be judged, with care"),
            QualityVerdict.REFUSE: self.tr("Not good enough to be judged"),
        }
        self._verdict.setText(words[verdict] if quality else self.tr("Not measured"))
        self._sign_name = "check" if verdict is QualityVerdict.OK else "warning"
        self._draw()
        sentences = quality.sentences if quality else ()
        self._sentences.setText("\n".join(said(one) for one in sentences))
        self._sentences.setVisible(bool(sentences))
        self._show_measures(frame)

    def _show_measures(self, frame: CaseFrame) -> None:
        measures = frame.quality.measures if frame.quality else ()
        while len(self._rows) < len(measures):
            row = len(self._rows)
            pair = label("", "small"), label("", "small")
            self._grid.addWidget(pair[0], row, 0)
            self._grid.addWidget(pair[1], row, 1)
            self._grid.setColumnStretch(1, 1)
            self._rows.append(pair)
        for index, (name, value) in enumerate(self._rows):
            name.setVisible(index < len(measures))
            value.setVisible(index < len(measures))
            if index < len(measures):
                name.setText(measure_words.name(measures[index]))
                value.setText(measure_words.value(measures[index]))

    def _draw(self) -> None:
        self._sign.setPixmap(icon(self._sign_name).pixmap(QSize(20, 20), self.devicePixelRatioF()))


def section(title: str, *parts: QWidget) -> QFrame:
    """A titled part of a panel with a hairline above."""
    result = QFrame()
    column = QVBoxLayout(result)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    column.addWidget(line())
    heading = label(title, "caption")
    column.addWidget(heading)
    for part in parts:
        column.addWidget(part)
    return result
