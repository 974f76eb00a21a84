"""From opinions to a finding."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukoscope.domain.cells import CellFlag
from leukoscope.domain.findings import BundleId, Label, Naming, Opinion, UnsureReason
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict
from leukoscope.inference.decision import NETWORKS_SHARE, combine, decide, weights
from tests.unit.inference.builders import cell, opinion

GOOD = QualityReport((QualityMeasure("focus", 1.0, "", QualityVerdict.WARN),))
BAD = QualityReport((QualityMeasure("focus", 0.0, "", QualityVerdict.REFUSE),))

probabilities = st.floats(0.0, 1.0)


@st.composite
def opinions(draw: st.DrawFn) -> list[Opinion]:
    found = []
    for index in range(draw(st.integers(1, 4))):
        low, high = sorted((draw(probabilities), draw(probabilities)))
        novelty = draw(st.none() | st.floats(0.0, 3.0))
        found.append(opinion(draw(probabilities), name=f"m{index}", low=low, high=high, novelty=novelty))
    return found


@pytest.mark.parametrize(
    ("said", "label", "reasons"),
    [
        ([opinion(0.9), opinion(0.8)], Label.LEUKEMIC, ()),
        ([opinion(0.1), opinion(0.2)], Label.HEALTHY, ()),
        ([opinion(0.5), opinion(0.5)], Label.UNSURE, (UnsureReason.BAND,)),
        ([opinion(0.95), opinion(0.2)], Label.UNSURE, (UnsureReason.DISAGREEMENT, UnsureReason.BAND)),
        ([opinion(1.0), opinion(0.35)], Label.UNSURE, (UnsureReason.DISAGREEMENT,)),
        ([opinion(0.9), opinion(0.5)], Label.LEUKEMIC, ()),
        ([opinion(0.9, novelty=1.01), opinion(0.9, novelty=0.2)], Label.UNSURE, (UnsureReason.NOVELTY,)),
        ([opinion(0.9, novelty=1.0)], Label.LEUKEMIC, ()),
    ],
)
def test_labels_and_reasons(said: list[Opinion], label: Label, reasons: tuple[UnsureReason, ...]) -> None:
    finding = decide(cell(), Judgement(tuple(said)), GOOD)
    assert (finding.label, finding.unsure) == (label, reasons)


def test_all_reasons_stand_in_order_of_seriousness() -> None:
    two = (replace(shape(0.9), bundle=BundleId("c", "1", "0" * 64)), shape(0.1))
    finding = decide(cell(), Judgement((opinion(0.9, novelty=1.2), *two)), BAD)
    assert finding.unsure == (
        UnsureReason.IMAGE_QUALITY,
        UnsureReason.NOVELTY,
        UnsureReason.DISAGREEMENT,
        UnsureReason.BAND,
    )


def test_the_band_is_the_mean_of_the_bands() -> None:
    probability, band = combine([opinion(0.2, low=0.1, high=0.5), opinion(0.6, low=0.3, high=0.9)])
    assert probability == pytest.approx(0.4)
    assert (band.low, band.high) == (pytest.approx(0.2), pytest.approx(0.7))


def test_without_opinions_there_is_no_finding() -> None:
    with pytest.raises(ValueError, match="at least one"):
        decide(cell(), Judgement(), GOOD)


@given(opinions())
def test_the_combined_probability_lies_between_the_opinions(said: list[Opinion]) -> None:
    finding = decide(cell(), Judgement(tuple(said)), GOOD)
    assert min(o.probability for o in said) - 1e-12 <= finding.probability <= max(o.probability for o in said) + 1e-12


@given(opinions(), st.booleans())
def test_unsure_exactly_when_there_is_a_reason(said: list[Opinion], good: bool) -> None:
    finding = decide(cell(), Judgement(tuple(said)), GOOD if good else BAD)
    assert (finding.label is Label.UNSURE) == bool(finding.unsure)
    assert good or finding.unsure[0] is UnsureReason.IMAGE_QUALITY


@given(opinions())
def test_the_order_of_the_models_does_not_matter(said: list[Opinion]) -> None:
    one, other = decide(cell(), Judgement(tuple(said)), GOOD), decide(cell(), Judgement(tuple(said[::-1])), GOOD)
    assert set(one.unsure) - {UnsureReason.BAND} == set(other.unsure) - {UnsureReason.BAND}
    assert one.probability == pytest.approx(other.probability)


AREA = MeasuredFigure("cell_area", 100.0, 40.0, 90.0, 1.0)


def shape(probability: float) -> Opinion:
    return replace(opinion(probability, name="shape"), figures=(AREA,))


def named(code: str, probability: float = 0.97, novelty: float | None = 0.5) -> Naming:
    rest = {"blast": 1 - probability} if code != "blast" else {"lymphocyte": 1 - probability}
    return Naming(BundleId("naming", "1", "0" * 64), {code: probability, **rest}, 0.8, 0.95, novelty=novelty)


def test_networks_divide_their_share_and_figures_of_shape_have_the_rest() -> None:
    found = weights([opinion(0.9), opinion(0.8, name="b"), shape(0.1)])
    assert found == pytest.approx((NETWORKS_SHARE / 2, NETWORKS_SHARE / 2, 1 - NETWORKS_SHARE))
    assert weights([shape(0.1)]) == (1.0,)


def test_networks_that_do_not_know_such_cells_are_not_heard() -> None:
    far, near = opinion(0.9, novelty=1.1), opinion(0.9, name="b", novelty=0.9)
    # They learned from the same cells: what is unlike those to one of them is so to both.
    assert weights([far, near, shape(0.1)]) == (0.0, 0.0, 1.0)
    assert weights([far, replace(far, bundle=near.bundle)]) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("said", "naming", "label", "reasons"),
    [
        # Other labs' cells: the networks do not know them; shape and name must say the same.
        ((opinion(0.95, novelty=3.0), shape(0.1)), named("lymphocyte"), Label.HEALTHY, ()),
        ((opinion(0.05, novelty=3.0), shape(0.9)), named("blast"), Label.LEUKEMIC, ()),
        ((opinion(0.95, novelty=3.0), shape(0.1)), named("lymphocyte", 0.6), Label.UNSURE, (UnsureReason.NOVELTY,)),
        ((opinion(0.95, novelty=3.0), shape(0.1)), None, Label.UNSURE, (UnsureReason.NOVELTY,)),
        ((opinion(0.95, novelty=3.0),), named("blast"), Label.UNSURE, (UnsureReason.NOVELTY,)),
        (
            (opinion(0.95, novelty=3.0), shape(0.9)),
            named("lymphocyte"),
            Label.UNSURE,
            (UnsureReason.NOVELTY, UnsureReason.DISAGREEMENT),
        ),
        # A cell that the networks know: a confident name can object, a guess cannot.
        ((opinion(0.9), shape(0.9)), named("monocyte"), Label.UNSURE, (UnsureReason.DISAGREEMENT,)),
        ((opinion(0.1), shape(0.1)), named("blast"), Label.UNSURE, (UnsureReason.DISAGREEMENT,)),
        ((opinion(0.1), shape(0.1)), named("blast", 0.7), Label.HEALTHY, ()),
        ((opinion(0.9), shape(0.9)), named("blast", 0.7), Label.LEUKEMIC, ()),
        ((opinion(0.9), shape(0.9)), named("lymphocyte", 0.7), Label.UNSURE, (UnsureReason.DISAGREEMENT,)),
        # Unlike anything: no name helps.
        ((opinion(0.1), shape(0.1)), named("lymphocyte", novelty=1.2), Label.UNSURE, (UnsureReason.FOREIGN,)),
    ],
)
def test_name_and_opinions_together(
    said: tuple[Opinion, ...], naming: Naming | None, label: Label, reasons: tuple[UnsureReason, ...]
) -> None:
    finding = decide(cell(), Judgement(said, naming), GOOD)
    assert (finding.label, finding.unsure) == (label, reasons)


def test_a_granulocyte_unlike_anything_is_not_called_normal() -> None:
    assert decide(cell(), Judgement((), named("neutrophil", 0.99)), GOOD).label is Label.HEALTHY
    finding = decide(cell(), Judgement((), named("neutrophil", 0.99, novelty=1.5)), GOOD)
    assert (finding.label, finding.unsure) == (Label.UNSURE, (UnsureReason.FOREIGN,))


def test_a_bundle_that_knows_no_blasts_cannot_say_that_a_cell_is_none() -> None:
    naming = Naming(BundleId("naming", "1", "0" * 64), {"lymphocyte": 0.99, "neutrophil": 0.01}, 0.8, 0.95)
    finding = decide(cell(), Judgement((opinion(0.9), shape(0.9)), naming), GOOD)
    assert (finding.label, finding.unsure) == (Label.LEUKEMIC, ())


def test_a_smudge_gets_no_verdict_unless_a_cell_is_named_with_confidence() -> None:
    smeared = replace(cell(), flags=frozenset({CellFlag.SMUDGE}))
    said = (opinion(0.9), shape(0.9))
    for naming in (None, named("blast", 0.7)):
        finding = decide(smeared, Judgement(said, naming), GOOD)
        assert (finding.label, finding.unsure[0]) == (Label.UNSURE, UnsureReason.NO_WHITE_CELL)
        assert finding.probability == pytest.approx(0.9)
    assert decide(smeared, Judgement(said, named("blast")), GOOD).label is Label.LEUKEMIC


def test_a_monocyte_that_no_leukemia_model_knows_is_normal_by_its_name() -> None:
    unknown = (opinion(0.95, novelty=1.4), shape(0.97))
    finding = decide(cell(), Judgement(unknown, named("monocyte")), GOOD)
    assert (finding.label, finding.probability, finding.opinions) == (Label.HEALTHY, None, ())
    # What was measured stays; it says nothing of leukemia any more.
    assert [(one.code, one.value, one.contribution) for one in finding.figures] == [("cell_area", 100.0, 0.0)]
    assert finding.figures == finding.measured
    assert decide(cell(), Judgement(unknown, named("monocyte")), BAD).unsure == (UnsureReason.IMAGE_QUALITY,)
    guessed = decide(cell(), Judgement(unknown, named("monocyte", 0.7)), GOOD)
    assert (guessed.label, len(guessed.opinions)) == (Label.UNSURE, 2)
