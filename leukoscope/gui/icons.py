"""The program's own icons: 24x24 line drawings as SVG, painted in the color of the text around them."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from leukoscope.gui.image_actions import IMAGE_SHAPES
from leukoscope.gui.page_actions import PAGE_SHAPES
from leukoscope.gui.theme import current

_SHAPES = MappingProxyType(
    {
        **PAGE_SHAPES,
        **IMAGE_SHAPES,
        "add": '<path d="M12 5v14M5 12h14"/>',
        "open": '<path d="M4 18V6h5l2 2h9v10z"/>',
        "folder": '<path d="M4 18V6h5l2 2h9v10z"/><path d="M12 11v4M10 13h4"/>',
        "paste": '<path d="M8 5H6v16h12V5h-2"/><path d="M9 3h6v4H9z"/>',
        "pdf": '<path d="M6 3h8l4 4v14H6z"/><path d="M12 10v7M9 14l3 3 3-3"/>',
        "print": '<path d="M7 9V4h10v5M7 17H4V9h16v8h-3"/><path d="M7 14h10v6H7z"/>',
        "send": '<path d="M4 12 20 4l-5 16-4-7z"/><path d="m11 13 9-9"/>',
        "again": '<path d="M19 12a7 7 0 1 1-2.200-5.100"/><path d="M19 3v5h-5"/>',
        "table": '<path d="M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14"/>',
        "undo": '<path d="M9 7 5 11l4 4"/><path d="M5 11h9a5 5 0 0 1 0 10h-3"/>',
        "redo": '<path d="m15 7 4 4-4 4"/><path d="M19 11h-9a5 5 0 0 0 0 10h3"/>',
        "remove": '<path d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13"/>',
        "help": '<circle cx="12" cy="12" r="9"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7"/>'
        '<path d="M12 17v.2"/>',
        "close": '<path d="m6 6 12 12M18 6 6 18"/>',
        "lock": '<path d="M6 11h12v9H6z"/><path d="M9 11V8a3 3 0 0 1 6 0v3"/>',
        "sign": '<path d="M4 20h16"/><path d="M5 16c3-1 7-12 9-12 3 0-4 9-2 11 1.500 1 3-3 5-3 1 0 .5 2 3 2"/>',
        "count": '<path d="M5 20V9M12 20V4M19 20v-7"/>',
        "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
        "zoom-in": '<circle cx="11" cy="11" r="7"/><path d="m16.2 16.2 4.3 4.3M11 8v6M8 11h6"/>',
        "zoom-out": '<circle cx="11" cy="11" r="7"/><path d="m16.2 16.2 4.3 4.3M8 11h6"/>',
        "fit": '<path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/>',
        "fit-width": '<path d="M4 5v14M20 5v14M7.500 12h9"/>'
        '<path d="M10 9.500 7.500 12l2.500 2.500M14 9.500l2.500 2.500-2.500 2.500"/>',
        "actual": '<path d="M5 8.5 7.5 7v10M16.5 8.5 19 7v10M12 10v.2M12 14.5v.2"/>',
        "boxes": '<path d="M4 4h7v7H4zM13 13h7v7h-7z"/>',
        "map": '<circle cx="12" cy="12" r="3"/><circle cx="12" cy="12" r="6"/><circle cx="12" cy="12" r="9"/>',
        "draw": '<path d="M4 8V4h4M16 4h4v4M8 20H4v-4"/><path d="M12 9v6M9 12h6M16 20h4v-4"/>',
        "change-box": '<path d="M6 6h12v12H6z"/><path d="M4 4h4v4H4zM16 4h4v4h-4zM4 16h4v4H4zM16 16h4v4h-4z"/>',
        "split": '<path d="M12 3v18" stroke-dasharray="3 2.500"/><path d="M9 7H5v10h4M15 7h4v10h-4"/>',
        "merge": '<path d="M4 5h10v10H4zM10 9h10v10H10z"/>',
        "comment": '<path d="M4 5h16v11h-9l-4 4v-4H4z"/><path d="M8 9h8M8 12h5"/>',
        "ruler": '<path d="M3 9h18v7H3zM7 9v3M11 9v4M15 9v3M19 9v3"/>',
        "sort": '<path d="M7 5v14M4 16l3 3 3-3M13 7h7M13 12h5M13 17h3"/>',
        "cells": '<circle cx="8" cy="8" r="4"/><circle cx="17" cy="9" r="3"/><circle cx="12" cy="17" r="4"/>',
        "filter": '<path d="M4 5h16l-6 7.500V19l-4-2v-4.500z"/>',
        "grid": '<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z"/>',
        "similar": '<circle cx="8" cy="12" r="5"/><path d="M15 7.200a5 5 0 1 1 0 9.600"/>',
        "previous": '<path d="m14.5 6-6 6 6 6"/>',
        "next": '<path d="m9.5 6 6 6-6 6"/>',
        "advance": '<path d="m6 6 6 6-6 6M13 6l6 6-6 6"/>',
        "cut-out": '<path d="M4 4h16v16H4z" stroke-dasharray="3 3"/><circle cx="12" cy="12" r="4.500"/>',
        "edit": '<path d="m4 20 1-4L16 5l3 3L8 19z"/>',
        "import": '<path d="M12 4v10M8 10l4 4 4-4M5 19h14"/>',
        "verify": '<path d="M12 3 5 6v6c0 4.500 3 7.500 7 9 4-1.500 7-4.500 7-9V6z"/>'
        '<path d="m9 12 2.200 2.200L15.500 10"/>',
        "warning": '<path d="M12 4 2.800 20h18.400z"/><path d="M12 10v4.500M12 17.300v.2"/>',
        "play": '<path d="M8 5.500v13l10.500-6.500z"/>',
        "pause": '<path d="M8.500 6v12M15.500 6v12"/>',
        "stop": '<path d="M7 7h10v10H7z"/>',
        "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7.500v.2"/>',
        "exit": '<path d="M10 4H5v16h5M14 8l4 4-4 4M18 12H9"/>',
        "tour": '<path d="M12 3a6 6 0 0 1 6 6c0 4.500-6 12-6 12S6 13.500 6 9a6 6 0 0 1 6-6z"/>'
        '<circle cx="12" cy="9" r="2"/>',
    }
)
NAMES = tuple(_SHAPES)

_MARK = (
    '<svg viewBox="0 0 64 64">'
    '<rect x="2" y="2" width="60" height="60" rx="14" fill="#202020"/>'
    '<circle cx="32" cy="32" r="19" fill="none" stroke="#e8e8e8" stroke-width="3.500"/>'
    '<path d="M23 33c-2-8 6-13 12-10 3 1.500 3 4 6 6 4 3 1 12-5 12-5 0-11-3-13-8z" fill="#8d6cab"/>'
    '<circle cx="29" cy="30" r="2.200" fill="#b99ad1"/>'
    '<path d="M32 6v8M32 50v8M6 32h8M50 32h8" stroke="#e8e8e8" stroke-width="3" stroke-linecap="round"/></svg>'
)


def svg(name: str, color: str) -> bytes:
    """An icon as an SVG document."""
    return (
        '<svg viewBox="0 0 24 24" fill="none" '
        f'stroke="{color}" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">{_SHAPES[name]}</svg>'
    ).encode()


@lru_cache(maxsize=512)
def _pixmap(document: bytes, side: int) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(document))
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap


def icon(name: str, *, token: str = "text", side: int = 20) -> QIcon:
    """An icon in a color of the theme, sharp at every screen scale."""
    result = QIcon()
    theme = current()
    screen = QApplication.primaryScreen()
    ratios = {1.0, 2.0, screen.devicePixelRatio() if screen else 1.0}
    for mode, color in ((QIcon.Mode.Normal, token), (QIcon.Mode.Disabled, "disabled")):
        for ratio in ratios:
            pixmap = QPixmap(_pixmap(svg(name, theme.color(color).name()), round(side * ratio)))
            pixmap.setDevicePixelRatio(ratio)
            result.addPixmap(pixmap, mode)
    return result


def window_icon() -> QIcon:
    """The program's mark."""
    result = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_pixmap(_MARK.encode(), side))
    return result


def mark(side: int, ratio: float = 1.0) -> QPixmap:
    """The program's mark as a picture of ``side`` device-independent pixels."""
    pixmap = QPixmap(_pixmap(_MARK.encode(), round(side * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
