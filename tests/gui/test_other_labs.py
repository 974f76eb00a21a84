"""The models that ship in the real window: images of other labs, and a case of an earlier version."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pypdf
import pytest
from alembic import command
from alembic.config import Config
from PySide6.QtCore import QMimeData, QUrl
from pytestqt.qtbot import QtBot

from leukoscope.cases import migrations
from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.findings import Finding, Label
from leukoscope.gui.main_window import MainWindow
from leukoscope.imaging.localize import localize
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.export import formats
from leukoscope.workflow.images import png_source
from leukoscope.workflow.model_panel import ModelPanel
from leukoscope.workflow.settings import save_settings
from tests.conftest import SHIPPED_GRAPHS
from tests.gui.builders import BAND, GOOD, explanation, opinion
from tests.gui.conftest import PATIENCE_MS, SOMEBODY_HERE, OpenWindow
from tests.gui.test_window import drop

BEFORE_NAMES = "0009"
"""The last migration before cells were named."""


def linked(source: str, target: str) -> None:
    """Put a file into another folder too, or a copy of it where that folder is on another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture
def home(data_home: Path, shipped_panel: ModelPanel) -> AppDirs:
    """A home with the models that ship, compiled already, in which somebody has said their name today."""
    assert shipped_panel.networks
    shutil.copytree(SHIPPED_GRAPHS, data_home / "cache" / "graphs", copy_function=linked)
    made = AppDirs.of_user()
    save_settings(SOMEBODY_HERE, made.config)
    return made


def wait_judged(window: MainWindow, images: int, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(window.case.frames) == images, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.status.queue_text == "", timeout=PATIENCE_MS)


def test_a_field_and_a_cell_of_other_labs_are_named_counted_and_reported(
    window: MainWindow, shared_data: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    mime = QMimeData()
    paths = (shared_data / "bccd/images/BloodImage_00000.jpg", shared_data / "pbc_more/eosinophil/EO_105327.jpg")
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    drop(window, mime)
    wait_judged(window, 2, qtbot)
    by_image = {Path(frame.source).name: frame.cells for frame in window.case.frames}
    (neutrophil,), (eosinophil,) = by_image["BloodImage_00000.jpg"], by_image["EO_105327.jpg"]
    assert (neutrophil.code, neutrophil.label) == ("neutrophil", Label.HEALTHY)
    assert (eosinophil.code, eosinophil.label) == ("eosinophil", Label.HEALTHY)
    qtbot.waitUntil(lambda: window.review.gallery.model.rowCount() == 2, timeout=PATIENCE_MS)
    sections = [(one.code, one.count) for one in window.review.gallery.model.sections]
    assert sections == [("neutrophil", 1), ("eosinophil", 1)], "as a hematologist counts"
    window.review.gallery.choose(neutrophil.id, anywhere=True)
    assert window.review.inspector._verdict._sentence.text().startswith("Program: neutrophil 0.")
    assert "not asked" in window.review.inspector._verdict._agree.text()
    window.actions_by_id["count"].trigger()
    table = window.operator.count_sheet.mine.differential
    assert [table.cells[code][0].text() for code in ("neutrophil", "eosinophil", "blast", None)] == list("1100")
    pdf = tmp_path / "report.pdf"
    window.bridge.bench.exports.write(window.case.id or 0, formats.PDF, pdf)
    qtbot.waitUntil(pdf.exists, timeout=PATIENCE_MS)
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages).split()
    text = " ".join(words)
    assert "Neutrophils 1 50 %" in text and "Eosinophils 1 50 %" in text and "Blasts 0 0 %" in text
    assert "Fewer than 100 white cells were counted" in text


def old_case(folder: Path) -> int:
    """A case as a version without names kept it: a healthy field, judged by two networks, one cell labeled."""
    frame = demo_field(seed=4, width=900, height=700, leukocytes=5, kinds=HEALTHY_BLOOD)
    source = png_source(frame.pixels, frame.origin, frame.um_per_px)
    read = source.read()
    opinions = (opinion("ensemble", 0.2, explanation("a")), opinion("hybrid", 0.3, explanation("b")))
    findings = tuple(
        Finding(cell, opinions, Label.HEALTHY, 0.25, BAND) for cell in localize(read, View.FIELD) if not cell.flags
    )
    assert len(findings) >= 3
    store = CaseStore(folder)
    case_id = store.create(CaseHeader("2024-0017"))
    analysis = ImageAnalysis(source.name, read, View.FIELD, GOOD, findings)
    kept = store.frames.add(case_id, analysis, source.image_bytes())
    store.decide(kept.cells[0].id, Label.LEUKEMIC, "Ana")
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with store.database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, BEFORE_NAMES)
    store.close()
    return case_id


def test_a_case_of_an_earlier_version_shows_its_labels_and_can_be_judged_again(
    home: AppDirs, open_window: OpenWindow, qtbot: QtBot
) -> None:
    case_id = old_case(home.cases)
    window = open_window()
    window.commands.open_case(case_id)
    qtbot.waitUntil(lambda: window.review.cell is not None, timeout=PATIENCE_MS)
    before = window.case.frames[0]
    labeled = before.cells[0]
    window.review.gallery.choose(labeled.id, anywhere=True)
    panel = window.review.inspector._verdict
    assert panel._sentence.text() == "Program: healthy 0.75. You: leukemic."
    assert panel._person.text() == "Labeled by Ana."
    assert not window.review.gallery.model.grouped, "nobody was asked for names"
    window.actions_by_id["judge_case_again"].trigger()
    qtbot.waitUntil(lambda: bool(window.case.frames) and window.case.frames[0].id != before.id, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.status.queue_text == "", timeout=PATIENCE_MS)
    cells = window.case.frames[0].cells
    assert all(cell.finding.naming is not None for cell in cells)
    same = [cell for cell in cells if cell.decision is not None]
    assert [(cell.label, cell.decision.by) for cell in same if cell.decision] == [(Label.LEUKEMIC, "Ana")]
    assert same[0].finding.cell.box == labeled.finding.cell.box
    window.review.gallery.choose(same[0].id, anywhere=True)
    assert panel._sentence.text().startswith("Program: ") and panel._sentence.text().endswith(". You: leukemic.")
    qtbot.waitUntil(lambda: window.review.gallery.model.grouped, timeout=PATIENCE_MS)
