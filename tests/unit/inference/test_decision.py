"""From opinions to a finding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukoscope.domain.findings import Judgement, Label, Opinion, UnsureReason
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict
from leukoscope.inference.decision import combine, decide
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
    finding = decide(cell(), Judgement((opinion(0.9, novelty=2.0), opinion(0.1))), BAD)
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
