"""The report as it prints: its pages, a way through them, and how large they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.gui.widgets.buttons import IconButton
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from PySide6.QtPdf import QPdfDocument
    from PySide6.QtPdfWidgets import QPdfView

STEP, SMALLEST, LARGEST = 1.25, 0.25, 5.0


class PreviewPane(QWidget):
    """Shows a PDF document under a bar of buttons; Qt's own PDF parts are loaded with the first one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document: QPdfDocument | None = None
        self._view: QPdfView | None = None
        self.previous = IconButton("previous", self.tr("Page before (Page Up)"))
        self.next = IconButton("next", self.tr("Next page (Page Down)"))
        self.place = label("", "muted")
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.smaller = IconButton("zoom-out", self.tr("Smaller (Ctrl+wheel)"))
        self.size_shown = label("", "muted")
        self.size_shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.larger = IconButton("zoom-in", self.tr("Larger (Ctrl+wheel)"))
        self.width_wanted = IconButton("fit-width", self.tr("As wide as the window"))
        self.whole = IconButton("fit", self.tr("Whole page"))
        self.previous.clicked.connect(lambda: self.go(self.page - 1))
        self.next.clicked.connect(lambda: self.go(self.page + 1))
        self.smaller.clicked.connect(lambda: self._scale(1 / STEP))
        self.larger.clicked.connect(lambda: self._scale(STEP))
        self.width_wanted.clicked.connect(lambda: self._fit(whole=False))
        self.whole.clicked.connect(lambda: self._fit(whole=True))
        self._lay_out()

    def _lay_out(self) -> None:
        bar = QFrame()
        bar.setObjectName("panel")
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(4)
        self.place.setMinimumWidth(110)
        self.size_shown.setMinimumWidth(56)
        row.addStretch(1)
        for widget in (self.previous, self.place, self.next):
            row.addWidget(widget)
        row.addSpacing(16)
        for widget in (self.smaller, self.size_shown, self.larger, self.width_wanted, self.whole):
            row.addWidget(widget)
        row.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(bar)

    @property
    def pages(self) -> int:
        """How many pages there are; 0 when there is nothing to show."""
        return self._document.pageCount() if self._document is not None else 0

    @property
    def page(self) -> int:
        """The page that is shown, from 0."""
        return self._view.pageNavigator().currentPage() if self._view is not None else 0

    def show_pdf(self, pdf: bytes, *, keep_place: bool) -> None:
        """Show a document; ``keep_place`` stays where the reader is: it is the same report, a little later."""
        view = self._made_view()
        position = view.verticalScrollBar().value() if keep_place else 0
        document = opened(pdf, self)
        view.setDocument(document)
        view.verticalScrollBar().setValue(position)
        if self._document is not None:
            self._document.close()
            self._document.deleteLater()
        self._document = document
        # The view has its size only when it is laid out.
        QTimer.singleShot(0, self, self._tell)

    def go(self, page: int) -> None:
        """Turn to a page, from 0."""
        if self._view is not None and 0 <= page < self.pages:
            self._view.pageNavigator().jump(page, QPointF(), self._view.pageNavigator().currentZoom())

    # How large -------------------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """1 is the size on paper."""
        if self._view is None or self._document is None or not self.pages:
            return 1.0
        from PySide6.QtPdfWidgets import QPdfView

        mode, view = self._view.zoomMode(), self._view
        if mode is QPdfView.ZoomMode.Custom:
            return view.zoomFactor()
        points, margins, room = self._document.pagePointSize(0), view.documentMargins(), view.viewport().size()
        inch = view.logicalDpiX() / 72
        wide = (room.width() - margins.left() - margins.right()) / (points.width() * inch)
        if mode is QPdfView.ZoomMode.FitToWidth:
            return wide
        return min(wide, (room.height() - view.pageSpacing()) / (points.height() * inch))

    def _scale(self, factor: float) -> None:
        if self._view is None:
            return
        from PySide6.QtPdfWidgets import QPdfView

        wanted = min(LARGEST, max(SMALLEST, self.zoom * factor))
        self._view.setZoomMode(QPdfView.ZoomMode.Custom)
        self._view.setZoomFactor(wanted)
        self._tell()

    def _fit(self, *, whole: bool) -> None:
        if self._view is None:
            return
        from PySide6.QtPdfWidgets import QPdfView

        self._view.setZoomMode(QPdfView.ZoomMode.FitInView if whole else QPdfView.ZoomMode.FitToWidth)
        self._tell()

    def _tell(self) -> None:
        """Say where the reader is, and how large it is."""
        self.place.setText(self.tr("Page {0} of {1}").format(self.page + 1, self.pages))
        self.size_shown.setText(f"{self.zoom * 100:.0f} %")
        self.previous.setEnabled(self.page > 0)
        self.next.setEnabled(self.page + 1 < self.pages)

    # Qt --------------------------------------------------------------------------------------------------------

    def _made_view(self) -> QPdfView:
        if self._view is None:
            from PySide6.QtPdfWidgets import QPdfView

            self._view = view = QPdfView(self)
            view.setPageMode(QPdfView.PageMode.MultiPage)
            view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
            view.setPageSpacing(16)
            view.setAccessibleName(self.tr("The report as it prints"))
            view.pageNavigator().currentPageChanged.connect(lambda _page: self._tell())
            view.installEventFilter(self)
            view.viewport().installEventFilter(self)
            self._column.addWidget(view, 1)
        return self._view

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl with the wheel scales; Home and End lead to the first and the last page."""
        kind = event.type()
        if kind == QEvent.Type.Wheel and isinstance(event, QWheelEvent):
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
                self._scale(STEP if event.angleDelta().y() > 0 else 1 / STEP)
                return True
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched is self._view:
            keys = {
                Qt.Key.Key_Home: lambda: self.go(0),
                Qt.Key.Key_End: lambda: self.go(self.pages - 1),
                Qt.Key.Key_PageUp: lambda: self.go(self.page - 1),
                Qt.Key.Key_PageDown: lambda: self.go(self.page + 1),
                Qt.Key.Key_Plus: lambda: self._scale(STEP),
                Qt.Key.Key_Minus: lambda: self._scale(1 / STEP),
            }
            if (act := keys.get(Qt.Key(event.key()))) is not None:
                act()
                return True
        elif kind == QEvent.Type.Resize and watched is self._view:
            QTimer.singleShot(0, self, self._tell)
        return super().eventFilter(watched, event)


def opened(pdf: bytes, parent: QObject) -> QPdfDocument:
    """A document in memory: nothing of a patient lies on the disk for it."""
    from PySide6.QtPdf import QPdfDocument

    document = QPdfDocument(parent)
    held = QBuffer(document)
    held.setData(pdf)
    held.open(QIODevice.OpenModeFlag.ReadOnly)
    document.load(held)
    return document
