"""Held to scikit-learn's solutions of the same problems."""

import numpy as np
import pytest

from leukoscope.site.logistic import ManyProblem, Problem, fit_many, fit_two, sigmoid, softmax

sklearn = pytest.importorskip("sklearn.linear_model")


def two(n: int = 80, k: int = 6, seed: int = 0) -> Problem:
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=(n, k)), np.ones(n)])
    y = (rng.random(n) < sigmoid(x[:, 0] * 1.5 - x[:, 1])).astype(np.int64)
    return Problem(x, y, rng.uniform(0.5, 2, n), np.zeros(k + 1), np.r_[np.full(k, 0.7), 0.0])


def test_two_classes_equal_scikit_learn() -> None:
    problem = two()
    peer = sklearn.LogisticRegression(C=1 / 0.7, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    peer.fit(problem.design[:, :-1], problem.labels, sample_weight=problem.weights)
    found = fit_two(problem)
    np.testing.assert_allclose(found[:-1], peer.coef_[0], atol=1e-6)
    assert found[-1] == pytest.approx(peer.intercept_[0], abs=1e-6)


def test_endless_shrinkage_gives_the_prior_back_and_none_moves_away_from_it() -> None:
    problem = two()
    prior = np.arange(7.0)
    strong = Problem(problem.design, problem.labels, problem.weights, prior, np.full(7, 1e9))
    np.testing.assert_allclose(fit_two(strong), prior, atol=1e-5)
    weak = Problem(problem.design, problem.labels, problem.weights, prior, np.full(7, 0.1))
    assert weak.loss(fit_two(weak)) < weak.loss(prior) - 1


def test_a_set_that_is_told_apart_at_once_ends() -> None:
    x = np.column_stack([np.r_[np.full(20, -30.0), np.full(20, 30.0)], np.ones(40)])
    problem = Problem(x, np.r_[np.zeros(20), np.ones(20)].astype(np.int64), np.ones(40), np.zeros(2), np.full(2, 1e-3))
    assert np.isfinite(fit_two(problem)).all()


def test_several_classes_equal_scikit_learn() -> None:
    rng = np.random.default_rng(4)
    n, k, classes = 120, 5, 4
    x = rng.normal(size=(n, k))
    y = softmax(x @ rng.normal(size=(k, classes))).cumsum(axis=1)
    labels = (rng.random((n, 1)) > y).sum(axis=1)
    weights = rng.uniform(0.5, 2, n)
    design = np.column_stack([x, np.ones(n)])
    problem = ManyProblem(design, np.zeros((n, classes)), labels, weights, np.r_[np.full(k, 2.0), 1e-9])
    found = fit_many(problem)
    peer = sklearn.LogisticRegression(C=0.5, solver="lbfgs", tol=1e-10, max_iter=10000)
    peer.fit(x, labels, sample_weight=weights)
    np.testing.assert_allclose(softmax(design @ found), peer.predict_proba(x), atol=2e-5)


def test_offsets_are_the_model_that_several_classes_are_shrunk_toward() -> None:
    rng = np.random.default_rng(5)
    design, offsets = rng.normal(size=(40, 3)), rng.normal(size=(40, 3))
    problem = ManyProblem(design, offsets, rng.integers(0, 3, 40), np.ones(40), np.full(3, 1e9))
    assert np.abs(fit_many(problem)).max() < 1e-6
