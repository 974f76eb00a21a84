"""A case is born at the camera; an open one is not left without being asked."""

from __future__ import annotations

from unittest.mock import MagicMock

import numpy as np
from PySide6.QtCore import QObject, Signal

from leukoscope.gui.controllers.label_reading import LabelReadingController
from tests.unit.gui.harness import Stage, a_case


class Camera(QObject):
    """What the controller hears of the page."""

    label_wanted = Signal(object)


def read(stage: Stage, number: str) -> MagicMock:
    camera, show_form = Camera(), MagicMock()
    controller = LabelReadingController(stage.session, camera, show_form)  # type: ignore[arg-type]
    stage.bench.capture.read_label.return_value = number
    stage.bench.cases.open_number.return_value = 7
    camera.label_wanted.emit(np.zeros((2, 2, 3), np.uint8))
    stage.answer()
    assert controller is not None
    return show_form


def test_the_label_begins_a_case_where_none_is_open() -> None:
    stage = Stage()
    stage.bench.cases.load.return_value = a_case()
    show_form = read(stage, "2026-0417")
    stage.bench.cases.open_number.assert_called_once_with("2026-0417")
    show_form.assert_called_once_with()


def test_an_open_case_stays_until_a_person_says_so_and_nothing_found_is_said() -> None:
    stage = Stage(a_case())
    read(stage, "2026-0417")
    stage.bench.cases.open_number.assert_not_called()
    assert "2026-0417" in stage.told
    read(stage, "")
    assert stage.told.startswith("No code was found")
