"""Setting the scale by hand: a line over the stage micrometer, objective and camera, undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.domain.objectives import ScaleWay
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.widgets.scale_form import ScaleForm
from leukoscope.sources.demo import FIELD_UM_PER_PX
from tests.gui.conftest import PATIENCE_MS


@pytest.fixture
def field_file(tmp_path: Path, field_png: bytes) -> Path:
    path = tmp_path / "field.png"
    path.write_bytes(field_png)
    return path


def test_the_form_says_what_a_scale_means(qtbot: QtBot) -> None:
    form = ScaleForm()
    qtbot.addWidget(form)
    form.begin(has_image=True)
    assert not form.keep.isEnabled()
    form.show_line(10)
    assert "longer line" in form.hint.text()
    form.show_line(1000)
    assert form.result.text() == "0.1 µm/px"
    assert not form.keep.isEnabled(), "it has no name yet"
    form.name.setText("100× oil")
    assert "75 pixels" in form.hint.text()
    with qtbot.waitSignal(form.kept) as kept:
        form.keep.click()
    objective, also_case = kept.args
    assert (objective.name, objective.um_per_px, objective.way) == ("100× oil", 0.1, ScaleWay.MEASURED)
    assert also_case
    with qtbot.waitSignal(form.closed):
        QTest.keyClick(form, Qt.Key.Key_Escape)


def test_a_line_drawn_on_the_image_sets_the_scale_and_undo_takes_it_back(
    window: MainWindow, qtbot: QtBot, field_file: Path
) -> None:
    window.importing.add_paths((field_file,))
    qtbot.waitUntil(lambda: window.review.canvas.has_image, timeout=PATIENCE_MS)
    before = window.review.frame
    assert before is not None
    assert before.um_per_px is None
    cells = len(before.cells)

    window.actions_by_id["set_scale"].trigger()
    form, canvas = window.calibration.form, window.review.canvas
    assert form.isVisible()
    start, end = QPoint(100, 120), QPoint(300, 120)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas.viewport(), end)
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=end)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not form.isVisible() and not window.calibration.ruler.on, "Escape puts it away wherever the keyboard is"
    window.actions_by_id["set_scale"].trigger()
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas.viewport(), end)
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=end)
    drawn = canvas.mapToScene(end).x() - canvas.mapToScene(start).x()
    assert form.line_px.value() == pytest.approx(drawn, abs=0.1)
    form.line_um.setValue(drawn * FIELD_UM_PER_PX)
    form.name.setText("100× oil")
    form.keep.click()
    assert not form.isVisible()
    assert not window.calibration.ruler.on

    def rescaled() -> bool:
        frames = window.case.frames
        return len(frames) == 1 and frames[0].id != before.id

    qtbot.waitUntil(rescaled, timeout=PATIENCE_MS)
    after = window.case.frames[0]
    assert after.um_per_px == pytest.approx(FIELD_UM_PER_PX, rel=0.01)
    assert len(after.cells) == cells
    assert window.bridge.bench.settings.current.objective == "100× oil"

    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: [frame.id for frame in window.case.frames] == [before.id], timeout=PATIENCE_MS)


def test_objectives_are_chosen_and_forgotten_in_the_settings(window: MainWindow) -> None:
    window.actions_by_id["set_scale"].trigger()
    assert window.page == "settings", "without an image only objective and camera can be given"
    objectives = window.settings.objectives
    form = objectives.form
    form.pixel_um.setValue(3.45)
    form.magnification.setValue(50)
    form.name.setText("50×")
    form.keep.click()
    settings = window.bridge.bench.settings.current
    assert settings.um_per_px == pytest.approx(0.069)
    assert objectives.combo.currentText() == "50×"
    assert "0.069" in objectives.fact.text()
    objectives.combo.setCurrentIndex(0)
    objectives.combo.activated.emit(0)
    assert window.bridge.bench.settings.current.um_per_px is None
    objectives.combo.setCurrentIndex(1)
    objectives.combo.activated.emit(1)
    objectives.forget.click()
    assert window.bridge.bench.settings.current.objectives == ()
    assert objectives.combo.count() == 1
