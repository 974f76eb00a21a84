"""What a model says of itself: identity, thresholds, metrics, card, and the check of its files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QTextBrowser, QVBoxLayout, QWidget

from leukoscope.domain.findings import Thresholds
from leukoscope.gui.icons import icon
from leukoscope.gui.language import said
from leukoscope.gui.models.life_part import LifePart
from leukoscope.gui.models.reason_line import ReasonLine
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.buttons import IconButton, PushButton
from leukoscope.gui.widgets.probability_bar import ProbabilityBar
from leukoscope.gui.widgets.text import ElidedLabel, label


@dataclass(frozen=True)
class MetricRow:
    """One metric in words: its name, value, interval and n."""

    name: str
    value: str
    interval: str
    n: str


@dataclass(frozen=True)
class ModelFacts:
    """Everything the page shows of a model, in words."""

    name: str
    title: str
    version: str
    sha256: str
    shipped: bool
    facts: tuple[tuple[str, str], ...]
    band: Thresholds | None
    metrics: tuple[MetricRow, ...]
    metrics_note: str
    maps: tuple[tuple[str, str], ...]
    card: str
    maps_tried: tuple[str, ...] = ()
    """What trying the maps of an imported model showed, one sentence each."""
    maps_warning: str = ""
    """What to know before going by them; empty for nothing."""
    reason_for: str = ""
    """How its trial came out, where it may judge only for a written reason; empty where it needs none."""
    back_to: str = ""
    """The version before, where this one judges and that one is still there; empty for none."""
    follows: str = ""
    """The version before, in use or not; empty for none."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at in a model's files."""

    name: str
    passed: bool
    sentence: str


