import numpy as np
import pytest

from leukoscope.domain.cell_classes import ARTIFACT, NO_WHITE_CELL
from leukoscope.site.calibrating import fit_pool, platt, unsure_band
from leukoscope.site.cells import person_weights
from leukoscope.site.fit import fit
from leukoscope.site.folds import deal
from leukoscope.site.heads import class_of, teach_classes, teach_network, teach_shape
from leukoscope.site.logistic import sigmoid
from leukoscope.site.metrics import auroc, calibration_error, estimate, rounds
from leukoscope.site.novelty import distances, fit_reference
from leukoscope.site.reducing import reduced
from tests.unit.site.builders import made, manifests


def test_no_patient_is_on_both_sides_and_every_fold_leaves_both_sides_to_learn_from() -> None:
    groups = np.array(["a"] * 30 + ["b"] * 12)
    subjects = np.array([f"p{row // 6}" for row in range(30)] + [f"q{row // 6}" for row in range(12)])
    folds = deal(groups, subjects, 5)
    assert folds.max() == 1, "as many folds as the rarer group has patients"
    for who in np.unique(subjects):
        assert np.unique(folds[subjects == who]).size == 1
    for fold in np.unique(folds):
        assert set(groups[folds != fold]) == {"a", "b"}
    with pytest.raises(ValueError, match="one patient"):
        deal(groups, np.where(groups == "b", "q0", subjects), 5)


def test_people_and_sides_weigh_alike() -> None:
    sides = np.array([0] * 90 + [1] * 10)
    subjects = np.array(["a"] * 80 + ["b"] * 10 + ["c"] * 10)
    weights = person_weights(sides, subjects)
    sums = {who: weights[subjects == who].sum() for who in "abc"}
    assert sums["a"] == pytest.approx(sums["b"])
    assert sums["c"] == pytest.approx(sums["a"] + sums["b"])
    assert weights.mean() == pytest.approx(1)


def test_turned_features_keep_the_distances_of_standardized_ones() -> None:
    features = np.random.default_rng(0).normal(3, 2, (20, 50))
    found = reduced(features, np.ones(20))
    np.testing.assert_allclose(found.of(features), found.coordinates, atol=1e-8)
    standard = (features - features.mean(0)) / features.std(0) / np.sqrt(50)
    assert np.linalg.norm(found.coordinates[0] - found.coordinates[1]) == pytest.approx(
        np.linalg.norm(standard[0] - standard[1])
    )


def test_a_head_learns_what_the_shipped_one_does_not_know() -> None:
    cells = made(seed=1)
    view = cells.networks["ensemble"]
    weights, folds = person_weights(cells.verdicts, cells.subjects), deal(cells.verdicts.astype(str), cells.subjects, 4)
    taught = teach_network(view, cells.verdicts, weights, folds)
    assert auroc(cells.verdicts, view.logits) < 0.6
    assert auroc(cells.verdicts, taught.taught.held_out) > 0.95
    design = taught.taught.design
    np.testing.assert_allclose(
        taught.head.logits(view.features, view.logits), design @ taught.taught.coefficients, atol=1e-8
    )


def test_where_the_shipped_head_is_right_and_features_tell_nothing_it_stays() -> None:
    cells = made(told=0.0, shipped=1.5, seed=2)
    view = cells.networks["hybrid"]
    weights, folds = person_weights(cells.verdicts, cells.subjects), deal(cells.verdicts.astype(str), cells.subjects, 4)
    taught = teach_network(view, cells.verdicts, weights, folds)
    assert auroc(cells.verdicts, taught.taught.held_out) > auroc(cells.verdicts, view.logits) - 0.03
    assert taught.head.scale > 0.2


