"""From a folder of cells to a bundle, at the smallest size that is still real."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from leukoscope.inference.manifest import file_sha256, read_manifest
from training.__main__ import main
from training.calibrate import fit_calibration, out_of_fold, person_weights, probabilities
from training.metrics import auroc, expected_calibration_error
from training.pipeline import load_network
from training.report.comparison import compare
from training.report.fold_networks import fold_networks
from training.report.held_out import read_held_out
from training.report.pixels import CellSource
from training.run import open_run

# What most of them share takes a minute to make: begun early, it is made by one worker only.
pytestmark = pytest.mark.slow

CONFIG = """
name = "tiny"
title = "Tiny {kind}"
[preprocessing]
canvas = 72
crop = 64
height = 64
width = 64
[network]
kind = "{kind}"
backbones = {backbones}
weights = "imagenet"
dense = 16
tokens = 4
heads = 2
head_size = 8
feed_forward = 16
self_attention_blocks = 1
[data]
name = "drawn cells"
[split]
folds = 2
[fit]
draws = 2
batch = 8
head_epochs = 1
tail_epochs = 1
[fit.train_from]
efficientnet-lite0 = "block6d_add"
"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small pale cells are healthy, large dark ones leukemic; two people of each kind."""
    folder = tmp_path_factory.mktemp("cells")
    rng = np.random.default_rng(1)
    for label, people in (("hem", ("H1", "H2")), ("all", ("1", "2"))):
        for person in people:
            for number in range(6):
                picture = np.zeros((72, 72, 3), np.uint8)
                radius = int(rng.integers(12, 15) if label == "hem" else rng.integers(22, 26))
                color = rng.integers((90, 60, 90), (110, 80, 110)) if label == "hem" else rng.integers(40, 60, 3)
                cv2.circle(picture, (36, 36), radius, color.tolist(), -1)
                cv2.imwrite(str(folder / f"UID_{person}_{number}_1_{label}.png"), picture)
    return folder


