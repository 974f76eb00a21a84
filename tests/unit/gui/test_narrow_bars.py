"""In a narrow window, and with long words, the bars of Review keep what can be read."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from leukoscope.gui.review.cell_list import CellList
from leukoscope.gui.review.gallery_bar import ROUNDING, WHOLE, GalleryBar
from leukoscope.gui.widgets.buttons import ComboBox


def _bar(qtbot: QtBot, width: int) -> GalleryBar:
    size = QWidget()
    size.setFixedWidth(96)
    bar = GalleryBar(size)
    qtbot.addWidget(bar)
    bar.count(CellList())
    bar.resize(width, 48)
    bar.show()
    return bar


@pytest.mark.parametrize("width", [720, 800, 1200])
def test_the_choices_keep_their_words_before_the_groups_do(qtbot: QtBot, width: int) -> None:
    bar = _bar(qtbot, width)
    if bar.groups.maximumWidth() >= bar.groups.sizeHint().width():
        assert width == 1200 and min(bar.filter.width(), bar.sort.width()) >= WHOLE
    else:
        assert width < 1200 and bar.groups.width() <= bar.groups.minimumSizeHint().width() + 2 * ROUNDING


def test_where_a_choice_has_no_room_for_words_a_sign_stands_for_them(qtbot: QtBot) -> None:
    box = ComboBox()
    box.addItem("Largest disagreement first")
    qtbot.addWidget(box)
    box.setFixedWidth(52)
    box.show()
    without = box.grab().toImage()
    box.sign = "sort"
    assert box.grab().toImage() != without
    box.setFixedWidth(300)
    wide = box.grab().toImage()
    box.sign = ""
    assert box.grab().toImage() == wide, "with room the words stand there"
