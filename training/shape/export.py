"""The bundle of the kind ``morphology``: coefficients in the manifest, a card, no model file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.morphology import FIGURES
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.manifest import (
    CARD_FILE,
    Manifest,
    Metric,
    Metrics,
    ShapeModel,
    ShapeRange,
    ShapeTerm,
    TrainingData,
    write_manifest,
)
from training.calibrate import person_weights
from training.shape.card import card_text
from training.shape.config import ShapeConfig, read_shape_config
from training.shape.evaluation import ShapeReport, ranges_of, report_of
from training.shape.fit import Dealt, calibrate, dealings, fit_with_others, halves, judge_dealing
from training.shape.measuring import Measured, measure_all


def make_bundle(
    config_file: Path,
    data: Path,
    lymphocytes: Sequence[Path],
    to: Path,
    *,
    memory: Path | None,
    force: bool,
    say: Callable[[str], None],
) -> ShapeReport:
    """Measure, judge on all dealings, fit on everybody, and write the bundle.

    Raises
    ------
    SettingsError
        When the configuration is wrong, or ``to`` exists and ``force`` is not given.
    ImageError
        When a cell cannot be read.
    """
    config = read_shape_config(config_file)
    if to.exists() and not force:
        raise SettingsError(f"“{to}” exists; say --force to replace it.")
    if config.lymphocytes is not None and not lymphocytes:
        raise SettingsError("The configuration takes another lab's lymphocytes; name their folders with --lymphocytes.")
    cells, others = measure_all(config, data, lymphocytes, memory, say)
    dealt = [judge_dealing(config, cells, others, folds) for folds in dealings(config, cells)]
    report = report_of(cells, others, dealt)
    for name, value in report.figures.items():
        say(f"{name}: {value.mean:.4f} ({value.low:.4f} to {value.high:.4f} in {len(dealt)} dealings)")
    manifest = _manifest(config, cells, others, dealt, report)
    to.mkdir(parents=True, exist_ok=True)
    (to / CARD_FILE).write_text(card_text(manifest, config, report), encoding="utf-8")
    write_manifest(manifest, to)
    return report


def _manifest(
    config: ShapeConfig, cells: Measured, others: Measured, dealt: Sequence[Dealt], report: ShapeReport
) -> Manifest:
    everybody = np.arange(len(cells.samples))
    taught, _ = halves(others)
    regression = fit_with_others(config, cells, everybody, others, taught)
    held_out = np.mean([one.logits for one in dealt], axis=0)
    calibration, band = calibrate(
        config,
        cells,
        held_out,
        np.ones(everybody.size, bool),
        f"held-out cells, mean logit of {len(dealt)} dealings of {config.split.folds} folds by subject",
    )
    terms = tuple(
        ShapeTerm(
            figure=code,
            weight=float(regression.weights[i]),
            mean=float(regression.mean[i]),
            scale=float(regression.scale[i]),
            log=code in config.logarithms,
        )
        for i, code in enumerate(config.figures)
    )
    shape = ShapeModel(
        intercept=regression.intercept,
        terms=terms,
        ranges=_ranges(cells, others),
        ranges_on=_ranges_sentence(config, cells, others),
    )
    return Manifest(
        kind="morphology",
        name=config.name,
        title=config.title,
        version=config.version,
        created=datetime.now(UTC).date().isoformat(),
        architecture=f"logistic regression on {len(terms)} figures of shape",
        parameters=len(terms) + 1,
        source="trained",
        model_sha256=shape.sha256(),
        classes=config.data.classes,
        output="logit",
        preprocessing=Preprocessing(),
        calibration=calibration,
        thresholds=band,
        explanations=(),
        shape=shape,
        training_data=_training_data(config, cells, taught.size),
        split=(
            f"{len(dealt)} different dealings of {config.split.folds} folds by subject, so that every fold holds out "
            "people of both classes; each fold's calibration and unsure band from the other folds. The coefficients "
            "that ship are fitted on all subjects."
        ),
        metrics=Metrics(
            note="Means over the dealings, on held-out cells; low and high are the extremes of the dealings.",
            overall={
                name: Metric(
                    value=one.mean,
                    low=one.low,
                    high=one.high,
                    n=report.others if name.startswith("other_lab") else report.cells,
                )
                for name, one in report.figures.items()
            },
        ),
        license="The coefficients are part of LeukoScope; the data's license applies to the data.",
    )


def _ranges(cells: Measured, others: Measured) -> tuple[ShapeRange, ...]:
    """Of healthy lymphocytes, both labs alike: each lab's people together weigh as the other's."""
    codes = [figure.code for figure in FIGURES]
    healthy = cells.columns(codes)[cells.labels == 0]
    weights = person_weights(cells.labels, cells.subjects)[cells.labels == 0]
    rng = np.random.default_rng(1)
    # Drawn so that every person counts alike; then as many of the other lab.
    drawn = healthy[rng.choice(len(healthy), size=len(healthy), p=weights / weights.sum())]
    strange = others.columns(codes)
    if len(strange):
        drawn = np.concatenate([drawn, strange[rng.choice(len(strange), size=len(drawn))]])
    counts = np.isfinite(healthy).sum(axis=0) + np.isfinite(strange).sum(axis=0)
    return tuple(
        ShapeRange(figure=code, low=low, high=high, n=int(n))
        for code, (low, high, known), n in zip(codes, ranges_of(drawn), counts, strict=True)
        if known
    )


def _ranges_sentence(config: ShapeConfig, cells: Measured, others: Measured) -> str:
    healthy = cells.labels == 0
    people = len(set(cells.subjects[healthy].tolist()))
    first = f"{int(healthy.sum()):,} healthy cells of {people} people ({config.data.name})"
    if config.lymphocytes is None:
        return first
    return (
        f"{first} and {len(others.samples):,} lymphocytes of healthy people ({config.lymphocytes.name}), half and half"
    )


def _training_data(config: ShapeConfig, cells: Measured, taught: int) -> TrainingData:
    labels, subjects = cells.labels, cells.subjects
    other = config.lymphocytes
    name, citation, license_ = config.data.name, config.data.citation, config.data.license
    if other is not None:
        name = f"{name}; {taught} lymphocytes of {other.name}"
        citation, license_ = f"{citation} {other.citation}".strip(), f"{license_}; {other.license}"
    return TrainingData(
        name=name,
        citation=citation,
        license=license_,
        cells=int(labels.size) + taught,
        subjects={
            title: sorted(set(subjects[labels == label].tolist()), key=lambda s: (len(s), s))
            for label, title in enumerate(config.data.classes)
        },
    )
