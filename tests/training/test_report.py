"""The report's parts on runs that consist of judgements alone, and on single cells."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import SettingsError
from training.augment import cell_mask
from training.network_outputs import NetworkOutputs
from training.report.alterations import Alteration, alterations
from training.report.comparison import LEAKY_HEADING, compare, differing_keys
from training.report.comparison_table import as_text, tables, write_comparison
from training.report.content import figures_of
from training.report.curves import curves_of
from training.report.faithfulness import disc, ranks_of
from training.report.held_out import averaged, read_held_out
from training.report.page import write_page
from training.report.reading import learning_curves, read_report
from training.report.words import key_figures
from training.run import RunFolder, open_run

CONFIG = """
name = "judged"
title = "Judged <cells>"
seed = {seed}
[network]
kind = "hybrid"
backbones = ["efficientnet-lite0"]
dropout = {dropout}
[split]
kind = "{split}"
folds = 2
"""
_QUARTILES = {"low": 1.0, "median": 2.0, "high": 3.0}
SPEED = {
    "machine": "this machine",
    "rounds": 1,
    "part": "final",
    "batches": [{"batch": 1, "compiled": _QUARTILES, "keras_predict": _QUARTILES}],
}


def _run(
    folder: Path, *, skill: float = 1.0, dropout: float = 0.5, split: str = "subject", cells: int = 15
) -> RunFolder:
    """A run of two folds with two subjects of each class in each; ``skill`` parts the classes' logits."""
    folder.mkdir()
    (folder / "config.toml").write_text(CONFIG.format(seed=1, dropout=dropout, split=split), encoding="utf-8")
    rows = [
        {"file": f"{fold}{label}{person}{i}.png", "sha256": f"{fold}{label}{person}{i}", "label": label,
         "subject": f"{'hl'[label]}{fold}{person}", "fold": fold}
        for fold in (0, 1) for label in (0, 1) for person in (0, 1) for i in range(cells)
    ]  # fmt: skip
    (folder / "split.json").write_text(json.dumps({"kind": split, "cells": rows}), encoding="utf-8")
    facts = {"commit": "none", "started": "today", "machine": "any", "python": "3", "packages": {}}
    (folder / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    noise = np.random.default_rng(7).normal(0, 1, len(rows))
    logits = np.array([(2 * row["label"] - 1) * skill for row in rows]) + noise
    for fold in (0, 1):
        own = np.array([i for i, row in enumerate(rows) if row["fold"] == fold])
        part = folder / f"fold-{fold}"
        part.mkdir()
        NetworkOutputs(own, logits[own], np.zeros((own.size, 2), np.float32), {}).save(part / "judgements.npz")
        (part / "epochs.csv").write_text(
            "phase,epoch,loss,accuracy,val_auroc\nhead,1,0.7,0.5,\ntail,1,0.4,0.8,0.9\n", encoding="utf-8"
        )
    return open_run(folder)


def _report(run: RunFolder) -> dict[str, object]:
    cells = read_held_out(run)
    return {
        "split": run.config.split.kind, "folds_wanted": 2, **figures_of(cells, 1), "curves": curves_of(cells, 1),
        "learning": learning_curves(run), "speed": SPEED, "left_out": "Give --data DIR.",
    }  # fmt: skip


def test_every_figure_lies_in_its_interval_and_counts_its_cells(tmp_path: Path) -> None:
    report = figures_of(read_held_out(_run(tmp_path / "a")), 1)
    for name, figure in report["mean_of_folds"].items():
        assert figure["n"] == 120
        assert figure["low"] <= figure["high"], name
    assert sum(report["confusion"].values()) == 120
    assert report["mean_of_folds"]["auroc"]["low"] < report["mean_of_folds"]["auroc"]["value"]
    assert [fold["figures"]["auroc"]["n"] for fold in report["folds"].values()] == [60, 60]
    assert sum(row["accuracy"]["n"] for row in report["per_subject"]) == 120


def test_learning_curves_leave_out_what_was_not_measured(tmp_path: Path) -> None:
    curves = learning_curves(_run(tmp_path / "a"))
    assert curves["fold-0"][0] == {"phase": "head", "epoch": 1, "loss": 0.7, "accuracy": 0.5}
    assert curves["fold-1"][1]["val_auroc"] == 0.9


@pytest.mark.parametrize("split", ["subject", "image-leaky"])
def test_a_leaky_page_carries_a_banner_and_names_are_escaped(tmp_path: Path, split: str) -> None:
    run = _run(tmp_path / "a", split=split)
    write_page(tmp_path / "page.html", run, _report(run))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert ('class="banner"' in page) == (split == "image-leaky")
    assert "Judged &lt;cells&gt;" in page
    assert "<cells>" not in page
    assert "AUROC on validation subjects" in page
    assert "Give --data DIR." in page
    # Colors come from the style sheet, or the page could not follow light and dark.
    assert not re.search(r"(?:fill|stroke): #", page)
    assert not list(tmp_path.glob("*.part"))


def test_key_figures_say_what_they_mean(tmp_path: Path) -> None:
    keys = key_figures(_report(_run(tmp_path / "a")))
    assert [key["title"] for key in keys] == ["AUROC", "Accuracy of decided cells", "ECE, calibrated", "Sensitivity"]
    assert f"{100 * keys[0]['figure']['value']:.0f} %" in keys[0]["words"]


def test_a_run_without_a_report_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="run evaluate first"):
        read_report(_run(tmp_path / "a"))


