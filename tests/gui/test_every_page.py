"""Every page in the longest languages on the smallest screens: nothing is cut, Tab goes as the eye reads."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from leukoscope.gui import language
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.compose import compose
from leukoscope.gui.composition import Composition
from leukoscope.gui.quality.page import QualityPage
from leukoscope.workflow.app_dirs import AppDirs
from tests.gui.cut import cut_parts

SIZES = ((960, 472), (1280, 720))
"""1920 x 1080 at 200 % without what the system needs of the screen, and a small one at 100 %."""
NAMELESS = {QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Pane}


@pytest.fixture(params=["fr", "de"])
def parts(
    request: pytest.FixtureRequest, quiet_home: AppDirs, dark: QApplication, qtbot: QtBot
) -> Iterator[Composition]:
    """The window in one language, before the cases are open: every page with its own words."""
    language.change(dark, request.param)
    made = compose(Bridge(quiet_home))
    made.window.show()
    yield made
    made.window.hide()
    made.window.deleteLater()
    language.change(dark, "en")


def views(parts: Composition) -> Iterator[tuple[str, QWidget]]:
    """Every page, and every part of those that have some."""
    for page in parts.pages.all:
        parts.session.navigation.show(page.name)
        for part in page.parts.keys if isinstance(page, QualityPage) else ("",):
            if isinstance(page, QualityPage):
                page.show_part(part)
            for _ in range(3):
                QApplication.sendPostedEvents(None, int(QEvent.Type.LayoutRequest.value))
            QApplication.processEvents()
            yield f"{page.name} {part}".strip(), page


def test_nothing_is_cut_and_everything_has_a_name(parts: Composition) -> None:
    window = parts.window
    for width, height in SIZES:
        window.resize(width, height)
        for name, page in views(parts):
            assert (window.width(), window.height()) == (width, height), name
            chrome = (parts.chrome.rail, parts.chrome.case_bar, parts.chrome.status)
            assert [one for part in (page, *chrome) for one in cut_parts(part)] == [], (width, name)
            if width == SIZES[-1][0]:
                assert backward(page) == [], name
                assert unnamed(page) == [], name


def stops(page: QWidget) -> list[QWidget]:
    """Where the Tab key stops on a page, in its order."""
    found, one = [], page.nextInFocusChain()
    while one is not page:
        reached = bool(one.focusPolicy() & Qt.FocusPolicy.TabFocus) and one.isVisibleTo(page) and one.isEnabledTo(page)
        if page.isAncestorOf(one) and reached and one.focusProxy() is None:
            found.append(one)
        one = one.nextInFocusChain()
    return found


def backward(page: QWidget) -> list[str]:
    """Steps of the Tab key against the way of reading, between parts of one container."""
    wrong, order = [], stops(page)
    for one, other in itertools.pairwise(order):
        if one.parentWidget() is not other.parentWidget():
            continue
        here, there = (part.mapTo(page, QPoint(0, 0)) for part in (one, other))
        above = there.y() + other.height() <= here.y()
        before = abs(there.y() - here.y()) < min(one.height(), other.height()) / 2 and there.x() < here.x()
        # A second column begins on top again: it is read after the first.
        if (above and there.x() <= here.x()) or before:
            wrong.append(f"{_name(one)} -> {_name(other)}")
    return wrong


def unnamed(page: QWidget) -> list[str]:
    """Controls of which a screen reader can tell no name or no role."""
    wrong = []
    for one in stops(page):
        told = QAccessible.queryAccessibleInterface(one)
        if isinstance(one.parentWidget(), QLineEdit):
            continue
        if told is None or not told.text(QAccessible.Text.Name) or told.role() in NAMELESS:
            wrong.append(f"{type(one).__name__} {_name(one)} {told.role() if told else ''}")
    return wrong


def _name(one: QWidget) -> str:
    return one.accessibleName() or str(getattr(one, "text", lambda: "")()) or type(one).__name__