@pytest.fixture(scope="module", params=["hybrid", pytest.param("ensemble", marks=pytest.mark.heavy)])
def trained(request: pytest.FixtureRequest, cells: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run and its bundle.

    The hybrid, whose report tries the cells too, stays in ``make test``; the ensemble of two backbones goes the same
    way in ``make test-heavy``; ensembles of one are fitted in test_fitting.
    """
    folder = tmp_path_factory.mktemp(request.param)
    backbones = ["efficientnet-lite0"] if request.param == "hybrid" else ["efficientnet-lite0", "efficientnet-lite1"]
    config = folder / "config.toml"
    config.write_text(CONFIG.format(kind=request.param, backbones=json.dumps(backbones)), encoding="utf-8")
    run, bundle = folder / "run", folder / "bundle"
    assert main(["fit", str(config), "--data", str(cells), "--out", str(run)]) == 0
    # The hybrid alone is tried on the cells themselves; the ensemble's report says that this was left out.
    trials = ["--data", str(cells), "--cells-per-subject", "3", "--maps-per-subject", "1"]
    evaluate = ["evaluate", *(trials if request.param == "hybrid" else [])]
    for verb in (["calibrate"], evaluate, ["export", "--to", str(bundle)]):
        assert main([verb[0], str(run), *verb[1:]]) == 0
    return run, bundle


def test_the_bundle_is_whole_and_its_manifest_valid(trained: tuple[Path, Path]) -> None:
    _, bundle = trained
    manifest = read_manifest(bundle)
    assert manifest.model_sha256 == file_sha256(bundle / "model.keras")
    assert manifest.novelty is not None
    assert manifest.novelty.sha256 == file_sha256(bundle / "novelty.npz")
    assert manifest.training_data is not None
    assert manifest.training_data.subjects == {"healthy": ["h1", "h2"], "leukemic": ["1", "2"]}
    assert manifest.calibration.n == 24
    assert manifest.metrics is not None
    assert set(manifest.metrics.folds) == {"0", "1"}
    assert not list(bundle.parent.glob(".bundle*"))


def test_the_bundle_says_what_the_run_said(trained: tuple[Path, Path], cells: Path) -> None:
    run, bundle = trained
    network = keras.saving.load_model(bundle / "model.keras", compile=False)
    judged = open_run(run).judgements("final")
    names = sorted(path.name for path in cells.iterdir())
    for index in (0, 13):
        row = int(judged.rows[index])
        picture = cv2.cvtColor(cv2.imread(str(cells / names[row])), cv2.COLOR_BGR2RGB)
        probability = float(np.asarray(network(picture[None, 4:68, 4:68].astype(np.float32)))[0, 0])
        # Activations are kept as float16 during training.
        assert probability == pytest.approx(1 / (1 + np.exp(-judged.logits[index])), abs=5e-3)


def test_explanations_name_layers_that_exist(trained: tuple[Path, Path]) -> None:
    _, bundle = trained
    network = keras.saving.load_model(bundle / "model.keras", compile=False)
    for explanation in read_manifest(bundle).explanations:
        layer = network
        for name in explanation.layer.split("/"):
            layer = layer.get_layer(name)
        assert explanation.maximum > 0


def test_the_card_carries_the_figures_and_the_limits(trained: tuple[Path, Path]) -> None:
    run, bundle = trained
    card = (bundle / "card.md").read_text(encoding="utf-8")
    report = json.loads((run / "report" / "report.json").read_text(encoding="utf-8"))
    for name in ("auroc", "auprc", "ece_uncalibrated"):
        assert f"{report['folds']['0']['figures'][name]['value']:.3f}" in card
    assert ("worst under" in card) == ("robustness" in report)
    assert ("Token attention: deletion" in card) == ("faithfulness" in report)
    assert ("were not measured" in card) == ("left_out" in report)
    assert "Only 2 healthy and 2 leukemic subjects" in card
    assert "not a medical device" in card
    assert "diagnosis" not in card.lower()


def test_the_page_stands_alone(trained: tuple[Path, Path]) -> None:
    run, _ = trained
    page = (run / "report" / "index.html").read_text(encoding="utf-8")
    report = json.loads((run / "report" / "report.json").read_text(encoding="utf-8"))
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)""", page)
    assert "//" not in re.sub(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+|<pre>.*</pre>", "", page, flags=re.DOTALL)
    assert f"{report['mean_of_folds']['auroc']['value']:.3f}" in page
    assert "not a medical device" in page
    assert "diagnosis" not in page.lower()
    assert 'class="banner"' not in page
    assert page.count("<svg") == (8 if "robustness" in report else 6)
    assert ("--data DIR" in page) == ("left_out" in report)


def test_the_report_tries_the_cells_themselves(trained: tuple[Path, Path]) -> None:
    run, _ = trained
    report = json.loads((run / "report" / "report.json").read_text(encoding="utf-8"))
    if "left_out" in report:
        assert "--data DIR" in report["left_out"]
        return
    cells = read_held_out(open_run(run))
    levels = report["robustness"]["levels"]
    assert report["robustness"]["cells"] == 12
    assert levels[0]["changed"]["value"] == 0
    assert {"blur", "JPEG", "cell size", "brightness", "gamma", "sensor noise"} <= {row["kind"] for row in levels}
    wrong = int(((cells.calibrated >= 0.5) != (cells.labels == 1)).sum())
    assert len(report["mistakes"]) == min(20, wrong)
    assert {row["name"] for row in report["faithfulness"]["maps"]} == {
        "efficientnet-lite0", "attention", "random", "disc",
    }  # fmt: skip
    for row in report["faithfulness"]["maps"]:
        # Nothing removed is the whole cell; everything given back is the whole cell.
        assert row["deletion_curve"][0] == pytest.approx(row["insertion_curve"][-1], abs=1e-4)


def test_the_compiled_fold_says_what_training_wrote_down(trained: tuple[Path, Path], cells: Path) -> None:
    run = open_run(trained[0])
    held = read_held_out(run)
    source = CellSource.of(run, cells)
    assert source is not None
    network = fold_networks(run, [1])[1]
    chosen = np.flatnonzero(held.fold == 1)
    logits = network.logits(source.crops(held.rows[chosen]))
    assert probabilities(logits, held.calibrations[1]) == pytest.approx(held.calibrated[chosen], abs=5e-3)


def test_another_folder_of_cells_is_refused(
    trained: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, _ = trained
    for name in ("UID_H1_0_1_hem.png", "UID_1_0_1_all.png"):
        cv2.imwrite(str(tmp_path / name), np.full((72, 72, 3), 90, np.uint8))
    assert main(["evaluate", str(run), "--data", str(tmp_path)]) == 2
    assert "does not hold the cells" in capsys.readouterr().err


def test_runs_are_compared_on_the_same_cells(
    trained: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, _ = trained
    page = tmp_path / "compare.html"
    assert main(["compare", str(run), str(run), "--average", "--out", str(page)]) == 0
    shown = capsys.readouterr().out
    first, second, average = compare([open_run(run), open_run(run)], average=True)
    assert first.difference is None
    assert second.difference == {"value": 0, "low": 0, "high": 0, "n": 24}
    assert average.mean["auroc"]["value"] == pytest.approx(first.mean["auroc"]["value"])
    assert f"{first.mean['auroc']['value']:.3f}" in shown
    assert "average of these" in page.read_text(encoding="utf-8")


def test_a_finished_run_is_not_trained_again(
    trained: tuple[Path, Path], cells: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, _ = trained
    before = (run / "final" / "network.weights.h5").stat().st_mtime_ns
    assert main(["fit", str(run / "config.toml"), "--data", str(cells), "--out", str(run)]) == 0
    assert (run / "final" / "network.weights.h5").stat().st_mtime_ns == before
    assert "already done" in capsys.readouterr().out


def test_a_run_of_another_configuration_is_not_overwritten(
    trained: tuple[Path, Path], cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, _ = trained
    other = tmp_path / "other.toml"
    other.write_text((run / "config.toml").read_text(encoding="utf-8") + "\n[augment]\nzoom = 0.3\n", encoding="utf-8")
    assert main(["fit", str(other), "--data", str(cells), "--out", str(run)]) == 2
    assert "another configuration" in capsys.readouterr().err


def test_a_bundle_is_not_overwritten_unasked(trained: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    run, bundle = trained
    assert main(["export", str(run), "--to", str(bundle)]) == 2
    assert "--force" in capsys.readouterr().err


def test_held_out_cells_are_judged_by_weights_that_never_saw_their_subject(trained: tuple[Path, Path]) -> None:
    run = open_run(trained[0])
    cells = out_of_fold(run)
    assert sorted(cells.rows.tolist()) == list(range(24))
    for fold in run.folds():
        judged = set(cells.subjects[cells.fold == fold.number].tolist())
        _, subjects = run.cells()
        assert judged.isdisjoint(set(subjects[list(fold.train)].tolist()))


def test_the_weights_of_a_part_load_again(trained: tuple[Path, Path]) -> None:
    run = open_run(trained[0])
    final, fold = load_network(run, "final"), load_network(run, "fold-0")
    assert any(not np.array_equal(a.numpy(), b.numpy()) for a, b in zip(final.weights, fold.weights, strict=True))


@pytest.mark.parametrize("verb", ["calibrate", "evaluate"])
def test_an_empty_folder_is_no_run(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, str(tmp_path)]) == 2
    assert "no run folder" in capsys.readouterr().err


def test_help_lists_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    for verb in ("fit", "calibrate", "evaluate", "export", "cross-validate", "compare"):
        assert verb in shown


def test_calibration_recovers_a_known_temperature_and_bias() -> None:
    rng = np.random.default_rng(3)
    true = rng.normal(0, 2, 20_000)
    labels = (rng.random(true.size) < 1 / (1 + np.exp(-true))).astype(np.int64)
    overconfident = (true - 0.5) * 3.0
    calibration = fit_calibration(labels, overconfident, with_bias=True, fitted_on="drawn numbers")
    assert calibration.temperature == pytest.approx(3.0, rel=0.05)
    assert calibration.bias == pytest.approx(0.5, abs=0.05)
    assert expected_calibration_error(labels, probabilities(overconfident, calibration)) < 0.02


def test_every_person_of_a_class_counts_alike_and_the_classes_keep_their_share() -> None:
    labels = np.array([1] * 9 + [0] * 3)
    subjects = np.array(["a"] * 8 + ["b"] + ["c"] * 2 + ["d"])
    weights = person_weights(labels, subjects)
    assert weights[subjects == "a"].sum() == pytest.approx(weights[subjects == "b"].sum())
    assert weights[subjects == "c"].sum() == pytest.approx(weights[subjects == "d"].sum())
    assert weights[labels == 1].sum() == pytest.approx(9)
    assert weights[labels == 0].sum() == pytest.approx(3)


@pytest.mark.parametrize(
    ("labels", "scores", "area"),
    [([0, 0, 1, 1], [1, 2, 3, 4], 1.0), ([0, 1, 0, 1], [1, 1, 1, 1], 0.5), ([0, 1, 0, 1], [1, 2, 3, 4], 0.75)],
)
def test_auroc_counts_pairs(labels: list[int], scores: list[float], area: float) -> None:
    assert auroc(np.array(labels), np.array(scores, float)) == pytest.approx(area)


def test_auroc_agrees_with_scikit_learn() -> None:
    from sklearn import metrics

    rng = np.random.default_rng(4)
    labels, scores = rng.integers(0, 2, 300), rng.integers(0, 30, 300).astype(float)
    assert auroc(labels, scores) == pytest.approx(metrics.roc_auc_score(labels, scores))
