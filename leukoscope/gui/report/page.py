"""Report: the case as it prints, the counts with their intervals, and the way out as PDF or table."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from leukoscope.domain.findings import Label
from leukoscope.domain.percent import percent_of
from leukoscope.gui import verdicts
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.case_actions import CASE_ACTIONS
from leukoscope.gui.export_queue import ExportQueue, ExportTask, QueuedExport
from leukoscope.gui.language import said
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.page import Page
from leukoscope.gui.purpose import purpose
from leukoscope.gui.report.conclusion_form import ConclusionForm
from leukoscope.gui.report.outbox_panel import OutboxPanel
from leukoscope.gui.report.preview import PreviewPane
from leukoscope.gui.widgets.buttons import MenuButton, PushButton
from leukoscope.gui.widgets.empty_state import EmptyState
from leukoscope.gui.widgets.shares_bar import SharesBar
from leukoscope.gui.widgets.text import ElidedLabel, how_much, label, line
from leukoscope.workflow.export.formats import PDF
from leukoscope.workflow.phrases import phrases_in_force

PREVIEWED_CELLS = 200
"""Up to so many cells the preview makes itself; above, a person asks for it."""
PREVIEW_AFTER_MS = 600
PANEL_WIDTH = 340
MORE = (
    "send_dicom",
    "send_fhir",
    *(spec.id for spec in CASE_ACTIONS if spec.id.startswith("export_") and spec.id != "export_pdf"),
)


class ReportPage(Page):
    """Preview and export of the open case."""

    name, icon = "report", "report"
    needs_case = True

    def __init__(
        self, bridge: Bridge, case: OpenCase, export_queue: ExportQueue, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._case, self._export_queue = case, export_queue
        self.preview = PreviewPane()
        self._shown_for = 0
        self._stale = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._make_preview)
        self.conclusion = ConclusionForm(lambda: phrases_in_force(bridge.bench.settings.current))
        self.empty = EmptyState("report", "", "")
        self._number, self._patient = ElidedLabel("", "title"), ElidedLabel("", "muted")
        self._shares = SharesBar()
        self._rows: dict[Label, tuple[QLabel, QLabel]] = {}
        self._images, self._decided = label("", "muted", wrap=True), label("", "muted", wrap=True)
        self._bar, self._doing = QProgressBar(), label("", "muted", wrap=True)
        self._stop = PushButton(self.tr("Stop"), "flat", "stop")
        self.print, self.pdf, self.send = QPushButton(), QPushButton(), QPushButton()
        self.more = MenuButton("")
        self.outbox = OutboxPanel(bridge)
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()
        self.refresh()

    # Building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.preview)
        panel = QFrame()
        panel.setObjectName("panel")
        panel.setFixedWidth(PANEL_WIDTH)
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._fill(inner)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self._panel = panel
        page = QHBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self._stack, 1)
        page.addWidget(panel)

    def _fill(self, inner: QWidget) -> None:
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(8)
        column.addWidget(self._number)
        column.addWidget(self._patient)
        column.addSpacing(8)
        column.addWidget(self.conclusion)
        column.addSpacing(8)
        column.addWidget(self._shares)
        column.addLayout(self._counts())
        column.addWidget(label(self.tr("In brackets: 95 % interval (Wilson)."), "small", wrap=True))
        column.addSpacing(4)
        column.addWidget(self._images)
        column.addWidget(self._decided)
        column.addSpacing(8)
        self._add_ways_out(column)
        column.addWidget(self.outbox)
        column.addStretch(1)
        column.addWidget(line())
        column.addWidget(label(purpose(), "small", wrap=True))

    def _add_ways_out(self, column: QVBoxLayout) -> None:
        self.print = PushButton(self.tr("Print…"), "primary", "print")
        self.pdf = PushButton(self.tr("Export PDF…"), "", "pdf")
        self.send = PushButton(self.tr("Send to the hospital’s system"), "", "send")
        self.more = MenuButton(self.tr("More ways out"))
        for button in (self.print, self.pdf, self.send, self.more):
            column.addWidget(button)
        row = QHBoxLayout()
        row.addWidget(self._doing, 1)
        row.addWidget(self._stop)
        column.addSpacing(4)
        column.addWidget(self._bar)
        column.addLayout(row)
        column.addSpacing(8)

    def _counts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        for row, one in enumerate(verdicts.ORDER):
            shape, count, share = QLabel(), label("", "heading"), label("", "muted")
            shape.setPixmap(verdicts.shape_pixmap(one, 12, 2.0))
            count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(shape, row, 0)
            grid.addWidget(label(verdicts.word(one)), row, 1)
            grid.addWidget(count, row, 2)
            grid.addWidget(share, row, 3)
            self._rows[one] = (count, share)
        grid.setColumnStretch(1, 1)
        return grid

    def _connect(self) -> None:
        for signal in (self._case.loaded, self._case.closed, self._case.header_changed):
            signal.connect(self._changed)
        self._case.frame_added.connect(lambda _id: self._changed())
        for signal in (self._case.cell_changed, self._case.cell_added, self._case.cells_changed):
            signal.connect(lambda _id: self._changed())
        self._export_queue.changed.connect(self._show_work)
        self._export_queue.previewed.connect(self._show_preview)
        self._export_queue.failed.connect(self._export_failed)
        self._stop.clicked.connect(self._export_queue.stop)

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """Let the buttons do what the actions do."""
        for button, name in ((self.print, "print_report"), (self.pdf, "export_pdf"), (self.send, "send_hl7")):
            button.setToolTip(actions[name].toolTip())
            button.clicked.connect(actions[name].trigger)
        self.more.fill([actions[name] for name in MORE])
        self._open_images = actions["open_images"]
        self.empty.clicked.connect(self._invited)

    # What it shows ---------------------------------------------------------------------------------------------

    def focus_target(self) -> QWidget:
        """The export."""
        return self.pdf

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Bring counts and preview up to date."""
        super().showEvent(event)
        self.refresh()
        self.outbox.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: make no preview."""
        self._timer.stop()
        self.conclusion.save()
        super().hideEvent(event)

    def refresh(self) -> None:
        """Show the counts, and the preview when it is light enough."""
        case = self._case.case
        ready = case is not None and self._case.cell_count > 0
        self._panel.setVisible(case is not None)
        self.pdf.setEnabled(case is not None and bool(self._case.frames))
        for button in (self.print, self.send, self.more):
            button.setEnabled(self.pdf.isEnabled())
        self._show_work()
        if case is None:
            self._invite(self.tr("No case is open"), self.tr("Choose one on the Worklist; its report stands here."), "")
            return
        self._number.setText(case.header.number)
        self._patient.setText(case.header.patient or self.tr("no patient written yet"))
        self.conclusion.show_header(case.id, case.header)
        self.conclusion.set_read_only(case.state.is_read_only)
        self._show_counts()
        if not ready:
            text = self.tr("Open images; the report is made of what is found in them.")
            self._invite(self.tr("Nothing to report yet"), text, self.tr("Open images…"))
        elif self._case.cell_count > PREVIEWED_CELLS and (self._shown_for != case.id or self._stale):
            text = self.tr("This case has {0} cells; a preview of them takes a moment.").format(self._case.cell_count)
            self._invite(self.tr("Preview"), text, self.tr("Show the preview"))
        elif self._stale and self.isVisible():
            if self._shown_for != case.id:
                self._invite(self.tr("The report is being laid out"), self.tr("It appears here in a moment."), "")
            self._timer.start(PREVIEW_AFTER_MS)

    def _show_counts(self) -> None:
        counts = self._case.counts()
        total = self._case.cell_count
        for one, (count, share) in self._rows.items():
            count.setText(str(counts[one]))
            share.setText(percent_of(counts[one], total) if total else "")
        self._shares.set_counts(counts)
        failed = sum(1 for frame in self._case.frames if frame.error)
        images = how_much(len(self._case.frames), total)
        lost = self.tr("{0} of the images could not be judged; the report says why.").format(failed)
        self._images.setText(f"{images}. {lost}" if failed else f"{images}.")
        decided = sum(1 for cell in self._case.cells if cell.decision is not None)
        self._decided.setText(self.tr("{0} labeled by a person.").format(decided))

    def _invite(self, title: str, text: str, button: str) -> None:
        self.empty.set_words(title, text, button)
        self._stack.setCurrentWidget(self.empty)

    def _invited(self) -> None:
        if self._case.cell_count:
            self._make_preview()
        else:
            self._open_images.trigger()

    # Preview ---------------------------------------------------------------------------------------------------

    def _make_preview(self) -> None:
        if self._case.case is not None and self.isVisible():
            self._stale = False
            self._export_queue.preview(self._case.case.id)

    def _show_preview(self, case_id: int, pdf: bytes) -> None:
        if case_id != self._case.id:
            return
        self.preview.show_pdf(pdf, keep_place=self._shown_for == case_id)
        self._shown_for = case_id
        self._stack.setCurrentWidget(self.preview)

    @property
    def pages(self) -> int:
        """How many pages the preview has; 0 when there is none."""
        return self.preview.pages

    def _export_failed(self, task: ExportTask, sentence: str) -> None:
        if task is ExportTask.PREVIEW:
            self._shown_for = 0
            self._invite(self.tr("There is no preview"), said(sentence), self.tr("Try again"))

    def _show_work(self) -> None:
        job = self._export_queue.running
        done, total = self._export_queue.progress
        for one in (self._bar, self._doing, self._stop):
            one.setVisible(job is not None)
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._bar.setTextVisible(False)
        if job is not None:
            count = self.tr("cell {0} of {1}").format(done, total) if total else ""
            self._doing.setText(f"{self._work(job)} {count}".strip())
            self._bar.setAccessibleName(self._doing.text())

    def _work(self, job: QueuedExport) -> str:
        """What is being done, in words."""
        words = {
            ExportTask.FILE: self.tr("Writing the PDF") if job.format is PDF else self.tr("Writing the file"),
            ExportTask.DEIDENTIFIED: self.tr("Writing the file"),
            ExportTask.PREVIEW: self.tr("Laying out the preview"),
            ExportTask.PRINT: self.tr("Laying out the pages"),
            ExportTask.MESSAGE: self.tr("Making the message"),
        }
        return words[job.task]
