"""A case goes from its barcode to a signed report and to other systems' files by keyboard alone.

Every step is a key that the window gets as from a keyboard; nothing is clicked, no handler is called. What is looked
at in between is read from the window. ``LEUKOSCOPE_SCREENSHOTS=DIR`` keeps a picture of each step in both themes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import hl7
import pydicom
import pytest
from fhir.resources.R4B.bundle import Bundle
from pypdf import PdfReader
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseState
from leukoscope.domain.findings import Label
from leukoscope.gui import theme
from leukoscope.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS

KEY, CTRL, ALT, SHIFT = (
    Qt.Key,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
PASSWORD = "a short sentence"
MOST_TABS = 120


class Keyboard:
    """Hands on the keys, eyes on the window."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        folder = os.environ.get("LEUKOSCOPE_SCREENSHOTS")
        self._folder = Path(folder) if folder else None
        self._pictures = 0
        window.activateWindow()
        qtbot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=PATIENCE_MS)

    @property
    def focus(self) -> QWidget:
        """What gets the next key."""
        widget = QApplication.activePopupWidget() or QApplication.focusWidget()
        assert widget is not None
        return widget

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """One key."""
        QTest.keyClick(self.focus, key, modifiers)

    def type(self, text: str, *, enter: bool = True) -> None:
        """Letters where the focus is, then Enter."""
        QTest.keyClicks(self.focus, text)
        if enter:
            self.press(KEY.Key_Return)

    def walk_to(self, name: str) -> None:
        """Tab until the focus is on what has this name."""
        seen: list[str] = []
        for _ in range(MOST_TABS):
            focus = self.focus
            seen.append(focus.accessibleName() or (focus.text() if isinstance(focus, QAbstractButton) else ""))
            if seen[-1] == name:
                return
            self.press(KEY.Key_Tab)
        raise AssertionError(f"“{name}” cannot be reached by Tab, only {seen}")

    def answer_dialog(self, text: str, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        """Press a key that asks for a file, and type the answer."""
        answered: list[bool] = []

        def answer() -> None:
            dialog = QApplication.activeModalWidget()
            focus = QApplication.focusWidget()
            if not isinstance(dialog, QFileDialog) or focus is None or not dialog.isAncestorOf(focus):
                QTimer.singleShot(20, answer)
                return
            self.press(KEY.Key_A, CTRL)
            self.type(text, enter=False)
            if QApplication.activePopupWidget() is not None:
                self.press(KEY.Key_Escape)
            self.press(KEY.Key_Return)
            answered.append(True)

        QTimer.singleShot(0, answer)
        self.press(key, modifiers)
        assert answered
        # What a window manager does when a dialog is gone.
        self.window.activateWindow()
        self.wait(lambda: QApplication.focusWidget() is not None)

    def wait(self, done: Callable[[], bool]) -> None:
        """Watch until something is so."""
        self.qtbot.waitUntil(done, timeout=PATIENCE_MS)

    def picture(self, name: str) -> None:
        """Keep what is seen, in both themes."""
        if self._folder is None:
            return
        self._pictures += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        for look in ("light", "dark"):
            theme.appearance().choose(look)
            self.qtbot.wait(300)
            assert self.window.grab().save(str(self._folder / f"{self._pictures:02}-{name}-{look}.png"))


@pytest.fixture
def hands(window: MainWindow, qtbot: QtBot) -> Keyboard:
    """A usable window without cases, and hands."""
    return Keyboard(window, qtbot)


def decide(hands: Keyboard) -> None:
    """Say of every unsure cell what it is, then of the first one that it is leukemic."""
    window = hands.window
    for _ in range(window.case.cell_count):
        if not window.case.counts()[Label.UNSURE]:
            break
        hands.press(KEY.Key_N)
        cell, left = window.review.cell, window.case.counts()[Label.UNSURE] - 1
        assert cell is not None
        assert cell.label is Label.UNSURE
        hands.press(KEY.Key_H)
        hands.wait(lambda left=left: window.case.counts()[Label.UNSURE] == left)
    assert not window.case.counts()[Label.UNSURE]
    cell = window.review.cell
    assert cell is not None
    hands.press(KEY.Key_U)
    hands.wait(lambda: window.case.counts()[Label.UNSURE] == 1)
    hands.press(KEY.Key_Z, CTRL)
    hands.wait(lambda: window.case.counts()[Label.UNSURE] == 0)
    hands.press(KEY.Key_L)
    hands.wait(lambda: window.case.counts()[Label.LEUKEMIC] > 0)


def judge(hands: Keyboard, folder: Path) -> None:
    """Barcode, images, judging."""
    window = hands.window
    hands.press(KEY.Key_K, CTRL)
    hands.picture("worklist-empty")
    hands.type("2026-0417")
    hands.wait(lambda: window.page == "review" and window.case.case is not None)
    hands.press(KEY.Key_F2)
    hands.walk_to("Patient")
    hands.type("O'Neill, Zoe")
    hands.picture("header")
    hands.press(KEY.Key_F2)
    hands.answer_dialog(str(folder), KEY.Key_O, CTRL | SHIFT)
    hands.wait(lambda: window.review.gallery.model.rowCount() == 3 and window.status.queue_text == "")
    hands.picture("review")


def export_all(hands: Keyboard, folder: Path) -> None:
    """Every format by its key."""
    window = hands.window
    for name, key, modifiers in (
        ("case.pdf", KEY.Key_E, CTRL),
        ("case.fhir.json", KEY.Key_F, CTRL | ALT),
        ("case.hl7", KEY.Key_H, CTRL | ALT),
        ("case.zip", KEY.Key_E, CTRL | ALT),
    ):
        hands.answer_dialog(str(folder / name), key, modifiers)
        hands.wait((folder / name).exists)
        hands.wait(lambda: window.export_queue.running is None)
    hands.answer_dialog(str(folder), KEY.Key_D, CTRL | ALT)
    hands.wait(lambda: bool(list(folder.glob("*-dicom"))) and window.export_queue.running is None)


def check_files(folder: Path, signer: str) -> None:
    """What left says who signed."""
    text = "".join(page.extract_text() for page in PdfReader(folder / "case.pdf").pages)
    assert signer in text
    assert "O'Neill, Zoe" in text
    bundle = Bundle.model_validate_json((folder / "case.fhir.json").read_text(encoding="utf-8"))
    assert bundle.entry
    report = json.loads((folder / "case.fhir.json").read_text(encoding="utf-8"))["entry"][0]["resource"]
    assert (report["resourceType"], report["status"]) == ("DiagnosticReport", "final")
    message = hl7.parse((folder / "case.hl7").read_bytes().decode())
    assert str(message.segment("OBR")[25]) == "F"
    kinds = sorted(pydicom.dcmread(path).Modality for path in next(folder.glob("*-dicom")).iterdir())
    assert kinds == ["DOC", "GM", "GM", "GM", "SR"]


@pytest.fixture
def cell_folder(cell_files: list[Path], tmp_path: Path) -> Path:
    """The drawn cells in a folder of their own."""
    folder = tmp_path / "slide"
    folder.mkdir()
    for path in cell_files:
        path.rename(folder / path.name)
    return folder


def test_one_person_alone(hands: Keyboard, cell_folder: Path, tmp_path: Path) -> None:
    window, out = hands.window, tmp_path / "out"
    out.mkdir()
    judge(hands, cell_folder)
    decide(hands)
    hands.press(KEY.Key_T)
    assert window.operator.count_sheet.isVisible()
    hands.picture("count")
    hands.press(KEY.Key_Escape)
    hands.press(KEY.Key_R, CTRL | SHIFT)
    hands.wait(lambda: window.case.case.state is CaseState.REVIEWED)  # type: ignore[union-attr]
    hands.press(KEY.Key_S, CTRL | SHIFT)
    hands.picture("sign")
    assert window.operator.sign_sheet.name.hasFocus()
    hands.press(KEY.Key_Return)
    hands.wait(lambda: window.case.case.state is CaseState.SIGNED)  # type: ignore[union-attr]
    hands.picture("signed")
    export_all(hands, out)
    check_files(out, "A. Weber")
    hands.press(KEY.Key_4, CTRL)
    hands.wait(lambda: window.report.pages > 0)
    hands.picture("report")
    hands.press(KEY.Key_C, ALT)
    hands.picture("menu")
    hands.press(KEY.Key_Escape)


def test_with_accounts_and_passwords(hands: Keyboard, cell_folder: Path, tmp_path: Path) -> None:
    window, out, operator = hands.window, tmp_path / "out", hands.window.bridge.bench.operator
    out.mkdir()
    hands.press(KEY.Key_7, CTRL)
    hands.walk_to("Name")
    hands.type("Dr. Ana", enter=False)
    hands.walk_to("Password")
    hands.type(PASSWORD, enter=False)
    hands.walk_to("Password again")
    hands.type(PASSWORD, enter=False)
    hands.walk_to("People sign in with a password")
    hands.press(KEY.Key_Space)
    hands.wait(lambda: operator.rules.accounts and bool(window.settings.people.people))
    hands.picture("people")
    hands.press(KEY.Key_1, CTRL)
    judge(hands, cell_folder)
    hands.press(KEY.Key_L, CTRL | ALT)
    assert window.operator.sign_in_sheet.isVisible()
    hands.picture("locked")
    hands.type(PASSWORD)
    hands.wait(lambda: not window.operator.sign_in_sheet.isVisible())
    decide(hands)
    hands.press(KEY.Key_S, CTRL | SHIFT)
    assert window.operator.sign_sheet.password.hasFocus()
    hands.type("not the password")
    hands.wait(lambda: "wrong" in window.operator.sign_sheet.wrong.text())
    hands.picture("sign-wrong")
    hands.type(PASSWORD)
    hands.wait(lambda: window.case.case.state is CaseState.SIGNED)  # type: ignore[union-attr]
    export_all(hands, out)
    check_files(out, "Dr. Ana")
    hands.press(KEY.Key_T, CTRL | SHIFT)
    hands.wait(window.operator.audit_sheet.isVisible)
    hands.picture("audit")
    hands.press(KEY.Key_Escape)
    assert not window.operator.audit_sheet.isVisible()
    hands.press(KEY.Key_A, CTRL | SHIFT)
    hands.type("Wrong stain", enter=False)
    hands.picture("amend")
    hands.press(KEY.Key_Tab)
    hands.press(KEY.Key_Return)
    hands.wait(lambda: window.case.case.state is CaseState.AMENDED)  # type: ignore[union-attr]
    hands.press(KEY.Key_1, CTRL)
    hands.qtbot.wait(300)
    hands.picture("worklist")
