from __future__ import annotations

import itertools

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import Box, CellImage
from leukoscope.domain.findings import Label
from leukoscope.gui import theme, verdicts
from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.pixels import from_image, to_image
from leukoscope.gui.review.cell_rendering import Evidence, MapView, render_cell
from leukoscope.gui.review.inspector import Inspector
from leukoscope.gui.widgets.canvas import ImageCanvas
from leukoscope.gui.widgets.canvas_items import CellBox, scale_bar
from leukoscope.gui.widgets.header_form import HeaderForm
from leukoscope.gui.widgets.message_bar import MessageBar
from tests.gui.builders import BLURRED, case_cell, case_frame


@given(st.floats(0.01, 5), st.floats(0.01, 32))
def test_the_scale_bar_is_round_and_fits(um_per_px: float, zoom: float) -> None:
    bar = scale_bar(um_per_px, zoom)
    assert 60 <= bar.length <= 160.001
    number = float(bar.text.split()[0]) * (1000 if bar.text.endswith("mm") else 1)
    assert number / um_per_px * zoom == pytest.approx(bar.length, rel=1e-6)
    assert f"{number:e}"[0] in "125"


def test_pixels_survive_the_way_to_qt_and_back() -> None:
    rows = np.random.default_rng(1).integers(0, 256, (31, 45, 3), dtype=np.uint8)
    assert np.array_equal(from_image(to_image(rows)), rows)
    clear = QImage(5, 4, QImage.Format.Format_ARGB32)
    clear.fill(0)
    assert (from_image(clear) == 255).all()


def test_figures_have_two_digits_and_never_pretend_certainty() -> None:
    assert [verdicts.figure(p) for p in (0.0, 0.004, 0.4567, 0.999, 1.0)] == ["0.01", "0.01", "0.46", "0.99", "0.99"]


