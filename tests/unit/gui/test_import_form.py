"""The form that asks how one's own model is fed, with ways that were tried: no network, no window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from leukoscope.domain.cuts import Cutting
from leukoscope.domain.feeding import PRESETS, SCALINGS, Feeding
from leukoscope.gui.models.feeding_words import around_words, samples_words, step_words, trial_words
from leukoscope.gui.models.import_form import ImportForm, ImportWish, ModelWish, TrialWish
from leukoscope.gui.models.page import ModelsPage
from leukoscope.gui.models.reason_line import ReasonLine
from leukoscope.inference.heads import Head
from leukoscope.inference.import_process import STEPS
from leukoscope.inference.input_schema import FeedingTrial
from leukoscope.inference.proposal.process import BEFORE
from leukoscope.inference.proposal.tried import Proposal, Tried, untried
from leukoscope.workflow.events import Failed, Stopped
from leukoscope.workflow.model_events import FeedingProposed
from tests.unit.gui.harness import Stage

SEEN = tuple(np.full((24, 24, 3), value, np.uint8) for value in (40, 90, 140))
GOOD = Tried(Feeding(crop=450, color="BGR", scaling="0..1"), 0.93, 0.75, 0.98, 0.2, SEEN)
POOR = Tried(Feeding(scaling="-1..1"), 0.59, 0.4, 0.77, 0.9, SEEN)
NONE = Tried(PRESETS["caffe"].of(Feeding(Cutting.WHOLE)), float("nan"), float("nan"), float("nan"), float("inf"), SEEN)
PROPOSAL = Proposal((GOOD, POOR, NONE), 12, 11, "labeled", ("takes samples as they come",), (24, 24, 3))


@pytest.fixture
def form(qtbot: QtBot) -> ImportForm:
    made = ImportForm()
    qtbot.addWidget(made)
    made.file.setText("/models/own.keras")
    made.show()
    return made


def rows(form: ImportForm) -> list[list[str]]:
    table = form.feeding.ways.table
    items = [[table.item(row, column) for column in range(4)] for row in range(table.rowCount())]
    return [[item.text() if item is not None else "" for item in line] for line in items]


def test_the_ways_are_listed_in_words_and_the_chosen_one_is_imported(form: ImportForm, qtbot: QtBot) -> None:
    form.show_proposal(PROPOSAL)
    assert rows(form) == [
        ["on black, 450 of 450 pixels", "BGR 0…1", "0.93", "0.75–0.98"],
        ["on black, 300 of 450 pixels", "RGB −1…1", "0.59", "0.40–0.77"],
        ["the whole image", "BGR 0…255, mean of ImageNet taken away", "no number", "–"],
    ]
    ways = form.feeding.ways
    assert "12 leukemic and 11 healthy cells of yours" in ways.caption.text()
    held = []
    for row in range(3):
        ways.table.setCurrentCell(row, 0)
        held.append(ways.warning.isVisible())
    assert held == [False, True, True]
    ways.table.setCurrentCell(1, 0)
    form.name.setText("Own")
    with qtbot.waitSignal(form.import_wanted) as wanted:
        form.start.click()
    trial = FeedingTrial(auroc=0.59, low=0.4, high=0.77, leukemic=12, healthy=11, cells="labeled", ways=3)
    model = ModelWish(Path("/models/own.keras"), ("healthy", "leukemic"), "Own")
    assert wanted.args == [ImportWish(model, POOR.feeding, trial)]


def test_outputs_that_seem_to_mean_the_opposite_are_told_with_what_to_choose(form: ImportForm) -> None:
    said = form.feeding.ways.warning
    form.show_proposal(PROPOSAL)
    assert said.isHidden()
    opposite = tuple(replace(GOOD, auroc=area, low=0.0, high=area + 0.1) for area in (0.21, 0.06))
    form.show_proposal(replace(PROPOSAL, tried=opposite))
    assert said.isVisible() and "choose the other order under “What its outputs mean” and try again" in said.text()
    form.show_proposal(replace(PROPOSAL, tried=opposite, cells="drawn"))
    assert "try it on labeled cells" in said.text()


def test_what_was_tried_holds_for_what_was_asked(form: ImportForm) -> None:
    def press(button: str) -> None:
        for one in form.findChildren(QToolButton, button):
            one.click()

    changes: list[Any] = [
        lambda: form.file.setText("/models/other.keras"),
        lambda: press("leukemic,healthy"),
        lambda: press("folder"),
        lambda: form.feeding.folder.setText("/cells"),
        lambda: form.feeding.around.setCurrentIndex(2),
        lambda: form.feeding.samples.setCurrentIndex(1),
    ]
    for change in changes:
        form.show_proposal(PROPOSAL)
        assert form.start.isEnabled()
        change()
        assert not form.start.isEnabled() and form.feeding.ways.isHidden()
    form.show_proposal(PROPOSAL)
    form.name.setText("Another name")
    assert form.start.isEnabled()


def test_classes_are_proposed_by_name_and_asked_for_as_often_as_the_model_gives_figures(
    form: ImportForm, qtbot: QtBot, tmp_path: Path
) -> None:
    classes = form.classes
    classes.show_heads((Head("ill", 1), Head("subtype", 4)))
    assert classes.output.isVisible() and not classes.meanings and classes.lacks == ""
    classes.output.setCurrentIndex(2)
    assert classes.order.choice == "others" and classes.classes == ("", "", "", "")
    with qtbot.assertNotEmitted(form.trial_wanted):
        form.attempt.click()
        assert form.message.text == "Choose for each class what it means."
        classes.names.setText("Benign, Early, Pre")
        form.attempt.click()
        assert classes.classes == ("healthy", "leukemic", "leukemic", "")
    # Keras numbers folders by the alphabet; what is no name of cells is asked for, and a choice stays.
    for name in ("hem", "[Malignant] early Pre-B", "dog", "Benign", "Pro", "notes.txt"):
        (tmp_path / name).mkdir() if "." not in name else (tmp_path / name).touch()
    classes.take_folder(tmp_path)
    assert classes.classes == ("healthy", "leukemic", "leukemic", "", "healthy")
    assert classes.lacks == "5 classes are named, but the model gives figures for 4."
    classes.meanings[3].setCurrentIndex(classes.meanings[3].findData("other"))
    classes.names.setText("Benign, [Malignant] early Pre-B, Pro, dog")
    with qtbot.waitSignal(form.trial_wanted) as wanted:
        form.attempt.click()
    wish = wanted.args[0] if wanted.args else None
    assert isinstance(wish, TrialWish)
    meaning = ("healthy", "leukemic", "leukemic", "other")
    assert wish.model == ModelWish(Path("/models/own.keras"), meaning, None, "subtype")


def test_what_is_known_is_not_tried(form: ImportForm, qtbot: QtBot) -> None:
    around, samples = form.feeding.around, form.feeding.samples
    around.setCurrentIndex(around.findText(around_words(Feeding(Cutting.KEPT, crop=450))))
    samples.setCurrentIndex(1 + SCALINGS.index("-1..1"))
    with qtbot.waitSignal(form.trial_wanted) as wanted:
        form.attempt.click()
    wish = wanted.args[0] if wanted.args else None
    assert isinstance(wish, TrialWish) and wish.labeled is None
    assert Feeding(**wish.pinned) == Feeding(Cutting.KEPT, crop=450, scaling="-1..1")
    form.set_working(False)
    samples.setCurrentIndex(samples.count() - 3)
    assert Feeding(**form.feeding.pinned) == PRESETS["caffe"].of(Feeding(Cutting.KEPT, crop=450))


def test_nothing_is_tried_without_a_file_or_a_folder(form: ImportForm, qtbot: QtBot) -> None:
    form.file.clear()
    with qtbot.assertNotEmitted(form.trial_wanted):
        form.attempt.click()
        assert form.message.text == "Choose the model file first."
        form.file.setText("/models/own.keras")
        form.findChildren(QToolButton, "folder")[0].click()
        form.attempt.click()
        assert "folder of labeled cells" in form.message.text


def test_a_file_that_cannot_be_tried_is_fed_as_said(form: ImportForm, qtbot: QtBot) -> None:
    form.show_proposal(untried(Feeding(scaling="0..1"), ("is no Keras file",), (0, 0, 0)))
    assert rows(form) == [["on black, 300 of 450 pixels", "RGB 0…1", "–", "–"]]
    assert "Only Keras files can be tried" in form.feeding.ways.caption.text()
    assert form.feeding.ways.warning.isHidden() and not form.feeding.ways.cells[0].isVisible()
    with qtbot.waitSignal(form.import_wanted) as wanted:
        form.start.click()
    assert wanted.args is not None and wanted.args[0].tried is None


@pytest.mark.usefixtures("qapp")
def test_how_it_ended_is_said_in_the_form() -> None:
    stage = Stage()
    page = ModelsPage(stage.bridge)
    page.form.file.setText("/models/own.keras")
    page.form.attempt.click()
    assert not page.form.attempt.isEnabled()
    stage.signals.happened.emit(Failed("import", "No folder in “cells” has the name of a class of cells."))
    assert "has the name of a class" in page.form.message.text and page.form.attempt.isEnabled()
    page.form.attempt.click()
    stage.signals.happened.emit(Stopped("import"))
    assert page.form.message.text == "Trying was stopped; nothing was installed."
    page.form.attempt.click()
    stage.signals.happened.emit(FeedingProposed(PROPOSAL))
    assert page.form.start.isEnabled()
    page.form.start.click()
    stage.signals.happened.emit(Stopped("import"))
    assert page.form.message.text == "The import was stopped; nothing was installed."
    assert page.form.start.isEnabled(), "it need not be tried again"


def test_the_reason_is_one_line_that_the_keyboard_leaves_and_keeps(qtbot: QtBot) -> None:
    line = ReasonLine()
    qtbot.addWidget(line)
    line.show_trial("AUROC 0.41 (0.20–0.63) on 12 leukemic and 12 healthy labeled cells")
    line.show()
    line.activateWindow()
    line.write.click()
    qtbot.waitUntil(line.reason.hasFocus)
    QTest.keyClicks(line.reason, "To compare")
    QTest.keyClick(line.reason, Qt.Key.Key_Escape)
    assert not line.reason.isVisible() and line.write.hasFocus()
    line.write.click()
    assert line.reason.text() == "To compare", "what was typed stays"
    with qtbot.waitSignal(line.given) as given:
        QTest.keyClick(line.reason, Qt.Key.Key_Return)
    assert given.args == ["To compare"]


def test_every_step_and_figure_has_words() -> None:
    trial = FeedingTrial(auroc=None, low=None, high=None, leukemic=4, healthy=5, cells="drawn", ways=1)
    assert trial_words(trial) == "no number on 4 leukemic and 5 healthy drawn cells"
    odd = Feeding(color="gray", mean=(0.5,), deviation=(0.25,))
    assert samples_words(odd) == "gray 0…255, minus 0.5, divided by 0.25"
    assert step_words("Trying way 3 of 40") == "Trying way 3 of 40"
    assert [step_words(one) for one in (*BEFORE, *STEPS)] == [*BEFORE, *STEPS]
