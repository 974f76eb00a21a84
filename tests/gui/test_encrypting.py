"""Encryption in the real window: on, stopped, gone on with, off, and the recovery key when the keyring lost the key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from leukoscope.cases import unlocked_keys
from leukoscope.cases.cipher import Cipher
from leukoscope.cases.unlocked_keys import State
from leukoscope.domain.people import Role
from leukoscope.gui import theme
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.converting import ConvertingWindow
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.program import Program
from leukoscope.workflow import encryption
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.store_check import check_encryption, check_store
from leukoscope.workflow.store_keys import KEY_FILE, keep
from tests.gui.conftest import PATIENCE_MS
from tests.gui.opened import composed
from tests.gui.stored import stored_case

PASSWORD = "correct horse battery"
Start = Callable[[], Program]


@pytest.fixture
def sealed(quiet_home: AppDirs, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppDirs]:
    """A home with a case, where no keyring is."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    unlocked_keys.lock_all()
    with closing(open_store(quiet_home)) as store:
        stored_case(store, "A-1", 3)
        store.images.put(b"another image")
    yield quiet_home
    unlocked_keys.lock_all()


@pytest.fixture
def start(sealed: AppDirs, qtbot: QtBot) -> Iterator[Start]:
    """Starts the program as the installed one does, and ends it after the test."""
    begun: list[Program] = []

    def make() -> Program:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.install(app, "dark")
        bridge = Bridge(sealed)
        program = Program(sealed, bridge, made=composed)
        begun.append(program)
        assert program.window is not None
        bridge.open()
        program.window.show()
        return program

    yield make
    for program in begun:
        if program.window is not None:
            program.window.bridge.close(abandon=True)
            program.window.close()
            program.window.deleteLater()


def usable(program: Program, qtbot: QtBot) -> MainWindow:
    """The window, when a person can begin."""
    qtbot.waitUntil(lambda: program.window is not None and program.window.session.begun, timeout=PATIENCE_MS)
    assert program.window is not None
    program.window.show_page("settings")
    panel = program.window.settings.encryption
    qtbot.waitUntil(lambda: panel.state.text() != "", timeout=PATIENCE_MS)
    return program.window


def converted(program: Program, before: MainWindow, said: str, qtbot: QtBot) -> MainWindow:
    """The window that opens after the cases were converted, and says so."""

    def tells() -> bool:
        return program.window not in {None, before} and said in program.window.message.text  # type: ignore[union-attr]

    qtbot.waitUntil(tells, timeout=PATIENCE_MS)
    return usable(program, qtbot)


def show_key(window: MainWindow, qtbot: QtBot) -> Cipher:
    sheet = window.encryption.on_sheet
    window.settings.encryption.on.click()
    assert sheet.isVisible()
    sheet.go.click()
    qtbot.waitUntil(lambda: sheet.key.text() != "", timeout=PATIENCE_MS)
    return Cipher.recovered(sheet.key.text())


def type_back(window: MainWindow, groups: list[str]) -> None:
    sheet = window.encryption.on_sheet
    for edit, group in zip(sheet.typed, groups, strict=True):
        edit.setText(group)
        edit.textEdited.emit(group)
    sheet.go.click()


def asked_for(window: MainWindow, cipher: Cipher) -> list[str]:
    numbers = [int("".join(filter(str.isdigit, edit.accessibleName()))) for edit in window.encryption.on_sheet.typed]
    return [cipher.groups[number - 1] for number in numbers]


def whole(home: AppDirs) -> bool:
    with closing(open_store(home)) as store:
        return all(check.passed for check in (*check_store(store), check_encryption(home)))


def test_on_and_off_and_the_key_must_be_kept_first(start: Start, sealed: AppDirs, tmp_path: Path, qtbot: QtBot) -> None:
    program = start()
    window = usable(program, qtbot)
    panel, sheet = window.settings.encryption, window.encryption.on_sheet
    assert panel.state.text() == "Off"
    assert not panel.off.isVisible()
    cipher = show_key(window, qtbot)
    assert not sheet.go.isEnabled()
    type_back(window, ["AAAAA", "BBBBB"])
    assert "read it from your copy again" in sheet.wrong.text()
    assert encryption.encryption_state(sealed).state is State.OFF
    assert not (sealed.config / KEY_FILE).exists(), "a key that nobody has kept is kept nowhere"
    window.encryption.save_to(cipher, sealed.data / "key.pdf")
    assert "outside" in sheet.wrong.text()
    assert not (sealed.data / "key.pdf").exists()
    window.encryption.save_to(cipher, tmp_path / "key.pdf")
    paper = QPdfDocument()
    paper.load(str(tmp_path / "key.pdf"))
    text = paper.getAllText(0).text()
    assert all(group in text for group in cipher.groups)
    assert (tmp_path / "key.pdf").stat().st_mode & 0o077 == 0
    type_back(window, [one.lower() for one in asked_for(window, cipher)])
    window = converted(program, window, "The cases are encrypted.", qtbot)
    assert window.settings.encryption.state.text() == "On"
    assert "in a file of this user" in window.settings.encryption.about.text()
    assert encryption.in_the_clear(sealed) == 0
    window.settings.encryption.off.click()
    window.encryption.off_sheet.go.click()
    window = converted(program, window, "The cases are in the clear again.", qtbot)
    assert window.settings.encryption.state.text() == "Off"
    window.close()
    assert encryption.encryption_state(sealed).state is State.OFF
    assert whole(sealed)


