"""What the tests of controllers share."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.unit.gui.harness import Stage, a_case


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    """The parts of a window without a window, with a case open."""
    return Stage(a_case())
