"""A person's label and the program's figures: whose word is whose, and of what each probability is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseCell, Decision
from leukoscope.domain.findings import BundleId, Finding, Label, Naming, Thresholds, UnsureReason
from leukoscope.domain.labels import PersonLabel, named
from leukoscope.gui import class_marks, verdicts
from leukoscope.gui.review.cell_list import CellList
from leukoscope.gui.review.verdict_panel import VerdictPanel
from tests.gui.builders import case_cell, case_frame

SHARE = 0.96
REASONS = {"immature-granulocyte": (UnsureReason.PRECURSOR,), "no-white-cell": (UnsureReason.NO_WHITE_CELL,)}


def program(code: str, probability: float | None = None, label: Label = Label.HEALTHY) -> CaseCell:
    """A cell that the program names; with a probability of leukemic where the leukemia models were asked."""
    made = case_cell(1, 0.1 if probability is None else probability)
    naming = Naming(
        BundleId("d", "1", "d" * 64), {code: SHARE, "monocyte" if code != "monocyte" else "blast": 0.04}, 0.7, 0.9
    )
    opinions = () if probability is None else made.finding.opinions
    finding = Finding(
        made.finding.cell, opinions, label, probability, Thresholds(0.4, 0.6), naming=naming,
        unsure=REASONS.get(code, ()),
    )  # fmt: skip
    return replace(made, finding=finding)


def by_person(cell: CaseCell, said: PersonLabel) -> CaseCell:
    """The same cell with a person's label."""
    return replace(cell, decision=Decision(said.label, "A. Weber", datetime.now(UTC), said.code))


@pytest.mark.parametrize(
    ("cell", "said", "expected"),
    [
        (program("neutrophil"), named("lymphocyte"), "Program: neutrophil 0.96. You: lymphocyte."),
        (program("neutrophil"), PersonLabel(Label.UNSURE), "Program: neutrophil 0.96. You: unsure."),
        (program("lymphocyte", 0.12), named("blast"), "Program: lymphocyte 0.96, healthy 0.88. You: blast."),
        (
            program("immature-granulocyte", label=Label.UNSURE),
            named("monocyte"),
            "Program: immature granulocyte 0.96, unsure, a precursor. You: monocyte.",
        ),
        (
            program("no-white-cell", label=Label.UNSURE),
            named("no-white-cell"),
            "Program: no white cell 0.96, unsure. You: no white cell.",
        ),
        (
            case_cell(1, 0.5),
            PersonLabel(Label.HEALTHY),
            "Program: unsure, inside the unsure band; leans leukemic 0.50. You: healthy.",
        ),
    ],
)
def test_a_persons_label_never_stands_beside_the_figure_of_something_else(
    cell: CaseCell, said: PersonLabel, expected: str, qtbot: QtBot
) -> None:
    decided = by_person(cell, said)
    assert verdicts.whose(decided) == expected
    panel = VerdictPanel()
    qtbot.addWidget(panel)
    panel.show_cell(decided)
    assert panel._sentence.text() == expected
    assert panel._figure.isHidden() and panel._bar.isHidden()
    assert panel.accessibleName().endswith(expected)
    cells = CellList()
    cells.set_frames([case_frame(1, decided)], lambda _id: None)
    tooltip = cells.data(cells.index(0), int(Qt.ItemDataRole.ToolTipRole))
    assert tooltip.startswith(f"Cell 1 · {expected} · labeled by A. Weber")
    assert not any(letter.isdigit() for letter in class_marks.short_text(decided)), "no figure below its picture"


def test_before_a_label_the_program_alone_speaks() -> None:
    assert verdicts.whose(program("neutrophil")) == "Program: neutrophil 0.96. You: –"
    doubtful = case_cell(1, 0.17)
    foreign = replace(doubtful.finding, label=Label.UNSURE, unsure=(UnsureReason.NOVELTY, UnsureReason.DISAGREEMENT))
    assert verdicts.whose(replace(doubtful, finding=foreign)) == (
        "Program: unsure, unlike its training cells, models disagree; leans healthy 0.83. You: –"
    )


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (program("neutrophil"), "NEU 0.96"),
        (program("lymphocyte", 0.12), "LYM 0.96"),
        (program("blast", 0.91, Label.LEUKEMIC), "LEUK 0.91"),
        (case_cell(1, 0.2), "LEUK 0.20"),
    ],
)
def test_every_figure_says_of_what(cell: CaseCell, expected: str) -> None:
    assert class_marks.short_text(cell) == expected
