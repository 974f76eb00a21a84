"""The line of the case above every page: whose case it is, and nobody else in the patient's place."""

from __future__ import annotations

from collections import defaultdict

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseHeader
from leukoscope.gui.chrome.case_bar import CaseBar


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (CaseHeader("1", operator="M. Keller"), "no patient named  ·  operator: M. Keller"),
        (
            CaseHeader("1", "Anna Example", "Blood", operator="M. Keller"),
            "Anna Example  ·  Blood  ·  operator: M. Keller",
        ),
        (CaseHeader("1", patient_id="P-1"), "P-1"),
    ],
)
def test_the_operator_never_reads_as_the_patient(qtbot: QtBot, header: CaseHeader, line: str) -> None:
    bar = CaseBar(defaultdict(QAction))
    qtbot.addWidget(bar)
    assert bar._line(header) == line