def test_endless_shrinkage_of_the_figures_is_the_shipped_regression(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leukoscope.site.heads.SHRINKAGES", (1e12,))
    monkeypatch.setattr("leukoscope.site.heads.platt", lambda *_: (1.0, 0.0))
    monkeypatch.setattr("leukoscope.site.heads.FREE", 1e12)
    cells, manifest = made(seed=3), manifests()["morphology"]
    assert manifest.shape is not None
    weights, folds = np.ones(len(cells)), deal(cells.verdicts.astype(str), cells.subjects, 4)
    cells.figures[3, 2] = np.nan
    taught = teach_shape(manifest.shape, 2.0, cells.figures, cells.verdicts, weights, folds)
    from leukoscope.domain.morphology import FIGURES, Morphology
    from leukoscope.inference.shape_opinion import shape_logit

    row = {figure.code: float(value) for figure, value in zip(FIGURES, cells.figures[0], strict=True)}
    shipped = shape_logit(manifest.shape, Morphology(row))
    said = shape_logit(taught.model, Morphology(row))
    assert said == pytest.approx(shipped / 2.0, abs=1e-3)
    assert taught.logits(cells.figures)[0] == pytest.approx(said)
    assert np.isfinite(taught.logits(cells.figures)).all()


def test_classes_that_were_not_labeled_keep_what_the_shipped_head_says() -> None:
    cells = made(classes=("neutrophil", "lymphocyte", "monocyte"), named=True, seed=4)
    view = cells.differential
    assert view is not None
    folds = deal(cells.codes, cells.subjects, 4)
    seen = ("lymphocyte", "monocyte", "neutrophil")
    taught = teach_classes(view, cells.codes, np.ones(len(cells)), folds, seen)
    logits = taught.head.logits(view.features, view.logits) * taught.head.temperature
    blast = view.classes.index("blast")
    np.testing.assert_allclose(logits[:, blast], view.logits[:, blast])
    columns = [view.classes.index(code) for code in seen]
    named = np.array(seen)[logits[:, columns].argmax(axis=1)]
    assert (named == cells.codes).mean() > 0.95
    assert class_of(ARTIFACT) == NO_WHITE_CELL


def test_calibration_repairs_what_is_too_sure_of_itself() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 1.5, 2000)
    labels = (rng.random(2000) < sigmoid(truth)).astype(np.int64)
    factor, bias = platt(labels, 4 * truth + 1, np.ones(2000))
    assert factor == pytest.approx(0.25, abs=0.03)
    assert bias == pytest.approx(-0.25, abs=0.15)
    assert calibration_error(labels, sigmoid(factor * (4 * truth + 1) + bias)) < 0.03


def test_an_opinion_that_says_the_opposite_has_no_weight() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 2, 400)
    labels = (rng.random(400) < sigmoid(truth)).astype(np.int64)
    pool = fit_pool(labels, np.column_stack([truth, -truth + rng.normal(0, 1, 400)]), np.ones(400))
    assert pool.weights[1] == 0
    assert pool.weights[0] > 0.5


def test_the_band_leaves_out_what_is_wrong_too_often() -> None:
    labels = np.array([0] * 50 + [1] * 50)
    shares = np.r_[np.linspace(0.02, 0.6, 50), np.linspace(0.4, 0.98, 50)]
    found = unsure_band(labels, shares, np.ones(100), 1.0)
    decided = (shares < found.low) | (shares > found.high)
    assert found.is_reached
    assert (((shares > 0.5) == labels)[decided]).all()
    assert 0.5 < decided.mean() < 0.95
    hopeless = unsure_band(labels, 1 - shares, np.ones(100), 0.9)
    assert not hopeless.is_reached
    assert hopeless.high - hopeless.low > 0.9


def test_the_area_under_the_curve_and_its_interval_over_patients() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 200), np.round(rng.normal(size=200), 1)
    assert auroc(labels, scores) == pytest.approx(sklearn.roc_auc_score(labels, scores))
    subjects = np.array([f"p{row // 20}" for row in range(200)])
    sides = np.where(np.arange(200) < 100, "a", "b")
    samples = rounds(sides, subjects, n=50)
    assert all(len(rows) == 200 for rows in samples)
    found = estimate(samples, 200, lambda rows: float((subjects[rows] == "p0").mean()))
    assert found.value == pytest.approx(0.1)
    assert found.low == 0
    assert found.high >= 0.2


def test_a_cell_of_another_lab_is_farther_off_than_one_of_another_patient_of_the_site() -> None:
    cells = made(seed=6)
    features = cells.networks["ensemble"].features
    held = np.isin(cells.subjects, ["blast-0", "lymphocyte-0"])
    folds = deal(np.full((~held).sum(), "all"), cells.subjects[~held], 4)
    reference = fit_reference(features[~held], folds)
    assert (distances(reference, features[~held]) <= 1).mean() >= 0.98
    assert (distances(reference, features[held]) <= 1).mean() >= 0.9
    assert (distances(reference, features[held][:, ::-1] + 12) > 1).mean() > 0.9


def test_too_few_patients_of_a_side_teach_nothing_of_leukemia() -> None:
    cells = made(patients=1)
    lesson = fit(cells, manifests(), 0.95)
    assert lesson.leukemia is None
    assert lesson.names is None
