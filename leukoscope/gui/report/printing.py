"""A report on paper: a person chooses printer and pages, then page after page is drawn while the window lives on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QObject, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtWidgets import QWidget

from leukoscope.gui.report.preview import opened

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

DPI = 300
"""Pages are drawn as pictures of this resolution: every printer prints every script."""


class PaperRun(QObject):
    """Prints some pages of a report, one in each turn of the event loop.

    Signals
    -------
    went_on(int, int)
        So many pages of so many are with the printer.
    ended(bool)
        Whether all are.
    """

    went_on = Signal(int, int)
    ended = Signal(bool)

    def __init__(self, pdf: bytes, printer: QPrinter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._printer, self._painter = opened(pdf, self), printer, QPainter()
        first, last = printer.fromPage() or 1, printer.toPage() or self._document.pageCount()
        self._pages = range(first - 1, min(last, self._document.pageCount()))
        self._done, self._stopped = 0, False

    def start(self) -> None:
        """Begin; a printer that cannot be opened ends it at once."""
        self._printer.setFullPage(True)
        if not self._pages or not self._painter.begin(self._printer):
            self.ended.emit(False)
            return
        QTimer.singleShot(0, self, self._next)

    def stop(self) -> None:
        """Print no further page."""
        self._stopped = True

    def _next(self) -> None:
        if self._done:
            self._printer.newPage()
        page = self._pages[self._done]
        paper = self._printer.paperRect(self._printer.Unit.DevicePixel).toRect()
        points = self._document.pagePointSize(page)
        # Another size of paper than the report's: as large as it fits, in the middle.
        scale = min(paper.width() / points.width(), paper.height() / points.height())
        size = QSize(round(points.width() * scale), round(points.height() * scale))
        corner = (paper.width() - size.width()) // 2, (paper.height() - size.height()) // 2
        self._painter.drawImage(QRect(*corner, size.width(), size.height()), self._document.render(page, size))
        self._done += 1
        self.went_on.emit(self._done, len(self._pages))
        if self._stopped or self._done == len(self._pages):
            whole = self._done == len(self._pages)
            self._painter.end()
            self._document.close()
            self.ended.emit(whole)
        else:
            QTimer.singleShot(0, self, self._next)


def new_printer(page: str) -> QPrinter:
    """The printer that is usual here, for ``A4`` or ``Letter``."""
    from PySide6.QtPrintSupport import QPrinter

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setResolution(DPI)
    # What stands in a list of jobs tells nobody whose report it is.
    printer.setDocName("LeukoScope")
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.Letter if page == "Letter" else QPageSize.PageSizeId.A4))
    printer.setPageMargins(QMarginsF(), QPageLayout.Unit.Millimeter)
    return printer


def chosen_printer(pages: int, page: str, over: QWidget) -> QPrinter | None:
    """Let a person choose printer and pages, the page with the result to begin with; ``None`` after a cancel."""
    from PySide6.QtPrintSupport import QAbstractPrintDialog, QPrintDialog

    printer = new_printer(page)
    dialog = QPrintDialog(printer, over)
    dialog.setMinMax(1, pages)
    dialog.setOption(QAbstractPrintDialog.PrintDialogOption.PrintPageRange)
    dialog.setPrintRange(QAbstractPrintDialog.PrintRange.PageRange)
    dialog.setFromTo(1, 1)
    if not dialog.exec():
        return None
    if dialog.printRange() is QAbstractPrintDialog.PrintRange.AllPages:
        printer.setFromTo(1, pages)
    return printer
