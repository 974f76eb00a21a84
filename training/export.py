"""From a finished run to a bundle that the program trusts: model, manifest, novelty reference, card."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.map_kinds import MapKind
from leukoscope.inference.layers import FilterTokenCrossAttention
from leukoscope.inference.manifest import (
    CARD_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    NOVELTY_FILE,
    Band,
    Calibration,
    ExplanationLayer,
    Manifest,
    Metric,
    Metrics,
    Novelty,
    TrainingData,
    file_sha256,
    write_manifest,
)
from training.card import write_card
from training.network_outputs import ATTENTION
from training.networks import backbones_of, last_spatial
from training.novelty import PERCENTILE, fit_reference, threshold
from training.pipeline import FINAL, load_network
from training.report.reading import read_report
from training.report.words import BY_IMAGE
from training.run import RunFolder, read_json

PEAK_PERCENTILE = 75.0
"""Top of a Grad-CAM map's color scale, in percent of the held-out cells' own peaks. Peaks have a heavy tail: with the
99th percentile the median map of the hybrid reached a sixth of the scale and looked empty; with the 75th it reaches
half, and a quarter of the cells reach the top."""
ATTENTION_PERCENTILE = 99.0
"""Attention sums to 1 and has no such tail."""
_TITLES = {
    "efficientnet-lite0": "EfficientNet-Lite0",
    "efficientnet-lite1": "EfficientNet-Lite1",
    "efficientnet-lite2": "EfficientNet-Lite2",
    "efficientnetb0": "EfficientNet-B0",
    "efficientnetb3": "EfficientNet-B3",
    "resnet152v2": "ResNet152V2",
    "convnext_tiny": "ConvNeXt-Tiny",
}


def export(run: RunFolder, to: Path, *, force: bool, combination: Path | None = None) -> Manifest:
    """Write the bundle ``to``, whole or not at all.

    ``combination`` is what ``python -m training combine --out`` wrote: the card then says what the network is worth on
    several dealings and beside the figures of shape.

    Raises
    ------
    SettingsError
        When the run is not trained, calibrated and evaluated, or ``to`` exists and ``force`` is not given.
    """
    if to.exists() and not force:
        raise SettingsError(f"“{to}” exists; say --force to replace it.")
    network = load_network(run)
    calibration = read_json(run.path / "calibration.json")
    report = read_report(run)
    if combination is not None:
        report = report | {"combination": read_json(combination)}
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}-") as folder:
        made = Path(folder)
        network.save(made / MODEL_FILE)
        judged = run.judgements(FINAL)
        fit_reference(judged.features).save(made / NOVELTY_FILE)
        manifest = _manifest(run, network, made, calibration, report)
        write_manifest(manifest, made)
        write_card(made / CARD_FILE, manifest, run, report)
        _replace(made, to)
    return manifest


def _replace(made: Path, to: Path) -> None:
    """Move the files one by one, the manifest last: a reader sees a bundle whose SHA-256 does not fit, never half."""
    to.mkdir(exist_ok=True)
    for name in (MODEL_FILE, NOVELTY_FILE, CARD_FILE, MANIFEST_FILE):
        shutil.move(made / name, to / name)


def _manifest(
    run: RunFolder, network: keras.Model, made: Path, calibration: dict[str, Any], report: dict[str, Any]
) -> Manifest:
    config, other = run.config, run.config.lymphocytes
    labels, _ = run.cells()
    return Manifest(
        name=config.name,
        title=config.title,
        version=config.version,
        created=datetime.now(UTC).date().isoformat(),
        architecture=architecture(run),
        parameters=network.count_params(),
        source="trained",
        model_sha256=file_sha256(made / MODEL_FILE),
        classes=config.data.classes,
        preprocessing=config.preprocessing,
        calibration=Calibration.model_validate(calibration["calibration"]),
        thresholds=Band.model_validate(calibration["thresholds"]),
        explanations=_explanations(run, network),
        novelty=Novelty(
            layer="features",
            sha256=file_sha256(made / NOVELTY_FILE),
            threshold=threshold(run),
            percentile=PERCENTILE,
            n=int(labels.size),
        ),
        training_data=TrainingData(
            name=config.data.name if other is None else f"{config.data.name}; lymphocytes of {other.name}",
            citation=config.data.citation if other is None else f"{config.data.citation} {other.citation}".strip(),
            license=config.data.license if other is None else f"{config.data.license}; {other.license}",
            cells=int(labels.size),
            subjects=_people(run) if config.data.knows_people else {},
        ),
        split=_split_sentence(run, report),
        metrics=_metrics(report, run.config.data.knows_people),
        license="The weights are part of LeukoScope; the data's license applies to the data.",
    )


def _people(run: RunFolder) -> dict[str, list[str]]:
    labels, subjects = run.cells()
    return {
        name: sorted(set(subjects[labels == label].tolist()), key=lambda s: (len(s), s))
        for label, name in enumerate(run.config.data.classes)
    }


def architecture(run: RunFolder) -> str:
    """One line: kind, backbones, head."""
    network = run.config.network
    names = ", ".join(_TITLES.get(name, name) for name in network.backbones)
    before = ""
    if network.standardize:
        low_pass = network.standardize.low_pass
        before = f"per-cell color standardization{f' and low pass (sigma {low_pass:g} pixels)' if low_pass else ''}; "
    if network.kind == "ensemble":
        return f"Ensemble: {before}{names}; pooled features joined, BatchNorm, Dense {network.dense}, sigmoid"
    return (
        f"Hybrid: {before}{names}; {network.tokens} filter tokens ({network.heads} heads of {network.head_size}), "
        f"{network.self_attention_blocks} self-attention blocks, Dense {network.dense}, sigmoid"
    )


def _explanations(run: RunFolder, network: keras.Model) -> tuple[ExplanationLayer, ...]:
    """One Grad-CAM for every branch, and the token attention; scales from cells that were held out of training."""
    peaks: dict[str, list[Any]] = {}
    for fold in run.done_folds():
        for name, values in run.judgements(f"fold-{fold.number}").peaks.items():
            peaks.setdefault(name, []).append(values[np.isfinite(values)])
    share = {name: ATTENTION_PERCENTILE if name == ATTENTION else PEAK_PERCENTILE for name in peaks}
    top = {name: max(1e-6, float(np.percentile(np.concatenate(v), share[name]))) for name, v in peaks.items()}
    layers = [
        ExplanationLayer(
            name=backbone.name,
            title=_TITLES.get(backbone.name, backbone.name),
            kind=MapKind.GRAD_CAM,
            layer=f"{backbone.name}/{last_spatial(backbone).name}",
            maximum=top[backbone.name],
        )
        for backbone in backbones_of(network)
    ]
    layers += [
        ExplanationLayer(
            name=ATTENTION, title="Token attention", kind=MapKind.ATTENTION, layer=layer.name, maximum=top[ATTENTION]
        )
        for layer in network.layers
        if isinstance(layer, FilterTokenCrossAttention)
    ]
    return tuple(layers)


def _split_sentence(run: RunFolder, report: dict[str, Any]) -> str:
    done, wanted = len(report["folds"]), run.config.split.parts
    if report["split"] == "image-leaky":
        return "image-leaky: single images dealt out, the same people on both sides. For comparison with papers only."
    if not run.config.data.knows_people:
        return f"{BY_IMAGE} The shipped weights are trained on all pictures with the same recipe."
    return (
        f"{done} of {wanted} folds by subject: no person and no duplicate picture on both sides; each fold's "
        "calibration and unsure band from the other folds. The shipped weights are trained on all subjects with the "
        "same recipe and a number of epochs fixed beforehand."
    )


def _metrics(report: dict[str, Any], by_person: bool) -> Metrics:
    note = (
        f"On held-out pictures judged by weights that never saw them, not by the shipped ones. {BY_IMAGE} Intervals: "
        "95 %, bootstrap over cells."
        if not by_person
        else "Mean of the folds, on held-out cells judged by the fold weights, not by the shipped ones, which saw all "
        "subjects. Intervals: "
        "95 %, bootstrap over subjects and their cells; with so few healthy subjects they are too narrow."
    )
    return Metrics(
        note=note,
        overall={name: _metric(value) for name, value in report["mean_of_folds"].items()},
        folds={
            number: {name: _metric(value) for name, value in fold["figures"].items()}
            for number, fold in report["folds"].items()
        },
    )


def _metric(value: dict[str, Any]) -> Metric:
    return Metric(value=value["value"], low=value["low"], high=value["high"], n=value["n"])
