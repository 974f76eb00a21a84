"""``card.md``: what a bundle is, written from its run and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leukoscope.domain.cuts import Cutting
from leukoscope.inference.manifest import Manifest
from training.combination.evaluation import COMBINED
from training.combination.opinions import SHAPE
from training.report.faithfulness import RANDOM
from training.report.robustness import worst
from training.report.words import BY_IMAGE
from training.run import RunFolder

_ROWS = {
    "auroc": "AUROC",
    "auprc": "AUPRC (average precision)",
    "accuracy": "accuracy at 0.5",
    "balanced_accuracy": "balanced accuracy",
    "sensitivity": "sensitivity (leukemic cells called leukemic)",
    "specificity": "specificity (healthy cells called healthy)",
    "weighted_f1": "weighted F1",
    "mcc": "Matthews correlation",
    "brier": "Brier score",
    "ece_uncalibrated": "expected calibration error (15 bins), before calibration",
    "ece": "expected calibration error, calibrated",
    "decided_share": "share of cells outside the unsure band",
    "decided_accuracy": "accuracy of these",
}
_GROUNDS = {Cutting.BLACK: "on black", Cutting.KEPT: "with what lies around it"}
_OF_PEOPLE = (
    "From the fold weights, not from the shipped ones: those saw every subject. In brackets the 95 % interval, "
    "bootstrapped over subjects and their cells. With one healthy subject in a fold the interval of that fold "
    "knows nothing of how the next healthy person differs; read it as a lower bound of the doubt."
)
_OF_IMAGES = (
    "From weights that never saw these pictures, not from the shipped ones: those saw every picture. In brackets the "
    "95 % interval, bootstrapped over cells, copies of one picture together. It says nothing of how the next person's "
    "cells differ."
)


def write_card(path: Path, manifest: Manifest, run: RunFolder, report: dict[str, Any]) -> None:
    """Write the card."""
    lines = [
        *_head(manifest, run),
        *_data(manifest),
        *_figures(report, run),
        *_dealings(report, manifest),
        *(_subjects(report, manifest) if run.config.data.knows_people else ()),
        *_trials(report),
        *_recipe(run, manifest),
        *_limits(run, manifest),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _head(manifest: Manifest, run: RunFolder) -> Iterator[str]:
    yield f"# {manifest.title} ({manifest.name} {manifest.version})"
    yield ""
    yield (
        "Decision support for research and evaluation, not a medical device. It gives the probability that one white "
        f"cell is a {manifest.classes[1]} lymphoblast, shows what the figure rests on, and abstains where it is unsure."
    )
    yield ""
    if not run.config.data.knows_people:
        yield f"**{BY_IMAGE}**"
        yield ""
    yield f"- {manifest.architecture}; {manifest.parameters:,} parameters"
    yield f"- made {manifest.created}; model file SHA-256 `{manifest.model_sha256}`"
    pre = manifest.preprocessing
    yield (
        f"- input: one cell {_GROUNDS.get(pre.cut_out, 'cut out')}, {pre.canvas} pixels square; its central "
        f"{pre.crop} pixels, resized to {pre.width}x{pre.height} ({pre.resize}), RGB 0..255"
    )
    yield ""


def _data(manifest: Manifest) -> Iterator[str]:
    data = manifest.training_data
    if data is None:
        return
    yield "## Data"
    yield ""
    yield f"{data.name}: {data.cells:,} cells. {data.citation} License: {data.license or 'not stated'}."
    yield ""
    for name, subjects in data.subjects.items():
        yield f"- {name}: {len(subjects)} subjects ({', '.join(subjects)})"
    yield ""
    yield manifest.split if manifest.split.startswith("Split") else f"Split: {manifest.split}"
    yield ""


def _figure(value: dict[str, float]) -> str:
    return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})"


def _figures(report: dict[str, Any], run: RunFolder) -> Iterator[str]:
    folds: dict[str, Any] = report["folds"]
    named = run.config.data.knows_people
    yield f"## Figures on held-out {'subjects' if named else 'pictures'}"
    yield ""
    yield _OF_PEOPLE if named else _OF_IMAGES
    yield ""
    yield "| figure | " + " | ".join(f"fold {number}" for number in folds) + " | mean of folds | all cells pooled |"
    yield "|---|" + "---|" * (len(folds) + 2)
    for key, title in _ROWS.items():
        cells = [_figure(fold["figures"][key]) for fold in folds.values()]
        cells += [_figure(report["mean_of_folds"][key]), _figure(report["pooled"][key])]
        yield f"| {title} | " + " | ".join(cells) + " |"
    counts = [f"{fold['figures']['auroc']['n']:,}" for fold in folds.values()]
    yield "| cells (n) | " + " | ".join([*counts, "", f"{report['cells']:,}"]) + " |"
    if not named:
        yield ""
        return
    held = ["; ".join(f"{name} {', '.join(ids)}" for name, ids in fold["subjects"].items()) for fold in folds.values()]
    yield "| held-out subjects | " + " | ".join([*held, "", ""]) + " |"
    yield ""


def _dealings(report: dict[str, Any], manifest: Manifest) -> Iterator[str]:
    """What the network is worth when other people are held out, and beside the figures of shape."""
    if "other_lab" in report:
        rows = report["other_lab"]
        leukemic, healthy = rows["called_leukemic"], rows["called_healthy"]
        yield (
            f"Healthy people's lymphocytes of the other lab, not fitted on (n = {leukemic['n']:,}): called leukemic "
            f"{_figure(leukemic)}, called healthy {_figure(healthy)} (mean, lowest and highest of the folds)."
        )
        yield ""
    if "combination" not in report:
        return
    combination = report["combination"]
    figures: dict[str, Any] = combination["figures"]
    names = [name for name in (manifest.name, SHAPE, COMBINED) if name in figures]
    yield f"## {combination['dealings']} dealings of the people into folds"
    yield ""
    yield (
        "Three healthy people make each figure depend on who is held out: mean of the dealings, lowest and highest in "
        "brackets. *Combined* is what the program says from all leukemia models together."
    )
    yield ""
    yield "| figure | " + " | ".join(names) + " |"
    yield "|---|" + "---|" * len(names)
    for key in figures[COMBINED]:
        yield f"| {key} | " + " | ".join(_spread(figures[name][key]) for name in names) + " |"
    yield ""
    yield "Accuracy of the surest cells, combined, by the share of cells that are decided:"
    yield ""
    yield "| decided | " + " | ".join(f"{100 * float(share):.0f} %" for share in combination["curve"]) + " |"
    yield "|---|" + "---|" * len(combination["curve"])
    yield "| right | " + " | ".join(f"{value['mean']:.3f}" for value in combination["curve"].values()) + " |"
    yield ""


def _spread(value: dict[str, float]) -> str:
    return f"{value['mean']:.3f} ({value['low']:.3f} to {value['high']:.3f})"


def _subjects(report: dict[str, Any], manifest: Manifest) -> Iterator[str]:
    yield "## Each held-out subject"
    yield ""
    yield "| subject | truth | cells | right at 0.5 (95 % Wilson) | mean probability |"
    yield "|---|---|---|---|---|"
    for row in report["per_subject"]:
        accuracy = row["accuracy"]
        truth = manifest.classes[row["label"]]
        yield (
            f"| {row['subject']} | {truth} | {accuracy['n']} | {_figure(accuracy)} | {row['mean_probability']:.2f} |"
        )
    yield ""


def _trials(report: dict[str, Any]) -> Iterator[str]:
    """Robustness, faithfulness and speed, as far as the report has them."""
    yield "## Changed cells, maps, speed"
    yield ""
    if "robustness" in report:
        trial = report["robustness"]
        plain, low = trial["levels"][0], worst(trial)
        yield (
            f"- {trial['cells']} held-out cells under fixed changes of stain, light, focus, JPEG, size, noise: AUROC "
            f"{_figure(plain['auroc'])} unaltered; worst under {low['kind']} {low['level']}: {_figure(low['auroc'])}, "
            f"{100 * low['changed']['value']:.0f} % of cells with another label"
        )
    if "faithfulness" in report:
        trial = report["faithfulness"]
        random = next(row for row in trial["maps"] if row["name"] == RANDOM)
        yield (
            f"- maps, on {trial['cells']} held-out cells (deletion: less is better; insertion: more is better; "
            f"Petsiuk et al. 2018); random map: deletion {_figure(random['deletion'])}, insertion "
            f"{_figure(random['insertion'])}"
        )
        for row in trial["maps"]:
            if row["name"] != RANDOM:
                yield (
                    f"  - {row['title']}: deletion {_figure(row['deletion'])}, less random's "
                    f"{_figure(row['deletion_to_random'])}; insertion {_figure(row['insertion'])}, less random's "
                    f"{_figure(row['insertion_to_random'])}"
                )
    if "left_out" in report:
        yield "- robustness and faithfulness of the maps were not measured: the cells were not at hand"
    one = report["speed"]["batches"][0]
    yield (
        f"- one cell, probability only: {one['compiled']['median']:.1f} ms compiled, "
        f"{one['keras_predict']['median']:.1f} ms with Keras predict ({report['speed']['machine']})"
    )
    yield ""


def _recipe(run: RunFolder, manifest: Manifest) -> Iterator[str]:
    fit, facts = run.config.fit, run.facts()
    calibration, band = manifest.calibration, manifest.band
    yield "## How it was made"
    yield ""
    start = "ImageNet weights" if run.config.network.weights == "imagenet" else "random weights"
    trained = ", ".join(f"{name} behind {layer}" for name, layer in fit.train_from.items()) or "no backbone layer"
    if fit.train_last is not None:
        trained = f"the last {fit.train_last} layers of each backbone"
    after = f"; then, also training {trained} (BatchNormalization stays frozen): {fit.tail_epochs}"
    yield (
        f"- started from {start}; epochs with frozen backbones: {fit.head_epochs}"
        + (after if fit.tail_epochs else "; no layer of a backbone was trained")
    )
    variants = f"{fit.draws} random variants of every training cell" if fit.cache else "a new variant in every epoch"
    ways = [f"label smoothing {fit.label_smoothing:g}"] if fit.label_smoothing else []
    ways += [f"mixup {fit.mixup:g}"] if fit.mixup else []
    ways += [f"moving average of the weights {fit.ema:g}"] if fit.ema else []
    ways += [f"weight decay {fit.weight_decay:g}"] if fit.weight_decay else []
    yield (
        f"- {variants} (flips, rotation, zoom, contrast, stain in optical density, color, blur, JPEG{_more(run)}), "
        f"batch {fit.batch}, {fit.optimizer}, {', '.join([*ways, f'seed {run.config.seed}'])}"
    )
    yield (
        f"- calibration: temperature {calibration.temperature:.3f}, bias {calibration.bias:+.3f}, fitted on "
        f"{calibration.fitted_on} (n = {calibration.n:,}); unsure between {band.low:.3f} and {band.high:.3f}"
    )
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    yield f"- commit {facts['commit']}; {packages}"
    yield ""


def _more(run: RunFolder) -> str:
    augment = run.config.augment
    restyled = f", {100 * augment.restyle:.0f} % in the other lab's stain" if augment.restyle else ""
    return restyled + (f", rim up to {augment.rim} pixels further in" if augment.rim else "")


def _limits(run: RunFolder, manifest: Manifest) -> Iterator[str]:
    subjects = manifest.training_data.subjects if manifest.training_data else {}
    healthy, leukemic = (len(subjects.get(name, [])) for name in manifest.classes)
    yield "## Limits"
    yield ""
    if not run.config.data.knows_people:
        yield from _limits_without_people(run)
        return
    yield (
        f"- Only {healthy} healthy and {leukemic} leukemic subjects, one laboratory, one stain, one kind of "
        "microscope. What the next person's cells do to the figures above is not known."
    )
    if run.config.network.standardize:
        yield (
            "- The recipe (the colors that every cell is brought to, low pass, augmentation, way of calibrating) was "
            "chosen on these same subjects, some of it on other dealings of them: the figures are a little too good."
        )
    yield "- Lymphoid cells only. Other white cells, smudged or touching cells were never shown to it."
    other = run.config.lymphocytes
    if other is None:
        yield "- Cells of another laboratory, stain or camera: not tested; expect worse figures."
    else:
        yield (
            f"- Of another laboratory only healthy lymphocytes were at hand ({other.name}; {100 * other.share:.0f} % "
            "of the healthy cells' weight), no blasts: expect worse figures there. The program does not hear this "
            "network on cells that lie beyond its limit of novelty."
        )
    yield "- The maps show where the network's evidence lies. They do not prove that the evidence is biology."
    yield "- For research and evaluation. A person qualified to do so decides about each cell."


def _limits_without_people(run: RunFolder) -> Iterator[str]:
    """Of a network that was taught on pictures of nobody knows whom."""
    yield (
        "- Nobody is named in the pictures: how many people, laboratories, stains and microscopes stand behind them is "
        "not known, and the figures above do not tell what the next person's cells do to it."
    )
    left_out = run.facts().get("left_out", [])
    if left_out:
        yield f"- {len(left_out):,} pictures could not be used (damaged, or the same cell under two classes)."
    yield "- Cells of another laboratory, stain or camera: not tested; expect worse figures."
    yield "- The maps show where the network's evidence lies. They do not prove that the evidence is biology."
    yield "- For research and evaluation. A person qualified to do so decides about each cell."
