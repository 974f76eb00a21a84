"""Figures, intervals and curves against scikit-learn and against numbers made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukoscope.inference.manifest import Band
from training.metrics import (
    Counts,
    areas,
    auroc,
    average_precision,
    expected_calibration_error,
    figures,
    interval,
    resampled,
    weighted_figures,
)
from training.report.curves import precision_recall_points, reliability, risk_coverage, roc_points, threshold_table

BAND = Band(low=0.4, high=0.6)


def _drawn(seed: int = 4, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    # Rounded, so that there are ties.
    return labels, np.round(np.clip(rng.normal(0.35 + 0.3 * labels, 0.25), 0, 1), 2)


@pytest.mark.parametrize("seed", range(5))
def test_figures_agree_with_scikit_learn(seed: int) -> None:
    from sklearn import metrics

    labels, p = _drawn(seed)
    said = (p >= 0.5).astype(int)
    ours = figures(labels, p, BAND)
    theirs = {
        "auroc": metrics.roc_auc_score(labels, p),
        "auprc": metrics.average_precision_score(labels, p),
        "brier": metrics.brier_score_loss(labels, p),
        "accuracy": metrics.accuracy_score(labels, said),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, said),
        "precision": metrics.precision_score(labels, said),
        "sensitivity": metrics.recall_score(labels, said),
        "f1": metrics.f1_score(labels, said),
        "weighted_f1": metrics.f1_score(labels, said, average="weighted"),
        "mcc": metrics.matthews_corrcoef(labels, said),
    }
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs)


def test_a_weight_counts_like_so_many_copies() -> None:
    from sklearn import metrics

    labels, p = _drawn()
    copies = np.random.default_rng(5).integers(0, 4, labels.size)
    weighted = weighted_figures(labels, p, np.abs(p - 0.5) > 0.1, copies[None].astype(float), p**2)
    many, more = np.repeat(labels, copies), np.repeat(p, copies)
    assert weighted["auroc"][0] == pytest.approx(metrics.roc_auc_score(many, more))
    assert weighted["auprc"][0] == pytest.approx(metrics.average_precision_score(many, more))
    assert weighted["ece"][0] == pytest.approx(expected_calibration_error(many, more))
    assert weighted["ece_uncalibrated"][0] == pytest.approx(expected_calibration_error(many, more**2))


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=2, max_size=40))
def test_areas_lie_between_0_and_1_or_are_missing(cells: list[tuple[int, float]]) -> None:
    labels, scores = np.array([c[0] for c in cells]), np.array([c[1] for c in cells])
    both = 0 < labels.sum() < labels.size
    for area in (auroc(labels, scores), average_precision(labels, scores)):
        assert (-1e-9 <= area <= 1 + 1e-9) if both else np.isnan(area)


def test_resampling_keeps_subjects_together_and_classes_apart() -> None:
    labels = np.repeat([0, 0, 1, 1, 1], 10)
    subjects = np.repeat(["a", "b", "c", "d", "e"], 10)
    weights = resampled(labels, subjects, rounds=200, seed=3)
    assert (weights[0] == 1).all()
    per_subject = weights.reshape(201, 5, 10).sum(axis=2)
    # Whole subjects are drawn: each is there 0, 1, 2 ... times its ten cells.
    assert (per_subject % 10 == 0).all()
    assert (per_subject[:, :2].sum(axis=1) == 20).all()
    assert (per_subject[:, 2:].sum(axis=1) == 30).all()
    assert (per_subject == 0).any()


def test_the_interval_is_wider_where_subjects_differ() -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], 200)
    subjects = np.array([f"{label}-{i // 50}" for label in (0, 1) for i in range(200)])
    shift = {subject: rng.normal(0, 1.5) for subject in np.unique(subjects)}
    alike = rng.normal(labels.astype(float), 1)
    apart = alike + np.array([shift[s] for s in subjects])
    weights = resampled(labels, subjects)
    narrow, wide = (interval(areas(labels, scores, weights)[0], 400) for scores in (alike, apart))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_counts_of_a_known_matrix() -> None:
    labels = np.array([1] * 10 + [0] * 10)
    said = np.array([True] * 8 + [False] * 2 + [True] * 3 + [False] * 7)
    named = Counts.at(labels, said, np.ones((1, 20))).named()
    assert named["sensitivity"][0] == pytest.approx(0.8)
    assert named["specificity"][0] == pytest.approx(0.7)
    assert named["precision"][0] == pytest.approx(8 / 11)
    assert named["negative_predictive_value"][0] == pytest.approx(7 / 9)


def test_roc_and_precision_recall_points_span_the_square() -> None:
    labels, p = _drawn(n=2000)
    roc, pr = roc_points(labels, p), precision_recall_points(labels, p)
    assert roc[0] == [0, 0]
    assert roc[-1] == [1, 1]
    assert len(roc) <= 200
    assert np.trapezoid([y for _, y in roc], [x for x, _ in roc]) == pytest.approx(auroc(labels, p), abs=2e-3)
    assert pr[-1] == pytest.approx([1, labels.mean()], abs=1e-4)


def test_reliability_counts_every_cell_once() -> None:
    labels, p = _drawn()
    rows = reliability(labels, p, np.ones((3, labels.size)))
    assert sum(row["observed"]["n"] for row in rows) == labels.size
    error = sum(row["observed"]["n"] * abs(row["predicted"] - row["observed"]["value"]) for row in rows) / labels.size
    assert error == pytest.approx(expected_calibration_error(labels, p))


def test_thresholds_reach_the_sensitivity_they_promise() -> None:
    labels, p = _drawn(n=1000)
    rows = threshold_table(labels, p, np.ones((3, labels.size)))
    assert [row["threshold"] for row in rows[:9]] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert rows[4]["decided_share"]["value"] == 1
    for row in rows[9:]:
        assert row["sensitivity"]["value"] >= row["for_sensitivity"]
        above = p[(labels == 1) & (p > row["threshold"])].size / (labels == 1).sum()
        assert above < row["for_sensitivity"]


def test_accuracy_at_full_coverage_is_the_accuracy() -> None:
    labels, p = _drawn()
    rows = risk_coverage(labels, p, np.ones((3, labels.size)))
    assert rows[0]["accuracy"]["value"] == pytest.approx(((p >= 0.5) == labels).mean())
    assert rows[-1]["accuracy"]["value"] > rows[0]["accuracy"]["value"]
    assert rows[-1]["accuracy"]["n"] == 30
