"""The window in the person's language: words arrive, and German lengths fit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from leukoscope.domain.errors import ImageError
from leukoscope.gui import language
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.main_window import MainWindow
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.workbench import Workbench
from tests.gui.conftest import PATIENCE_MS
from tests.gui.opened import opened_window


@pytest.fixture
def german(qtbot: QtBot, home: AppDirs, dark: QApplication) -> Iterator[MainWindow]:
    """A usable window in German, as wide as the smallest screen it must fit on."""
    app = dark
    translators = language.install(app, "de")
    assert len(translators) == 2
    bridge = Bridge(home)
    window = opened_window(bridge)
    with qtbot.waitSignal(window.usable, timeout=PATIENCE_MS):
        bridge.open()
        window.show()
    window.resize(1280, 800)
    yield window
    window.close()
    window.deleteLater()
    for translator in translators:
        app.removeTranslator(translator)


def clipped(page: QWidget) -> list[str]:
    """Texts that have less room than they need."""
    found = []
    for one in page.findChildren(QWidget):
        if not one.isVisibleTo(page) or one.width() == 0:
            continue
        if isinstance(one, QAbstractButton) and one.text() and one.width() < one.sizeHint().width() - 1:
            found.append(one.text())
        plain = isinstance(one, QLabel) and type(one) is QLabel and not one.wordWrap()
        if plain and one.text() and one.width() < one.fontMetrics().horizontalAdvance(one.text()):
            found.append(one.text())
    return found


def test_the_window_speaks_german_and_nothing_is_clipped(german: MainWindow, qtbot: QtBot) -> None:
    texts = {action.text() for action in german.actions_by_id.values()}
    assert {"Neuer Fall", "PDF-Bericht exportieren…", "An das Kliniksystem senden"} <= texts
    titles = [action.text() for action in german.menuBar().actions()]
    assert titles[0] == "&Fall"
    letters = [title[title.index("&") + 1].casefold() for title in titles]
    assert len(set(letters)) == len(letters), "Alt and a letter must open one menu"
    for page in german.pages:
        german.show_page(page)
        qtbot.wait(1)
        assert clipped(german.pages[page]) == [], page
    german.message.warn("The models disagree.")
    assert german.message.text == "Die Modelle sind uneins."
    german.message.warn("“smear 1.tif” is empty; copy it again from the microscope or camera.")
    assert german.message.text == "„smear 1.tif“ ist leer; neu vom Mikroskop oder von der Kamera kopieren."
    qtbot.waitUntil(lambda: german.status.engine_text == "Bereit.", timeout=PATIENCE_MS)
    assert german.width() == 1280
    # What fails is told in German to every page, not only where it goes through the message bar.
    heard: list[str] = []

    def fail(_bench: Workbench) -> None:
        raise ImageError("“smear 1.tif” is empty; copy it again from the microscope or camera.")

    german.bridge.read(fail, owner=german, failed=heard.append)
    qtbot.waitUntil(lambda: bool(heard), timeout=PATIENCE_MS)
    assert heard == ["„smear 1.tif“ ist leer; neu vom Mikroskop oder von der Kamera kopieren."]


def test_what_is_filled_into_a_sentence_is_taken_over_whatever_it_is(qtbot: QtBot) -> None:
    app = QApplication.instance()
    assert app is not None
    translators = language.install(app, "de")
    try:
        name = "a {0} “b” (c).tif\nd"
        assert (
            said(f"“{name}” is not a file; choose an image file.")
            == f"„{name}“ ist keine Datei; eine Bilddatei wählen."
        )
        assert said("“x” has 210 megapixels, more than the 120 that can be opened; save it in parts or smaller.") == (
            "„x“ hat 210 Megapixel, mehr als die 120, die geöffnet werden können; in Teilen oder kleiner speichern."
        )
        assert said("Nobody has ever said this.") == "Nobody has ever said this."
        # A sentence that another one tells on: only the whole of it counts, with its stop.
        assert said("A message that is no order was left out: The models disagree..") == (
            f"Eine Nachricht, die kein Auftrag ist, wurde ausgelassen: {said('The models disagree.')}."
        )
        assert said("A message that is no order was left out: The models disagree.").endswith(": The models disagree.")
    finally:
        for translator in translators:
            app.removeTranslator(translator)


def test_every_language_loads_and_english_needs_no_catalog(qtbot: QtBot) -> None:
    app = QApplication.instance()
    assert app is not None
    assert language.install(app, "en") == ()
    for name, word in (("es", "Los modelos discrepan."), ("fr", "Les modèles sont en désaccord.")):
        translators = language.install(app, name)
        assert said("The models disagree.") == word
        for translator in translators:
            app.removeTranslator(translator)
    assert said("The models disagree.") == "The models disagree."