def test_a_better_run_differs_on_the_same_cells(tmp_path: Path) -> None:
    rows = compare([_run(tmp_path / "a", skill=0.5), _run(tmp_path / "b", skill=2.0, dropout=0.3)], average=True)
    assert rows[0].difference is None
    assert rows[1].difference is not None
    assert rows[1].difference["low"] > 0
    assert [row.differing for row in rows[:2]] == [{"network.dropout": "0.5"}, {"network.dropout": "0.3"}]
    text = as_text(rows)
    assert "average of these" in text
    assert "network.dropout" in text
    assert "network.dense" not in text


def test_an_average_of_one_run_with_itself_is_that_run(tmp_path: Path) -> None:
    run = _run(tmp_path / "a")
    one, both = read_held_out(run), averaged([run, run])
    order = np.argsort(one.rows)
    np.testing.assert_allclose(both.calibrated, one.calibrated[order])


def test_runs_of_other_cells_are_compared_but_not_averaged(tmp_path: Path) -> None:
    runs = [_run(tmp_path / "a"), _run(tmp_path / "b", cells=9)]
    assert compare(runs, average=False)[1].difference is None
    with pytest.raises(SettingsError, match="same cells"):
        compare(runs, average=True)
    with pytest.raises(SettingsError, match="at least two"):
        compare(runs[:1], average=True)


def test_leaky_runs_stand_in_a_table_of_their_own(tmp_path: Path) -> None:
    honest, leaky = _run(tmp_path / "honest"), _run(tmp_path / "leaky", split="image-leaky")
    rows = compare([honest, leaky], average=False)
    assert [(heading, [row.name for row in own]) for heading, own in tables(rows)][1] == (LEAKY_HEADING, ["leaky"])
    assert rows[1].difference is None
    write_comparison(tmp_path / "page.html", rows)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.index('class="banner"') > page.index("honest")
    with pytest.raises(SettingsError, match="same"):
        compare([honest, _run(tmp_path / "other", split="image-leaky", cells=9)], average=True)


def test_only_differing_keys_are_told() -> None:
    told = differing_keys([{"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}])
    assert told == [{"b": "2", "c": "–"}, {"b": "3", "c": "4"}]


@pytest.fixture(scope="module")
def cell() -> np.ndarray:
    """A speckled cell on black."""
    picture = np.zeros((64, 64, 3), np.uint8)
    cv2.circle(picture, (32, 32), 20, (150, 90, 160), -1)
    speckles = np.random.default_rng(2).integers(-20, 20, picture.shape)
    return np.where(picture > 0, picture + speckles, 0).astype(np.uint8)


@pytest.mark.parametrize("one", alterations(), ids=lambda a: f"{a.kind} {a.level}")
def test_an_alteration_is_fixed_changes_the_cell_and_keeps_the_background(one: Alteration, cell: np.ndarray) -> None:
    altered = one.change(cell)
    np.testing.assert_array_equal(altered, one.change(cell))
    assert altered.dtype == np.uint8
    assert not np.array_equal(altered, cell)
    if one.kind != "cell size":
        np.testing.assert_array_equal(cell_mask(altered), cell_mask(cell))
        assert not altered[~cell_mask(cell)].any()


def test_cell_size_changes_the_cell_s_area(cell: np.ndarray) -> None:
    before = cell_mask(cell).sum()
    for one in alterations():
        if one.kind == "cell size":
            assert cell_mask(one.change(cell)).sum() == pytest.approx(before * (1 + one.amount) ** 2, rel=0.1)


def test_pixels_are_taken_in_the_order_of_the_map_inside_the_cell_alone(cell: np.ndarray) -> None:
    mask = cell_mask(cell)
    values = np.zeros((8, 8), np.float32)
    values[4, 2] = 1.0
    ranks = ranks_of(values, mask)
    assert (ranks[~mask] == 2).all()
    first = np.argwhere(ranks == 0)[0]
    assert abs(first - (36, 20)).max() <= 4
    assert (ranks < 0.5).sum() == pytest.approx(mask.sum() / 2, abs=1)
    assert np.hypot(*(np.argwhere(ranks_of(disc(mask), mask) == 0)[0] - 32)) < 2
