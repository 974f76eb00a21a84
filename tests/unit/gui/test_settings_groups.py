"""The settings are found by their words, and a group is one click away."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit
from pytestqt.qtbot import QtBot

from leukoscope.gui.places import note_start, start_of
from leukoscope.gui.settings.groups import SettingGroups, matches
from leukoscope.gui.widgets.text import label


def test_words_are_found_in_any_order_without_case_and_accents() -> None:
    assert matches("prüfung TAGLICH", "Tägliche Prufung")
    assert matches("  ", "")
    assert not matches("daily copy", "Daily control")


def test_a_search_leaves_the_cards_that_have_the_words(qtbot: QtBot) -> None:
    groups = SettingGroups("Settings")
    qtbot.addWidget(groups)
    for name, title, cards in (("look", "Look", ("Theme",)), ("systems", "Other systems", ("HL7", "DICOM"))):
        groups.begin(name, title)
        for card in cards:
            field = QLineEdit()
            field.setAccessibleName(f"Address of {card}")
            groups.card(card).addWidget(field, 0, 0)
            groups.card(f"{card} more").addWidget(label("Line" * 40), 0, 0)
    groups.end()
    groups.resize(800, 240)
    groups.show()

    def shown() -> list[str]:
        frames = [one for one in groups.findChildren(QFrame) if one.objectName() == "card" and one.isVisible()]
        return [one.accessibleName() for one in frames]

    QTest.keyClicks(groups.search, "address dicom")
    assert shown() == ["DICOM"]
    QTest.keyClicks(groups.search, "x")
    assert shown() == []
    assert groups.nothing.isVisible()
    QTest.keyClick(groups.search, Qt.Key.Key_Escape)
    assert len(shown()) == 6
    groups.go_to("systems")
    QApplication.processEvents()
    bar = groups._area.verticalScrollBar()
    assert bar.value() > 0
    assert groups._doors["systems"].isChecked()
    bar.setValue(0)
    assert groups._doors["look"].isChecked()


def test_a_dialog_begins_where_the_last_images_lay(qtbot: QtBot) -> None:
    page = label("")
    qtbot.addWidget(page)
    note_start(page, "/images/of/today")
    assert start_of(page) == "/images/of/today"
    assert start_of(page, "/chosen/logo.png") == "/chosen/logo.png"
