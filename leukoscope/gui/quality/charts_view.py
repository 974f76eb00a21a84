"""The charts of an instrument side by side, and what can be done with the run that is chosen on them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from leukoscope.gui.quality.chart_plot import ChartPlot, figure_text
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.control.names import NOT_KNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leukoscope.workflow.control.overview import ChartFacts, ControlOverview
    from leukoscope.workflow.control.runs import KeptRun

COLUMNS = 2
LONGEST_REASON = 400


class ChartCard(QFrame):
    """A figure: its name, its last value, the chart, and how it stands in words."""

    def __init__(self, facts: ChartFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.facts, self.plot = facts, ChartPlot(facts)
        last = facts.points[-1].value
        head = QHBoxLayout()
        head.addWidget(label(facts.title, "heading"), 1)
        head.addWidget(label(figure_text(last, facts.decimals, facts.unit), "heading"))
        self.sentence = label(facts.sentence, "wrong" if facts.broken else "small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.plot)
        column.addWidget(self.sentence)
        column.addStretch(1)


class RunBar(QFrame):
    """The chosen run in words, and how to leave it out.

    Signals
    -------
    exclude_wanted(int, str)
        Number of the run, and the reason.
    """

    exclude_wanted = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._number, self._why_not = 0, ""
        self.about = label("", "", wrap=True)
        self.reason = QLineEdit()
        self.reason.setMaxLength(LONGEST_REASON)
        self.reason.setAccessibleName(self.tr("Why the run does not count"))
        self.reason.setPlaceholderText(self.tr("Why the run does not count: oil on the slide"))
        self.leave_out = PushButton(self.tr("Leave this run out"), "", "remove")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.reason, 1)
        row.addWidget(self.leave_out)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.about)
        column.addLayout(row)
        self.reason.textChanged.connect(lambda _text: self._enable())
        self.reason.returnPressed.connect(self._leave_out)
        self.leave_out.clicked.connect(self._leave_out)
        self.hide()

    def show_run(self, run: KeptRun | None, said: str) -> None:
        """Show a run in words; with ``None`` what is said of something that cannot be left out."""
        number = run.number if run is not None else 0
        if number != self._number:
            self.reason.clear()
        self._number = number
        self.about.setText(said)
        able = run is not None and not run.run.excluded
        self.reason.setVisible(able)
        self.leave_out.setVisible(able)
        self._enable()
        self.setVisible(bool(said))

    def show_permission(self, why_not: str) -> None:
        """Say why who works here may leave no run out; empty when they may."""
        self._why_not = why_not
        self.leave_out.setToolTip(why_not)
        self.reason.setToolTip(why_not)
        self.reason.setEnabled(not why_not)
        self._enable()

    def _enable(self) -> None:
        self.leave_out.setEnabled(bool(self.reason.text().strip()) and not self._why_not)

    def _leave_out(self) -> None:
        if self._number and self.leave_out.isEnabled():
            self.exclude_wanted.emit(self._number, self.reason.text().strip())


class ChartsView(QWidget):
    """All charts of an instrument; a run that is chosen on one is marked on all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: dict[str, ChartCard] = {}
        self.bar = RunBar()
        self._runs: dict[int, KeptRun] = {}
        self._days: Mapping[int, int] = {}
        self._meanings: Mapping[str, str] = {}
        self.daily = label("", "heading", wrap=True)
        self._grid = QGridLayout()
        self._grid.setSpacing(12)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        inner = QWidget()
        inner.setObjectName("scrolled")
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.addLayout(self._grid)
        inside.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(inner)
        column_of_all = QVBoxLayout(self)
        column_of_all.setContentsMargins(0, 0, 0, 0)
        column_of_all.setSpacing(12)
        column_of_all.addWidget(self._area, 1)
        column_of_all.addWidget(self.bar)

    def show_charts(self, overview: ControlOverview) -> None:
        """Show the charts of an overview; the chosen run stays chosen when it is still there."""
        self._runs = {one.number: one for one in overview.runs}
        self._days, self._meanings = overview.days, overview.meanings
        before = next((card.plot.number for card in self.cards.values()), -1)
        focused = next((code for code, card in self.cards.items() if card.plot.hasFocus()), "")
        for card in self.cards.values():
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = {one.code: ChartCard(one) for one in (*overview.charts, *overview.daily)}
        self.daily.setText(
            self.tr("Daily cases of which nobody knows what they were taken with")
            if overview.instrument == NOT_KNOWN
            else self.tr("Daily cases of {0}").format(overview.instrument)
        )
        self._lay_out_cards(len(overview.charts))
        for code, card in self.cards.items():
            card.plot.chosen.connect(lambda number, code=code: self.choose(number, code))
        self.choose(before if before in self._runs or before in self._days else -1)
        if focused in self.cards:
            self.cards[focused].plot.setFocus()

    def _lay_out_cards(self, of_slides: int) -> None:
        """Those of control slides, then a heading, then those of the daily cases."""
        heading_row = -(-of_slides // COLUMNS)
        for place, card in enumerate(self.cards.values()):
            later = place - of_slides
            row = place // COLUMNS if later < 0 else heading_row + 1 + later // COLUMNS
            self._grid.addWidget(card, row, (place if later < 0 else later) % COLUMNS)
        self._grid.addWidget(self.daily, heading_row, 0, 1, COLUMNS)
        self.daily.setVisible(len(self.cards) > of_slides)

    def choose(self, number: int, code: str = "") -> None:
        """Mark a run on all charts, and say what it is."""
        for card in self.cards.values():
            card.plot.mark(number)
        self.bar.show_run(self._runs.get(number), self._said(number))
        if code in self.cards:
            self._area.ensureWidgetVisible(self.cards[code], 0, 12)

    def look_at(self, code: str) -> None:
        """Bring a chart into sight, with its last run chosen and the keyboard on it."""
        if code in self.cards:
            plot = self.cards[code].plot
            self.choose(plot.points[-1].number, code)
            plot.setFocus()

    def _said(self, number: int) -> str:
        kept = self._runs.get(number)
        if kept is None and number not in self._days:
            return ""
        text = self._run_text(kept) if kept is not None else self._day_text(number)
        broken = [
            f"{card.facts.title}: {', '.join(f'{rule} ({self._meanings.get(rule, rule)})' for rule in one.rules)}"
            for card in self.cards.values()
            for one in card.facts.points
            if one.number == number and one.rules
        ]
        return "\n".join([text, *broken])

    def _day_text(self, number: int) -> str:
        return self.tr("{0}: {1} cells of the daily cases.").format(date.fromordinal(-number), self._days[number])

    def _run_text(self, kept: KeptRun) -> str:
        text = self.tr("Run {0}, {1}, {2} fields, {3}.").format(
            kept.number, f"{kept.run.at.astimezone():%Y-%m-%d %H:%M}", kept.run.fields, kept.who
        )
        if kept.run.excluded:
            text = f"{text} {self.tr('Left out: {0}').format(kept.run.note)}"
        elif kept.run.note:
            text = f"{text} {kept.run.note}"
        return text