class ModelCard(QFrame):
    """Shows one model.

    Signals
    -------
    verify_wanted(str), remove_wanted(str), back_wanted(str)
        Name of the model.
    reason_given(str, str)
        Name of the model, and why it is to judge although its trial speaks against it.
    """

    verify_wanted = Signal(str)
    remove_wanted = Signal(str)
    back_wanted = Signal(str)
    reason_given = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._facts: ModelFacts | None = None
        self._checked: tuple[Check, ...] = ()
        self._title, self._kind = ElidedLabel("", "title"), label("", "muted")
        self._sha = ElidedLabel("", "muted")
        self._sha.setFont(_mono())
        self._copy = IconButton("paste", self.tr("Copy the SHA-256"))
        self._verify = PushButton(self.tr("Check the files"), "", "verify")
        self.remove = PushButton(self.tr("Remove"), "flat", "remove")
        self.back = PushButton("", "flat", "undo")
        self.back.hide()
        self.back.setToolTip(self.tr("Let the version before judge in its place; it stands in the audit trail"))
        self._grid, self._metrics, self._checks = QGridLayout(), QGridLayout(), QGridLayout()
        self._band, self._band_words = ProbabilityBar(), label("", "muted", wrap=True)
        self._note = label("", "small", wrap=True)
        self._tried_title, self.tried = label(self.tr("What trying its maps showed"), "caption"), label("", wrap=True)
        self.reason, self.life = ReasonLine(), LifePart()
        self._card = QTextBrowser()
        self._card.setOpenLinks(False)
        self._card.setMinimumHeight(220)
        self._card.setAccessibleName(self.tr("Card of the model"))
        self._lay_out()
        self._copy.clicked.connect(self._copy_sha)
        self._verify.clicked.connect(lambda: self._facts and self.verify_wanted.emit(self._facts.name))
        self.remove.clicked.connect(lambda: self._facts and self.remove_wanted.emit(self._facts.name))
        self.back.clicked.connect(lambda: self._facts and self.back_wanted.emit(self._facts.name))
        self.reason.given.connect(lambda reason: self._facts and self.reason_given.emit(self._facts.name, reason))
        appearance().changed.connect(self._recolor)

    def _lay_out(self) -> None:
        top, sha = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._kind)
        top.addSpacing(8)
        top.addWidget(self.back)
        top.addWidget(self._verify)
        top.addWidget(self.remove)
        sha.setSpacing(8)
        sha.addWidget(label("SHA-256", "small"))
        sha.addWidget(self._sha, 1)
        sha.addWidget(self._copy)
        for grid in (self._grid, self._metrics, self._checks):
            grid.setHorizontalSpacing(20)
            grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        # Long names of figures take two lines in a narrow window, rather than push the card aside.
        self._metrics.setColumnStretch(0, 3)
        self._metrics.setColumnStretch(3, 1)
        self._checks.setColumnStretch(2, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 20)
        column.setSpacing(10)
        column.addLayout(top)
        column.addLayout(sha)
        column.addWidget(self.reason)
        column.addLayout(self._checks)
        column.addLayout(self._grid)
        column.addSpacing(4)
        column.addWidget(label(self.tr("Thresholds"), "caption"))
        column.addWidget(self._band)
        column.addWidget(self._band_words)
        column.addSpacing(4)
        column.addWidget(label(self.tr("Figures on cells it was not trained on"), "caption"))
        column.addLayout(self._metrics)
        column.addWidget(self._note)
        column.addSpacing(4)
        column.addWidget(self._tried_title)
        column.addWidget(self.tried)
        column.addSpacing(4)
        column.addWidget(self.life)
        column.addSpacing(4)
        column.addWidget(label(self.tr("Card"), "caption"))
        column.addWidget(self._card, 1)

    def show_model(self, facts: ModelFacts) -> None:
        """Show a model."""
        if self._facts is None or self._facts.name != facts.name:
            self.show_checks(())
        if self._facts is None or (self._facts.name, self._facts.reason_for) != (facts.name, facts.reason_for):
            self.reason.show_trial(facts.reason_for)
        self._facts = facts
        self._title.setText(facts.title)
        self._kind.setText(self.tr("came with the program") if facts.shipped else self.tr("imported"))
        self.remove.setVisible(not facts.shipped)
        self.back.setText(self.tr("Back to “{0}”").format(facts.back_to))
        self.back.setVisible(bool(facts.back_to))
        self._sha.setText(facts.sha256)
        _fill(self._grid, facts.facts)
        self._band.setVisible(facts.band is not None)
        if facts.band is None:
            self._band_words.setText(self.tr("It says what a cell is; whether it is leukemic, it does not judge."))
        else:
            self._band.set_value(None, facts.band)
            words = self.tr("Healthy below {0}, leukemic above {1}, unsure between.")
            self._band_words.setText(words.format(f"{facts.band.low:.2f}", f"{facts.band.high:.2f}"))
        rows = [(one.name, one.value, one.interval, one.n) for one in facts.metrics]
        head = [(self.tr("Figure"), self.tr("Value"), self.tr("95 % interval"), self.tr("Cells"))] if rows else []
        _fill(self._metrics, (*head, *rows))
        self._note.setText(facts.metrics_note or self.tr("No figures come with this model: be careful with it."))
        self.tried.setText("\n".join(said(sentence) for sentence in facts.maps_tried))
        for one in (self._tried_title, self.tried):
            one.setVisible(bool(facts.maps_tried))
        self._card.setMarkdown(_smaller(facts.card) or self.tr("This model has no card."))

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Show what a check of the files found."""
        self._checked = tuple(checks)
        _clear(self._checks)
        for row, one in enumerate(checks):
            sign = QLabel()
            sign.setPixmap(icon("check" if one.passed else "warning").pixmap(QSize(18, 18), self.devicePixelRatioF()))
            sign.setAccessibleName(self.tr("passed") if one.passed else self.tr("failed"))
            self._checks.addWidget(sign, row, 0)
            self._checks.addWidget(label(one.name.capitalize()), row, 1)
            self._checks.addWidget(label(said(one.sentence), "muted", wrap=True), row, 2)
        self._verify.setEnabled(True)

    def _recolor(self) -> None:
        self.show_checks(self._checked)

    def show_checking(self) -> None:
        """The check is under way."""
        self._verify.setEnabled(False)

    @property
    def checks(self) -> tuple[Check, ...]:
        """What the last check found."""
        return self._checked

    def _copy_sha(self) -> None:
        QGuiApplication.clipboard().setText(self._sha.text())


def _smaller(markdown: str) -> str:
    """Headings two levels down: a card is a part of the page, not a page."""
    return re.sub(r"^(#{1,4}) ", r"\1## ", markdown, flags=re.MULTILINE)


def _mono() -> QFont:
    font = QFont("monospace")
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(12)
    return font


def _clear(grid: QGridLayout) -> None:
    while grid.count():
        item = grid.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.deleteLater()


def _fill(grid: QGridLayout, rows: Sequence[tuple[str, ...]]) -> None:
    _clear(grid)
    for row, words in enumerate(rows):
        for column, text in enumerate(words):
            role = "muted" if column == 0 or (len(words) == 4 and row == 0) else ""
            one = label(text, role, wrap=column == (1 if len(words) == 2 else 0))
            one.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(one, row, column)
