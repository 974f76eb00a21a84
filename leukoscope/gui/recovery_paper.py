"""The recovery key on paper, and as a file: one page in large letters, with what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QCoreApplication, QDate, QIODevice, QLocale, QMarginsF, QRectF, Qt
from PySide6.QtGui import QFont, QFontDatabase, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPdfWriter

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from leukoscope.cases.cipher import Cipher

ACROSS = 4
MARGIN_MM, DPI = 25.0, 300


def recovery_pdf(cipher: Cipher, laboratory: str, page: str) -> bytes:
    """The page as a PDF.

    Parameters
    ----------
    cipher
        The key.
    laboratory
        Whose; may be empty.
    page
        ``A4`` or ``Letter``.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    writer.setTitle("LeukoScope")
    _lay_out(writer, page)
    _draw(writer, cipher, laboratory)
    return bytes(buffer.data().data())


def print_recovery(cipher: Cipher, laboratory: str, page: str, parent: QWidget) -> bool:
    """Let a person choose a printer, and print the page; whether it was sent to one."""
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setResolution(DPI)
    # What stands in a list of jobs tells nobody what it is.
    printer.setDocName("LeukoScope")
    _lay_out(printer, page)
    if not QPrintDialog(printer, parent).exec():
        return False
    _draw(printer, cipher, laboratory)
    return True


def _lay_out(device: QPagedPaintDevice, page: str) -> None:
    size = QPageSize(QPageSize.PageSizeId.Letter if page == "Letter" else QPageSize.PageSizeId.A4)
    device.setPageSize(size)
    device.setPageMargins(QMarginsF(*[MARGIN_MM] * 4), QPageLayout.Unit.Millimeter)


def _draw(device: QPagedPaintDevice, cipher: Cipher, laboratory: str) -> None:
    painter = QPainter(device)
    try:
        _Page(painter, device.width(), device.logicalDpiY()).draw(cipher, laboratory)
    finally:
        painter.end()


class _Page:
    def __init__(self, painter: QPainter, width: int, dpi: int) -> None:
        self._painter, self._width, self._dpi, self._y = painter, width, dpi, 0.0

    def draw(self, cipher: Cipher, laboratory: str) -> None:
        translate = QCoreApplication.translate
        sans, fixed = QFont("Roboto"), QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self._text(translate("RecoveryPaper", "Recovery key of the cases"), sans, 20)
        day = QLocale().toString(QDate.currentDate(), QLocale.FormatType.ShortFormat)
        self._text(" · ".join(one for one in ("LeukoScope", laboratory, day) if one), sans, 11)
        self._space(8)
        groups = cipher.groups
        for start in range(0, len(groups), ACROSS):
            self._text("   ".join(groups[start : start + ACROSS]), fixed, 20)
        self._space(8)
        for sentence in (
            translate("RecoveryPaper", "Lock this page away. Who has it can read the cases and their backups."),
            translate(
                "RecoveryPaper",
                "When the computer is lost, or its keyring: install LeukoScope, put the data folder or a backup "
                "back, and type this key when the program asks for it.",
            ),
            translate("RecoveryPaper", "It cannot be made again."),
        ):
            self._text(sentence, sans, 11)

    def _space(self, millimeters: float) -> None:
        self._y += millimeters / 25.4 * self._dpi

    def _text(self, text: str, font: QFont, points: float) -> None:
        """Size by the device: a font in points would be as large as the screen has it."""
        font = QFont(font)
        font.setPixelSize(round(points / 72 * self._dpi))
        self._painter.setFont(font)
        room = QRectF(0, self._y, self._width, self._dpi * 4)
        used = self._painter.drawText(room, int(Qt.TextFlag.TextWordWrap), text)
        self._y += used.height() + 0.35 * font.pixelSize()
