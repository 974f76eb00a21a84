"""Shape in figures and words before any map; maps when they are asked for, and weak ones say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.cells import Box
from leukoscope.domain.findings import Attribute, BundleId, ExplanationMap, Label, Naming
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.morphology import MeasuredFigure, shown_figures
from leukoscope.domain.weak_evidence import is_weak
from leukoscope.gui import figure_words
from leukoscope.gui.pixels import to_image
from leukoscope.gui.review.cell_rendering import MapView, RenderedCell
from leukoscope.gui.review.inspector import Inspector
from leukoscope.gui.review.shape_table import RangeBar, ShapeTable
from tests.gui.builders import case_cell, case_frame

FIGURES = (
    MeasuredFigure("cell_area", 200.0, 60.0, 140.0, 0.4),
    MeasuredFigure("nc_ratio", 0.95, 0.67, 0.92, 0.9),
    MeasuredFigure("lobes", 1.0, 1.0, 1.0),
    MeasuredFigure("solidity", 0.8, 0.86, 0.98, -0.2),
    MeasuredFigure("density", 0.9, 0.2, 0.5),
)
ATTRIBUTES = (Attribute("nucleus-shape", "unsegmented-round", 0.97), Attribute("granularity", "no", 0.9))


def measured() -> CaseCell:
    made = case_cell(1, 0.9, 0.9)
    naming = Naming(BundleId("d", "1", "d" * 64), {"lymphocyte": 0.95, "blast": 0.05}, 0.9, 0.95, ATTRIBUTES)
    opinions = (*made.finding.opinions, replace(made.finding.opinions[0], figures=FIGURES, maps=()))
    return replace(made, finding=replace(made.finding, opinions=opinions, naming=naming))


@pytest.fixture
def table(qtbot: QtBot) -> ShapeTable:
    made = ShapeTable()
    qtbot.addWidget(made)
    made.show_finding(measured().finding)
    made.show()
    return made


def shown(table: ShapeTable) -> dict[str, tuple[str, str, str]]:
    return {
        code: (name.text(), value.text(), level.text())
        for code, (name, value, level, _) in table.rows.items()
        if name.isVisible()
    }


def test_the_main_figures_stand_with_units_and_where_they_lie(table: ShapeTable) -> None:
    assert shown(table) == {
        "cell_area": ("Cell area", "200 µm²", "high"),
        "diameter": ("Diameter", "16.0 µm", "high"),
        "nc_ratio": ("N:C", "0.95", "high"),
        "lobes": ("Lobes of the nucleus", "1", ""),
    }
    table.more.click()
    assert shown(table)["solidity"] == ("Solidity of the nucleus", "0.80", "low")
    assert table.says.text() == "N:C 0.95, high · Cell area 200 µm², high · Solidity of the nucleus 0.80, low · 1 more"
    bars = {code: row[3] for code, row in table.rows.items()}
    assert "usual 60 to 140 µm²" in bars["cell_area"].accessibleName()


def test_a_cell_that_was_kept_from_the_leukemia_models_has_figures_too(table: ShapeTable) -> None:
    made = measured().finding
    naming = Naming(BundleId("d", "1", "d" * 64), {"neutrophil": 0.99, "blast": 0.01}, 0.9, 0.95)
    without = tuple(replace(one, contribution=0.0) for one in FIGURES)
    table.show_finding(replace(made, opinions=(), naming=naming, measured=without))
    assert shown(table)["cell_area"] == ("Cell area", "200 µm²", "high")
    assert table.says.text().startswith("Cell area 200 µm², high · N:C 0.95, high")


def test_attributes_are_told_in_words(table: ShapeTable) -> None:
    texts = [(name.text(), value.text()) for name, value in table._pairs if name.isVisible()]
    assert texts == [("Nucleus", "round, one piece 0.97"), ("Granules", "no 0.90")]
    table.show_finding(case_cell(2, 0.1).finding)
    assert not any(name.isVisible() for name, _ in table._pairs)
    assert shown(table) == {}
    assert "judge it again" in table.says.text()


def test_the_mark_lies_outside_the_band_where_the_value_does(qtbot: QtBot) -> None:
    def mark(value: float) -> float:
        bar = RangeBar()
        qtbot.addWidget(bar)
        bar.show_figure(MeasuredFigure("nc_ratio", value, 0.6, 0.9), "words")
        image = bar.grab().toImage()
        # Above the track there is only the mark.
        y, plain = image.height() // 2 - 4, image.pixelColor(0, 0)
        marked = [x for x in range(image.width()) if image.pixelColor(x, y) != plain]
        return (min(marked) + max(marked)) / 2 / image.width()

    assert mark(0.3) < 1 / 3 < mark(0.75) < 2 / 3 < mark(1.2)


def test_the_diameter_is_that_of_a_circle() -> None:
    (_, diameter) = shown_figures(FIGURES[:1])
    assert diameter.value == pytest.approx(2 * np.sqrt(200 / np.pi))
    assert diameter.level is FIGURES[0].level
    assert "Diameter" not in figure_words.unusual(shown_figures(FIGURES[:1]))


def explanation(strongest: float, kind: MapKind = MapKind.GRAD_CAM) -> ExplanationMap:
    values = np.full((7, 7), -0.9, np.float32)
    values[3, 3] = strongest
    return ExplanationMap("a", kind, values if kind is MapKind.GRAD_CAM else np.abs(values), 1.0, Box(75, 75, 300, 300))


def test_a_map_is_weak_where_its_evidence_for_that_side_is() -> None:
    assert is_weak(explanation(0.2), Label.LEUKEMIC)
    assert not is_weak(explanation(0.2), Label.HEALTHY), "the other side's evidence is strong"
    assert not is_weak(explanation(0.3), Label.LEUKEMIC)
    assert is_weak(explanation(0.9, MapKind.ATTENTION), Label.LEUKEMIC), "attention speaks for nothing"


def test_the_inspector_says_that_a_map_is_weak_and_how_to_show_one(qtbot: QtBot) -> None:
    inspector = Inspector(MapView(on=False))
    qtbot.addWidget(inspector)
    cell = case_cell(1, 0.9)
    opinion = replace(cell.finding.opinions[0], maps=(explanation(0.2), explanation(0.8)))
    cell = replace(cell, finding=replace(cell.finding, opinions=(opinion,)))
    inspector.show_cell((1, 1), cell, case_frame(1, cell))
    picture = to_image(np.zeros((9, 9, 3), np.uint8))
    inspector.show_images(RenderedCell(picture))
    assert inspector.pair._map_caption.text() == "As the models saw it" and inspector.pair.mapped.image is picture
    inspector.step_map(1)
    assert inspector.view.on and inspector.view.number == 0, "one that is off comes on first"
    inspector.show_images(RenderedCell(picture, picture))
    assert inspector.pair._map_caption.text() == "Weak evidence. a: for leukemic"
    inspector.step_map(1)
    inspector.show_images(RenderedCell(picture, picture))
    assert inspector.pair._map_caption.text() == "a: for leukemic"
    inspector.step_map(1)
    assert inspector.view.number == 0


def test_the_name_has_a_card_and_its_map_comes_first(qtbot: QtBot) -> None:
    inspector = Inspector(MapView())
    qtbot.addWidget(inspector)
    cell = measured()
    probabilities = {"lymphocyte": 0.93, "monocyte": 0.05, "blast": 0.02}
    naming = Naming(BundleId("diff", "2.0", "d" * 64), probabilities, 0.9, 0.95, maps=(explanation(0.8),), novelty=1.4)
    cell = replace(cell, finding=replace(cell.finding, naming=naming))
    inspector.show_cell((1, 1), cell, case_frame(1, cell))
    card = inspector.naming
    assert not card.isHidden()
    assert card._says.text() == "lymphocyte 0.93" and card._figure.isHidden()
    assert card._measured.text() == "Else: monocyte 0.05 · blast 0.02"
    assert card._novelty.text() == "Distance from the training cells: 140 % of the limit · too far"
    assert [button.text() for button in card.map_buttons] == ["1  a"]
    assert inspector.cards[0].map_buttons[0].text() == "2  a", "numbers go on from the name's map"
    picture = to_image(np.zeros((9, 9, 3), np.uint8))
    inspector.show_images(RenderedCell(picture, picture))
    assert inspector.pair._map_caption.text() == "a: for lymphocyte"
    inspector.swap_evidence()
    assert inspector.view.evidence == "own", "a name has no other side"
    doubtful = replace(naming, probabilities={"lymphocyte": 0.6, "monocyte": 0.4})
    inspector.show_cell((1, 1), replace(cell, finding=replace(cell.finding, naming=doubtful)), case_frame(1, cell))
    assert card._says.text().startswith("Not named, most like: lymphocyte 0.")
    plain = case_cell(2, 0.1)
    inspector.show_cell((1, 1), plain, case_frame(1, plain))
    assert card.isHidden()