def linear(color: QColor) -> npt.NDArray[np.float64]:
    """A color in linear light, shape (3,)."""
    parts = np.array(color.getRgbF()[:3])  # type: ignore[index]
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast_of(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2, 1 to 21."""
    light = (float(linear(QColor(text)) @ (0.2126, 0.7152, 0.0722)) for text in (one, other))
    low, high = sorted(light)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", [theme.DARK, theme.LIGHT])
@pytest.mark.parametrize("label", list(Label))
def test_the_mark_of_a_verdict_can_be_seen(look: theme.Theme, label: Label) -> None:
    """WCAG 2.2, 1.4.11: 3:1 of a mark to what lies behind it, by its color or by its edge."""
    colors = [verdicts.COLORS[label], verdicts.EDGES.get(label, verdicts.COLORS[label])]
    for back in ("window", "surface", "raised"):
        assert max(contrast_of(one, str(getattr(look, back))) for one in colors) >= 3, back


DEFICIENT = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
"""Machado, Oliveira and Fernandes (2009), severity 1.0, in linear light."""


@pytest.mark.parametrize("eye", DEFICIENT)
def test_verdicts_are_told_apart_by_every_eye(eye: str) -> None:
    """By the distance in CIELAB: 10 is seen side by side without looking for it; each has a shape and a word too."""
    seen = []
    for label in Label:
        rgb = np.clip(np.array(DEFICIENT[eye]) @ linear(QColor(verdicts.COLORS[label])), 0, 1)
        srgb = np.where(rgb <= 0.0031308, rgb * 12.92, 1.055 * rgb ** (1 / 2.4) - 0.055)
        seen.append(cv2.cvtColor(srgb.astype(np.float32).reshape(1, 1, 3), cv2.COLOR_RGB2LAB).reshape(3))
    for one, other in itertools.combinations(seen, 2):
        assert float(np.linalg.norm(one - other)) > 10


@pytest.mark.parametrize("look", [theme.DARK, theme.LIGHT])
def test_words_can_be_read(look: theme.Theme) -> None:
    """WCAG 2.2: at least 4.5:1 for text, 3:1 for the outline of a control."""

    def contrast(one: str, other: str) -> float:
        return contrast_of(str(getattr(look, one)), str(getattr(look, other)))

    for back in ("window", "surface", "raised", "hover"):
        assert contrast("text", back) >= 7
        assert contrast("muted", back) >= 4.5
    assert contrast("on_primary", "primary") >= 7
    assert contrast("focus", "surface") >= 3
    for token in ("window", "surface", "raised", "canvas", "hover", "selected"):
        assert QColor(getattr(look, token)).saturation() == 0, "greys around pictures are neutral"


@pytest.fixture
def canvas(qtbot: QtBot) -> ImageCanvas:
    made = ImageCanvas()
    qtbot.addWidget(made)
    made.resize(640, 480)
    made.show()
    made.set_image(to_image(np.full((500, 800, 3), 200, np.uint8)), 0.1)
    made.set_boxes([CellBox(7, Box(100, 100, 80, 80), Label.LEUKEMIC, "0.91")])
    return made


def test_the_canvas_fits_zooms_and_returns(canvas: ImageCanvas) -> None:
    fitted = canvas.zoom
    assert fitted == pytest.approx(min((640 - 24) / 800, (480 - 24) / 500), rel=0.02)
    canvas.zoom_by(1.25)
    assert canvas.zoom == pytest.approx(fitted * 1.25)
    canvas.actual()
    assert canvas.zoom == pytest.approx(1 / canvas.devicePixelRatioF())
    canvas.zoom_by(1e9)
    assert canvas.zoom == pytest.approx(32)
    canvas.zoom_to(7)
    center = canvas.mapFromScene(QPointF(140, 140))
    assert (center - canvas.viewport().rect().center()).manhattanLength() < 4
    canvas.fit()
    assert canvas.zoom == pytest.approx(fitted)


def test_a_click_on_a_box_chooses_its_cell(canvas: ImageCanvas, qtbot: QtBot) -> None:
    inside: QPoint = canvas.mapFromScene(QPointF(140, 140))
    with qtbot.waitSignal(canvas.cell_clicked) as clicked:
        qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=inside)
    assert clicked.args == [7]
    with qtbot.waitSignal(canvas.stepped) as stepped:
        qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert stepped.args == [1]


def test_the_inspector_says_what_the_models_say(qtbot: QtBot) -> None:
    inspector = Inspector(MapView())
    qtbot.addWidget(inspector)
    cell = case_cell(3, 0.1, 0.9)
    inspector.show_cell((23, 118), cell, case_frame(1, cell, quality=BLURRED))
    words = {label.text() for label in inspector.findChildren(type(inspector._place))}
    assert "Cell 23 of 118" in words
    assert "The models disagree.\nThe cell is neither clearly leukemic nor clearly healthy." in words
    assert "Turn the fine focus." in words
    assert [len(card.map_buttons) for card in inspector.cards] == [2, 1]
    with qtbot.waitSignal(inspector.view_changed) as changed:
        inspector.cards[1].map_buttons[0].click()
    assert changed.args is not None and changed.args[0].number == 2
    inspector.choose_map(8)
    assert inspector.view.number == 2
    inspector.toggle_map()
    assert not inspector.view.on


def test_maps_are_drawn_where_the_evidence_is() -> None:
    cell = case_cell(1, 0.9, 0.8)
    gray = np.full((450, 450, 3), 100, np.uint8)
    cell_image = CellImage(gray, cell.finding.cell, 2.0, (140.0, 140.0))
    pictures = render_cell(cell_image, cell, MapView(evidence=Evidence.LEUKEMIC))
    assert pictures.mapped is not None and pictures.overlay is not None and pictures.extent is not None
    mapped = from_image(pictures.mapped).astype(int)
    assert (mapped.shape[0], mapped.shape[1]) == (300, 300)
    assert np.abs(mapped[-40:] - 100).max() > 30, "strong evidence below"
    assert np.abs(mapped[:40] - 100).max() == 0, "none above"
    assert pictures.extent.center() == QPointF(140, 140)
    assert pictures.extent.width() == 150
    other = render_cell(cell_image, cell, MapView(evidence=Evidence.HEALTHY))
    assert other.mapped is not None
    assert np.abs(from_image(other.mapped).astype(int)[:40] - 100).max() > 30
    assert render_cell(cell_image, cell, MapView(on=False)).mapped is None


def test_the_header_form_saves_by_itself_and_needs_a_number(qtbot: QtBot) -> None:
    form = HeaderForm()
    qtbot.addWidget(form)
    form.show()
    form.show_header(5, CaseHeader("2026-0001"))
    with qtbot.waitSignal(form.saved) as saved:
        qtbot.keyClicks(form.fields["patient"], "Doe, Jane")
    assert saved.args == [5, CaseHeader("2026-0001", "Doe, Jane")]
    with qtbot.assertNotEmitted(form.saved, wait=700):
        form.fields["number"].clear()
        qtbot.keyClick(form.fields["number"], Qt.Key.Key_Backspace)
        form.save()


def test_messages_offer_something_to_do(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    done: list[str] = []
    bar.warn("The disk is full; make room.", "Try again", lambda: done.append("again"))
    assert bar.text == "The disk is full; make room."
    bar._action.click()
    assert done == ["again"] and bar.text == ""


def test_time_left_is_said_in_round_words(qtbot: QtBot) -> None:
    line = StatusLine("purpose")
    qtbot.addWidget(line)
    assert line.time_left(3) == "a few seconds left"
    assert line.time_left(43) == "about 45 s left"
    assert line.time_left(600) == "about 10 min left"
    assert line.time_left(9000) == "about 2.5 h left"


def test_the_status_line_says_when_the_disk_runs_full(qtbot: QtBot) -> None:
    line = StatusLine("for research")
    qtbot.addWidget(line)
    line.show_disk("Only 0.4 GB are free for cases; make room on the disk.")
    assert "0.4 GB" in line.disk_text and not line._disk.isHidden()
    line.show_disk("")
    assert line._disk.isHidden()
