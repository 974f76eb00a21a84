"""A part of Quality invites to begin only once it knows that there is nothing yet."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from leukoscope.gui.quality.control_part import ControlPart
from leukoscope.gui.quality.examples_part import ExamplesPart
from leukoscope.gui.quality.people_part import PeoplePart


@pytest.mark.parametrize("kind", [ControlPart, ExamplesPart, PeoplePart])
def test_no_part_says_that_there_is_nothing_before_it_was_told(
    qtbot: QtBot, kind: type[ControlPart | ExamplesPart | PeoplePart]
) -> None:
    part = kind()
    qtbot.addWidget(part)
    part.show()
    assert not part.empty.isVisible()


def test_without_examples_the_invitation_comes(qtbot: QtBot) -> None:
    part = ExamplesPart()
    qtbot.addWidget(part)
    part.show()
    part.show_examples(())
    assert part.empty.isVisible()
