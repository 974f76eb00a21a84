"""What opinions are worth together: fitted on held-out people, and the same rule as the program's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leukoscope.inference import decision
from tests.training.test_shape import CONFIG as SHAPE_CONFIG
from tests.training.test_shape import NOBODY, people
from training.combination.evaluation import COMBINED, as_text, judge_combination
from training.combination.fit import Combination, fit_combination, networks_share, pooled
from training.combination.opinions import SHAPE, Dealing, OpinionOutputs, read_dealing
from training.metrics import sigmoid
from training.shape.config import read_shape_config
from training.shape.fit import dealings, judge_dealing

N = 600


def dealing(network: float, shape: float, *, far: float = 0.0, seed: int = 1) -> Dealing:
    """Twelve people; each opinion's logit is the truth times its worth, with noise; ``far`` of the cells are unlike."""
    rng = np.random.default_rng(seed)
    subjects = np.repeat([f"{number:02}" for number in range(12)], N // 12)
    labels = np.repeat(np.arange(12) % 2, N // 12).astype(np.int64)
    fold = np.repeat(np.arange(12) // 4, N // 12).astype(np.int64)
    signs = 2.0 * labels - 1
    novelty = rng.uniform(0.3, 0.9, N)
    unlike = rng.random(N) < far
    novelty[unlike] = 1.5
    low, high = np.full(N, 0.4), np.full(N, 0.6)
    # On cells that it does not know, a network says leukemic whatever they are.
    logits = np.where(unlike, 4.0, network * signs + rng.normal(0, 1, N))
    said = (
        OpinionOutputs("net", sigmoid(logits), low, high, novelty),
        OpinionOutputs(SHAPE, sigmoid(shape * signs + rng.normal(0, 1, N)), low, high, None),
    )
    return Dealing(labels, subjects.astype(np.str_), fold, said)


def test_the_opinion_that_is_right_gets_the_weight() -> None:
    everybody = [np.ones(N, np.bool_)]
    assert fit_combination([dealing(3.0, 0.0)], everybody).share > 0.8
    assert fit_combination([dealing(0.0, 3.0)], everybody).share < 0.2


def test_what_a_network_says_of_cells_it_does_not_know_is_not_heard() -> None:
    mixed = dealing(3.0, 1.0, far=0.3)
    share = networks_share(mixed, Combination(0.8, 0.0))
    novelty = mixed.said[0].novelty
    assert novelty is not None
    assert (share[novelty > 1] == 0).all() and (share[novelty <= 1] == 0.8).all()
    assert (pooled(mixed, Combination(0.8, 0.0))[0] == mixed.said[1].probability)[novelty > 1].all()


def test_the_share_falls_toward_the_limit() -> None:
    one = dealing(1.0, 1.0)
    share = networks_share(one, Combination(1.0, 0.5))
    novelty = one.said[0].novelty
    assert novelty is not None
    order = np.argsort(novelty)
    assert (np.diff(share[order]) <= 0).all() and share == pytest.approx((1 - novelty) ** 0.5)


def test_the_program_combines_as_was_judged() -> None:
    """The shipped weights, through the program's own function, cell by cell."""
    mixed = dealing(1.5, 1.0, far=0.2)
    shipped = Combination(decision.NETWORKS_SHARE, decision.NETWORKS_FALLOFF)
    probability, low, high = pooled(mixed, shipped)
    for row in range(0, N, 7):
        said, band = decision.combine(mixed.opinions(row))
        assert said == pytest.approx(probability[row], abs=1e-6)
        assert (band.low, band.high) == (pytest.approx(low[row]), pytest.approx(high[row]))


def test_each_fold_is_judged_with_what_the_others_taught() -> None:
    """A fold in which the networks are right by chance has no say in its own weights."""
    one = dealing(0.0, 1.5)
    lucky = one.fold == 0
    net = replace(one.said[0], probability=np.where(lucky, 0.01 + 0.98 * one.labels, one.said[0].probability))
    report = judge_combination([replace(one, said=(net, one.said[1]))])
    alone = judge_combination([one])
    before, after = (r.figures[COMBINED]["AUROC, pooled"].mean for r in (alone, report))
    assert after < 0.5 * (1 + before), "the lucky fold does not draw the weight to the network"
    text = as_text(report)
    assert all(name in text for name in ("net", SHAPE, COMBINED, "AUROC, pooled", "ECE, pooled", "2 dealings"[2:]))


def test_dealings_of_figures_of_shape_bring_every_cell_once(tmp_path: Path) -> None:
    config, cells = read_shape_config(SHAPE_CONFIG), people()
    dealt = judge_dealing(config, cells, NOBODY, dealings(config, cells)[0])
    read = read_dealing([], cells, dealt)
    assert read.said[0].name == SHAPE and read.said[0].novelty is None
    assert read.said[0].probability.shape == read.labels.shape == (len(cells.samples),)
    assert np.isin(read.fold, range(config.split.folds)).all()