def test_a_key_that_was_looked_at_and_left_is_gone(start: Start, sealed: AppDirs, qtbot: QtBot) -> None:
    window = usable(start(), qtbot)
    first = show_key(window, qtbot)
    window.encryption.on_sheet.leave()
    assert window.encryption.on_sheet.key.text() == ""
    assert show_key(window, qtbot).key != first.key
    assert encryption.encryption_state(sealed).state is State.OFF


def test_what_is_stopped_leaves_the_cases_whole_and_goes_on(
    start: Start, sealed: AppDirs, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = start()
    window = usable(program, qtbot)
    cipher = show_key(window, qtbot)
    begin = ConvertingWindow.begin

    def at_once(converting: ConvertingWindow) -> None:
        converting.stop_button.click()
        begin(converting)

    with monkeypatch.context() as patch:
        patch.setattr(ConvertingWindow, "begin", at_once)
        type_back(window, asked_for(window, cipher))
        window = converted(program, window, "Every case can be opened", qtbot)
    assert window.settings.encryption.state.text().startswith("Half done")
    assert encryption.encryption_state(sealed).state is State.TURNING_ON
    assert encryption.in_the_clear(sealed) > 0
    window.settings.encryption.again.click()
    window = converted(program, window, "The cases are encrypted.", qtbot)
    assert window.settings.encryption.state.text() == "On"
    window.close()
    assert encryption.in_the_clear(sealed) == 0
    assert whole(sealed)


def test_the_recovery_key_opens_cases_whose_key_the_keyring_lost(start: Start, sealed: AppDirs, qtbot: QtBot) -> None:
    cipher = Cipher.new()
    keep(sealed, cipher)
    encryption.turn_on(sealed, cipher)
    unlocked_keys.lock_all()
    (sealed.config / KEY_FILE).unlink()
    program = start()
    window = program.window
    assert window is not None
    sheet = window.encryption.recover_sheet
    qtbot.waitUntil(sheet.isVisible, timeout=PATIENCE_MS)
    for typed, said in ((Cipher.new().recovery_key, "another key"), ("ABCDE-FGHIJ", "no recovery key")):
        sheet.key.setText(typed)
        sheet.key.textEdited.emit(typed)
        sheet.go.click()
        qtbot.waitUntil(lambda said=said: said in sheet.wrong.text(), timeout=PATIENCE_MS)  # type: ignore[misc]
        assert not window.bridge.is_open
    sheet.key.setText(cipher.recovery_key.lower().replace("-", " "))
    sheet.key.textEdited.emit("")
    sheet.go.click()
    window = usable(program, qtbot)
    assert not sheet.isVisible()
    assert window.message.text == ""
    assert [one.header.number for one in window.bridge.bench.cases.search()] == ["A-1"]
    window.close()
    unlocked_keys.lock_all()
    assert whole(sealed), "it is kept for the next start"


def test_a_technician_turns_nothing_on(start: Start, qtbot: QtBot) -> None:
    window = usable(start(), qtbot)
    operator = window.bridge.bench.operator
    operator.add("Ada", Role.ADMINISTRATOR, PASSWORD)
    operator.add("Tess", Role.TECHNICIAN, PASSWORD)
    operator.turn_on_with_new()
    operator.sign_in("Tess", PASSWORD)
    window.operator.rules_changed()
    panel = window.settings.encryption
    assert not panel.on.isEnabled()
    assert "Only an administrator" in panel.toolTip()
    window.encryption.on_sheet.key_wanted.emit()
    sheet = window.encryption.on_sheet
    qtbot.waitUntil(lambda: "Only an administrator" in sheet.wrong.text(), timeout=PATIENCE_MS)
    assert sheet.key.text() == ""
