"""The differential: what is counted, of how many, with which interval."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.cells import Box, Cell, CellFlag
from leukoscope.domain.differential import ENOUGH, Place, counted_among, place_in_count
from leukoscope.domain.findings import BundleId, Finding, Label, Naming, Thresholds, UnsureReason
from leukoscope.domain.labels import PersonLabel, named, program_class
from leukoscope.domain.statistics import wilson_interval


def finding(code: str, probability: float = 0.95, flag: CellFlag | None = None) -> Finding:
    """A cell that the program names; without confidence below 0.9."""
    other = "blast" if code != "blast" else "lymphocyte"
    naming = Naming(
        BundleId("differential", "1", "d" * 64), {code: probability, other: 1 - probability}, confident=0.9, gate=0.9
    )
    flags = frozenset({flag} if flag else ())
    cell = Cell(Box(0, 0, 4, 4), np.ones((4, 4), bool), "00" * 32, flags)
    return Finding(cell, (), Label.HEALTHY, None, Thresholds(0.4, 0.6), naming=naming)


def test_a_count_by_hand() -> None:
    """60 neutrophils, 30 lymphocytes, 8 monocytes, 2 unnamed: what a calculator says."""
    given = [
        *[(finding("neutrophil"), None)] * 59,
        (finding("lymphocyte"), named("neutrophil")),
        *[(finding("lymphocyte"), None)] * 30,
        *[(finding("monocyte"), None)] * 8,
        *[(finding("eosinophil", 0.6), None)] * 2,
        *[(finding("erythroblast"), None)] * 5,
        *[(finding("no-white-cell"), None)] * 3,
        (finding("neutrophil", flag=CellFlag.AT_BORDER), None),
        (finding("neutrophil", flag=CellFlag.CLUSTER), None),
    ]
    made = counted_among(given)
    assert (made.cells, made.n, made.named) == (110, 100, 98)
    assert (made.cut_off, made.clusters, made.no_white_cells, made.erythroblasts) == (1, 1, 3, 5)
    lines = {line.code: line for line in made.lines}
    assert [lines[code].count for code in ("neutrophil", "lymphocyte", "monocyte", "eosinophil", None)] == [
        60, 30, 8, 0, 2,
    ]  # fmt: skip
    assert sum(line.share for line in made.lines) == pytest.approx(1.0)
    assert lines["neutrophil"].by_person == 1
    # Newcombe 1998 gives the method; 60 of 100: 50.2 to 69.1 %.
    assert [round(100 * bound, 1) for bound in lines["neutrophil"].interval] == [50.2, 69.1]
    ratio, low, high = made.erythroblasts_per_100 or (0, 0, 0)
    assert ratio == pytest.approx(5.0) and low < 5 < high
    assert low == pytest.approx(100 * wilson_interval(5, 105)[0] / (1 - wilson_interval(5, 105)[0]))
    assert "erythroblast" not in lines and "no-white-cell" not in lines
    assert made.is_enough and ENOUGH == 100
    assert (made.blasts.count, made.blasts.n) == (0, 38)


def test_few_cells_are_not_enough_and_say_how_many_more() -> None:
    made = counted_among([(finding("neutrophil"), None), (finding("lymphocyte"), None)])
    assert not made.is_enough
    # 1.96² · 0.25 / 0.03² = 1067
    assert made.more_for() == 1067 - 2
    assert counted_among([]).more_for() == 1067
    assert counted_among([]).erythroblasts_per_100 is None
    assert not counted_among([]).is_known


@pytest.mark.parametrize(
    ("flag", "said", "place"),
    [
        (None, None, Place.WHITE_CELL),
        (CellFlag.AT_BORDER, named("neutrophil"), Place.CUT_OFF),
        (CellFlag.CLUSTER, None, Place.CLUSTER),
        (CellFlag.CLUSTER, PersonLabel(Label.HEALTHY), Place.CLUSTER),
        (CellFlag.CLUSTER, named("neutrophil"), Place.WHITE_CELL),
        (None, named("smudge"), Place.NO_WHITE_CELL),
        (None, named("erythroblast"), Place.ERYTHROBLAST),
        (None, PersonLabel(Label.UNSURE), Place.WHITE_CELL),
    ],
)
def test_only_whole_single_white_cells_count(flag: CellFlag | None, said: PersonLabel | None, place: Place) -> None:
    assert place_in_count(finding("lymphocyte", flag=flag), said) is place


def test_a_smudge_is_named_and_not_counted_unless_a_cell_is_named_with_confidence() -> None:
    """The search for cells says so; a person, and a confident name, know better."""
    unnamed = finding("lymphocyte", 0.6, CellFlag.SMUDGE)
    assert program_class(unnamed) == "smudge"
    assert place_in_count(unnamed, None) is Place.NO_WHITE_CELL
    assert program_class(finding("no-white-cell", flag=CellFlag.SMUDGE)) == "smudge"
    assert program_class(replace(unnamed, naming=None)) == "smudge"
    assert program_class(finding("lymphocyte", 0.95, CellFlag.SMUDGE)) == "lymphocyte"
    assert place_in_count(unnamed, named("lymphocyte")) is Place.WHITE_CELL
    assert program_class(replace(unnamed, label=Label.LEUKEMIC)) == "blast"


def test_what_is_refused_is_not_named() -> None:
    refused = replace(finding("neutrophil"), label=Label.UNSURE, unsure=(UnsureReason.IMAGE_QUALITY,))
    made = counted_among([(refused, None)])
    assert (made.n, made.named) == (1, 0)


def test_where_nobody_was_asked_there_is_no_differential() -> None:
    """A leukemic verdict of an earlier version names nothing."""
    old = replace(finding("neutrophil"), naming=None, label=Label.LEUKEMIC)
    assert not counted_among([(old, None)]).is_known
    assert not counted_among([(old, PersonLabel(Label.HEALTHY))]).is_known
    assert counted_among([(old, None), (old, named("blast"))]).is_known


def test_every_class_that_is_counted_has_the_code_of_its_percentage() -> None:
    """FHIR, HL7 and DICOM name each percentage by it, and refuse an empty one."""
    assert [code for code, known in CELL_CLASSES.items() if known.counted and not known.loinc] == []
