"""A person's own model in the window: tried first, imported as it is fed rightly, and held where it tells nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.domain.cuts import PLAIN
from leukoscope.domain.feeding import LEAST_AUROC, Feeding
from leukoscope.domain.frames import Pixels
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.models.import_form import ImportForm
from leukoscope.inference.manifest import Manifest, read_manifest
from leukoscope.sources.demo import demo_cells
from leukoscope.workflow.own_model.activation import ACTIVATED
from leukoscope.workflow.own_model.trial_cells import trial_cells_of
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.unit.inference.proposal.networks import taught

NOTEBOOK = Feeding(crop=450, color="BGR", scaling="0..1")


def bluer(pixels: Pixels) -> Pixels:
    return np.ceil(pixels * [0.55, 1.0, 1.0]).astype(np.uint8)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained the notebook way with OpenCV: whole 450 x 450 pictures, BGR, divided by 255."""
    frames = [replace(frame, pixels=bluer(frame.pixels)) for frame in demo_cells(40, seed=3)]
    made = tmp_path_factory.mktemp("model") / "Notebook.keras"
    taught(trial_cells_of(frames, {PLAIN}), NOTEBOOK).save(made)
    return made


@pytest.fixture(scope="module")
def labeled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Other cells, sorted as C-NMC is."""
    root = tmp_path_factory.mktemp("labeled")
    for number, frame in enumerate(demo_cells(24, seed=8)):
        folder = root / ("hem" if number % 2 else "all")
        folder.mkdir(exist_ok=True)
        Image.fromarray(bluer(frame.pixels)).save(folder / f"{number}.png")
    return root


def asked(window: MainWindow, file: Path, labeled: Path, name: str = "") -> ImportForm:
    """The form, filled in; what is known is how the cell was cut out, so that few ways are tried."""
    window.show_page("models")
    window.models.offer_file(file)
    form = window.models.form
    form.name.setText(name)
    QTest.mouseClick(form.feeding.cells.findChild(object, "folder"), Qt.MouseButton.LeftButton)
    form.feeding.folder.setText(str(labeled))
    form.feeding.around.setCurrentIndex(form.feeding.around.findText("on black, 450 of 450 pixels"))
    return form


def tried(form: ImportForm, qtbot: QtBot) -> None:
    form.attempt.click()
    qtbot.waitUntil(lambda: form.feeding.ways.proposal is not None, timeout=PATIENCE_MS)


def manifest_of(window: MainWindow, name: str) -> Manifest:
    return read_manifest(window.bridge.home.models / name)


def test_the_right_way_is_proposed_and_imported(
    open_quiet: OpenWindow, file: Path, labeled: Path, qtbot: QtBot
) -> None:
    window = open_quiet()
    form = asked(window, file, labeled)
    assert not form.start.isEnabled() and "Try the ways first" in form.start.toolTip()
    tried(form, qtbot)
    ways = form.feeding.ways
    assert "12 leukemic and 12 healthy cells of yours" in ways.caption.text()
    assert [ways.table.item(0, column).text() for column in (0, 1)] == ["on black, 450 of 450 pixels", "BGR 0…1"]
    assert float(ways.table.item(0, 2).text()) > 0.9 and "–" in ways.table.item(0, 3).text()
    assert ways.table.currentRow() == 0 and ways.warning.isHidden()
    assert [one.pixmap().width() for one in ways.cells] == [128, 128, 128]
    # The keyboard is in the list: another way, its cells as the network sees them then, and back.
    before = ways.cells[0].pixmap().toImage()
    QTest.keyClick(ways.table, Qt.Key.Key_Down)
    assert ways.table.currentRow() == 1 and ways.cells[0].pixmap().toImage() != before
    QTest.keyClick(ways.table, Qt.Key.Key_Up)
    assert ways.table.currentRow() == 0 and ways.cells[0].pixmap().toImage() == before
    form.start.click()
    qtbot.waitUntil(lambda: "notebook" in window.models.rows, timeout=PATIENCE_MS)
    manifest = manifest_of(window, "notebook")
    assert manifest.preprocessing.feeding == NOTEBOOK
    assert manifest.tried is not None and manifest.tried.auroc is not None and manifest.tried.auroc > 0.9
    assert window.models.card.reason.isHidden()
    # The only one there is judges without being asked for.
    assert window.models.rows["notebook"].judges.isChecked()


@pytest.mark.heavy
def test_the_wrong_way_judges_only_for_a_reason_that_is_on_record(
    open_quiet: OpenWindow, file: Path, labeled: Path, qtbot: QtBot
) -> None:
    window = open_quiet()
    form = asked(window, file, labeled, "wrong")
    tried(form, qtbot)
    ways = form.feeding.ways
    assert ways.proposal is not None
    row = next(place for place, way in enumerate(ways.proposal.tried) if not way.auroc >= LEAST_AUROC)
    ways.table.setCurrentCell(row, 0)
    assert ways.warning.isVisible()
    form.start.click()
    page = window.models
    qtbot.waitUntil(lambda: "wrong" in page.rows and "write down why" in page.message.text, timeout=PATIENCE_MS)
    reason = page.card.reason
    assert reason.isVisible() and "judges only with a reason" in reason.words.text()
    # There is no other, and still it does not judge. Ticking it asks for the reason in place, and changes nothing.
    page.rows["wrong"].judges.click()
    assert not page.rows["wrong"].judges.isChecked() and reason.reason.isVisible() and not reason.take.isEnabled()
    assert window.bridge.bench.models.chosen() == ()
    QTest.keyClicks(reason.reason, "   ")
    QTest.keyClick(reason.reason, Qt.Key.Key_Return)
    assert not reason.take.isEnabled()
    reason.reason.setText("To show what it does")
    QTest.keyClick(reason.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: reason.isHidden() and page.rows["wrong"].judges.isChecked(), timeout=PATIENCE_MS)
    assert "wrong" in window.bridge.bench.settings.current.models
    entries = window.bridge.bench.signing.audit()
    (entry,) = (one for one in entries if one.what == ACTIVATED)
    assert (entry.subject, entry.reason) == ("wrong", "To show what it does")


def test_stopping_leaves_nothing(open_quiet: OpenWindow, file: Path, labeled: Path, qtbot: QtBot) -> None:
    window = open_quiet()
    form = asked(window, file, labeled)
    form.feeding.around.setCurrentIndex(0)
    form.attempt.click()
    assert not form.file.isEnabled() and not form.attempt.isEnabled()
    qtbot.waitUntil(lambda: "(" in form.step_text, timeout=PATIENCE_MS)
    QTest.keyClick(form._stop, Qt.Key.Key_Space)
    qtbot.waitUntil(form.attempt.isEnabled, timeout=PATIENCE_MS)
    assert "nothing was installed" in form.message.text
    assert form.feeding.ways.proposal is None and form.feeding.ways.isHidden() and not form.start.isEnabled()
    models = window.bridge.home.models
    assert not models.exists() or not list(models.iterdir())
