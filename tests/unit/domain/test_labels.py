"""What a person says of a cell, and which class it counts in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.cells import Box, Cell
from leukoscope.domain.findings import BundleId, Finding, Label, Naming, Thresholds, UnsureReason
from leukoscope.domain.labels import PersonLabel, counted_class, named, program_class, verdict_of

CELL = Cell(Box(0, 0, 4, 4), np.ones((4, 4), bool), "00" * 32)


def naming(**probabilities: float) -> Naming:
    codes = {name.replace("_", "-"): probability for name, probability in probabilities.items()}
    return Naming(BundleId("differential", "1.0.0", "d" * 64), codes, confident=0.8, gate=0.9)


def finding(label: Label, said: Naming | None = None, *unsure: UnsureReason) -> Finding:
    return Finding(CELL, (), label, None, Thresholds(0.4, 0.6), unsure, naming=said)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("neutrophil", Label.HEALTHY),
        ("lymphocyte", Label.HEALTHY),
        ("blast", Label.LEUKEMIC),
        ("immature-granulocyte", None),
        ("erythroblast", None),
        ("smudge", None),
    ],
)
def test_a_named_class_answers_leukemia_only_where_it_can(code: str, verdict: Label | None) -> None:
    assert verdict_of(code) is verdict
    said = named(code)
    assert said.counts_as is verdict
    assert said.label is (verdict or Label.UNSURE)
    assert said.word == code


def test_every_class_can_be_said_and_no_other() -> None:
    assert {named(code).code for code in CELL_CLASSES} == set(CELL_CLASSES)
    with pytest.raises(ValueError, match="no cell class"):
        named("cancer cell")


def test_the_programs_class_is_its_confident_name_and_a_leukemic_verdict_a_blast() -> None:
    sure, guess = naming(neutrophil=0.9, blast=0.1), naming(neutrophil=0.6, blast=0.4)
    assert program_class(finding(Label.HEALTHY, sure)) == "neutrophil"
    assert program_class(finding(Label.UNSURE, guess, UnsureReason.UNNAMED)) is None
    assert program_class(finding(Label.LEUKEMIC, naming(lymphocyte=0.9, blast=0.1))) == "blast"
    assert program_class(finding(Label.HEALTHY, naming(lymphocyte=0.1, blast=0.9))) is None
    assert program_class(finding(Label.UNSURE, sure, UnsureReason.IMAGE_QUALITY)) is None
    assert program_class(finding(Label.HEALTHY)) is None
    nothing = naming(no_white_cell=0.7, neutrophil=0.3)
    assert program_class(finding(Label.UNSURE, nothing, UnsureReason.NO_WHITE_CELL)) == "no-white-cell"


def test_a_persons_class_counts_and_a_bare_verdict_as_far_as_it_says_something() -> None:
    given = finding(Label.HEALTHY, naming(neutrophil=0.9, blast=0.1))
    assert counted_class(given, named("eosinophil")) == "eosinophil"
    assert counted_class(given, PersonLabel(Label.HEALTHY)) == "neutrophil"
    assert counted_class(given, PersonLabel(Label.LEUKEMIC)) == "blast"
    assert counted_class(given, PersonLabel(Label.UNSURE)) is None
    doubtful = replace(given, naming=naming(immature_granulocyte=0.95, neutrophil=0.05))
    assert counted_class(doubtful, PersonLabel(Label.HEALTHY)) is None
