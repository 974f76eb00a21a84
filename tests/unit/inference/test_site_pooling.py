"""How a verdict comes about with a site profile in force."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from leukoscope.domain.findings import BundleId, Label, Opinion, Thresholds, UnsureReason
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.domain.quality import QualityReport
from leukoscope.domain.site_profiles import Pooling, ProfileMark, mark_in, marked, unmarked
from leukoscope.inference.decision import combine, decide
from tests.unit.inference.builders import cell, opinion

POOLING = Pooling({"a": 1.0, "b": 0.5, "c": 0.0}, 0.2, Thresholds(0.3, 0.7))


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def test_logits_are_pooled_with_the_profiles_weights_and_band() -> None:
    probability, band = combine([opinion(0.8), opinion(0.4, name="b")], POOLING)
    assert logit(probability) == pytest.approx(logit(0.8) + 0.5 * logit(0.4) + 0.2)
    assert band == Thresholds(0.3, 0.7)


def test_those_that_are_there_take_over_the_weight_of_those_that_are_not() -> None:
    assert logit(combine([opinion(0.8)], POOLING)[0]) == pytest.approx(1.5 * logit(0.8) + 0.2)
    with pytest.raises(ValueError, match="weighs"):
        POOLING.probability([opinion(0.8, name="c")])


def test_a_probability_of_one_stays_a_number() -> None:
    assert combine([opinion(1.0), opinion(0.0, name="b")], POOLING)[0] == pytest.approx(1, abs=1e-3)


def test_networks_that_are_not_heard_have_no_part_in_it() -> None:
    figures = (MeasuredFigure("cell_area", 80.0, 60.0, 140.0),)
    shape: Opinion = replace(opinion(0.2, name="b"), figures=figures)
    probability, _ = combine([opinion(0.9, novelty=1.5), shape], POOLING)
    assert logit(probability) == pytest.approx(3 * 0.5 * logit(0.2) + 0.2)


def test_an_opinion_without_weight_disagrees_with_nobody() -> None:
    said = Judgement((opinion(0.95), opinion(0.9, name="b"), opinion(0.05, name="c")))
    alone = decide(cell(), said, QualityReport(()))
    assert UnsureReason.DISAGREEMENT in alone.unsure
    finding = decide(cell(), replace(said, pooling=POOLING), QualityReport(()))
    assert finding.label is Label.LEUKEMIC
    assert finding.thresholds == Thresholds(0.3, 0.7)
    disagreeing = Judgement((opinion(0.95), opinion(0.05, name="b")), pooling=POOLING)
    assert UnsureReason.DISAGREEMENT in decide(cell(), disagreeing, QualityReport(())).unsure


def test_a_version_carries_the_mark_and_gives_it_back() -> None:
    mark = ProfileMark("our-lab", 12, "3f9a20c1" + "0" * 56)
    version = marked("1.10.0", mark)
    assert version == "1.10.0+our-lab.12.3f9a20c1"
    assert (unmarked(version), mark_in(version)) == ("1.10.0", "our-lab.12.3f9a20c1")
    for other in ("1.0.0", "1.0.0+build.7", "imported"):
        assert (unmarked(other), mark_in(other)) == (other, "")
    longest = marked("999.999.999-rc1", ProfileMark("x" * 28, 9999, "f" * 64))
    assert len(longest) <= 64
    assert BundleId("a", version, "0" * 64).version == version
